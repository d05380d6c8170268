import {
  BufferAttribute,
  DynamicDrawUsage,
  InstancedBufferGeometry,
  InstancedInterleavedBuffer,
  InterleavedBufferAttribute,
  Mesh,
  ShaderMaterial,
  Vector2,
  Vector3,
} from "three";
import type { Flight } from "../../contracts/flight.ts";
import type { TableChange } from "../../clients/ts/table.ts";
import { FRAGMENT_SHADER, VERTEX_SHADER } from "./aircraft_shader.ts";
import { AT, FLAG, type Moment, type Shown, shownAt, STRIDE, writeRow } from "./reckon.ts";
import { silhouetteTexture } from "./silhouettes.ts";

/** A float of seconds is exact to 4 ms up to here: then the rows are made to count from later. */
const REBASE_AFTER_S = 43_200;
const FIRST_CAPACITY = 1024;

export interface AircraftLayerOptions {
  readonly flights: ReadonlyMap<string, Flight>;
  /** Whether an aircraft is to be seen. */
  readonly passes: (flight: Flight) => boolean;
  /** The stream's time, in ms since the epoch. */
  readonly streamMs: () => number;
}

/** All aircraft as one instanced mesh, one draw call: rows of a buffer that the shader reckons from. */
export class AircraftLayer {
  readonly mesh: Mesh<InstancedBufferGeometry, ShaderMaterial>;
  /** How many aircraft pass the filter. */
  visible = 0;
  #rows = new Float32Array(FIRST_CAPACITY * STRIDE);
  #buffer = new InstancedInterleavedBuffer(this.#rows, STRIDE);
  #rowOf = new Map<string, number>();
  #icao24s: string[] = [];
  #baseMs: number | undefined;
  #uploadAll = true;

  constructor(readonly options: AircraftLayerOptions) {
    const geometry = new InstancedBufferGeometry();
    const corners = new Float32Array([-1, -1, 1, -1, 1, 1, -1, 1]);
    geometry.setAttribute("corner", new BufferAttribute(corners, 2));
    geometry.setIndex([0, 1, 2, 0, 2, 3]);
    const material = new ShaderMaterial({
      vertexShader: VERTEX_SHADER,
      fragmentShader: FRAGMENT_SHADER,
      uniforms: {
        silhouettes: { value: silhouetteTexture() },
        timeS: { value: 0 },
        nowS: { value: 0 },
        viewport: { value: new Vector2(1, 1) },
        halfSize: { value: 12 },
        eye: { value: new Vector3() },
        selectedRow: { value: -1 },
        hoveredRow: { value: -1 },
      },
      transparent: true,
      // The shader itself asks whether the earth is in the way: a silhouette is never cut in half.
      depthTest: false,
      depthWrite: false,
    });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 10;
    this.#attach();
    this.apply({ kind: "snapshot" });
  }

