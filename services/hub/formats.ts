/** The same answers in other forms: GeoJSON (RFC 7946) for maps, CSV (RFC 4180) for tables. */
import type { Context, Hono } from "hono";
import { accepts } from "hono/accepts";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { AnomalyPayload as AnomalySchema } from "../../contracts/anomaly.ts";
import { Flight as FlightSchema } from "../../contracts/flight.ts";
import {
  type HistoryPosition,
  HistoryPosition as HistoryPositionSchema,
  HistoryRow as HistoryRowSchema,
} from "../../contracts/http.ts";
import type { CachedFlight } from "../../core/flight_cache.ts";
import type { HistoryFrame } from "../../db/frames.ts";

export const MEDIA_TYPES = {
  json: "application/json; charset=UTF-8",
  geojson: "application/geo+json",
  csv: "text/csv; charset=UTF-8",
  jsonl: "application/jsonl; charset=UTF-8",
} as const;
/** What can be asked for by suffix or `Accept`; the first when nothing is said. */
export const FORMATS = ["json", "geojson", "csv"] as const;
export type Format = (typeof FORMATS)[number];

const BY_ACCEPT: Readonly<Record<string, Format>> = {
  "application/json": "json",
  "application/geo+json": "geojson",
  "text/csv": "csv",
};

/**
 * Serves `path` in every form: at `path`.geojson and `path`.csv, and at `path` as `Accept` says. Where
 * `path` ends with a parameter, that has the suffix at its end.
 */
export function inEveryFormat(
  app: Hono,
  path: string,
  answer: (c: Context, format: Format) => Response | Promise<Response>,
): void {
  const endsOpen = /:\w+$/.test(path);
  for (const format of FORMATS.slice(1)) {
    app.get(path + (endsOpen ? `{.+\\.${format}}` : `.${format}`), (c) => answer(c, format));
  }
  app.get(path, (c) => answer(c, accepted(c)));
}

/** The form that `Accept` prefers among ours; JSON for whoever takes anything. */
export function accepted(c: Context): Format {
  c.header("vary", "Accept", { append: true });
  const supports = Object.keys(BY_ACCEPT);
  return BY_ACCEPT[accepts(c, { header: "Accept", supports, default: supports[0]! })]!;
}

/** `text` as what it is in. */
export function answerIn(c: Context, format: keyof typeof MEDIA_TYPES, text: string): Response {
  return c.body(text, 200, { "content-type": MEDIA_TYPES[format] });
}

/** A row with a position: its columns in CSV, its properties in GeoJSON. */
interface Located {
  readonly position?: { readonly lat: number; readonly lon: number } | null;
}

/** The fields of a schema as columns, `lat` and `lon` in the place of `position`. */
const columns = ({ shape }: { shape: object }) =>
  Object.keys(shape).flatMap((name) => name === "position" ? ["lat", "lon"] : [name]);

export const FLIGHT_COLUMNS = columns(FlightSchema);
export const ANOMALY_COLUMNS = columns(AnomalySchema);
export const FRAME_COLUMNS = ["timestamp", ...FLIGHT_COLUMNS];
export const POSITION_COLUMNS = ["icao24", ...columns(HistoryPositionSchema)];
export const ROW_COLUMNS = columns(HistoryRowSchema);

const LINE_END = "\r\n";

/** The names of the columns as the first line. */
export function csvHead(columns: readonly string[]): string {
  return columns.join(",") + LINE_END;
}

/** One line: what is unknown is empty, an object is its JSON. */
export function csvLine(columns: readonly string[], row: Located): string {
  let line = "";
  for (const name of columns) {
    const value = name === "lat" || name === "lon"
      ? row.position?.[name]
      : (row as Readonly<Record<string, unknown>>)[name];
    line += (line === "" ? "" : ",") + csvCell(value);
  }
  return line + LINE_END;
}

/** How a formula begins in a spreadsheet: a text that does (a feed may say anything) is told to be one. */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string"
    ? value.replace(FORMULA, "'$&")
    : typeof value === "object"
    ? JSON.stringify(value)
    : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One feature; without a position its geometry is null. */
export function featureText(id: string, { position, ...properties }: Located): string {
  const geometry = position
    ? `{"type":"Point","coordinates":[${position.lon},${position.lat}]}`
    : "null";
  return `{"type":"Feature","id":${JSON.stringify(id)},"geometry":${geometry},"properties":${
    JSON.stringify(properties)
  }}`;
}

/** What comes before and after the features, which are joined by commas. */
export const COLLECTION_HEAD = '{"type":"FeatureCollection","features":[';

function collectionText(features: readonly string[], more: Readonly<Record<string, unknown>>) {
  const said = JSON.stringify(more).slice(1, -1);
  return `${COLLECTION_HEAD}${features.join(",")}]${said && `,${said}`}}`;
}

const features = new WeakMap<CachedFlight, string>();

/** An aircraft's feature, written once and kept until it changes. */
function flightFeature(cached: CachedFlight): string {
  let text = features.get(cached);
  if (text === undefined) {
    const { flight, status } = cached;
    text = featureText(flight.icao24, { ...flight, status } as Located);
    features.set(cached, text);
  }
  return text;
}

export function flightsGeoJson(flights: readonly CachedFlight[], timestamp: string): string {
  return collectionText(flights.map(flightFeature), { timestamp });
}

export function flightsCsv(flights: readonly CachedFlight[]): string {
  const lines = flights.map(({ flight, status }) =>
    csvLine(FLIGHT_COLUMNS, { ...flight, status } as Located)
  );
  return csvHead(FLIGHT_COLUMNS) + lines.join("");
}

export function anomaliesGeoJson(anomalies: readonly AnomalyPayload[], next?: string): string {
  return collectionText(anomalies.map((one) => featureText(one.anomaly_id, one)), { next });
}

export function anomaliesCsv(anomalies: readonly AnomalyPayload[]): string {
  return csvHead(ANOMALY_COLUMNS) + anomalies.map((one) => csvLine(ANOMALY_COLUMNS, one)).join("");
}

export function positionsGeoJson(icao24: string, positions: readonly HistoryPosition[]): string {
  const named = positions.map((one) =>
    featureText(`${icao24} ${one.recorded_at}`, namedBy(icao24, one))
  );
  return collectionText(named, {});
}

export function positionsCsv(icao24: string, positions: readonly HistoryPosition[]): string {
  const lines = positions.map((one) => csvLine(POSITION_COLUMNS, namedBy(icao24, one)));
  return csvHead(POSITION_COLUMNS) + lines.join("");
}

/** The lines of one moment. */
export function frameCsv({ timestamp, flights }: HistoryFrame): string {
  return flights.map((flight) => csvLine(FRAME_COLUMNS, { timestamp, ...flight } as Located))
    .join("");
}

/** The features of one moment, joined. */
export function frameFeatures({ timestamp, flights }: HistoryFrame): string {
  return flights.map((flight) =>
    featureText(`${flight.icao24} ${timestamp}`, { timestamp, ...flight } as Located)
  ).join(",");
}

const namedBy = (icao24: string, position: HistoryPosition) => ({ icao24, ...position });
