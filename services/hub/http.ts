/** The hub's HTTP interface. */
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { WS_PATH, WS_PROTOCOLS, type WsProtocol } from "../../contracts/constants.ts";
import type { FlightCache } from "../../core/flight_cache.ts";
import type { Database } from "../../db/database.ts";
import type { BusStatus } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { RoleReport } from "../role.ts";
import { docsRoutes } from "./docs.ts";
import { ENDPOINTS } from "./endpoints.ts";
import type { Sources } from "./feed.ts";
import { exportRoutes } from "./export.ts";
import { flightRoutes } from "./flights.ts";
import { costOf, type Guard, offeredProtocols, type Refusal } from "./guard.ts";
import { historyRoutes, unavailable } from "./history.ts";
import { CLOSE, type LiveFeed } from "./live.ts";
import type { RoleElsewhere, StatusBoard } from "./status.ts";
import type { HubMetrics } from "./metrics.ts";
import { problem } from "./problem.ts";
import { readQuery, WrongRequest } from "./query.ts";
import { readsbRoutes } from "./readsb.ts";
import { streamRoutes } from "./stream.ts";

export interface HubParts {
  readonly cache: FlightCache;
  readonly live: LiveFeed;
  readonly sources: Sources;
  readonly metrics: HubMetrics;
  readonly guard: Guard;
  readonly corsOrigins: readonly string[];
  readonly roles: () => readonly RoleReport[];
  /** Those that run in processes of their own. */
  readonly elsewhere: () => readonly RoleElsewhere[];
  readonly broker: () => BusStatus;
  readonly status: Pick<StatusBoard, "describe">;
  /** Undefined with HISTORY=off. */
  readonly database: Database | undefined;
  readonly databaseFailure?: () => string | undefined;
  readonly log: Log;
}

/** Nothing here is changed by asking. */
const READING = ["GET", "HEAD", "OPTIONS"];
const METHODS = [...READING, "POST", "PUT", "PATCH", "DELETE"];
/** A socket whose other end does not answer a ping within this many seconds is closed. */
const WS_IDLE_S = 30;

/** What the server says of a connection; a request of a test has none. */
type Env = { Bindings: Partial<Deno.ServeHandlerInfo<Deno.NetAddr>> };

/** Hardly anything here is a page: no browser is to show, run or frame what this says. */
const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

export function createHubApp(parts: HubParts): Hono<Env> {
  const { cache, live, metrics, guard, corsOrigins, log } = parts;
  const app = new Hono<Env>();
  const client = (c: Context<Env>) => guard.client(c.req.raw, c.env?.remoteAddr?.hostname);
  const turnAway = (c: Context, { status, code, message, retryAfterS }: Refusal) => {
    metrics.turnedAway.inc({ reason: code });
    if (retryAfterS !== undefined) c.header("retry-after", String(retryAfterS));
    if (status === 401) c.header("www-authenticate", 'Bearer realm="skysentinel"');
    return problem(c, status, code, message);
  };

  app.use(async (c, next) => {
    await next();
    const path = c.req.routePath;
    // Anyone may send any word for a method: a label has few.
    const method = METHODS.includes(c.req.method) ? c.req.method : "other";
    metrics.requests.inc({ method, path, status: c.res.status });
  });
  const origin = corsOrigins.includes("*") ? "*" : [...corsOrigins];
  const allowOrigins = cors({
    origin,
    allowMethods: ["GET"],
    exposeHeaders: ["Retry-After", "Link"],
  });
  // The answer to an upgrade has headers that cannot be changed, and a socket knows no CORS.
  app.use((c, next) => c.req.path === WS_PATH ? next() : allowOrigins(c, next));
  app.use(async (c, next) => {
    const refusal = guard.refuses(c.req.raw, client(c), costOf(c.req.path));
    if (refusal) c.res = turnAway(c, refusal);
    else await next();
    // The answer to an upgrade is the runtime's own.
    if (c.res.status === 101) return;
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!c.res.headers.has(name)) c.header(name, value);
    }
  });

  app.get("/", (c) => {
    readQuery(c, {});
    return c.json({ name: "SkySentinel hub", endpoints: ENDPOINTS.map(({ path }) => path) });
  });
  app.route("/", docsRoutes());
  const takeRoom = (c: Context) => {
    const who = client(c);
    const refusal = guard.refusesSocket(c.req.raw, who);
    return refusal ? turnAway(c, refusal) : guard.opened(who) || (() => {});
  };
  // Before /flights/{icao24}, whose place "stream" and "history" would take.
  app.route("/", streamRoutes({ live, takeRoom }));
  app.route("/", historyRoutes({ database: parts.database, streamMs: () => cache.streamMs }));

  app.route("/", exportRoutes(parts.database));
  app.route("/", flightRoutes(cache));
  app.route("/", readsbRoutes(cache));

  app.get("/health", (c) => {
    const health = describeHealth(parts);
    const said = guard.knows(c.req.raw) ? health : { status: health.status };
    return c.json(said, health.status === "unhealthy" ? 503 : 200);
  });

  app.get("/status", async (c) => {
    readQuery(c, {});
    c.header("cache-control", "no-store");
    return c.json(await parts.status.describe());
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
    // Who it is cannot be asked once the connection is a socket's.
    const who = client(c);
    const refusal = guard.refusesSocket(c.req.raw, who);
    if (refusal) return turnAway(c, refusal);
    try {
      return upgrade(c.req.raw, live, () => guard.opened(who));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const message = `This is no WebSocket upgrade (RFC 6455, 4.1): ${error.message}`;
      return problem(c, 400, "bad_upgrade", message);
    }
  });

  app.notFound((c) => {
    const message = `There is no ${c.req.method} ${c.req.path}: GET / lists what there is`;
    if (READING.includes(c.req.method)) return problem(c, 404, "not_found", message);
    c.header("allow", READING.join(", "));
    return problem(c, 405, "method_not_allowed", message);
  });
  app.onError((error, c) => {
    if (error instanceof WrongRequest) return problem(c, 400, error.code, error.message);
    const notNow = unavailable(c, error);
    if (notNow) return notNow;
    log.error("Failed to answer", { path: c.req.path, error: error.message });
    // What went wrong inside is nobody else's business.
    return problem(c, 500, "internal", "The hub failed to answer: its log says why");
  });
  return app;
}

