/** The history in bulk: every report of a time, an area, an aircraft, read in short pages. */
import type { BoundingBox, Flight } from "../contracts/flight.ts";
import type { HistoryRow } from "../contracts/http.ts";
import type { Sql } from "./database.ts";
import { FLIGHT_SELECTION, flightOf } from "./frames.ts";
import { inBox, words } from "./reads.ts";

/** What to look for; whatever is left out is not asked for. */
export interface ExportQuery {
  readonly start: Date;
  /** Exclusive. */
  readonly end: Date;
  readonly icao24?: readonly string[];
  /** Crosses the antimeridian when lon_min > lon_max. */
  readonly bbox?: BoundingBox;
}

/**
 * What one query may give, and the time it may look at: both keep it short, whatever is asked for and
 * however little of it is there, since everyone shares the embedded database's one session.
 */
const ROWS_PER_PAGE = 2000;
const LONGEST_LOOK_MS = 60_000;

type ExportRecord =
  & Omit<Flight, "position">
  & Omit<HistoryRow, "position" | "recorded_at">
  & {
    readonly lat: number;
    readonly lon: number;
    readonly recorded_at: Date;
    /** Exact to the microsecond PostgreSQL keeps. */
    readonly recorded_us: string;
  };

const PAGE = `
  select ${FLIGHT_SELECTION}, altitude_m_smoothed, vertical_rate_mps_smoothed, flight_phase,
    near_airport, recorded_at, (extract(epoch from recorded_at) * 1000000)::bigint::text as recorded_us
  from flights_history
  where recorded_at >= timestamptz 'epoch' + $1::text::bigint * interval '1 microsecond'
    and recorded_at < $2::text::timestamptz
    and (recorded_at, icao24) >
      (timestamptz 'epoch' + $1::text::bigint * interval '1 microsecond', $3::text)
    and ($4::text[] is null or icao24 = any($4::text[]))
    and ${inBox(5)}
  order by recorded_at, icao24
  limit $9::int`;

/** Where a page ended: what comes after this aircraft's report at this time. */
interface Place {
  readonly us: string;
  readonly icao24: string;
}

/** The reports from `start` to `end` by time, then address; a page at a time, and only when asked for. */
export async function* readExport(sql: Sql, query: ExportQuery): AsyncGenerator<HistoryRow[]> {
  const { start, end } = query;
  let place = beginning(start);
  for (let fromMs = start.getTime(); fromMs < end.getTime();) {
    const untilMs = Math.min(fromMs + LONGEST_LOOK_MS, end.getTime());
    const rows = await readPage(sql, query, place, new Date(untilMs));
    if (rows.length > 0) yield rows.map(rowOf);
    const last = rows.at(-1);
    if (last && rows.length === ROWS_PER_PAGE) {
      place = { us: last.recorded_us, icao24: last.icao24 };
      continue;
    }
    fromMs = rows.length > 0 ? untilMs : await nextReport(sql, new Date(untilMs), end);
    place = beginning(new Date(fromMs));
  }
}

async function readPage(sql: Sql, query: ExportQuery, place: Place, until: Date) {
  const { icao24, bbox } = query;
  return await sql.unsafe<ExportRecord[]>(
    PAGE,
    [
      place.us,
      until.toISOString(),
      place.icao24,
      words(icao24),
      bbox?.lat_min ?? null,
      bbox?.lat_max ?? null,
      bbox?.lon_min ?? null,
      bbox?.lon_max ?? null,
      ROWS_PER_PAGE,
    ],
    { prepare: true },
  );
}

/** Before every report from then on: no address is empty. */
function beginning(at: Date): Place {
  return { us: String(at.getTime() * 1000), icao24: "" };
}

/** When the first report at or after `from` was, in ms: jumps over hours without any. */
async function nextReport(sql: Sql, from: Date, end: Date): Promise<number> {
  const [row] = await sql.unsafe<{ at: Date | null }[]>(
    `select min(recorded_at) as at from flights_history
     where recorded_at >= $1::text::timestamptz and recorded_at < $2::text::timestamptz`,
    [from.toISOString(), end.toISOString()],
    { prepare: true },
  );
  return row?.at?.getTime() ?? Infinity;
}

function rowOf({ recorded_us: _, recorded_at, ...rest }: ExportRecord): HistoryRow {
  const { altitude_m_smoothed, vertical_rate_mps_smoothed, flight_phase, near_airport, ...flight } =
    rest;
  return {
    ...flightOf(flight),
    altitude_m_smoothed,
    vertical_rate_mps_smoothed,
    flight_phase,
    near_airport,
    recorded_at: recorded_at.toISOString(),
  };
}
