/** Everything the hub answers, described: `/openapi.json`, `/docs` and `/` are made from this table. */
import type { z } from "zod";
import { WS_PATH } from "../../contracts/constants.ts";
import { Flight } from "../../contracts/flight.ts";
import {
  AircraftJson,
  AnomaliesAnswer,
  AnomalyCollection,
  FlightCollection,
  FlightsAnswer,
  FramesAnswer,
  FramesCollection,
  HealthAnswer,
  HistoryAnswer,
  HistoryCollection,
  Index,
  ReceiverJson,
  RowCollection,
  V2Answer,
} from "../../contracts/http.ts";
import { SystemStatus } from "../../contracts/status.ts";
import { EXPORT_PATH } from "./export.ts";
import { MEDIA_TYPES } from "./formats.ts";
import {
  ANOMALIES_QUERY,
  EXPORT_QUERY,
  FLIGHTS_QUERY,
  FRAMES_QUERY,
  type Parameters,
  STREAM_QUERY,
  TRACK_QUERY,
} from "./query.ts";
import { STREAM_PATH } from "./stream.ts";

export const TAGS = {
  now: "What is in the air now",
  past: "What was",
  others: "As readsb and the v2 APIs serve it, in feet and knots: for programs made for those",
  hub: "The hub itself",
} as const;

export interface Endpoint {
  /** Parts in braces are parameters. */
  readonly path: string;
  readonly tag: keyof typeof TAGS;
  /** What the answer is, as a sentence. */
  readonly summary: string;
  readonly query?: Parameters;
  /** Parameters that have to be there. */
  readonly needed?: readonly string[];
  /** By media type; null for what JSON Schema has no words for. */
  readonly answers: Readonly<Record<string, z.ZodType | null>>;
  /** Statuses besides 200 that are no error of the request, and when. */
  readonly statuses?: Readonly<Record<number, string>>;
}

const json = (schema: z.ZodType) => ({ "application/json": schema });

/** One endpoint in JSON, GeoJSON and CSV: by `Accept`, and under a suffix each. */
function inFormats(
  endpoint: Omit<Endpoint, "answers">,
  own: z.ZodType,
  features: z.ZodType,
): Endpoint[] {
  const others = { [MEDIA_TYPES.geojson]: features, "text/csv": null };
  const { path, summary } = endpoint;
  return [
    { ...endpoint, answers: { ...json(own), ...others } },
    {
      ...endpoint,
      path: `${path}.geojson`,
      summary: `${summary} As GeoJSON.`,
      answers: { [MEDIA_TYPES.geojson]: features },
    },
    {
      ...endpoint,
      path: `${path}.csv`,
      summary: `${summary} As CSV.`,
      answers: { "text/csv": null },
    },
  ];
}

