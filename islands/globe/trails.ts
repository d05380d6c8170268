/** Ways that aircraft came, coloured by altitude, dashed where nothing was heard: one buffer, one draw call. */
import {
  BufferAttribute,
  DynamicDrawUsage,
  InstancedBufferGeometry,
  InstancedInterleavedBuffer,
  InterleavedBufferAttribute,
  Mesh,
  ShaderMaterial,
  Vector2,
} from "three";
import { ALTITUDE_COLOUR, BEHIND_EARTH } from "./aircraft_shader.ts";
import { type EyeUniforms, RELATIVE_TO_EYE } from "./eye.ts";
import { EARTH_RADIUS_M, unitVector } from "./geo.ts";
import type { Shown } from "./reckon.ts";
import { askHub } from "../live/token.ts";

/** A place and when the aircraft was there, ms; an altitude that nobody knows is null. */
export interface TrailPoint {
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number | null;
  readonly atMs: number;
}

/** A longer silence is a gap: what lies in it is a guess. */
const GAP_MS = 60_000;
/** Across a gap the way is drawn in pieces that follow the earth. */
const GAP_PIECES = 24;
/** Floats of a segment: where from and where to, each a unit vector and an altitude, and how. */
const STRIDE = 12;
const FIRST_CAPACITY = 512;

/** Segments of a trail as the shader reads them, appended to `out`. */
export function trailSegments(trail: readonly TrailPoint[], out: number[] = []): number[] {
  for (let i = 1; i < trail.length; i++) {
    const [from, to] = [trail[i - 1]!, trail[i]!];
    if (to.atMs - from.atMs <= GAP_MS) segment(from, to, false, out);
    else {
      const lonWay = ((to.lon - from.lon + 540) % 360) - 180;
      const between = (part: number) => ({
        lat: from.lat + (to.lat - from.lat) * part,
        lon: from.lon + lonWay * part,
        altitudeM: (from.altitudeM ?? 0) + ((to.altitudeM ?? 0) - (from.altitudeM ?? 0)) * part,
      });
      for (let piece = 1; piece < GAP_PIECES; piece += 2) {
        segment(between(piece / GAP_PIECES), between((piece + 1) / GAP_PIECES), true, out);
      }
    }
  }
  return out;
}

type Place = Pick<TrailPoint, "lat" | "lon" | "altitudeM">;

function segment(from: Place, to: Place, guessed: boolean, out: number[]) {
  out.push(...unitVector(from.lat, from.lon), from.altitudeM ?? 0);
  out.push(...unitVector(to.lat, to.lon), to.altitudeM ?? 0);
  out.push(guessed ? 1 : 0, 0, 0, 0);
}

export class Trails {
  readonly mesh: Mesh<InstancedBufferGeometry, ShaderMaterial>;
  #segments = new Float32Array(FIRST_CAPACITY * STRIDE);
  #buffer = new InstancedInterleavedBuffer(this.#segments, STRIDE);
  #count = 0;
  #last: TrailPoint | undefined;

  constructor(eye: EyeUniforms) {
    const geometry = new InstancedBufferGeometry();
    geometry.setAttribute(
      "corner",
      new BufferAttribute(new Float32Array([0, -1, 1, -1, 1, 1, 0, 1]), 2),
    );
    geometry.setIndex([0, 1, 2, 0, 2, 3]);
    const material = new ShaderMaterial({
      uniforms: { ...eye, viewport: { value: new Vector2(1, 1) }, width: { value: 2.6 } },
      vertexShader: `
        ${RELATIVE_TO_EYE}
        ${BEHIND_EARTH}
        ${ALTITUDE_COLOUR}
        attribute vec2 corner;   // along 0 to 1, across -1 to 1
        attribute vec4 begin;
        attribute vec4 end;
        attribute vec4 kind;     // whether it is guessed
        uniform vec2 viewport;
        uniform float width;
        varying vec3 tint;
        varying float across;
        varying float opacity;
        void main() {
          vec3 a = begin.xyz * (1. + begin.w / ${EARTH_RADIUS_M.toFixed(1)});
          vec3 b = end.xyz * (1. + end.w / ${EARTH_RADIUS_M.toFixed(1)});
          vec4 from = clipOf(a), to = clipOf(b);
          if (from.w <= 0. || to.w <= 0. || behindEarth(a) || behindEarth(b)) {
            gl_Position = vec4(2., 2., 2., 1.);
            return;
          }
          vec2 way = (to.xy / to.w - from.xy / from.w) * viewport;
          vec2 along = dot(way, way) > 0. ? normalize(way) : vec2(1., 0.);
          vec4 here = mix(from, to, corner.x);
          float pixels = width * (kind.x > 0. ? .7 : 1.) + 1.;
          // A little longer than it is, so that no gap opens at a bend.
          vec2 out2 = along.yx * vec2(-1., 1.) * corner.y + along * (corner.x * 2. - 1.) * .5 * (1. - kind.x);
          gl_Position = here + vec4(out2 * pixels / viewport * here.w, 0., 0.);
          gl_Position.z = 0.;
          tint = altitudeColour(mix(begin.w, end.w, corner.x));
          across = corner.y * pixels;
          opacity = kind.x > 0. ? .55 : .95;
        }`,
      fragmentShader: `
        uniform float width;
        varying vec3 tint;
        varying float across;
        varying float opacity;
        void main() {
          float edge = 1. - smoothstep(width * .5 - .2, width * .5 + 1., abs(across));
          gl_FragColor = vec4(tint, edge * opacity);
        }`,
      transparent: true,
      depthTest: false,
      depthWrite: false,
    });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 8;
    this.#attach();
    this.set([]);
  }

