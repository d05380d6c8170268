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
import { icao24Text } from "../../contracts/columns.ts";
import type { ColumnsTable, TableChange } from "../live/columns_table.ts";
import type { EyeUniforms } from "./eye.ts";
import { FRAGMENT_SHADER, VERTEX_SHADER } from "./aircraft_shader.ts";
import { ShortTrails } from "./short_trails.ts";
import { JOINT_VERTEX_SHADER } from "./trail_shader.ts";
import { addCorners, trailMaterial, Trails } from "./trails.ts";
import { AT, FLAG, type Moment, type Shown, shownAt, STRIDE, writeRow } from "./reckon.ts";
import { silhouetteTexture } from "./silhouettes.ts";

/** A float of seconds is exact to 4 ms up to here: then the rows are made to count from later. */
const REBASE_AFTER_S = 43_200;
const FIRST_CAPACITY = 1024;

export interface AircraftLayerOptions {
  readonly table: ColumnsTable;
  readonly eye: EyeUniforms;
  /** Flags of rows beyond what is in the table: hidden, alarming. Asked for before rows are written. */
  readonly marks: () => (row: number) => number;
  /** The stream's time, in ms since the epoch. */
  readonly streamMs: () => number;
}

/** A large delta is written over several frames, so that none takes long; but not when frames are rare. */
const ROWS_A_FRAME = 1000;
const LATE_MS = 100;
/** Whose a row is that has no aircraft. */
const NOBODY = 0xffff_ffff;

const visited: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };

