/**
 * What recordings say, whatever they are written in: told by their content, line by line. JSON lines
 * with reports or envelopes, OpenSky's `states`, readsb's aircraft.json and traces (one a line, an array
 * of them, or one that fills the file), SBS logs, and CSV with a header.
 */
import type { FlightPayload } from "../../../contracts/flight.ts";
import { type Parsed, parseJson } from "../../../contracts/parse.ts";
import { asFlight, Merger, type Report } from "../../../core/merge.ts";
import { implausible } from "../../../core/plausibility.ts";
import { LONGEST_LINE_BYTES, readLines, readText } from "../lines.ts";
import { isNotIcao, readAircraft, readAircraftJson } from "./aircraft_json.ts";
import { CsvReader } from "./csv.ts";
import { type Observation, observationIn } from "./recording.ts";
import { readSbsLine } from "./sbs_line.ts";
import { readRow, readStates } from "./states.ts";
import { traceItems } from "./trace.ts";

/** An observation or a refusal, and the line it is from: counted from 1, blank ones too. */
export interface Entry {
  readonly line: number;
  readonly original: Uint8Array;
  readonly parsed: Parsed<Observation>;
}

/** The whole sky in one line is that long. */
const LONGEST_SNAPSHOT_BYTES = 64 << 20;
const SBS = /^(MSG|SEL|ID|AIR|STA|CLK),/;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * What a recording says, in its order, as many at a time as were read.
 * @throws as readLines does
 */
export async function* readRecording(path: string): AsyncGenerator<Entry[]> {
  const reader = new RecordingReader();
  let line = 0;
  for await (const lines of readLines(path, LONGEST_SNAPSHOT_BYTES)) {
    const entries: Entry[] = [];
    for (const bytes of lines) {
      line++;
      if (isBlank(bytes)) continue;
      if (reader.isNew && isBeginning(bytes)) {
        const whole = await wholeValue(path);
        if (whole !== undefined) {
          yield* wholeEntries(whole);
          return;
        }
      }
      for (const one of reader.read(bytes)) entries.push({ line, ...one });
    }
    if (entries.length > 0) yield entries;
  }
}

type Said = Omit<Entry, "line">;

/** Remembers what a line alone does not say: the header of a table, the parts of SBS messages. */
export class RecordingReader {
  isNew = true;
  #csv: CsvReader | undefined;
  readonly #sbs = new Merger({ tellsProvenance: false });

  read(bytes: Uint8Array): Said[] {
    const isFirst = this.isNew;
    this.isNew = false;
    if (this.#csv) return [refusable(bytes, observationIn(this.#csv.read(decoder.decode(bytes))))];
    if (isJson(bytes)) return fromJson(bytes, isFirst);
    const text = decoder.decode(bytes.subarray(0, LONGEST_LINE_BYTES));
    if (SBS.test(text)) return this.#fromSbs(text, bytes);
    if (isFirst) this.#csv = CsvReader.of(text.trimEnd());
    return this.#csv ? [] : fromJson(bytes, isFirst);
  }

  #fromSbs(text: string, bytes: Uint8Array): Said[] {
    const parsed = readSbsLine(text);
    if (!parsed) return [];
    if (!parsed.ok) return [refusable(bytes, parsed)];
    const merged = this.#sbs.observe("sbs", parsed.value, { isPartial: true });
    if (merged.kind === "news") return [observed("sbs", merged.flight, () => bytes)];
    if (merged.kind !== "unreachable") return [];
    const reason = `${parsed.value.icao24} cannot have come to its position since its last`;
    return [refusable(bytes, { ok: false, reason_code: "implausible_position", reason })];
  }
}

function fromJson(bytes: Uint8Array, isFirst: boolean): Said[] {
  const json = parseJson(bytes);
  if (!json.ok) return [refusable(bytes, json)];
  const { value } = json;
  // A file may be one line, an array of reports; between lines of reports that is no report.
  const isWhole = isFirst && Array.isArray(value) && value.length > 0 && value.every(isObject);
  return isWhole ? value.flatMap((one) => saidIn(one, bytes)) : saidIn(value, bytes);
}

/** What a JSON value says: one report, or the aircraft of a moment, or several of those. */
function saidIn(value: unknown, bytes: Uint8Array): Said[] {
  if (typeof value !== "object" || value === null) return [refusable(bytes, observationIn(value))];
  if (Array.isArray(value) && value.length > 0 && value.every(isSnapshot)) {
    return value.flatMap((one) => saidIn(one, bytes));
  }
  if (!isSnapshot(value)) return [refusable(bytes, observationIn(value))];
  if ("states" in value) {
    const states = readStates(value);
    if (!states.ok) return [refusable(bytes, states)];
    return states.value.rows.flatMap((row) => itemSaid("opensky", row, readRow(row)));
  }
  if ("trace" in value) {
    const items = traceItems(value);
    if (!items.ok) return [refusable(bytes, items)];
    return items.value.flatMap(({ item, atMs }) =>
      itemSaid("readsb", item, readAircraft(item, atMs))
    );
  }
  const answer = readAircraftJson(value);
  if (!answer.ok) return [refusable(bytes, answer)];
  const { nowMs, items } = answer.value;
  return items.flatMap((item) =>
    isNotIcao(item) ? [] : itemSaid("readsb", item, readAircraft(item, nowMs))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSnapshot(value: unknown): boolean {
  return isObject(value) &&
    ("states" in value || "aircraft" in value || "ac" in value || "trace" in value);
}

/** One aircraft of many; who has no position says nothing yet. */
function itemSaid(provider: string, item: unknown, parsed: Parsed<Report>): Said[] {
  const original = () => encoder.encode(JSON.stringify(item));
  if (!parsed.ok) return [refusable(original(), parsed)];
  const flight = asFlight(parsed.value);
  return flight ? [observed(provider, flight, original)] : [];
}

function observed(provider: string, flight: FlightPayload, original: () => Uint8Array): Said {
  const impossible = implausible(flight);
  if (impossible) return refusable(original(), { ok: false, ...impossible });
  // Of what is taken nobody asks how it was written.
  return { original: new Uint8Array(), parsed: { ok: true, value: { provider, flight } } };
}

function refusable(bytes: Uint8Array, parsed: Parsed<Observation>): Said {
  return { original: bytes.subarray(0, LONGEST_LINE_BYTES), parsed };
}

/** A value that is spread over lines and fills the file; undefined where it does not come out as one. */
async function wholeValue(path: string): Promise<unknown> {
  const text = await readText(path, LONGEST_SNAPSHOT_BYTES);
  const json = text === undefined ? undefined : parseJson(text);
  return json?.ok ? json.value : undefined;
}

/** The elements of an array are counted in place of lines. */
function* wholeEntries(value: unknown): Generator<Entry[]> {
  const values = Array.isArray(value) ? value : [value];
  for (const [i, one] of values.entries()) {
    const bytes = encoder.encode(JSON.stringify(one).slice(0, LONGEST_LINE_BYTES));
    yield saidIn(one, bytes).map((said) => ({ line: i + 1, ...said }));
  }
}

/** Begins as JSON does, and does not end on its line. */
function isBeginning(bytes: Uint8Array): boolean {
  return isJson(bytes) && !parseJson(bytes).ok;
}

function isJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte !== SPACE && byte !== TAB);
  return first === BRACE || first === BRACKET;
}

const [SPACE, TAB, RETURN, BRACE, BRACKET] = [32, 9, 13, 0x7b, 0x5b];

/** Only spaces, tabs and carriage returns. */
function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === SPACE || byte === TAB || byte === RETURN);
}
