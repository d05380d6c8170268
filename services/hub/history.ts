/** What the hub tells of the past, from the database. */
import { type Context, Hono } from "hono";
import type { Database } from "../../db/database.ts";
import { DatabaseUnavailable } from "../../db/database.ts";
import { type FramesEnd, type HistoryFrame, readFrames } from "../../db/frames.ts";
import { formatCursor, readAnomalies, readHistory } from "../../db/reads.ts";
import {
  anomaliesCsv,
  anomaliesGeoJson,
  answerIn,
  COLLECTION_HEAD,
  csvHead,
  type Format,
  FRAME_COLUMNS,
  frameCsv,
  frameFeatures,
  inEveryFormat,
  MEDIA_TYPES,
  positionsCsv,
  positionsGeoJson,
} from "./formats.ts";
import { problem } from "./problem.ts";
import {
  ANOMALIES_QUERY,
  FRAMES_QUERY,
  readIcao24,
  readQuery,
  TRACK_QUERY,
  WrongRequest,
} from "./query.ts";
import { Turns } from "./turns.ts";

const LONGEST_RANGE_MS = 24 * 3_600_000;
/** Aircraft over all frames of one answer; where it ends, the answer says how to go on. */
const MOST_FLIGHTS = 500_000;
/** Connections that time travel may keep busy: the others are for short questions. */
const FRAMES_AT_ONCE = 2;

/** There is no history here at all. */
export class HistoryOff extends Error {
  override name = "HistoryOff";
}

export interface HistoryParts {
  /** Undefined with HISTORY=off. */
  readonly database: Database | undefined;
  /** The newest event time in ms: on a replay "ten minutes ago" is the recording's. */
  readonly streamMs: () => number | undefined;
}

/** The database of the past. @throws HistoryOff */
export function historyOf(database: Database | undefined): Database {
  if (database) return database;
  throw new HistoryOff("No history is kept here: start SkySentinel with HISTORY=on");
}

export function historyRoutes({ database, streamMs }: HistoryParts): Hono {
  const app = new Hono();
  const history = () => historyOf(database);
  const turns = new Turns(FRAMES_AT_ONCE);

  inEveryFormat(app, "/flights/history", async (c, format) => {
    const { interval_s, ...range } = readQuery(c, FRAMES_QUERY);
    const { start, end } = checkedRange(range);
    // A table has no place to say where to go on: it goes on.
    const cap = format === "csv" ? Infinity : MOST_FLIGHTS;
    const query = { start, end, interval_s, cap };
    const frames = history().stream((sql) => readFrames(sql, query));
    const next = () => turns.take(() => frames.next());
    // What goes wrong before the first frame is still an answer of its own.
    const first = await next();
    return streamed(c, format, writeFrames(framesFormat(format, start, end), first, next));
  });

  inEveryFormat(app, "/flights/:icao24/history", async (c, format) => {
    const icao24 = readIcao24(c);
    const { minutes, end_ts: until, limit } = readQuery(c, TRACK_QUERY);
    const endMs = until?.getTime() ?? streamMs() ?? Date.now();
    const since = new Date(endMs - minutes * 60_000);
    const positions = await history().use((sql) =>
      readHistory(sql, icao24, { since, until, limit })
    );
    if (format === "geojson") return answerIn(c, format, positionsGeoJson(icao24, positions));
    if (format === "csv") return answerIn(c, format, positionsCsv(icao24, positions));
    return c.json({ icao24, positions });
  });

  const anomalies = async (c: Context, format: Format, icao24?: string) => {
    const { type, severity, active, anomaly_id, bbox, start_ts, end_ts, limit, before } = readQuery(
      c,
      ANOMALIES_QUERY,
    );
    const page = await history().use((sql) =>
      readAnomalies(sql, {
        types: type,
        severities: severity,
        active,
        bbox,
        start: start_ts,
        end: end_ts,
        icao24,
        anomaly_id,
        limit,
        before,
      })
    );
    const next = page.next && formatCursor(page.next);
    if (next) c.header("link", `<${nextPage(c, next)}>; rel="next"`);
    if (format === "geojson") return answerIn(c, format, anomaliesGeoJson(page.anomalies, next));
    if (format === "csv") return answerIn(c, format, anomaliesCsv(page.anomalies));
    return c.json({ count: page.anomalies.length, anomalies: page.anomalies, next });
  };
  inEveryFormat(app, "/anomalies", (c, format) => anomalies(c, format));
  inEveryFormat(
    app,
    "/anomalies/:icao24",
    (c, format) => anomalies(c, format, readIcao24(c, `.${format}`)),
  );
  return app;
}

/** The time that is asked for. @throws WrongRequest where there is none, or too much of it */
export function checkedRange(
  { start_ts: start, end_ts: end }: { readonly start_ts?: Date; readonly end_ts?: Date },
): { readonly start: Date; readonly end: Date } {
  if (!start || !end) {
    throw new WrongRequest("missing_parameter", "start_ts and end_ts are needed");
  }
  const rangeMs = end.getTime() - start.getTime();
  if (rangeMs <= 0) throw new WrongRequest("invalid_range", "start_ts must be before end_ts");
  if (rangeMs > LONGEST_RANGE_MS) {
    throw new WrongRequest("range_too_long", "start_ts and end_ts may be 24 hours apart at most");
  }
  return { start, end };
}

/** The address of the page that `next` begins (RFC 8288), for forms that have no place for it. */
function nextPage(c: Context, next: string): string {
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set("before", next);
  return `${pathname}?${searchParams}`;
}

/** 503 for an error that means "not now", with when to ask again; undefined for others. */
export function unavailable(c: Context, error: Error): Response | undefined {
  if (error instanceof DatabaseUnavailable) {
    c.header("retry-after", String(error.retryAfterS));
    return problem(c, 503, "database_unavailable", error.message);
  }
  if (!(error instanceof HistoryOff)) return undefined;
  return problem(c, 503, "history_off", error.message);
}

type NextFrame = IteratorResult<HistoryFrame, FramesEnd>;

/** What stands around and between the frames, and how one is written. */
interface FramesFormat {
  readonly head: string;
  readonly between: string;
  readonly frame: (frame: HistoryFrame) => string;
  readonly tail: (resume_from: string | undefined) => string;
}

function framesFormat(format: Format, start: Date, end: Date): FramesFormat {
  if (format === "csv") {
    return { head: csvHead(FRAME_COLUMNS), between: "", frame: frameCsv, tail: () => "" };
  }
  const [head, frame] = format === "geojson" ? [COLLECTION_HEAD, frameFeatures] as const : [
    `{"start":"${start.toISOString()}","end":"${end.toISOString()}","frames":[`,
    (frame: HistoryFrame) => JSON.stringify(frame),
  ] as const;
  const tail = (from: string | undefined) =>
    from === undefined ? "]}" : `],"resume_from":"${from}"}`;
  return { head, between: ",", frame, tail };
}

async function* writeFrames(
  { head, between, frame, tail }: FramesFormat,
  first: NextFrame,
  next: () => Promise<NextFrame>,
): AsyncGenerator<string> {
  yield head;
  let result = first;
  for (let before = ""; !result.done; before = between) {
    yield before + frame(result.value);
    result = await next();
  }
  yield tail(result.value.resume_from);
}

/** The text as it comes: however long the answer is, only the part being written is in memory. */
function streamed(c: Context, format: Format, text: AsyncGenerator<string>): Response {
  const stream = ReadableStream.from(text).pipeThrough(new TextEncoderStream());
  return c.body(stream, 200, { "content-type": MEDIA_TYPES[format] });
}
