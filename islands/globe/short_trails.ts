/** Which of an aircraft's reports its short trail is made of. */
import { AT, STRIDE } from "./reckon.ts";
import { GUESSED_AFTER_S, KIND, SHORT_TRAIL_S } from "./trail_shader.ts";
import { SHORT_SEGMENTS, type Trails } from "./trails.ts";

/** Pieces are no shorter than this, and in a turn not much longer. */
const LEAST_S = 3;
const USUAL_S = 6;
const TURN_DEG = 12;
/** After a longer silence it is another flight: the hub let the aircraft go meanwhile. */
const FORGET_S = 125;
/** Not every aircraft turns at the same time: a part of the room is enough to go round. */
const ROOM = 0.8 * SHORT_SEGMENTS;

/** Floats a row: when its trail was last gone on with, and the track then. */
const MEMORY = 2;

export class ShortTrails {
  readonly #trails: Trails;
  #memory = new Float32Array(0);
  /** The place and altitude of before the news, and when that was. */
  readonly #before = new Float32Array(4);
  #beforeS = 0;

  constructor(trails: Trails) {
    this.#trails = trails;
  }

  /** Makes room for so many rows. */
  grow(rows: number) {
    const larger = new Float32Array(rows * MEMORY);
    larger.set(this.#memory);
    this.#memory = larger;
  }

  /** An aircraft has moved to another row. */
  move(from: number, to: number) {
    this.#memory.copyWithin(to * MEMORY, from * MEMORY, (from + 1) * MEMORY);
  }

  /** Before a row is written: what is in it will be the past. */
  keep(rows: Float32Array, row: number) {
    const at = row * STRIDE;
    for (let i = 0; i < 4; i++) this.#before[i] = rows[at + AT.place + i]!;
    this.#beforeS = rows[at + AT.time]!;
  }

  /** After it was written; `known` says whether it is the aircraft that `keep` saw. */
  goOn(
    rows: Float32Array,
    row: number,
    address: number,
    trackDeg: number,
    known: boolean,
    hidden: boolean,
    aircraftCount: number,
  ) {
    const at = row * STRIDE;
    const timeS = rows[at + AT.time]!;
    const memory = row * MEMORY;
    const sinceS = timeS - this.#memory[memory]!;
    const silentS = timeS - this.#beforeS;
    const [trail, place] = [at + AT.trail, at + AT.place];
    if (known && sinceS >= 0 && silentS <= FORGET_S) {
      const add = this.#trails;
      if (silentS > GUESSED_AFTER_S) {
        const before = this.#before;
        add.addShort(address, rows, trail, before, 0, this.#beforeS, KIND.flown, hidden);
        add.addShort(address, before, 0, rows, place, timeS, KIND.dashed, hidden);
      } else {
        const turnedDeg = Math.abs((trackDeg - this.#memory[memory + 1]! + 540) % 360 - 180);
        const usualS = Math.max(USUAL_S, aircraftCount * SHORT_TRAIL_S / ROOM);
        if (sinceS < LEAST_S || sinceS < usualS && !(turnedDeg > TURN_DEG)) return;
        add.addShort(address, rows, trail, rows, place, timeS, KIND.flown, hidden);
      }
    }
    rows.copyWithin(trail, place, place + 4);
    this.#memory[memory] = timeS;
    this.#memory[memory + 1] = trackDeg;
  }

  /** Times count from `byS` later on, in the first `size` rows. */
  rebase(byS: number, size: number) {
    for (let row = 0; row < size; row++) this.#memory[row * MEMORY]! -= byS;
    this.#trails.rebase(byS);
  }
}