  /** Takes in what changed in the table. */
  apply(change: TableChange) {
    const { flights } = this.options;
    if (change.kind === "snapshot") {
      for (const icao24 of [...this.#icao24s]) if (!flights.has(icao24)) this.#remove(icao24);
      for (const flight of flights.values()) this.#put(flight);
      this.#uploadAll = true;
    } else {
      for (const icao24 of change.removed) this.#remove(icao24);
      for (const flight of change.upserts) this.#put(flight);
      // Many small uploads cost more than one large one.
      if (change.upserts.length > this.#icao24s.length / 4) this.#uploadAll = true;
    }
    this.#changed();
  }

  /** Asks anew of every aircraft whether it is to be seen. */
  applyFilter() {
    this.#icao24s.forEach((icao24, row) => {
      const hidden = !this.options.passes(this.options.flights.get(icao24)!);
      const at = row * STRIDE + AT.flags;
      const flags = this.#rows[at]! & ~FLAG.hidden;
      this.#count(row, -1);
      this.#rows[at] = hidden ? flags | FLAG.hidden : flags;
      this.#count(row, 1);
    });
    this.#uploadAll = true;
    this.#changed();
  }

  /** The row of an aircraft, -1 without one. */
  rowOf(icao24: string | undefined): number {
    return (icao24 === undefined ? undefined : this.#rowOf.get(icao24)) ?? -1;
  }

  /** Where an aircraft is shown now, written into `out`; undefined when it is not there or not seen. */
  shown(icao24: string, out: Shown): Shown | undefined {
    const row = this.rowOf(icao24);
    if (row < 0 || this.#isHidden(row)) return undefined;
    const { timeS, nowS } = this.#moment();
    return shownAt(this.#rows, row, timeS, nowS, out);
  }

  /** Visits every aircraft that is to be seen; `shown` is the same object each time. */
  forEachShown(visit: (icao24: string, shown: Shown) => void) {
    const { timeS, nowS } = this.#moment();
    const out: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
    this.#icao24s.forEach((icao24, row) => {
      if (!this.#isHidden(row)) visit(icao24, shownAt(this.#rows, row, timeS, nowS, out));
    });
  }

  /** Sets the clocks and marks for the next frame; `eye` is the camera in radii of the earth. */
  update(eye: Vector3, selected: string | undefined, hovered: string | undefined) {
    this.#raise(selected);
    const { uniforms } = this.mesh.material;
    const { timeS, nowS } = this.#moment();
    uniforms.timeS!.value = timeS;
    uniforms.nowS!.value = nowS;
    uniforms.eye!.value.copy(eye);
    uniforms.selectedRow!.value = this.rowOf(selected);
    uniforms.hoveredRow!.value = this.rowOf(hovered);
    if (Math.abs(timeS) > REBASE_AFTER_S) this.#rebase(timeS);
  }

  /** Half a silhouette's size and the viewport, both in the same pixels. */
  setSize(halfSize: number, width: number, height: number) {
    const { uniforms } = this.mesh.material;
    uniforms.halfSize!.value = halfSize;
    uniforms.viewport!.value.set(width, height);
  }

  /** Gives the GPU its memory back. */
  close() {
    this.mesh.material.uniforms.silhouettes!.value.dispose();
    this.mesh.material.dispose();
    this.mesh.geometry.dispose();
  }

  #put(flight: Flight) {
    let row = this.rowOf(flight.icao24);
    const known = row >= 0;
    if (known) this.#count(row, -1);
    else {
      row = this.#icao24s.push(flight.icao24) - 1;
      this.#rowOf.set(flight.icao24, row);
      if (row * STRIDE >= this.#rows.length) this.#grow();
    }
    writeRow(this.#rows, row, flight, !this.options.passes(flight), known, this.#moment());
    this.#count(row, 1);
    this.#touch(row);
  }

  /** The last row takes the place of the one that goes. */
  #remove(icao24: string) {
    const row = this.rowOf(icao24);
    if (row < 0) return;
    this.#count(row, -1);
    this.#rowOf.delete(icao24);
    const moved = this.#icao24s.pop()!;
    if (moved === icao24) return;
    const last = this.#icao24s.length;
    this.#rows.copyWithin(row * STRIDE, last * STRIDE, (last + 1) * STRIDE);
    this.#icao24s[row] = moved;
    this.#rowOf.set(moved, row);
    this.#touch(row);
  }

  /** Rows are drawn in their order: in a crowd the last one is on top. */
  #raise(icao24: string | undefined) {
    const row = this.rowOf(icao24);
    const last = this.#icao24s.length - 1;
    if (row < 0 || row === last) return;
    const raised = this.#rows.slice(row * STRIDE, (row + 1) * STRIDE);
    this.#rows.copyWithin(row * STRIDE, last * STRIDE, (last + 1) * STRIDE);
    this.#rows.set(raised, last * STRIDE);
    const other = this.#icao24s[last]!;
    this.#icao24s[row] = other;
    this.#icao24s[last] = icao24!;
    this.#rowOf.set(other, row).set(icao24!, last);
    this.#touch(row);
    this.#touch(last);
    this.#changed();
  }

  #isHidden(row: number): boolean {
    return (this.#rows[row * STRIDE + AT.flags]! & FLAG.hidden) !== 0;
  }

  #count(row: number, by: 1 | -1) {
    if (!this.#isHidden(row)) this.visible += by;
  }

  #touch(row: number) {
    if (!this.#uploadAll) this.#buffer.addUpdateRange(row * STRIDE, STRIDE);
  }

  #changed() {
    if (this.#uploadAll) this.#buffer.clearUpdateRanges();
    this.#buffer.needsUpdate = true;
    this.mesh.geometry.instanceCount = this.#icao24s.length;
  }

  #moment(): Moment {
    const streamMs = this.options.streamMs();
    // From the first aircraft on: before there is one, the stream has no time yet.
    const baseMs = this.#icao24s.length > 0 ? this.#baseMs ??= streamMs : streamMs;
    return { timeS: (streamMs - baseMs) / 1000, nowS: performance.now() / 1000, baseMs };
  }

  #rebase(byS: number) {
    this.#baseMs! += byS * 1000;
    for (let row = 0; row < this.#icao24s.length; row++) {
      this.#rows[row * STRIDE + AT.time]! -= byS;
    }
    this.mesh.material.uniforms.timeS!.value -= byS;
    this.#uploadAll = true;
    this.#changed();
  }

  #grow() {
    const larger = new Float32Array(this.#rows.length * 2);
    larger.set(this.#rows);
    this.#rows = larger;
    this.#buffer = new InstancedInterleavedBuffer(larger, STRIDE);
    this.#uploadAll = true;
    this.#attach();
  }

  #attach() {
    this.#buffer.setUsage(DynamicDrawUsage);
    this.#buffer.onUpload(() => this.#uploadAll = false);
    // Else the buffers of before would stay with the GPU until the page goes.
    this.mesh.geometry.dispose();
    ["place", "heading", "state", "offset"].forEach((name, i) =>
      this.mesh.geometry.setAttribute(name, new InterleavedBufferAttribute(this.#buffer, 4, 4 * i))
    );
  }
}
