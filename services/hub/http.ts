/** The hub's HTTP interface. */
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { WS_PATH, WS_PROTOCOLS, type WsProtocol } from "../../contracts/constants.ts";
import type { FlightCache } from "../../core/flight_cache.ts";
import { matches } from "../../core/flight_filter.ts";
import type { Database } from "../../db/database.ts";
import type { BusStatus } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { RoleReport } from "../role.ts";
import { flightJson } from "./encode.ts";
import type { Sources } from "./feed.ts";
import { historyRoutes, unavailable } from "./history.ts";
import type { LiveFeed } from "./live.ts";
import type { HubMetrics } from "./metrics.ts";
import { FLIGHTS_QUERY, readIcao24, readQuery, WrongRequest } from "./query.ts";

export interface HubParts {
  readonly cache: FlightCache;
  readonly live: LiveFeed;
  readonly sources: Sources;
  readonly metrics: HubMetrics;
  readonly corsOrigins: readonly string[];
  readonly roles: () => readonly RoleReport[];
  readonly broker: () => BusStatus;
  /** Undefined with HISTORY=off. */
  readonly database: Database | undefined;
  readonly log: Log;
}

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
/** A socket whose other end does not answer a ping within this many seconds is closed. */
const WS_IDLE_S = 30;

export function createHubApp(parts: HubParts): Hono {
  const { cache, live, metrics, corsOrigins, log } = parts;
  const app = new Hono();

  app.use(async (c, next) => {
    await next();
    const path = c.req.routePath;
    // Anyone may send any word for a method: a label has few.
    const method = METHODS.includes(c.req.method) ? c.req.method : "other";
    metrics.requests.inc({ method, path, status: c.res.status });
  });
  const origin = corsOrigins.includes("*") ? "*" : [...corsOrigins];
  const allowOrigins = cors({ origin, allowMethods: ["GET"] });
  // The answer to an upgrade has headers that cannot be changed, and a socket knows no CORS.
  app.use((c, next) => c.req.path === WS_PATH ? next() : allowOrigins(c, next));

  app.get("/", (c) =>
    c.json({
      name: "SkySentinel hub",
      endpoints: [
        "/flights",
        "/flights/{icao24}",
        "/flights/{icao24}/history",
        "/flights/history",
        "/anomalies",
        "/anomalies/{icao24}",
        "/health",
        "/metrics",
        WS_PATH,
      ],
    }));

  app.get("/flights", (c) => {
    const filter = readQuery(c, FLIGHTS_QUERY);
    const flights = [...cache.all()].filter(({ flight }) => matches(flight, filter));
    const timestamp = new Date().toISOString();
    return jsonText(
      c,
      `{"timestamp":"${timestamp}","count":${flights.length},"flights":[${
        flights.map(flightJson).join(",")
      }]}`,
    );
  });

  // Before /flights/{icao24}, whose place "history" would take.
  app.route("/", historyRoutes({ database: parts.database, streamMs: () => cache.streamMs }));

  app.get("/flights/:icao24", (c) => {
    const icao24 = readIcao24(c);
    const cached = cache.get(icao24);
    if (cached) return jsonText(c, flightJson(cached));
    const message = `No aircraft ${icao24} is heard now: GET /flights lists those that are`;
    return problem(c, 404, "unknown_aircraft", message);
  });

  app.get("/health", (c) => {
    const health = describeHealth(parts);
    return c.json(health, health.status === "unhealthy" ? 503 : 200);
  });

  app.get("/metrics", async (c) => {
    c.header("content-type", metrics.registry.contentType);
    return c.body(await metrics.registry.metrics());
  });

  app.get(WS_PATH, (c) => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      c.header("upgrade", "websocket");
      return problem(c, 426, "upgrade_required", `${WS_PATH} speaks WebSocket: connect with ws://`);
    }
    try {
      return upgrade(c.req.raw, live);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const message = `This is no WebSocket upgrade (RFC 6455, 4.1): ${error.message}`;
      return problem(c, 400, "bad_upgrade", message);
    }
  });

  app.notFound((c) =>
    problem(
      c,
      404,
      "not_found",
      `There is no ${c.req.method} ${c.req.path}: GET / lists what there is`,
    )
  );
  app.onError((error, c) => {
    if (error instanceof WrongRequest) return problem(c, 400, error.code, error.message);
    const notNow = unavailable(c, error);
    if (notNow) return notNow;
    log.error("Failed to answer", { path: c.req.path, error: error.message });
    const message = `The hub failed to answer: ${error.message}`;
    return problem(c, 500, "internal", message);
  });
  return app;
}

function upgrade(request: Request, live: LiveFeed): Response {
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",")
    .map((protocol) => protocol.trim()).filter((protocol) => protocol !== "");
  // In the client's order, which is that of its preference (RFC 6455, 4.1).
  const protocol = offered.find((name) => WS_PROTOCOLS.some((known) => known === name)) as
    | WsProtocol
    | undefined;
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol, idleTimeout: WS_IDLE_S });
  // What is not text comes as an ArrayBuffer.
  socket.binaryType = "arraybuffer";
  socket.onopen = () => live.opened(socket, protocol);
  socket.onmessage = ({ data }) => live.heard(socket, data);
  socket.onclose = () => live.closed(socket);
  // What ends a socket badly is followed by its close.
  socket.onerror = (event) => event.preventDefault();
  return response;
}

/** What is well and what is not: degraded while a role is down, unhealthy without the log. */
function describeHealth({ cache, live, sources, roles, broker, database }: HubParts) {
  const reports = roles();
  const log = broker();
  const isDegraded = reports.some(({ status }) => status !== "running") ||
    [...sources.values()].some(({ api_status }) => api_status !== "ok");
  const status = log.status === "down" ? "unhealthy" : isDegraded ? "degraded" : "healthy";
  const streamMs = cache.streamMs;
  return {
    status,
    cache_size: cache.size,
    connections: live.connections,
    roles: Object.fromEntries(reports.map(({ role, status, restarts, lastError, url }) => [
      role,
      { status, restarts, last_error: lastError ?? null, url: url ?? null },
    ])),
    broker: log,
    database: database?.state() ?? { status: "off" },
    stream_time: streamMs === undefined ? null : new Date(streamMs).toISOString(),
    mode: cache.mode ?? null,
    sources: [...sources.values()],
  };
}

type ErrorStatus = 400 | 404 | 426 | 500;

function problem(c: Context, status: ErrorStatus, code: string, message: string): Response {
  return c.json({ status, code, message }, status);
}

function jsonText(c: Context, text: string): Response {
  return c.body(text, 200, { "content-type": "application/json; charset=UTF-8" });
}
