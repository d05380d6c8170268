/** A recording, played as it was: what it says, in its order, in its own time. */
import type { BoundingBox, FlightPayload } from "../../../contracts/flight.ts";
import type { Refusal } from "../../../contracts/parse.ts";
import { lastContactMs } from "../../../contracts/times.ts";
import { SettingError } from "../../config.ts";
import { emptyBox, widen } from "../box.ts";
import { type Entry, readRecording } from "./formats.ts";
import { later } from "./recording.ts";

/** What is known of a recording before it is played. */
export interface Recording {
  readonly path: string;
  readonly bbox: BoundingBox;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly reports: number;
  /** How many lines come before the time asked for. */
  readonly linesBeforeStart: number;
}

/** Where to begin: the first `line` lines of that round have been played already. */
export interface ReplayStart {
  readonly loop: number;
  readonly line: number;
}

export type ReplayStep =
  | {
    kind: "report";
    atMs: number;
    loop: number;
    line: number;
    provider: string;
    flight: FlightPayload;
  }
  | { kind: "refused"; loop: number; line: number; original: Uint8Array; refusal: Refusal }
  /** A poll interval of stream time has passed: time for a heartbeat. */
  | { kind: "cycle"; atMs: number; loop: number; line: number };

/** A clock that goes this far ahead, and back with the next line, was wrong; this far behind, as well. */
const BELIEVABLE_JUMP_MS = 3_600_000;
/** A first report that is this far behind the next has a clock that was not set yet. */
const BELIEVABLE_FIRST_JUMP_MS = 24 * 3_600_000;
/** Lines kept until it is known whether to believe a clock: each may be long. */
const MOST_WAITING = 16;
/** Where nobody says anything for longer than this, the replay skips ahead. */
export const LONGEST_SILENCE_MS = 600_000;

/**
 * Reads a recording through once, for its extent in time and space. `startS` is how many seconds into
 * it one wants to begin, `otherwise` the box of a recording without a single valid report.
 * @throws SettingError when the file is missing, empty or damaged
 */
export async function surveyRecording(
  path: string,
  startS: number,
  otherwise: BoundingBox,
  setting: "REPLAY_FILE" | "SOURCES" = "REPLAY_FILE",
): Promise<Recording> {
  const wrong = (remedy: string) => new SettingError(setting, path, remedy);
  const bbox = emptyBox();
  let [firstMs, lastMs, reports, lines, linesBeforeStart] = [Infinity, 0, 0, 0, 0];
  try {
    for await (const { line, parsed } of believable(path)) {
      lines++;
      if (!parsed.ok) continue;
      const { flight } = parsed.value;
      const atMs = lastContactMs(flight);
      widen(bbox, flight.position);
      firstMs = Math.min(firstMs, atMs);
      lastMs = Math.max(lastMs, atMs);
      if (lastMs < firstMs + startS * 1000) linesBeforeStart = line;
      reports++;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw wrong("but there is no such file: name a recording of JSON lines, plain or gzip");
    }
    if (error instanceof Deno.errors.IsADirectory) {
      throw wrong("but that is a folder: name a recording of JSON lines, plain or gzip");
    }
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      throw wrong("but it may not be read: make it readable or name another");
    }
    if (isDamaged(error)) {
      throw wrong("but it is not whole: name a recording of JSON lines, plain or gzip");
    }
    throw error;
  }
  if (lines === 0) throw wrong("but that file is empty: name one with a JSON report a line");
  if (reports === 0) {
    return { path, bbox: otherwise, firstMs: 0, lastMs: 0, reports, linesBeforeStart: 0 };
  }
  if (firstMs + startS * 1000 > lastMs) {
    const lengthS = Math.floor((lastMs - firstMs) / 1000);
    const remedy = `but the recording is ${lengthS} seconds long: choose less`;
    throw new SettingError("REPLAY_START_SECONDS", String(startS), remedy);
  }
  return { path, bbox, firstMs, lastMs, reports, linesBeforeStart };
}

/**
 * The steps of a replay in stream order, without waiting: the caller keeps the time. Rounds follow one
 * another by the recording's whole length, so that time never runs backwards.
 */
