/** Coasts and borders: read from `static/earth/`, and drawn at the scale that the distance asks for. */
import { BufferAttribute, BufferGeometry, LineSegments, ShaderMaterial, type Vector3 } from "three";
import { type EyeUniforms, RELATIVE_TO_EYE } from "./eye.ts";
import { VarintReader } from "./varints.ts";

/** Land outlines and borders of one scale, as `tools/make_countries.ts` describes the file. */
export interface Countries {
  /** Longitude and latitude in degrees of every point, line after line. */
  readonly degrees: Float32Array;
  /** Where each line ends, in points. */
  readonly ends: Uint32Array;
  /** How many of the lines are outlines of land: they come first. */
  readonly outlines: number;
}

/** Points between two rests: what reads a megabyte lets frames through. */
const POINTS_AT_ONCE = 20_000;
const rest = () => new Promise((resolve) => setTimeout(resolve));

export async function readCountries(bytes: Uint8Array): Promise<Countries> {
  const numbers = new VarintReader(bytes);
  const steps = numbers.unsigned();
  const degrees = new Float32Array(2 * numbers.unsigned());
  const ends: number[] = [];
  let at = 0;
  let outlines = 0;
  let restAt = POINTS_AT_ONCE;
  for (const group of ["outlines", "borders"]) {
    for (let lines = numbers.unsigned(); lines > 0; lines--) {
      let [x, y] = [0, 0];
      for (let count = numbers.unsigned(); count > 0; count--) {
        x += numbers.signed();
        y += numbers.signed();
        degrees[2 * at] = x / steps;
        degrees[2 * at + 1] = y / steps;
        at++;
      }
      ends.push(at);
      if (group === "outlines") outlines++;
      if (at < restAt) continue;
      restAt = at + POINTS_AT_ONCE;
      await rest();
    }
  }
  return { degrees, ends: new Uint32Array(ends), outlines };
}

/** A cell of the map that segments are sorted by, so that only those in sight are drawn. */
const CELL_DEG = 10;
const CELLS_ACROSS = 360 / CELL_DEG;
const CELLS = CELLS_ACROSS * 180 / CELL_DEG;
/** Fewer segments than this are drawn whole. */
const WORTH_SORTING = 100_000;

/** Lines of one scale as the GPU has them. */
interface Level {
  readonly geometry: BufferGeometry;
  /** Indices by cell, and where each cell's begin; undefined where all are drawn. */
  readonly sorted?: { readonly indices: Uint32Array; readonly starts: Uint32Array };
}

async function toLevel({ degrees, ends, outlines }: Countries): Promise<Level> {
  const count = degrees.length / 2;
  const points = new Float32Array(3 * count);
  const strength = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const [lon, lat] = [degrees[2 * i]! * Math.PI / 180, degrees[2 * i + 1]! * Math.PI / 180];
    const cosLat = Math.cos(lat);
    points[3 * i] = cosLat * Math.sin(lon);
    points[3 * i + 1] = Math.sin(lat);
    points[3 * i + 2] = cosLat * Math.cos(lon);
    if (i % POINTS_AT_ONCE === POINTS_AT_ONCE - 1) await rest();
  }
  const segments = new Uint32Array(2 * (count - ends.length));
  let [at, start] = [0, 0];
  ends.forEach((end, line) => {
    strength.fill(line < outlines ? 255 : 120, start, end);
    for (let i = start + 1; i < end; i++) {
      segments[at++] = i - 1;
      segments[at++] = i;
    }
    start = end;
  });
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(points, 3));
  geometry.setAttribute("strength", new BufferAttribute(strength, 1, true));
  geometry.setIndex(new BufferAttribute(segments, 1));
  if (segments.length < WORTH_SORTING) return { geometry };
  await rest();
  return { geometry, sorted: sortByCell(degrees, segments) };
}

function cellOf(lon: number, lat: number): number {
  const x = Math.min(CELLS_ACROSS - 1, Math.floor((lon + 180) / CELL_DEG));
  return x + CELLS_ACROSS * Math.min(180 / CELL_DEG - 1, Math.floor((lat + 90) / CELL_DEG));
}

/** Segments by the cell of their first point: a counting sort. */
function sortByCell(degrees: Float32Array, segments: Uint32Array) {
  const cells = new Uint16Array(segments.length / 2);
  const starts = new Uint32Array(CELLS + 1);
  for (let i = 0; i < cells.length; i++) {
    const point = segments[2 * i]!;
    cells[i] = cellOf(degrees[2 * point]!, degrees[2 * point + 1]!);
    starts[cells[i]! + 1]! += 2;
  }
  for (let cell = 0; cell < CELLS; cell++) starts[cell + 1]! += starts[cell]!;
  const indices = new Uint32Array(segments.length);
  const next = starts.slice();
  for (let i = 0; i < cells.length; i++) {
    const at = next[cells[i]!]!;
    indices[at] = segments[2 * i]!;
    indices[at + 1] = segments[2 * i + 1]!;
    next[cells[i]!] = at + 2;
  }
  return { indices, starts };
}

