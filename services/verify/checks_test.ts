/** Every check against a system that breaks its promise, and against one that keeps it. */
import assert from "node:assert/strict";
import { report } from "../../core/testing.ts";
import { loadConfig } from "../config.ts";
import { CHECKS, Skipped } from "./checks.ts";

const NOW = "2026-11-25T12:00:00.000Z";
const HEALTHY = {
  status: "healthy",
  roles: { hub: { status: "running", last_error: null } },
  broker: { status: "ok" },
  database: { status: "ok" },
  stream_time: NOW,
  sources: [{ producer_id: "ingest", api_status: "ok", replay: { ended: true } }],
};
const SNAPSHOT = { type: "snapshot", timestamp: NOW, sequence: 5, flights: [] };
/** Sent `everyMs` after the one before. */
const delta = (sequence: number, everyMs = 250) => ({
  type: "delta",
  timestamp: new Date(Date.parse(NOW) + sequence * everyMs).toISOString(),
  sequence,
  upserts: [],
  removed: [],
});

type Answers = Record<string, unknown>;

/** All roles in one fake: what it answers by path, and what it says on the socket. */
async function check(
  name: string,
  answers: Answers,
  { frames = [] as unknown[], settings = {} as Record<string, string> } = {},
): Promise<string> {
  const timers: ReturnType<typeof setInterval>[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/ws/flights") {
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "json" });
      const left = [...frames];
      socket.onopen = () => {
        socket.send(JSON.stringify(left.shift() ?? {}));
        timers.push(setInterval(() => {
          if (left.length > 0 && socket.readyState === WebSocket.OPEN) {
            socket.send(JSON.stringify(left.shift()));
          }
        }, 5));
      };
      return response;
    }
    const answer = answers[pathname];
    if (answer === undefined) return new Response("nothing here", { status: 404 });
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const config = loadConfig({
    ROLE_URLS: `ingest=${url},process=${url},hub=${url},ui=${url}`,
    ...settings,
  });
  try {
    return await CHECKS[name]!({ config, bus: undefined });
  } finally {
    timers.forEach(clearInterval);
    await server.shutdown();
  }
}

/** The sentence with which the check fails. */
async function failure(...args: Parameters<typeof check>): Promise<string> {
  const seen = await check(...args).catch((error) => error);
  assert(seen instanceof Error && !(seen instanceof Skipped), `it passed: ${seen}`);
  return seen.message;
}

const metrics = "producer_polls_total 1\nproducer_flights_published_total 1\n" +
  "processing_messages_processed_total 1\nprocessing_anomalies_detected_total 0\n" +
  "backend_flights_cached 0\nbackend_websocket_connections 0\nbackend_http_requests_total 0\n";

Deno.test("health: well, degraded, database away, a source that fails, nobody there", async () => {
  const name = "services are healthy";
  assert.equal(await check(name, { "/health": HEALTHY, "/metrics": "" }), "every role answers");
  const roles = { process: { status: "restarting", last_error: "it hung" } };
  assert.match(
    await failure(name, { "/health": { ...HEALTHY, status: "degraded", roles } }),
    /the hub is degraded: process is restarting \(it hung\)/,
  );
  const database = { status: "down", detail: "no answer" };
  assert.match(
    await failure(name, { "/health": { ...HEALTHY, database } }),
    /the database is down: no answer/,
  );
  const sources = [{ producer_id: "ingest", api_status: "rate_limited" }];
  assert.match(await failure(name, { "/health": { ...HEALTHY, sources } }), /says rate_limited/);
  assert.match(await failure(name, { "/health": HEALTHY }), /metrics answered 404/);
  assert.match(
    await failure(name, {}, { settings: { ROLE_URLS: "hub=http://127.0.0.1:1" } }),
    /http:\/\/127\.0\.0\.1:1 does not answer: is it running there\?/,
  );
});

Deno.test("states: valid ones, none, one that is not", async () => {
  const name = "flights.state is valid";
  const flight = { ...report("a00001", 1_700_000_000), status: "NORMAL" };
  assert.match(await check(name, { "/flights": { flights: [flight] } }), /^1 aircraft/);
  assert.match(await failure(name, { "/flights": { flights: [] } }), /no aircraft/);
  const wrong = { ...flight, position: { lat: 91, lon: 0 } };
  assert.match(await failure(name, { "/flights": { flights: [wrong] } }), /lat/);
});

