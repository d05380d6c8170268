import type { FlightStatus, SourceMode } from "../contracts/constants.ts";
import type { Flight, FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";

/** One aircraft as it is served. */
export interface CachedFlight {
  readonly flight: FlightPayload;
  readonly status: FlightStatus;
  readonly mode: SourceMode;
  readonly lastContactMs: number;
  /** The sequence number of the delta that says so. */
  readonly changedIn: number;
}

/** What changed after one sequence number, up to and with the newest. */
export interface Changes {
  readonly upserts: readonly CachedFlight[];
  readonly removed: readonly string[];
}

/** Removals remembered for clients that skipped ticks; who needs more gets a snapshot. */
const REMEMBERED_REMOVALS = 20_000;
/** So far ahead of all others one report alone is not believed: everybody would leave for one wrong clock. */
const JUMP_MS = 3_600_000;

/**
 * The latest of every aircraft, with the numbered deltas that keep a client in step. Live aircraft
 * age by the clock given to `advance`, replayed ones by the newest event time seen: at the threshold
 * they go stale, at twice that they are removed.
 */
export class FlightCache {
  readonly #staleAfterMs: number;
  readonly #flights = new Map<string, CachedFlight>();
  /** What the next delta will say. */
  readonly #changed = new Set<string>();
  readonly #removed = new Set<string>();
  /** Aircraft about which an anomaly is open. */
  #anomalous: ReadonlySet<string> = new Set();
  /** Removals by the sequence number of their delta, oldest first. */
  readonly #removals: { readonly icao24: string; readonly sequence: number }[] = [];
  /** Removals up to this sequence number are forgotten. */
  #forgottenTo = 0;
  #sequence = 0;
  #replayMs = -Infinity;
  /** The last replayed report's time, where that was a jump; and whether the one before it had agreed. */
  #aheadMs = NaN;
  #isAgreed = false;
  #newestMs = -Infinity;
  #mode?: SourceMode;

  constructor(staleAfterS: number) {
    this.#staleAfterMs = staleAfterS * 1000;
  }

  get size(): number {
    return this.#flights.size;
  }

  /** The number of the newest delta. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The newest event time in ms, undefined where nobody is there. */
  get streamMs(): number | undefined {
    return this.#newestMs === -Infinity ? undefined : this.#newestMs;
  }

  /** What the newest report came from. */
  get mode(): SourceMode | undefined {
    return this.#mode;
  }

  get(icao24: string): CachedFlight | undefined {
    return this.#flights.get(icao24);
  }

  all(): IterableIterator<CachedFlight> {
    return this.#flights.values();
  }

  /** Takes a report; false where a newer one is known already. */
  apply(flight: FlightPayload, mode: SourceMode): boolean {
    const contactMs = lastContactMs(flight);
    const known = this.#flights.get(flight.icao24);
    if (known && known.lastContactMs > contactMs) return false;
    this.#mode = mode;
    const cached: CachedFlight = {
      flight,
      status: this.#statusHeard(flight.icao24),
      mode,
      lastContactMs: contactMs,
      changedIn: 0,
    };
    this.#keepTime(cached);
    this.#put(cached);
    return true;
  }

  /** The aircraft has left. */
  remove(icao24: string): void {
    if (!this.#flights.delete(icao24)) return;
    this.#changed.delete(icao24);
    this.#removed.add(icao24);
  }

  /** Lets time pass: `nowMs` is the clock that live aircraft age by. */
  advance(nowMs: number): void {
    // A replay that begins again has its own time as soon as the aircraft of the earlier run have left.
    let [first, second, live] = [-Infinity, -Infinity, -Infinity];
    for (const { mode, lastContactMs } of this.#flights.values()) {
      if (mode === "live") live = Math.max(live, lastContactMs);
      else if (lastContactMs > first) [first, second] = [lastContactMs, first];
      else if (lastContactMs > second) second = lastContactMs;
    }
    this.#replayMs = isJump(second, first) && !this.#isAgreed ? second : first;
    this.#newestMs = Math.max(live, this.#replayMs);
    // A live clock that is ahead is nobody's time but its own.
    this.#newestMs = Math.min(this.#newestMs, Math.max(nowMs, this.#replayMs));
    for (const cached of this.#flights.values()) {
      const ageMs = (cached.mode === "live" ? nowMs : this.#replayMs) - cached.lastContactMs;
      if (ageMs < this.#staleAfterMs) continue;
      if (ageMs >= 2 * this.#staleAfterMs) this.remove(cached.flight.icao24);
      else if (cached.status !== "STALE") this.#put({ ...cached, status: "STALE" });
    }
  }

  /** Says about which aircraft an anomaly is open now. One that is stale says so first. */
  setAnomalous(anomalous: ReadonlySet<string>): void {
    const touched = this.#anomalous.symmetricDifference(anomalous);
    this.#anomalous = anomalous;
    for (const icao24 of touched) {
      const cached = this.#flights.get(icao24);
      if (!cached || cached.status === "STALE") continue;
      this.#put({ ...cached, status: this.#statusHeard(icao24) });
    }
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0 || this.#removed.size > 0;
  }

  /** Ends the running delta: what changed in it, under a new sequence number. */
  tick(): Changes {
    const sequence = ++this.#sequence;
    const upserts = Array.from(this.#changed, (icao24) => this.#flights.get(icao24)!);
    const removed = [...this.#removed];
    for (const icao24 of removed) this.#removals.push({ icao24, sequence });
    const surplus = this.#removals.length - REMEMBERED_REMOVALS;
    if (surplus > 0) this.#forgottenTo = this.#removals.splice(0, surplus).at(-1)!.sequence;
    this.#changed.clear();
    this.#removed.clear();
    return { upserts, removed };
  }

  /** What the deltas after `sequence` said, in one; undefined where that is too long ago. */
  changesSince(sequence: number): Changes | undefined {
    if (sequence < this.#forgottenTo) return undefined;
    const upserts = [...this.#flights.values()].filter(({ changedIn }) => changedIn > sequence);
    const removed = new Set<string>();
    for (let i = this.#removals.length - 1; i >= 0; i--) {
      const removal = this.#removals[i]!;
      if (removal.sequence <= sequence) break;
      if (!this.#flights.has(removal.icao24)) removed.add(removal.icao24);
    }
    return { upserts, removed: [...removed] };
  }

  /** The status of an aircraft that is not stale. */
  #statusHeard(icao24: string): FlightStatus {
    return this.#anomalous.has(icao24) ? "ANOMALY" : "NORMAL";
  }

  #keepTime({ mode, lastContactMs }: CachedFlight): void {
    if (mode === "replay") {
      if (isJump(this.#replayMs, lastContactMs)) {
        this.#isAgreed = Math.abs(lastContactMs - this.#aheadMs) <= JUMP_MS;
        this.#aheadMs = lastContactMs;
        if (!this.#isAgreed) return;
      } else {
        this.#aheadMs = NaN;
        // Others are still there.
        if (isJump(lastContactMs, this.#replayMs)) this.#isAgreed = false;
      }
      this.#replayMs = Math.max(this.#replayMs, lastContactMs);
    }
    this.#newestMs = Math.max(this.#newestMs, lastContactMs);
  }

  #put(cached: CachedFlight): void {
    const { icao24 } = cached.flight;
    this.#flights.set(icao24, { ...cached, changedIn: this.#sequence + 1 });
    this.#changed.add(icao24);
    this.#removed.delete(icao24);
  }
}

/** The aircraft as clients get it. */
export function toFlight({ flight, status }: CachedFlight): Flight {
  return { ...flight, status };
}

function isJump(fromMs: number, toMs: number): boolean {
  return fromMs !== -Infinity && toMs > fromMs + JUMP_MS;
}
