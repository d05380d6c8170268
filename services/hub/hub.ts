/** The hub role: the log as a live picture, over WebSocket and HTTP. */
import { TOPICS } from "../../contracts/constants.ts";
import { FlightCache } from "../../core/flight_cache.ts";
import { connectDatabase } from "../../db/database.ts";
import type { Reader } from "../bus/bus.ts";
import { listen } from "../listen.ts";
import type { RoleContext } from "../role.ts";
import type { Step } from "../trace.ts";
import { readVerifyRuns } from "../verify/log.ts";
import { untilStopped } from "../wait.ts";
import { followAnomalies, followHeartbeats, followState, type Sources } from "./feed.ts";
import { Guard } from "./guard.ts";
import { createHubApp, describeHealth } from "./http.ts";
import { LiveFeed } from "./live.ts";
import { MemoryWatch } from "./memory_watch.ts";
import { createHubMetrics } from "./metrics.ts";
import { StatusBoard } from "./status.ts";

/** Runs of `deno task verify` that the status tells of. */
const VERIFY_RUNS = 10;

/**
 * Deno's sockets keep a buffer as large as the longest message they ever sent, each its own, unless
 * they write with `writev`: for a thousand clients that is the difference of a gigabyte.
 */
function writeWithoutBuffers(): void {
  Deno.env.set("DENO_USE_WRITEV", "1");
}

export async function runHub(
  { config, bus, log, stopped, ready, roles, databaseFailure }: RoleContext,
): Promise<void> {
  writeWithoutBuffers();
  const cache = new FlightCache(config.WS_STALE_THRESHOLD_SECONDS);
  const sources: Sources = new Map();
  const readers: Reader[] = [];
  const metrics = createHubMetrics({
    cache,
    connections: () => live.connections,
    readers: () => readers,
    lastVerify: async () => (await readVerifyRuns(config.DATA_DIR, 1))[0],
  });
  const live: LiveFeed = new LiveFeed(cache, config.WS_DELTA_INTERVAL_MS, metrics);
  const database = config.HISTORY && config.DATABASE_URL !== undefined
    ? connectDatabase(config.DATABASE_URL, { password: config.POSTGRES_PASSWORD })
    : undefined;
  const parts = {
    cache,
    live,
    sources,
    metrics,
    corsOrigins: config.CORS_ORIGINS,
    roles,
    elsewhere: () => status.elsewhere(),
    broker: () => bus.status(),
    database,
    databaseFailure,
    log,
  };
  const status: StatusBoard = new StatusBoard({
    health() {
      const { cache_size: aircraft, roles: _, ...health } = describeHealth(parts);
      return { ...health, aircraft };
    },
    roles,
    urls: config.ROLE_URLS,
    metrics: () => metrics.registry.metrics(),
    verifyRuns: () => readVerifyRuns(config.DATA_DIR, VERIFY_RUNS),
  });
  const app = createHubApp({ ...parts, guard: new Guard(config), status });
  const server = listen({
    hostname: config.BACKEND_HOST,
    port: config.BACKEND_PORT,
    setting: "BACKEND_PORT",
    stopped,
  }, app.fetch);

  const state = await bus.read({ topics: [config.KAFKA_TOPIC_STATE], from: "earliest" });
  const heartbeats = await bus.read({ topics: [TOPICS.heartbeat], from: "earliest" });
  const anomalies = await bus.read({ topics: [config.KAFKA_TOPIC_ANOMALIES], from: "earliest" });
  readers.push(state, heartbeats, anomalies);
  const feed = { bus, cache, sources, metrics, followed: (step: Step) => live.follow(step) };
  const following = [
    followState(feed, state),
    followHeartbeats(feed, live, heartbeats),
    followAnomalies(feed, live, anomalies),
  ];
  new MemoryWatch(live).watch(stopped);
  const ticking = setInterval(() => live.tick(), config.WS_DELTA_INTERVAL_MS);
  void untilStopped(stopped).then(() => {
    clearInterval(ticking);
    live.close();
    void database?.close();
    for (const reader of readers) void reader.close();
  });
  log.info("The live view is up", { url: server.url });
  ready(server.url);
  await Promise.all([...following, status.watch(stopped), server.finished]);
}
