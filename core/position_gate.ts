/**
 * Whether an aircraft can be where a report says, as good receivers look at it: by how far it can have
 * come since, with counters beside that, so that one outlier never moves an aircraft while a true jump
 * wins in the end.
 */
import { distanceM, type LatLon } from "./geodesy.ts";

/** A position as a source says it. */
export interface Fix extends LatLon {
  readonly atMs: number;
  readonly onGround: boolean;
  /** How good its kind is; see `rankOf`. */
  readonly rank: number;
  /** How much the clock may be off: 1 s where it has whole seconds. */
  readonly clockS: number;
  /** The speed over ground that was said with it. */
  readonly mps?: number;
  /** The integrity that the aircraft gives its position. */
  readonly nic?: number;
}

/**
 * `new`: take it. `duplicate`: nothing new. `late`: older than what is known, which is nobody's fault.
 * `outranked`: a better source speaks. `unreachable`: not believed.
 */
export type Verdict = "new" | "duplicate" | "late" | "outranked" | "unreachable";

/** How good each kind of position is (readsb's order of sources); what is not said may be ADS-B. */
const RANKS: Readonly<Record<string, number>> = {
  adsb: 6,
  adsr: 4,
  uat: 4,
  asterix: 3,
  mlat: 3,
  flarm: 3,
  tisb: 2,
  adsc: 2,
  mode_s: 1,
  other: 1,
};
const UNSAID_RANK = 5;
/** From here down a position may be hundreds of metres off. */
const ROUGH_RANK = 3;

export function rankOf(positionSource: string | null | undefined): number {
  return positionSource ? RANKS[positionSource] ?? UNSAID_RANK : UNSAID_RANK;
}

/** A better source that was heard within this time goes before a worse one. */
export const OUTRANKS_FOR_MS = 15_000;
/** After such a silence anything is believed. */
const FORGETS_AFTER_MS = 60_000;
/** The same place again within this time is the same message by another way. */
const REPEATS_WITHIN_MS = 2000;
/** A rejected place that comes again within this time counts once. */
const REJECTED_ONCE_MS = 4000;
/** About a metre: sources round to five decimals or to six. */
const SAME_PLACE_DEG = 1.2e-5;
const MOST_RELIABLE = 4;
/** However little the old place is worth: this many have to agree on another. */
const LEAST_AGREEING = 2;

const AIR_M = 30;
const SURFACE_M = 10;
const ROUGH_M = 500;
/** 0.2 s within a receiver (readsb); decoders that write to files stamp messages up to 0.45 s late. */
const DELAY_S = 0.5;
/** NIC 4 is a radius of 2 NM (DO-260B, table 2-14): of what is worse, as under jamming, that is believed. */
const LOST_NIC = 4;
const LOST_M = 3704;
/** 3 kt for each second since. */
const GAIN_MPS_PER_S = 1.54;
/** Where no speed is known: 600 kt, and 100 kt on the ground. */
const UNKNOWN_AIR_MPS = 308;
const UNKNOWN_SURFACE_MPS = 51;

/** How far it can have come from a place that it was at `sinceMs` to a later fix, metres. */
function reachableM(from: Fix, sinceMs: number, to: Fix, speed: Speed | undefined): number {
  const isSurface = from.onGround && to.onGround;
  const elapsedS = Math.abs(to.atMs - sinceMs) / 1000;
  const isRough = Math.min(from.rank, to.rank) <= ROUGH_RANK;
  const said = speed || to.mps !== undefined ? Math.max(speed?.mps ?? 0, to.mps ?? 0) : undefined;
  const known = said ?? (isSurface ? UNKNOWN_SURFACE_MPS : UNKNOWN_AIR_MPS);
  const ageS = speed ? Math.max(elapsedS, (to.atMs - speed.atMs) / 1000) : elapsedS;
  const slackS = DELAY_S + Math.max(from.clockS, to.clockS);
  const isLost = Math.min(from.nic ?? Infinity, to.nic ?? Infinity) <= LOST_NIC;
  return (isSurface ? SURFACE_M : AIR_M) + (isLost ? LOST_M : isRough ? ROUGH_M : 0) +
    (known + GAIN_MPS_PER_S * ageS) * (elapsedS + slackS);
}