const SCALES = [10, 50, 110] as const;
export type Scale = (typeof SCALES)[number];

/** The scale whose detail can be seen from a distance in metres. */
export function scaleFor(distanceM: number): Scale {
  return distanceM < 900_000 ? 10 : distanceM < 9_000_000 ? 50 : 110;
}

/** Coasts and borders, in one draw call. They are fetched when they are first wanted. */
export class CountryLines {
  readonly lines: LineSegments<BufferGeometry, ShaderMaterial>;
  readonly #levels = new Map<Scale, Level | "asked">();
  #shown: Scale | undefined;
  #cellsShown = "";

  /** `onLoaded` is told when there is more to draw, and gets the outlines for whoever fills the land. */
  constructor(
    eye: EyeUniforms,
    readonly fetch: (name: string) => Promise<Response>,
    readonly onLoaded: (scale: Scale, countries: Countries) => void,
  ) {
    const material = new ShaderMaterial({
      uniforms: { ...eye, fade: { value: 0.25 }, day: { value: 0 } },
      vertexShader: `
        ${RELATIVE_TO_EYE}
        attribute float strength;
        uniform float fade;
        uniform vec3 sun;
        uniform float nightShown;
        varying float opacity;
        varying float light;
        void main() {
          float facing = dot(normalize(eyeHigh - position), position);
          opacity = strength * smoothstep(0., fade, facing);
          light = nightShown * smoothstep(-.1, .2, dot(position, sun));
          gl_Position = opacity > 0. ? clipOf(position) : vec4(2., 2., 2., 1.);
        }`,
      fragmentShader: `
        varying float opacity;
        varying float light;
        void main() {
          vec3 colour = mix(vec3(.42, .68, .92), vec3(.82, .93, 1.), light);
          gl_FragColor = vec4(colour, opacity * mix(.66, .5, light));
        }`,
      transparent: true,
      depthTest: false,
      depthWrite: false,
    });
    this.lines = new LineSegments(new BufferGeometry(), material);
    this.lines.frustumCulled = false;
    this.lines.renderOrder = 2;
  }

  /** Chooses what is drawn for an eye in radii of the earth, at a distance in metres. */
  update(eye: Vector3, distanceM: number) {
    const wanted = scaleFor(distanceM);
    if (!this.#levels.has(wanted)) this.#load(wanted);
    const there = SCALES.filter((scale) => typeof this.#levels.get(scale) === "object");
    // Until it is there: the next coarser one, or any.
    const shown = there.find((scale) => scale >= wanted) ?? there.at(-1);
    if (shown === undefined) return;
    const level = this.#levels.get(shown) as Level;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#cellsShown = "";
      this.lines.geometry = level.geometry;
    }
    if (level.sorted) this.#showCells(level as Required<Level>, eye);
  }

  close() {
    for (const level of this.#levels.values()) {
      if (typeof level === "object") level.geometry.dispose();
    }
    this.lines.material.dispose();
  }

  #load(scale: Scale) {
    this.#levels.set(scale, "asked");
    this.fetch(`countries-${scale}.bin`).then(async (response) => {
      const countries = await readCountries(new Uint8Array(await response.arrayBuffer()));
      this.#levels.set(scale, await toLevel(countries));
      this.onLoaded(scale, countries);
    }).catch(() => {
      // Poorer without it, not wrong: the coarser lines stay.
    });
  }

  /** Draws the cells that are above the horizon of the eye. */
  #showCells({ geometry, sorted: { indices, starts } }: Required<Level>, eye: Vector3) {
    const length = eye.length();
    // Half a cell's diagonal further than the horizon.
    const reach = Math.acos(Math.min(1, 1 / length)) + CELL_DEG * 0.75 * Math.PI / 180;
    const seen: number[] = [];
    for (let cell = 0; cell < CELLS; cell++) {
      if (starts[cell] === starts[cell + 1]) continue;
      const lon = ((cell % CELLS_ACROSS + 0.5) * CELL_DEG - 180) * Math.PI / 180;
      const lat = ((Math.floor(cell / CELLS_ACROSS) + 0.5) * CELL_DEG - 90) * Math.PI / 180;
      const towards = (Math.cos(lat) * (Math.sin(lon) * eye.x + Math.cos(lon) * eye.z) +
        Math.sin(lat) * eye.y) / length;
      if (towards > Math.cos(reach)) seen.push(cell);
    }
    const key = seen.join();
    if (key === this.#cellsShown) return;
    this.#cellsShown = key;
    const index = geometry.getIndex()!;
    let at = 0;
    for (const cell of seen) {
      const part = indices.subarray(starts[cell], starts[cell + 1]);
      (index.array as Uint32Array).set(part, at);
      at += part.length;
    }
    index.clearUpdateRanges();
    index.addUpdateRange(0, at);
    index.needsUpdate = true;
    geometry.setDrawRange(0, at);
  }
}