  /** When the newest point of it was, ms. */
  get newestMs(): number {
    return this.#last?.atMs ?? -Infinity;
  }

  /** Draws this trail and no other. */
  set(trail: readonly TrailPoint[]) {
    this.#count = 0;
    this.#last = trail.at(-1);
    this.#append(trailSegments(trail));
  }

  /** Goes on to a newer point. */
  add(point: TrailPoint) {
    const last = this.#last;
    this.#last = point;
    if (last) this.#append(trailSegments([last, point]));
  }

  /** Where the aircraft is shown: the newest point is joined to it. `viewport` is in CSS pixels. */
  update(shown: Shown | undefined, width: number, height: number) {
    this.mesh.material.uniforms.viewport!.value.set(width, height);
    const geometry = this.mesh.geometry;
    geometry.instanceCount = this.#count;
    if (!shown || !this.#last) return;
    const at = this.#count * STRIDE;
    this.#segments.set(unitVector(this.#last.lat, this.#last.lon), at);
    this.#segments[at + 3] = this.#last.altitudeM ?? 0;
    this.#segments[at + 4] = shown.x;
    this.#segments[at + 5] = shown.y;
    this.#segments[at + 6] = shown.z;
    this.#segments[at + 7] = shown.altitudeM;
    this.#segments[at + 8] = 0;
    this.#buffer.addUpdateRange(at, STRIDE);
    this.#buffer.needsUpdate = true;
    geometry.instanceCount = this.#count + 1;
  }

  close() {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }

  #append(segments: readonly number[]) {
    const at = this.#count * STRIDE;
    // One more than needed: the piece to where the aircraft is now.
    const needed = at + segments.length + STRIDE;
    if (needed > this.#segments.length) {
      const larger = new Float32Array(2 * needed);
      larger.set(this.#segments.subarray(0, at));
      this.#segments = larger;
      this.#buffer = new InstancedInterleavedBuffer(larger, STRIDE);
      this.#attach();
    }
    this.#segments.set(segments, at);
    this.#count += segments.length / STRIDE;
    this.#buffer.addUpdateRange(at, segments.length);
    this.#buffer.needsUpdate = true;
  }

  #attach() {
    this.#buffer.setUsage(DynamicDrawUsage);
    // Else the buffers of before would stay with the GPU until the page goes.
    this.mesh.geometry.dispose();
    ["begin", "end", "kind"].forEach((name, i) =>
      this.mesh.geometry.setAttribute(name, new InterleavedBufferAttribute(this.#buffer, 4, 4 * i))
    );
  }
}

/** Asks the hub where an aircraft was in the last half hour; nothing where it keeps no history. */
export async function loadTrail(hubUrl: string, icao24: string): Promise<TrailPoint[]> {
  try {
    const response = await askHub(`${hubUrl}/flights/${icao24}/history?minutes=30&limit=2000`);
    if (!response.ok) return [];
    const { positions } = await response.json() as {
      positions: {
        position: { lat: number; lon: number };
        altitude_m?: number | null;
        recorded_at: string;
      }[];
    };
    return positions.map(({ position, altitude_m, recorded_at }) => ({
      ...position,
      altitudeM: altitude_m ?? null,
      atMs: Date.parse(recorded_at),
    }));
  } catch {
    return [];
  }
}