export async function* replaySteps(
  recording: Recording,
  { cycleMs, loops, start }: { cycleMs: number; loops: boolean; start: ReplayStart },
): AsyncGenerator<ReplayStep> {
  const lengthMs = Math.max(Math.ceil((recording.lastMs - recording.firstMs) / 1000), 1) * 1000;
  let nowMs = recording.firstMs + start.loop * lengthMs;
  let cycleAtMs = nowMs + cycleMs;
  for (let loop = start.loop; loop === start.loop || loops; loop++) {
    const shiftMs = loop * lengthMs;
    for await (const { line, original, parsed } of believable(recording.path)) {
      if (!parsed.ok) {
        yield { kind: "refused", loop, line, original, refusal: parsed };
        continue;
      }
      const flight = later(parsed.value.flight, shiftMs);
      const atMs = Math.max(nowMs, lastContactMs(flight));
      if (atMs - nowMs > LONGEST_SILENCE_MS) cycleAtMs = atMs;
      for (; cycleAtMs <= atMs; cycleAtMs += cycleMs) {
        yield { kind: "cycle", atMs: cycleAtMs, loop, line: line - 1 };
      }
      nowMs = atMs;
      yield { kind: "report", atMs, loop, line, provider: parsed.value.provider, flight };
    }
    if (recording.reports === 0) return;
  }
}

/** What unpacking throws at data that is not whole. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^Z_|^ERR_/.test(String(error.code));
}

/** Every line that is not blank, in order; those whose clock is off by itself come refused. */
async function* believable(path: string): AsyncGenerator<Entry> {
  let newestMs: number | undefined;
  /** Lines that wait until it is known whether to believe `first` or `ahead`. */
  let waiting: Entry[] = [];
  /** The first report of all, which nothing has confirmed yet. */
  let first: Timed | undefined;
  /** A report that jumps ahead: believed when the next one agrees. */
  let ahead: Timed | undefined;
  const refuse = ({ entry, atMs }: Timed, where: string) => {
    waiting[waiting.indexOf(entry)] = { ...entry, parsed: wrongClock(atMs, where) };
  };
  for await (const entry of entriesOf(path)) {
    waiting.push(entry);
    if (entry.parsed.ok) {
      const timed = { entry, atMs: lastContactMs(entry.parsed.value.flight) };
      const { atMs } = timed;
      if (ahead && ahead.atMs - atMs > BELIEVABLE_JUMP_MS) {
        refuse(ahead, "ahead of the report after it");
      } else if (ahead) {
        if (first) refuse(first, "behind the reports after it");
        first = undefined;
        newestMs = Math.max(newestMs ?? 0, ahead.atMs);
      }
      ahead = undefined;
      if (first && first.atMs - atMs > BELIEVABLE_JUMP_MS) {
        refuse(first, "ahead of the report after it");
        first = undefined;
      }
      const beforeMs = newestMs ?? first?.atMs;
      const jumpMs = first ? BELIEVABLE_FIRST_JUMP_MS : BELIEVABLE_JUMP_MS;
      if (beforeMs === undefined) first = timed;
      else if (atMs - beforeMs > jumpMs) ahead = timed;
      else {
        first = undefined;
        if (beforeMs - atMs > BELIEVABLE_JUMP_MS) refuse(timed, "behind the reports before it");
        else newestMs = Math.max(beforeMs, atMs);
      }
    }
    if ((first || ahead) && waiting.length < MOST_WAITING) continue;
    newestMs = ahead?.atMs ?? first?.atMs ?? newestMs;
    first = ahead = undefined;
    yield* waiting;
    waiting = [];
  }
  yield* waiting;
}

interface Timed {
  readonly entry: Entry;
  readonly atMs: number;
}

function wrongClock(atMs: number, where: string): Refusal {
  return {
    ok: false,
    reason_code: "implausible_time",
    reason: `the time is ${new Date(atMs).toISOString()}, but that is over an hour ${where}`,
  };
}

async function* entriesOf(path: string): AsyncGenerator<Entry> {
  for await (const entries of readRecording(path)) yield* entries;
}