function upgrade(
  request: Request,
  live: LiveFeed,
  takeRoom: () => (() => void) | false,
): Response {
  // In the client's order, which is that of its preference (RFC 6455, 4.1).
  const protocol = offeredProtocols(request).find((name) =>
    WS_PROTOCOLS.some((known) => known === name)
  ) as
    | WsProtocol
    | undefined;
  if (protocol) offerAlone(request, protocol);
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol, idleTimeout: WS_IDLE_S });
  // What is not text comes as an ArrayBuffer.
  socket.binaryType = "arraybuffer";
  let leave: (() => void) | false = false;
  socket.onopen = () => {
    leave = takeRoom();
    if (leave) live.opened(socket, protocol);
    // Others came first, between the check of its request and now.
    else socket.close(CLOSE.tryLater, "too_many_connections");
  };
  socket.onmessage = ({ data }) => live.heard(socket, data);
  socket.onclose = () => {
    if (leave) leave();
    live.closed(socket);
  };
  // What ends a socket badly is followed by its close.
  socket.onerror = (event) => event.preventDefault();
  return response;
}

/**
 * Deno looks for a protocol among what stands between ", " alone, and refuses those who write their list
 * otherwise (RFC 9110, 5.6.1), as Node's `ws` does: it is shown the one that was chosen.
 */
function offerAlone(request: Request, protocol: WsProtocol): void {
  const headers = new Headers(request.headers);
  headers.set("sec-websocket-protocol", protocol);
  Object.defineProperty(request, "headers", { value: headers });
}

/** What is well and what is not: degraded while a role or the history is down, unhealthy without the log. */
export function describeHealth(
  { cache, live, sources, roles, elsewhere, broker, database, databaseFailure }: Omit<
    HubParts,
    "status" | "guard"
  >,
) {
  const log = broker();
  // A log in memory is read by nobody else.
  const others = log.kind === "embedded" ? [] : elsewhere();
  const reports = [...roles(), ...others.map((other) => ({ ...other, restarts: 0 }))];
  const seen = database?.state() ?? { status: "off" as const };
  const failure = seen.status === "ok" ? undefined : databaseFailure?.();
  const history = failure === undefined ? seen : { status: "down" as const, detail: failure };
  const isDegraded = history.status === "down" ||
    reports.some(({ status }) => status !== "running") ||
    [...sources.values()].some(({ api_status }) => api_status !== "ok");
  const status = log.status === "down"
    ? "unhealthy" as const
    : isDegraded
    ? "degraded" as const
    : "healthy" as const;
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
    database: history,
    stream_time: streamMs === undefined ? null : new Date(streamMs).toISOString(),
    mode: cache.mode ?? null,
    sources: [...sources.values()],
  };
}
