import assert from "node:assert/strict";
import type { Database, DatabaseState } from "../../db/database.ts";
import type { HeartbeatPayload } from "../../contracts/heartbeat.ts";
import { report } from "../../core/testing.ts";
import { hub, hubWith, RUNNING, T0_S } from "./testing/hub.ts";

const HIGH = report("a00001", T0_S, { callsign: "DAL2300", altitude_m: 11_000 });

const HEARTBEAT: HeartbeatPayload = {
  producer_id: "skysentinel-ingest",
  timestamp: "2024-06-01T14:00:00.000Z",
  poll_latency_ms: 12,
  api_status: "ok",
  flights_count: 1,
  bbox: { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 },
};

Deno.test("GET /health of a hub that is well", async () => {
  const { json, sources, state } = hubWith(HIGH);
  state.roles = [RUNNING, { role: "ingest", status: "running", restarts: 2, lastError: "it hung" }];
  sources.set(HEARTBEAT.producer_id, HEARTBEAT);
  assert.deepEqual(await json("/health"), {
    status: 200,
    body: {
      status: "healthy",
      cache_size: 1,
      connections: 0,
      roles: {
        hub: { status: "running", restarts: 0, last_error: null, url: "http://hub" },
        ingest: { status: "running", restarts: 2, last_error: "it hung", url: null },
      },
      broker: { kind: "embedded", status: "ok" },
      database: { status: "off" },
      stream_time: new Date(T0_S * 1000).toISOString(),
      mode: "replay",
      sources: [HEARTBEAT],
    },
  });
});

Deno.test("a hub that has heard nothing yet is healthy, and says that it knows no time", async () => {
  const { body } = await hub().json("/health");
  assert.deepEqual([body.status, body.stream_time, body.mode], ["healthy", null, null]);
});

Deno.test("it is degraded while a role is down or a source does not answer: still 200", async () => {
  for (const status of ["starting", "restarting", "stopped"] as const) {
    const { json, state } = hub();
    state.roles = [RUNNING, { role: "ui", status, restarts: 0 }];
    const health = await json("/health");
    assert.deepEqual([health.status, health.body.status], [200, "degraded"], status);
  }
  for (const api_status of ["rate_limited", "error"] as const) {
    const { json, sources } = hub();
    sources.set("fine", HEARTBEAT);
    sources.set("not", { ...HEARTBEAT, api_status });
    const health = await json("/health");
    assert.deepEqual([health.status, health.body.status], [200, "degraded"], api_status);
    assert.deepEqual(health.body.sources.length, 2);
  }
});

Deno.test("on a broker it is degraded while a role in a process of its own is away, and says which", async () => {
  const { json, state } = hub();
  const running = { role: "ingest", status: "running", url: "http://ingest" } as const;
  const away = {
    role: "process",
    status: "unreachable",
    url: "http://p",
    lastError: "why",
  } as const;
  state.elsewhere = [running, away];
  assert.equal((await json("/health")).body.status, "healthy", "nobody else reads a log in memory");
  state.broker = { kind: "kafka", status: "ok" };
  const { status, body } = await json("/health");
  assert.deepEqual([status, body.status], [200, "degraded"]);
  const { process } = body.roles;
  assert.deepEqual(process, {
    status: "unreachable",
    restarts: 0,
    last_error: "why",
    url: "http://p",
  });
  state.elsewhere = [running, { ...away, status: "running" }];
  assert.equal((await json("/health")).body.status, "healthy");
});

Deno.test("it is degraded while the history is down, for the reason that the supervisor knows", async () => {
  let state: DatabaseState = { status: "starting", detail: "no answer" };
  let failure: string | undefined;
  const { json } = hub({
    database: { state: () => state } as Database,
    databaseFailure: () => failure,
  });
  const said = async () => {
    const { status, body } = await json("/health");
    return [status, body.status, body.database.status, body.database.detail];
  };
  assert.deepEqual(await said(), [200, "healthy", "starting", "no answer"]);
  failure = "another SkySentinel uses the data";
  assert.deepEqual(await said(), [200, "degraded", "down", failure]);
  failure = undefined;
  state = { status: "down", detail: "no room left" };
  assert.deepEqual(await said(), [200, "degraded", "down", "no room left"]);
  state = { status: "ok" };
  assert.deepEqual(await said(), [200, "healthy", "ok", undefined]);
});

Deno.test("without the log it is unhealthy, 503", async () => {
  const { json, state } = hub();
  state.broker = { kind: "kafka", status: "down", detail: "connection refused" };
  const { status, body } = await json("/health");
  assert.deepEqual([status, body.status], [503, "unhealthy"]);
  assert.deepEqual(body.broker, { kind: "kafka", status: "down", detail: "connection refused" });
});
