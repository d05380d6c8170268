/** What is read of one aircraft's past and of the anomalies. Everything that varies is a parameter. */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { BoundingBox } from "../contracts/flight.ts";
import type { HistoryPosition } from "../contracts/http.ts";
import type { Sql } from "./database.ts";
import { arrayLiteral } from "./rows.ts";

type HistoryRecord = Omit<HistoryPosition, "position" | "recorded_at"> & {
  readonly lat: number;
  readonly lon: number;
  readonly recorded_at: Date;
};

export const LAT_LON = "st_y(position::geometry) as lat, st_x(position::geometry) as lon";

/** The newest `limit` positions of an aircraft from `since` to `until` (event time), the oldest first. */
export async function readHistory(
  sql: Sql,
  icao24: string,
  { since, until, limit }: { since: Date; until?: Date; limit: number },
): Promise<HistoryPosition[]> {
  const rows = await sql.unsafe<HistoryRecord[]>(
    `select ${LAT_LON}, altitude_m, altitude_m_smoothed, heading_deg, velocity_mps,
       vertical_rate_mps, on_ground, flight_phase, recorded_at
     from flights_history
     where icao24 = $1::text and recorded_at >= $2::text::timestamptz
       and recorded_at <= $4::text::timestamptz
     order by recorded_at desc limit $3::int`,
    [icao24, since.toISOString(), limit, until?.toISOString() ?? "infinity"],
    { prepare: true },
  );
  return rows.reverse().map(({ lat, lon, recorded_at, ...rest }) => ({
    position: { lat, lon },
    ...rest,
    recorded_at: recorded_at.toISOString(),
  }));
}

/** What to look for; whatever is left out is not asked for. Times are of detection, event time. */
export interface AnomalyQuery {
  readonly types?: readonly string[];
  readonly severities?: readonly string[];
  readonly active?: boolean;
  /** Crosses the antimeridian when lon_min > lon_max. Leaves out what has no position. */
  readonly bbox?: BoundingBox;
  readonly start?: Date;
  /** Exclusive. */
  readonly end?: Date;
  readonly icao24?: string;
  readonly anomaly_id?: string;
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: AnomalyCursor;
}

/** Where a page ended, exact to the microsecond PostgreSQL keeps. */
export interface AnomalyCursor {
  readonly detected_us: string;
  readonly anomaly_id: string;
}

export interface AnomalyPage {
  /** The newest first. */
  readonly anomalies: AnomalyPayload[];
  /** Where the next page begins; missing on the last one. */
  readonly next?: AnomalyCursor;
}

/** A cursor as a word for an address. */
export function formatCursor({ detected_us, anomaly_id }: AnomalyCursor): string {
  return `${detected_us}_${anomaly_id}`;
}

/** The cursor in that word; undefined when it is none. */
export function parseCursor(word: string): AnomalyCursor | undefined {
  const [, detected_us, anomaly_id] = /^(-?\d{1,17})_(.+)$/s.exec(word) ?? [];
  return detected_us && anomaly_id ? { detected_us, anomaly_id } : undefined;
}

type AnomalyRecord =
  & Omit<AnomalyPayload, "position" | "started_at" | "detected_at" | "resolved_at">
  & {
    readonly lat: number | null;
    readonly lon: number | null;
    readonly started_at: Date;
    readonly detected_at: Date;
    readonly resolved_at: Date | null;
    readonly detected_us: string;
  };

/** Anomalies by when they were detected, the newest first, a page at a time. */
export async function readAnomalies(sql: Sql, query: AnomalyQuery): Promise<AnomalyPage> {
  const { anomaly_id, bbox, before, limit } = query;
  const rows = await sql.unsafe<AnomalyRecord[]>(
    anomaly_id === undefined ? ANOMALIES : ONE_ANOMALY,
    [
      words(query.types),
      words(query.severities),
      query.active === undefined ? null : query.active ? "ACTIVE" : "RESOLVED",
      query.icao24 ?? null,
      query.start?.toISOString() ?? null,
      query.end?.toISOString() ?? null,
      bbox?.lat_min ?? null,
      bbox?.lat_max ?? null,
      bbox?.lon_min ?? null,
      bbox?.lon_max ?? null,
      before?.detected_us ?? null,
      before?.anomaly_id ?? null,
      limit + 1,
      ...anomaly_id === undefined ? [] : [anomaly_id],
    ],
    { prepare: true },
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    anomalies: page.map(anomalyOf),
    ...(rows.length > limit && last
      ? { next: { detected_us: last.detected_us, anomaly_id: last.anomaly_id } }
      : {}),
  };
}

/** Whether `position` is in the box of four parameters from this one on: latitudes, then longitudes. */
export function inBox(first: number): string {
  const [latMin, latMax, lonMin, lonMax] = [0, 1, 2, 3].map((i) => `$${first + i}::float8`);
  return `(${latMin} is null or (
      st_y(position::geometry) between ${latMin} and ${latMax}
      and case when ${lonMin} <= ${lonMax}
        then st_x(position::geometry) between ${lonMin} and ${lonMax}
        else st_x(position::geometry) >= ${lonMin} or st_x(position::geometry) <= ${lonMax}
      end))`;
}

/** `($n is null or …)`: one statement for every combination, so that it is prepared once. */
const anomalies = (andWhere = "") => `
  select anomaly_id, icao24, callsign, anomaly_type, severity, state, started_at, detected_at,
    resolved_at, ${LAT_LON}, altitude_m, near_airport, details,
    (extract(epoch from detected_at) * 1000000)::bigint::text as detected_us
  from anomalies
  where ($1::text[] is null or anomaly_type = any($1::text[]))
    and ($2::text[] is null or severity = any($2::text[]))
    and ($3::text is null or state = $3::text)
    and ($4::text is null or icao24 = $4::text)
    and ($5::text is null or detected_at >= $5::text::timestamptz)
    and ($6::text is null or detected_at < $6::text::timestamptz)
    and ${inBox(7)}
    and ($11::text is null or (detected_at, anomaly_id) <
      (timestamptz 'epoch' + $11::text::bigint * interval '1 microsecond', $12::text))
    ${andWhere}
  order by detected_at desc, anomaly_id desc
  limit $13::int`;
const ANOMALIES = anomalies();
/** By its key alone: a condition that may be null would not use the index. */
const ONE_ANOMALY = anomalies("and anomaly_id = $14::text");

/** These words as one array parameter; null for a condition that is not asked for. */
export function words(list: readonly string[] | undefined): string | null {
  const column = { name: "word", type: "text", value: (word: string) => word } as const;
  return list ? arrayLiteral(column, list) : null;
}

function anomalyOf(record: AnomalyRecord): AnomalyPayload {
  const { lat, lon, detected_us: _, ...rest } = record;
  return {
    ...rest,
    started_at: record.started_at.toISOString(),
    detected_at: record.detected_at.toISOString(),
    resolved_at: record.resolved_at?.toISOString() ?? null,
    position: lat !== null && lon !== null ? { lat, lon } : null,
  };
}