export const ENDPOINTS: readonly Endpoint[] = [
  ...inFormats(
    {
      path: "/flights",
      tag: "now",
      summary: "Every aircraft that is heard, or those that are asked for.",
      query: FLIGHTS_QUERY,
    },
    FlightsAnswer,
    FlightCollection,
  ),
  {
    path: "/flights/{icao24}",
    tag: "now",
    summary: "One aircraft.",
    answers: json(Flight),
    statuses: { 404: "It is not heard now" },
  },
  {
    path: STREAM_PATH,
    tag: "now",
    summary:
      "The stream as server-sent events: snapshot, delta and anomaly, as on the WebSocket. Where it " +
      "breaks off, the next connection begins with a snapshot.",
    query: STREAM_QUERY,
    answers: { "text/event-stream": null },
  },
  {
    path: WS_PATH,
    tag: "now",
    summary:
      "The stream as a WebSocket: a snapshot, then what changes; docs/websocket.md has it all.",
    answers: {},
    statuses: { 101: "The connection is a WebSocket", 426: "It was no upgrade" },
  },
  ...inFormats(
    {
      path: "/flights/{icao24}/history",
      tag: "past",
      summary:
        "Where an aircraft was in the last minutes, or in those before end_ts, the oldest first.",
      query: TRACK_QUERY,
    },
    HistoryAnswer,
    HistoryCollection,
  ),
  ...inFormats(
    {
      path: "/flights/history",
      tag: "past",
      summary:
        "Every aircraft at every interval between two moments, 24 hours apart at most. Where an answer " +
        "would be too long, resume_from says where to go on; CSV goes on by itself.",
      query: FRAMES_QUERY,
      needed: ["start_ts", "end_ts"],
    },
    FramesAnswer,
    FramesCollection,
  ),
  {
    path: EXPORT_PATH,
    tag: "past",
    summary:
      "Every report between two moments, 24 hours apart at most, in one long answer: CSV unless format " +
      "says otherwise. One that breaks off is not whole.",
    query: EXPORT_QUERY,
    needed: ["start_ts", "end_ts"],
    answers: {
      "text/csv": null,
      "application/jsonl": null,
      [MEDIA_TYPES.geojson]: RowCollection,
    },
  },
  ...inFormats(
    {
      path: "/anomalies",
      tag: "past",
      summary: "Anomalies, the newest first; next, also in the header Link, begins the next page.",
      query: ANOMALIES_QUERY,
    },
    AnomaliesAnswer,
    AnomalyCollection,
  ),
  ...inFormats(
    {
      path: "/anomalies/{icao24}",
      tag: "past",
      summary: "The anomalies of one aircraft.",
      query: ANOMALIES_QUERY,
    },
    AnomaliesAnswer,
    AnomalyCollection,
  ),
  {
    path: "/data/aircraft.json",
    tag: "others",
    summary: "Every aircraft as readsb writes it; now is in seconds, on a replay the recording's.",
    answers: json(AircraftJson),
  },
  {
    path: "/data/receiver.json",
    tag: "others",
    summary: "What tar1090 asks for first.",
    answers: json(ReceiverJson),
  },
  {
    path: "/v2/point/{lat}/{lon}/{radius}",
    tag: "others",
    summary: "Aircraft around a point, the radius in nautical miles, 250 at most.",
    answers: json(V2Answer),
  },
  {
    path: "/v2/lat/{lat}/lon/{lon}/dist/{radius}",
    tag: "others",
    summary: "The same, as older clients ask for it.",
    answers: json(V2Answer),
  },
  {
    path: "/v2/icao/{hex}",
    tag: "others",
    summary: "Aircraft by address, several comma-separated.",
    answers: json(V2Answer),
  },
  {
    path: "/v2/hex/{hex}",
    tag: "others",
    summary: "The same, as other clients ask for it.",
    answers: json(V2Answer),
  },
  {
    path: "/v2/callsign/{callsign}",
    tag: "others",
    summary: "Aircraft by callsign, several comma-separated.",
    answers: json(V2Answer),
  },
  {
    path: "/v2/squawk/{squawk}",
    tag: "others",
    summary: "Aircraft by squawk.",
    answers: json(V2Answer),
  },
  {
    path: "/health",
    tag: "hub",
    summary: "How every role is; without a token, where one is wanted, the status alone.",
    answers: json(HealthAnswer),
    statuses: { 503: "The hub has no log to read from" },
  },
  {
    path: "/status",
    tag: "hub",
    summary: "The whole system: every role's state, lag and rate, sources, and what was dropped.",
    answers: json(SystemStatus),
  },
  {
    path: "/metrics",
    tag: "hub",
    summary: "What the hub counts, for Prometheus.",
    answers: { "text/plain": null },
  },
  { path: "/", tag: "hub", summary: "What there is.", answers: json(Index) },
  {
    path: "/openapi.json",
    tag: "hub",
    summary: "This description, OpenAPI 3.1.",
    answers: { "application/json": null },
  },
  {
    path: "/docs",
    tag: "hub",
    summary: "The same for people.",
    answers: { "text/html": null },
  },
];