/** A speed over ground, and when it was said. */
interface Speed {
  readonly mps: number;
  readonly atMs: number;
}

function isSamePlace(a: LatLon, b: LatLon): boolean {
  return Math.abs(a.lat - b.lat) < SAME_PLACE_DEG && Math.abs(a.lon - b.lon) < SAME_PLACE_DEG;
}

/** One aircraft's position, and what it would take to believe another. */
export class PositionGate {
  #last?: Fix;
  /** Since when it is said to be there: a source may repeat a place that it has long left. */
  #sinceMs = 0;
  #before?: Fix;
  /** The larger of the last two. */
  #speed?: Speed;
  #lastMps = 0;
  /** How often in a row the place has been confirmed, and its loss with every place that contradicts. */
  #reliable = 0;
  /** Where it would be instead, and how many agree. */
  #contender?: Fix;
  #agreeing = 0;

  /** Where the aircraft is. */
  get last(): Fix | undefined {
    return this.#last;
  }

  /** The speed over ground that the aircraft says, for how far it comes. */
  heardSpeed(mps: number, atMs: number): void {
    this.#speed = { mps: Math.max(mps, this.#speed ? this.#lastMps : 0), atMs };
    this.#lastMps = mps;
  }

  offer(fix: Fix): Verdict {
    const last = this.#last;
    if (!last || fix.atMs - last.atMs > FORGETS_AFTER_MS) return this.#take(fix, 1);
    const ageMs = fix.atMs - last.atMs;
    if (this.#isRepeated(fix)) return "duplicate";
    if (ageMs < 0) return "late";
    if (fix.rank < last.rank && ageMs < OUTRANKS_FOR_MS) return "outranked";
    if (distanceM(last, fix) <= reachableM(last, this.#sinceMs, fix, this.#speed)) {
      return this.#take(fix, Math.min(this.#reliable + 1, MOST_RELIABLE));
    }
    return this.#contradicted(fix, last);
  }

  #isRepeated(fix: Fix): boolean {
    return [this.#last, this.#before].some((known) =>
      known !== undefined && Math.abs(fix.atMs - known.atMs) < REPEATS_WITHIN_MS &&
      isSamePlace(fix, known)
    );
  }

  #contradicted(fix: Fix, last: Fix): Verdict {
    const contender = this.#contender;
    const isOnceMore = contender && isSamePlace(contender, fix) &&
      fix.atMs - contender.atMs < REJECTED_ONCE_MS;
    if (isOnceMore) return "unreachable";
    // Not by the speed that is said: where that is what is wrong, no two places would ever agree.
    const agrees = contender !== undefined && contender.atMs <= fix.atMs &&
      distanceM(contender, fix) <=
        reachableM(contender, contender.atMs, { ...fix, mps: undefined }, undefined);
    this.#agreeing = agrees ? this.#agreeing + 1 : 1;
    this.#contender = fix;
    this.#reliable = Math.max(0, this.#reliable - 1);
    const isBetter = fix.rank > last.rank;
    const isBelieved = this.#agreeing >= LEAST_AGREEING &&
      (isBetter || this.#agreeing > this.#reliable);
    return isBelieved ? this.#take(fix, 1) : "unreachable";
  }

  #take(fix: Fix, reliable: number): Verdict {
    if (!this.#last || !isSamePlace(this.#last, fix)) this.#sinceMs = fix.atMs;
    this.#before = this.#last;
    this.#last = fix;
    this.#reliable = reliable;
    this.#contender = undefined;
    this.#agreeing = 0;
    return "new";
  }
}
