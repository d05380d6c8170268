/** Time travel: the history resampled in SQL, frame by frame, read in short pages. */
import type { Flight } from "../contracts/flight.ts";
import type { Sql } from "./database.ts";
import { LAT_LON } from "./reads.ts";
import { EXTRA_COLUMNS } from "./rows.ts";

/** Every aircraft heard of in one interval, as it was last in it. */
export interface HistoryFrame {
  /** When the interval begins, ISO 8601, event time. */
  readonly timestamp: string;
  readonly flights: Flight[];
}

export interface FramesQuery {
  readonly start: Date;
  /** Exclusive. */
  readonly end: Date;
  readonly interval_s: number;
  /** The most flights, over all frames together. */
  readonly cap: number;
}

/** How the reading ended. */
export interface FramesEnd {
  /** Where to go on reading, ISO 8601, when the cap was reached before the end. */
  readonly resume_from?: string;
}

/** What a page aims at: a query that takes milliseconds, and little memory whatever is asked for. */
const FLIGHTS_PER_PAGE = 4000;
const MOST_FRAMES_PER_PAGE = 240;

/** Flight's fields that every aircraft has, whatever the source: null when not known. */
const FIELDS = ["icao24", "callsign", "altitude_m", "geo_altitude_m", "velocity_mps"]
  .concat("heading_deg", "vertical_rate_mps", "on_ground", "squawk", "spi", "status");
const TIMES = ["time_position_unix", "last_contact_unix", "time_position_ms", "last_contact_ms"];
const EXTRAS = EXTRA_COLUMNS.map(({ name }) => name);

/** The columns of a flight in the history, as `flightOf` takes them. */
export const FLIGHT_SELECTION = [
  LAT_LON,
  ...FIELDS,
  ...TIMES.map((name) => `${name}::float8 as ${name}`),
  ...EXTRAS,
].join(", ");

/** A row of that selection. */
export type FlightRecord = Omit<Flight, "position"> & {
  readonly lat: number;
  readonly lon: number;
};
type FrameRecord = FlightRecord & { readonly frame: number };

const PAGE = `
  select distinct on (frame, icao24)
    floor(extract(epoch from recorded_at - $1::text::timestamptz) / $3::float8)::int as frame,
    ${FLIGHT_SELECTION}
  from flights_history
  where recorded_at >= $1::text::timestamptz and recorded_at < $2::text::timestamptz
  order by frame, icao24, recorded_at desc`;

/**
 * The history from `start` to `end` as frames of `interval_s` seconds, in order, the empty ones left
 * out. Reads a page at a time, and only what is asked for; ends before a frame that would exceed the
 * cap, and then returns where to go on (the first frame comes in any case).
 */
export async function* readFrames(
  sql: Sql,
  { start, end, interval_s, cap }: FramesQuery,
): AsyncGenerator<HistoryFrame, FramesEnd> {
  const intervalMs = interval_s * 1000;
  const frameStart = (n: number) => new Date(start.getTime() + n * intervalMs);
  const frameCount = Math.ceil((end.getTime() - start.getTime()) / intervalMs);
  let [given, framesPerPage] = [0, 1];
  for (let first = 0; first < frameCount;) {
    const next = Math.min(first + framesPerPage, frameCount);
    const until = new Date(Math.min(frameStart(next).getTime(), end.getTime()));
    const page = await readPage(sql, frameStart(first), until, interval_s);
    for (const [frame, flights] of page) {
      const timestamp = frameStart(first + frame).toISOString();
      if (given > 0 && given + flights.length > cap) return { resume_from: timestamp };
      given += flights.length;
      yield { timestamp, flights };
    }
    framesPerPage = nextPageSize(framesPerPage, page);
    first = page.size > 0 ? next : await nextWithRows(sql, start, until, end, intervalMs);
  }
  return {};
}

async function readPage(
  sql: Sql,
  from: Date,
  until: Date,
  interval_s: number,
): Promise<Map<number, Flight[]>> {
  const rows = await sql.unsafe<FrameRecord[]>(
    PAGE,
    [from.toISOString(), until.toISOString(), interval_s],
    { prepare: true },
  );
  const frames = new Map<number, Flight[]>();
  for (const row of rows) {
    const flights = frames.get(row.frame);
    const { frame, ...flight } = row;
    if (flights) flights.push(flightOf(flight));
    else frames.set(frame, [flightOf(flight)]);
  }
  return frames;
}

/** Grows and shrinks with the traffic, at most twofold a page. */
function nextPageSize(framesPerPage: number, page: Map<number, Flight[]>): number {
  const flights = page.values().reduce((sum, { length }) => sum + length, 0);
  const aimed = flights ? Math.floor(framesPerPage * FLIGHTS_PER_PAGE / flights) : Infinity;
  return Math.max(1, Math.min(aimed, framesPerPage * 2, MOST_FRAMES_PER_PAGE));
}

/** The number of the first frame at or after `from` that is not empty: jumps over a gap of days. */
async function nextWithRows(sql: Sql, start: Date, from: Date, end: Date, intervalMs: number) {
  const [row] = await sql.unsafe<{ at: Date | null }[]>(
    `select min(recorded_at) as at from flights_history
     where recorded_at >= $1::text::timestamptz and recorded_at < $2::text::timestamptz`,
    [from.toISOString(), end.toISOString()],
    { prepare: true },
  );
  return row?.at ? Math.floor((row.at.getTime() - start.getTime()) / intervalMs) : Infinity;
}

/** Flight as the contract has it: optional fields that are not known are left out. */
export function flightOf({ lat, lon, ...rest }: FlightRecord): Flight {
  const flight: Record<string, unknown> = rest;
  for (const name of [...EXTRAS, "time_position_ms", "last_contact_ms"]) {
    const value = flight[name];
    if (value === null) delete flight[name];
    // bigint columns come as text.
    else if (name === "nic" || name === "nac_p") flight[name] = Number(value);
  }
  return { ...rest, position: { lat, lon } };
}
