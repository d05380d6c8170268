/** What the tests of this folder share. */
import assert from "node:assert/strict";
import type { FlightPayload } from "../../../contracts/flight.ts";
import type { SystemStatus } from "../../../contracts/status.ts";
import { FlightCache } from "../../../core/flight_cache.ts";
import type { Database } from "../../../db/database.ts";
import type { BusStatus, PartitionLag, Reader } from "../../bus/bus.ts";
import { loadConfig } from "../../config.ts";
import { createLog } from "../../log.ts";
import type { RoleReport } from "../../role.ts";
import type { Sources } from "../feed.ts";
import { Guard } from "../guard.ts";
import type { RoleElsewhere } from "../status.ts";
import { createHubApp } from "../http.ts";
import { LiveFeed } from "../live.ts";
import { createHubMetrics } from "../metrics.ts";

export const T0_S = 1_717_250_400;
export const PAGE = "http://localhost:3000";
export const RUNNING: RoleReport = {
  role: "hub",
  status: "running",
  restarts: 0,
  url: "http://hub",
};

const ROLE = {
  status: "running",
  restarts: 0,
  last_error: null,
  lag: 0,
  updates_per_s: null,
} as const;
const STATUS: SystemStatus = {
  timestamp: "2024-06-01T14:00:00.000Z",
  status: "healthy",
  stream_time: null,
  mode: null,
  aircraft: 0,
  connections: 0,
  roles: { ingest: ROLE, process: ROLE, hub: ROLE, ui: ROLE },
  broker: { kind: "embedded", status: "ok" },
  database: { status: "off" },
  sources: [],
  drops: { ticks_skipped: 0, messages_missed: 0, messages_refused: 0, requests_refused: 0 },
  verify: [],
};

/** A hub of which a test asks without a server; without a database unless there is one. */
export function hub({ corsOrigins = [PAGE], database, databaseFailure }: {
  corsOrigins?: string[];
  database?: Database;
  databaseFailure?: () => string | undefined;
} = {}) {
  const cache = new FlightCache(60);
  const sources: Sources = new Map();
  const state = {
    roles: [RUNNING] as RoleReport[],
    elsewhere: [] as RoleElsewhere[],
    broker: { kind: "embedded", status: "ok" } as BusStatus,
    lag: [
      { topic: "flights.state", partition: 2, lag: 7, endOffset: 9 },
      { topic: "flights.state", partition: 3, lag: 0, endOffset: undefined },
    ] as PartitionLag[],
  };
  const reader = { lag: () => Promise.resolve(state.lag) } as Reader;
  const metrics = createHubMetrics({
    cache,
    connections: () => live.connections,
    readers: () => [reader],
  });
  const live: LiveFeed = new LiveFeed(cache, 200, metrics);
  const app = createHubApp({
    cache,
    live,
    sources,
    metrics,
    guard: new Guard(loadConfig({})),
    // status_test.ts has its tests.
    status: { describe: () => Promise.resolve(STATUS) },
    corsOrigins,
    roles: () => state.roles,
    elsewhere: () => state.elsewhere,
    broker: () => state.broker,
    database,
    databaseFailure,
    log: createLog({ role: "hub", level: "error", format: "text" }, () => {}),
  });
  return {
    app,
    cache,
    live,
    sources,
    state,
    request: (path: string, init?: RequestInit) => Promise.resolve(app.request(path, init)),
    async json(path: string) {
      const response = await app.request(path);
      assert.match(response.headers.get("content-type")!, /^application\/json/);
      return { status: response.status, body: await response.json() };
    },
    async metricLines() {
      return (await (await app.request("/metrics")).text()).split("\n");
    },
  };
}

export function hubWith(...flights: FlightPayload[]) {
  const parts = hub();
  for (const flight of flights) parts.cache.apply(flight, "replay");
  return parts;
}