/** All aircraft as one instanced mesh, one draw call: rows of a buffer that the shader reckons from. */
export class AircraftLayer {
  readonly mesh: Mesh<InstancedBufferGeometry, ShaderMaterial>;
  /** Everybody's last minutes, and from there to where each is shown. */
  readonly trails: Trails;
  readonly joints: Mesh<InstancedBufferGeometry, ShaderMaterial>;
  readonly #short: ShortTrails;
  /** How many aircraft pass the filter. */
  visible = 0;
  /** A row for each of the table's, in its order, and one more: the selected aircraft, on top of all. */
  #rows = new Float32Array(FIRST_CAPACITY * STRIDE);
  #buffer = new InstancedInterleavedBuffer(this.#rows, STRIDE);
  /** Whose each row was when it was written. */
  #addresses = new Uint32Array(FIRST_CAPACITY).fill(NOBODY);
  /** Rows that are behind the table; all of them where `#allBehind` says so. */
  #behind = new Int32Array(FIRST_CAPACITY);
  #behindCount = 0;
  #behindDone = 0;
  #behindSinceMs = 0;
  #allBehind = true;
  #size = 0;
  #raised = -1;
  #baseMs: number | undefined;

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
        ...this.options.eye,
        flying: { value: 0 },
        selectedRow: { value: -1 },
        topRow: { value: -1 },
        hoveredRow: { value: -1 },
        pulse: { value: 1 },
      },
      transparent: true,
      // The shader itself asks whether the earth is in the way: a silhouette is never cut in half.
      depthTest: false,
      depthWrite: false,
    });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 10;
    const { eye } = this.options;
    const { timeS, nowS, viewport } = material.uniforms as Record<string, { value: number }>;
    this.trails = new Trails(eye, timeS!);
    this.#short = new ShortTrails(this.trails);
    this.#short.grow(FIRST_CAPACITY);
    const joints = new InstancedBufferGeometry();
    addCorners(joints);
    this.joints = new Mesh(
      joints,
      new ShaderMaterial({
        ...trailMaterial(),
        uniforms: { ...eye, timeS: timeS!, nowS: nowS!, viewport: viewport! },
        vertexShader: JOINT_VERTEX_SHADER,
      }),
    );
    this.joints.frustumCulled = false;
    this.joints.renderOrder = 8;
    this.#attach();
  }

  /** Whether there is more to write with the next frame. */
  get isBehind(): boolean {
    return this.#behindCount > 0;
  }

  /** Notes what changed in the table: it is taken in with the next frame, if there is one. */
  apply(change: TableChange) {
    if (this.#allBehind) return;
    const rows = change.kind === "delta" ? change.rows : undefined;
    if (!rows || this.#behindCount + rows.length > this.#behind.length) this.#allBehind = true;
    else {
      if (this.#behindCount === 0) this.#behindSinceMs = performance.now();
      this.#behind.set(rows, this.#behindCount);
      this.#behindCount += rows.length;
    }
  }

  /** Has every aircraft asked anew for its marks. */
  markAgain() {
    this.#allBehind = true;
  }

  /** The row of an aircraft, -1 without one. */
  rowOf(icao24: string | undefined): number {
    const { table } = this.options;
    const row = table.rowOf(icao24);
    // Between a change and the next frame a row may still be another's.
    return row < this.#size && this.#addresses[row] === table.columns.icao24[row] ? row : -1;
  }

  /** Whose a row is. */
  icao24(row: number): string {
    return icao24Text(this.#addresses[row]!);
  }

  /** Where an aircraft is shown now, written into `out`; undefined when it is not there or not seen. */
  shown(icao24: string, out: Shown): Shown | undefined {
    const row = this.rowOf(icao24);
    if (row < 0 || this.#isHidden(row)) return undefined;
    const { timeS, nowS } = this.#moment();
    return shownAt(this.#rows, row, timeS, nowS, out);
  }

  /** Visits every aircraft that is to be seen; `shown` is the same object each time. */
  forEachShown(visit: (row: number, shown: Shown) => void) {
    const { timeS, nowS } = this.#moment();
    for (let row = 0; row < this.#size; row++) {
      if (!this.#isHidden(row)) visit(row, shownAt(this.#rows, row, timeS, nowS, visited));
    }
  }

  /** Sets the clocks and marks for the next frame. */
  update(selected: string | undefined, hovered: string | undefined) {
    const moment = this.#moment();
    this.#catchUp(moment);
    const { uniforms } = this.mesh.material;
    const { timeS, nowS } = moment;
    uniforms.timeS!.value = timeS;
    uniforms.nowS!.value = nowS;
    this.#raise(this.rowOf(selected));
    uniforms.selectedRow!.value = this.#raised;
    uniforms.topRow!.value = this.#size;
    uniforms.hoveredRow!.value = this.rowOf(hovered);
    if (Math.abs(timeS) > REBASE_AFTER_S) this.#rebase(timeS);
  }

  /** Half a silhouette's size and the viewport, both in the same pixels; `flying` is 1 from a cockpit. */
  setSize(halfSize: number, width: number, height: number, flying: number) {
    const { uniforms } = this.mesh.material;
    uniforms.flying!.value = flying;
    uniforms.halfSize!.value = halfSize;
    uniforms.viewport!.value.set(width, height);
  }

  /** Gives the GPU its memory back. */
  close() {
    this.mesh.material.uniforms.silhouettes!.value.dispose();
    for (const { geometry, material } of [this.mesh, this.joints]) {
      geometry.dispose();
      material.dispose();
    }
    this.trails.close();
  }

  /** Writes the rows that are behind the table, or some of them. */
  #catchUp(moment: Moment) {
    const { size } = this.options.table;
    if (!this.#allBehind && this.#behindCount === 0) return;
    // The raised row's copy lay where an aircraft may be now.
    this.#raised = -1;
    while ((size + 1) * STRIDE > this.#rows.length) this.#grow();
    // Until they are written there is nobody in new rows.
    for (let row = this.#size; row < size; row++) this.#rows[row * STRIDE + AT.flags] = FLAG.hidden;
    const marks = this.options.marks();
    let [first, last] = [Math.min(size, this.#size), size - 1];
    if (this.#allBehind) {
      for (let row = 0; row < size; row++) this.#write(row, moment, marks);
      first = 0;
      this.#behindDone = this.#behindCount;
    } else {
      const isLate = performance.now() - this.#behindSinceMs > LATE_MS;
      const end = isLate
        ? this.#behindCount
        : Math.min(this.#behindCount, this.#behindDone + ROWS_A_FRAME);
      for (let i = this.#behindDone; i < end; i++) {
        const row = this.#behind[i]!;
        // It may have been the last one, and have gone since.
        if (row >= size) continue;
        this.#write(row, moment, marks);
        if (row < first) first = row;
        if (row > last) last = row;
      }
      this.#behindDone = end;
    }
    for (let row = size; row < this.#size; row++) this.#leave(row);
    if (this.#allBehind) this.#markTrails();
    this.#size = size;
    this.#allBehind = false;
    if (this.#behindDone === this.#behindCount) this.#behindDone = this.#behindCount = 0;
    // While nothing is drawn they would pile up.
    if (last - first + 1 === size) this.#buffer.clearUpdateRanges();
    if (last >= first) this.#buffer.addUpdateRange(first * STRIDE, (last - first + 1) * STRIDE);
    this.#buffer.needsUpdate = true;
    this.mesh.geometry.instanceCount = this.joints.geometry.instanceCount = size;
  }

  #write(row: number, moment: Moment, marks: (row: number) => number) {
    const { table } = this.options;
    const address = table.columns.icao24[row]!;
    const isSame = this.#addresses[row] === address;
    if (this.#addresses[row] !== NOBODY) this.#count(row, -1);
    const known = isSame || this.#bring(address, row);
    this.#addresses[row] = address;
    if (known) this.#short.keep(this.#rows, row);
    writeRow(this.#rows, row, table, marks(row), known, moment);
    this.#count(row, 1);
    const trackDeg = table.columns.heading_deg[row]!;
    const hidden = this.#isHidden(row);
    this.#short.goOn(this.#rows, row, address, trackDeg, known, hidden, table.size);
  }

  /** The table's last aircraft take the rows of those that go: what is known of one comes along. */
  #bring(address: number, row: number): boolean {
    for (let from = this.options.table.size; from < this.#size; from++) {
      if (this.#addresses[from] !== address) continue;
      this.#leave(from);
      this.#rows.copyWithin(row * STRIDE, from * STRIDE, (from + 1) * STRIDE);
      this.#short.move(from, row);
      return true;
    }
    return false;
  }

  #leave(row: number) {
    if (this.#addresses[row] !== NOBODY) this.#count(row, -1);
    this.#addresses[row] = NOBODY;
  }

  #markTrails() {
    const { table } = this.options;
    this.trails.markShort((address) => {
      const row = table.rowOfAddress(address);
      return row >= 0 && this.#isHidden(row);
    });
  }

  /** Rows are drawn in their order: in a crowd the last one is on top. The selected one is there again. */
  #raise(row: number) {
    if (row === this.#raised) return;
    this.#raised = row;
    this.mesh.geometry.instanceCount = this.#size + (row < 0 ? 0 : 1);
    if (row < 0) return;
    this.#rows.copyWithin(this.#size * STRIDE, row * STRIDE, (row + 1) * STRIDE);
    this.#buffer.addUpdateRange(this.#size * STRIDE, STRIDE);
    this.#buffer.needsUpdate = true;
  }

  #isHidden(row: number): boolean {
    return (this.#rows[row * STRIDE + AT.flags]! & FLAG.hidden) !== 0;
  }

  #count(row: number, by: 1 | -1) {
    if (!this.#isHidden(row)) this.visible += by;
  }

  #uploadAll() {
    this.#buffer.clearUpdateRanges();
    this.#buffer.addUpdateRange(0, this.#size * STRIDE);
    this.#buffer.needsUpdate = true;
  }

  #moment(): Moment {
    const streamMs = this.options.streamMs();
    // From the first aircraft on: before there is one, the stream has no time yet.
    const baseMs = this.options.table.size > 0 ? this.#baseMs ??= streamMs : streamMs;
    return { timeS: (streamMs - baseMs) / 1000, nowS: performance.now() / 1000, baseMs };
  }

  #rebase(byS: number) {
    this.#baseMs! += byS * 1000;
    for (let row = 0; row <= this.#size && row * STRIDE < this.#rows.length; row++) {
      this.#rows[row * STRIDE + AT.time]! -= byS;
    }
    this.#short.rebase(byS, this.#size);
    this.mesh.material.uniforms.timeS!.value -= byS;
    this.#uploadAll();
  }

  #grow() {
    const larger = new Float32Array(this.#rows.length * 2);
    larger.set(this.#rows);
    this.#rows = larger;
    const addresses = new Uint32Array(larger.length / STRIDE).fill(NOBODY);
    addresses.set(this.#addresses);
    this.#addresses = addresses;
    this.#short.grow(addresses.length);
    this.#behind = new Int32Array(addresses.length);
    this.#allBehind = true;
    this.#buffer = new InstancedInterleavedBuffer(larger, STRIDE);
    this.#attach();
  }

  #attach() {
    this.#buffer.setUsage(DynamicDrawUsage);
    // Else the buffers of before would stay with the GPU until the page goes.
    for (const { geometry } of [this.mesh, this.joints]) {
      geometry.dispose();
      ["place", "heading", "state", "offset", "trail"].forEach((name, i) =>
        geometry.setAttribute(name, new InterleavedBufferAttribute(this.#buffer, 4, 4 * i))
      );
    }
  }
}
