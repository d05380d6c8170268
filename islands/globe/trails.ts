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
import type { EyeUniforms } from "./eye.ts";
import { unitVector } from "./geo.ts";
import type { Shown } from "./reckon.ts";
import { KIND, TRAIL_FRAGMENT_SHADER, TRAIL_VERTEX_SHADER } from "./trail_shader.ts";

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
/** Room for everybody's short trails together: with more aircraft their pieces are longer. */
export const SHORT_SEGMENTS = 65_536;

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
  out.push(guessed ? KIND.piece : KIND.flown, 0, 0, 0);
}

export class Trails {
  readonly mesh: Mesh<InstancedBufferGeometry, ShaderMaterial>;
  /** The selected aircraft's segments, room for more of them, and then the ring of everybody's. */
  #segments = new Float32Array((FIRST_CAPACITY + SHORT_SEGMENTS) * STRIDE);
  #buffer = new InstancedInterleavedBuffer(this.#segments, STRIDE);
  #count = 0;
  #capacity = FIRST_CAPACITY;
  #last: TrailPoint | undefined;
  /** Where the ring goes on, how much of it holds something, and how much the GPU has not got. */
  #head = 0;
  #used = 0;
  #fresh = 0;
  /** Whether something was written while nothing of it is drawn: then ranges would pile up. */
  #missed = false;
  /** Whose each segment of the ring is. */
  readonly #addresses = new Uint32Array(SHORT_SEGMENTS);

  /** `timeS` is the aircraft's clock: short trails are as old as it says. */
  constructor(eye: EyeUniforms, timeS: { readonly value: number }) {
    const geometry = new InstancedBufferGeometry();
    addCorners(geometry);
    const material = new ShaderMaterial({
      ...trailMaterial(),
      uniforms: { ...eye, timeS, viewport: { value: new Vector2(1, 1) } },
      vertexShader: TRAIL_VERTEX_SHADER,
    });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 8;
    this.#attach();
    this.set([]);
  }

  /** When the newest point of the selected aircraft's was, ms. */
  get newestMs(): number {
    return this.#last?.atMs ?? -Infinity;
  }

  /** How many segments of short trails there are. */
  get shortSegments(): number {
    return this.#used;
  }

  /** Draws this trail of a selected aircraft and no other. */
  set(trail: readonly TrailPoint[]) {
    // With short trails all of the room before them is drawn: what is left over there must be nothing.
    this.#segments.fill(0, 0, this.#count * STRIDE + STRIDE);
    this.#tell(0, this.#count * STRIDE + STRIDE);
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

  /**
   * A piece of an aircraft's short trail, which takes the place of the oldest of all: from the place and
   * altitude at `fromAt` of `from` to those at `toAt` of `to`, flown at `timeS`.
   */
  addShort(
    address: number,
    from: Float32Array,
    fromAt: number,
    to: Float32Array,
    toAt: number,
    timeS: number,
    kind: number,
    hidden: boolean,
  ) {
    const segments = this.#segments;
    const at = (this.#capacity + this.#head) * STRIDE;
    for (let i = 0; i < 4; i++) {
      segments[at + i] = from[fromAt + i]!;
      segments[at + 4 + i] = to[toAt + i]!;
    }
    segments[at + 8] = kind;
    segments[at + 9] = timeS;
    segments[at + 10] = 1;
    segments[at + 11] = hidden ? 1 : 0;
    this.#addresses[this.#head] = address;
    this.#head = (this.#head + 1) % SHORT_SEGMENTS;
    this.#used = Math.min(SHORT_SEGMENTS, this.#used + 1);
    this.#fresh = Math.min(SHORT_SEGMENTS, this.#fresh + 1);
  }

  /** Asks anew of every short trail whether its aircraft is hidden. */
  markShort(isHidden: (address: number) => boolean) {
    for (let i = 0; i < this.#used; i++) {
      this.#segments[(this.#capacity + i) * STRIDE + 11] = isHidden(this.#addresses[i]!) ? 1 : 0;
    }
    this.#fresh = this.#used;
  }

  /** Times count from `byS` later on. */
  rebase(byS: number) {
    for (let i = 0; i < this.#used; i++) this.#segments[(this.#capacity + i) * STRIDE + 9]! -= byS;
    this.#fresh = this.#used;
  }

  /**
   * Where the selected aircraft is shown: the newest point is joined to it. `viewport` is in CSS pixels;
   * short trails are drawn where `withShort` says so.
   */
  update(shown: Shown | undefined, width: number, height: number, withShort: boolean) {
    this.mesh.material.uniforms.viewport!.value.set(width, height);
    if (this.mesh.visible && this.#missed) {
      this.#missed = false;
      this.#buffer.clearUpdateRanges();
      this.#tell(0, this.#segments.length);
    }
    let count = this.#count;
    if (shown && this.#last) {
      const at = this.#count * STRIDE;
      this.#segments.set(unitVector(this.#last.lat, this.#last.lon), at);
      this.#segments[at + 3] = this.#last.altitudeM ?? 0;
      this.#segments[at + 4] = shown.x;
      this.#segments[at + 5] = shown.y;
      this.#segments[at + 6] = shown.z;
      this.#segments[at + 7] = shown.altitudeM;
      this.#segments[at + 8] = KIND.flown;
      this.#tell(at, STRIDE);
      count++;
    }
    if (withShort) {
      this.#tellFresh();
      count = this.#capacity + this.#used;
    }
    this.mesh.geometry.instanceCount = count;
  }

  close() {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }

  /** What is new in the ring is one piece of it, or two where it begins anew. */
  #tellFresh() {
    if (this.#fresh === 0) return;
    const start = this.#head - this.#fresh;
    const ring = this.#capacity * STRIDE;
    if (start < 0) {
      this.#tell(ring + (start + SHORT_SEGMENTS) * STRIDE, -start * STRIDE);
    }
    const from = Math.max(0, start);
    if (this.#head > from) this.#tell(ring + from * STRIDE, (this.#head - from) * STRIDE);
    this.#fresh = 0;
  }

  #tell(at: number, length: number) {
    if (!this.mesh.visible) {
      this.#missed = true;
      return;
    }
    this.#buffer.addUpdateRange(at, length);
    this.#buffer.needsUpdate = true;
  }

  #append(segments: readonly number[]) {
    const at = this.#count * STRIDE;
    // One more than needed: the piece to where the aircraft is now.
    const needed = this.#count + segments.length / STRIDE + 1;
    if (needed > this.#capacity) this.#grow(2 * needed);
    this.#segments.set(segments, at);
    this.#count += segments.length / STRIDE;
    this.#tell(at, segments.length);
  }

  #grow(capacity: number) {
    const larger = new Float32Array((capacity + SHORT_SEGMENTS) * STRIDE);
    larger.set(this.#segments.subarray(0, this.#count * STRIDE));
    larger.set(this.#segments.subarray(this.#capacity * STRIDE), capacity * STRIDE);
    this.#segments = larger;
    this.#capacity = capacity;
    this.#buffer = new InstancedInterleavedBuffer(larger, STRIDE);
    this.#attach();
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

/** The four corners of a ribbon: along from 0 to 1, across from -1 to 1. */
export function addCorners(geometry: InstancedBufferGeometry) {
  const corners = new Float32Array([0, -1, 1, -1, 1, 1, 0, 1]);
  geometry.setAttribute("corner", new BufferAttribute(corners, 2));
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
}

/** What all ribbons' materials have alike. */
export function trailMaterial() {
  return {
    fragmentShader: TRAIL_FRAGMENT_SHADER,
    transparent: true,
    depthTest: false,
    depthWrite: false,
  } as const;
}
