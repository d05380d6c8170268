/** Plays the past: frames from the hub's history go into the table as if they were live. */
import { effect } from "@preact/signals";
import { DEPARTED_AFTER_S } from "../contracts/constants.ts";
import type { Flight } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { hubHttpUrl } from "./live/live.ts";
import { say } from "./shell.ts";
import { clock, feed, playback, table } from "./state.ts";
import { goLive, type PastTrouble, pastTrouble } from "./time.ts";
import { askHub } from "./live/token.ts";

export interface Frame {
  /** Every aircraft in it was heard before this: it is shown from then on. */
  readonly endMs: number;
  /** How long the next one is after it. */
  readonly everyMs: number;
  readonly flights: readonly Flight[];
}

const INTERVAL_S = 10;
/** When it goes fast, fewer pictures of the past are enough. */
const FAST_INTERVAL_S = 30;
const FAST_FROM = 30;
/** Before the moment asked for: who was heard then is still there. */
const LEAD_MS = 120_000;
/** As the hub has it: silent aircraft fade, then go. */
const STALE_MS = 60_000;
const GONE_MS = DEPARTED_AFTER_S * 1000;
/** What is asked for at once: as much as is read without a pause that is noticed, ten minutes at most. */
const FLIGHTS_AT_ONCE = 20_000;
const MOST_CHUNK_S = 600;
/** What is shown at once: a frame of more comes in parts, as live traffic would. */
const SHOWN_AT_ONCE = 2_500;
/** So much real time ahead of what is shown, the next part is asked for. */
const AHEAD_MS = 6_000;
const TICK_MS = 200;
/** How soon to ask again where the history is only starting. */
const RETRY_MS = 3_000;