const steady = (everyMs?: number) => Array.from({ length: 14 }, (_, i) => delta(6 + i, everyMs));
const TOO_FAST_OR_SLOW = /deltas a second: WS_DELTA_INTERVAL_MS should/;
for (
  const [what, frames, says] of [
    ["no snapshot first", steady(), /the first message is no snapshot/],
    [
      "a gap",
      [SNAPSHOT, delta(6), ...steady().slice(2)],
      /a gap before delta 8: the last one was 6/,
    ],
    ["too many deltas", [SNAPSHOT, ...steady(150)], TOO_FAST_OR_SLOW],
    ["too few deltas", [SNAPSHOT, ...steady(600)], TOO_FAST_OR_SLOW],
    ["what is no message", [SNAPSHOT, { type: "hello" }], /a message is not valid/],
  ] as const
) {
  Deno.test(`the stream: ${what}`, async () => {
    const name = "snapshot, then deltas at 2 to 5 Hz";
    assert.match(await failure(name, {}, { frames: [...frames] }), says);
  });
}

Deno.test("the stream: as it should be, however soon it is read", async () => {
  const frames = [SNAPSHOT, ...steady(250)];
  const name = "snapshot, then deltas at 2 to 5 Hz";
  assert.equal(await check(name, {}, { frames }), "4.0 deltas a second");
});

Deno.test("history: rows of the last minute, none, off", async () => {
  const name = "history grows";
  const frames = [{ timestamp: NOW, flights: [{}, {}] }];
  const answers = { "/health": HEALTHY, "/flights/history": { frames } };
  assert.match(await check(name, answers), /^2 rows of the last minute; the replay has ended/);
  const off = await check(name, answers, { settings: { HISTORY: "off" } }).catch((error) => error);
  assert(off instanceof Skipped);
  const silent = { ...answers, "/health": { ...HEALTHY, stream_time: null } };
  assert.match(await failure(name, silent), /not heard of any aircraft/);
});

Deno.test("the anomaly: a probe that is refused, one that nobody hears of", async () => {
  const name = "an injected anomaly arrives";
  const settings = { HISTORY: "off" };
  assert.match(await failure(name, {}, { frames: [SNAPSHOT], settings }), /probe answered 404/);
  const anomaly_id = "fffe00-SQUAWK_7600-1";
  const answers = { "/probe": { icao24: "fffe00", anomaly_type: "SQUAWK_7600", anomaly_id } };
  const payload = {
    anomaly_id,
    icao24: "fffe00",
    callsign: "VERIFY",
    anomaly_type: "SQUAWK_7600",
    severity: "MEDIUM",
    state: "ACTIVE",
    started_at: NOW,
    detected_at: NOW,
    resolved_at: null,
    position: { lat: 0, lon: 0 },
    altitude_m: 1,
    near_airport: null,
    details: {},
  };
  const told = [SNAPSHOT, { type: "anomaly", timestamp: NOW, payload }];
  const said = await check(name, answers, { frames: told, settings });
  assert.match(said, /^fffe00-SQUAWK_7600-1: the socket after \d+ ms$/);
});

Deno.test("metrics: all there, one missing", async () => {
  const name = "metrics answer";
  assert.equal(await check(name, { "/metrics": metrics }), "ingest, process and hub");
  const without = metrics.replace(/^backend_flights_cached .*\n/m, "");
  assert.match(await failure(name, { "/metrics": without }), /has no backend_flights_cached/);
});

Deno.test("the page: whole, without its script, with a script that is not there", async () => {
  const name = "the page loads";
  const page = '<script src="/assets/main.js"></script><link href="/static/page.css">';
  const files = { "/assets/main.js": "1", "/static/page.css": "" };
  assert.equal(await check(name, { "/": page, ...files }), "the page and 2 files of it");
  assert.match(await failure(name, { "/": "<p>hello", ...files }), /has no script/);
  assert.match(await failure(name, { "/": page }), /main\.js answered 404/);
});