class Player {
  #frames: Frame[] = [];
  #loadedToMs = 0;
  #sky = new Map<string, Flight>();
  #sequence = 0;
  /** Grows with each journey, so that what was asked for before it is not taken. */
  #journey = 0;
  #loading = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    effect(() => {
      if (playback.value === undefined) this.#end();
    });
  }

  /** Shows the sky as it was at `atMs`, and plays on at `rate`. */
  async travelTo(atMs: number, rate: number) {
    const journey = ++this.#journey;
    const headMs = feed.peek().streamMs;
    if (headMs !== undefined && atMs > headMs) atMs = headMs;
    this.#loading = false;
    this.#stand(atMs);
    trouble("loading", "Asking for the past");
    // Of who was there already the latest report is enough.
    const lead = await this.#ask(journey, atMs - LEAD_MS, atMs, LEAD_MS / 1000);
    if (!lead) return;
    this.#frames = lead;
    this.#sky.clear();
    this.#showUpTo(atMs, true);
    const ahead = await this.#ask(journey, atMs, atMs + this.#chunkMs(rate), intervalS(rate));
    if (!ahead) return;
    if (lead.length + ahead.length === 0) {
      return trouble("empty", `Nothing is recorded around this moment`);
    }
    this.#frames.push(...ahead.flatMap(inParts));
    pastTrouble.value = undefined;
    this.setRate(rate);
  }

  /** Plays on at another rate; 0 pauses. */
  setRate(rate: number) {
    if (!playback.peek()) return;
    const nowMs = performance.now();
    const atMs = clock.at(nowMs);
    clock.run(atMs, nowMs, rate);
    playback.value = { atMs, rate };
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  #stand(atMs: number) {
    playback.value = { atMs, rate: 0 };
    clock.run(atMs, performance.now(), 0);
  }

  #end() {
    this.#journey++;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#frames = [];
    this.#sky.clear();
  }

  #tick() {
    const rate = playback.peek()?.rate;
    if (!rate) return;
    const atMs = clock.at(performance.now());
    const headMs = feed.peek().streamMs;
    if (headMs !== undefined && atMs >= headMs) {
      say("Caught up: this is now");
      return goLive();
    }
    this.#showUpTo(atMs, false);
    if (this.#loadedToMs - atMs < AHEAD_MS * rate) this.#loadOn(rate);
    // What is not there yet cannot be played: the past waits for it.
    if (atMs > this.#loadedToMs) {
      clock.run(this.#loadedToMs, performance.now(), rate);
      if (!pastTrouble.peek()) trouble("loading", "Asking for the past");
    }
  }

  async #loadOn(rate: number) {
    if (this.#loading) return;
    this.#loading = true;
    const fromMs = this.#loadedToMs;
    const toMs = fromMs + this.#chunkMs(rate);
    const frames = await this.#ask(this.#journey, fromMs, toMs, intervalS(rate));
    if (!frames) return;
    this.#loading = false;
    this.#frames.push(...frames.flatMap(inParts));
    if (frames.length > 0) pastTrouble.value = undefined;
    else trouble("empty", "Nothing is recorded here");
  }

  /** The frames between two moments; undefined where somebody has gone elsewhere meanwhile. */
  async #ask(
    journey: number,
    fromMs: number,
    toMs: number,
    everyS: number,
  ): Promise<Frame[] | undefined> {
    const query = new URLSearchParams({
      start_ts: new Date(Math.max(0, fromMs)).toISOString(),
      end_ts: new Date(toMs).toISOString(),
      interval_s: String(everyS),
    });
    const hub = hubHttpUrl(document.body.dataset, location);
    for (;;) {
      const answer = await fetchJson(`${hub}/flights/history?${query}`);
      if (journey !== this.#journey) return undefined;
      if (answer.ok) {
        const { frames, resume_from } = answer.body as {
          frames: { timestamp: string; flights: Flight[] }[];
          resume_from?: string;
        };
        this.#loadedToMs = resume_from ? Date.parse(resume_from) : toMs;
        return frames.map(({ timestamp, flights }) => ({
          endMs: Date.parse(timestamp) + everyS * 1000,
          everyMs: everyS * 1000,
          flights,
        }));
      }
      trouble(answer.kind, answer.text);
      if (answer.kind === "off") return undefined;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (journey !== this.#journey) return undefined;
    }
  }

  /** Brings the sky to `atMs` and tells the table: everything anew, or what changed. */
  #showUpTo(atMs: number, anew: boolean) {
    const upserts = new Map<string, Flight>();
    while (this.#frames[0] && this.#frames[0].endMs <= atMs) {
      for (const flight of this.#frames.shift()!.flights) upserts.set(flight.icao24, flight);
    }
    for (const [icao24, flight] of upserts) this.#sky.set(icao24, flight);
    const removed: string[] = [];
    for (const [icao24, flight] of this.#sky) {
      const silentMs = atMs - lastContactMs(flight);
      if (silentMs > GONE_MS) {
        this.#sky.delete(icao24);
        upserts.delete(icao24);
        removed.push(icao24);
      } else if (silentMs > STALE_MS && flight.status !== "STALE") {
        const stale: Flight = { ...flight, status: "STALE" };
        this.#sky.set(icao24, stale);
        upserts.set(icao24, stale);
      }
    }
    const timestamp = new Date(atMs).toISOString();
    if (!anew && upserts.size + removed.length === 0) return;
    const sequence = ++this.#sequence;
    if (anew) {
      table.applySnapshot({
        type: "snapshot",
        timestamp,
        sequence,
        flights: [...this.#sky.values()],
      });
    } else {
      table.applyDelta({
        type: "delta",
        timestamp,
        sequence,
        upserts: [...upserts.values()],
        removed,
      });
    }
  }

  #chunkMs(rate: number): number {
    const everyS = intervalS(rate);
    const flights = Math.max(100, this.#sky.size, table.size);
    const frames = Math.max(1, Math.floor(FLIGHTS_AT_ONCE / flights));
    return Math.min(MOST_CHUNK_S, frames * everyS) * 1000;
  }
}

function intervalS(rate: number): number {
  return rate >= FAST_FROM ? FAST_INTERVAL_S : INTERVAL_S;
}

/** A large frame's parts, one after the other until the next frame. */
export function inParts({ endMs, everyMs, flights }: Frame): Frame[] {
  const parts = Math.ceil(flights.length / SHOWN_AT_ONCE);
  const size = Math.ceil(flights.length / parts);
  return Array.from({ length: parts }, (_, i) => ({
    endMs: endMs + i * everyMs / parts,
    everyMs,
    flights: flights.slice(i * size, (i + 1) * size),
  }));
}

function trouble(kind: PastTrouble["kind"], text: string) {
  pastTrouble.value = { kind, text };
}

type Answer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly kind: PastTrouble["kind"]; readonly text: string };

async function fetchJson(url: string): Promise<Answer> {
  try {
    const response = await askHub(url);
    const body = await response.json();
    if (response.ok) return { ok: true, body };
    return body.code === "history_off"
      ? { ok: false, kind: "off", text: "No history is kept here" }
      : response.status === 503
      ? { ok: false, kind: "starting", text: "History is starting: asking again" }
      : { ok: false, kind: "unreachable", text: `The hub refused: ${body.message}` };
  } catch {
    return { ok: false, kind: "unreachable", text: "The hub cannot be reached: asking again" };
  }
}

/** There is one past at a time. */
export const player = new Player();
