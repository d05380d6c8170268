import assert from "node:assert/strict";
import { decode, encode } from "@msgpack/msgpack";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { TOPICS, type WsProtocol } from "../../contracts/constants.ts";
import { AnomalyMessage } from "../../contracts/websocket.ts";
import { AnomalyBook } from "../../core/anomaly_book.ts";
import { FlightCache } from "../../core/flight_cache.ts";
import { report } from "../../core/testing.ts";
import { Broker } from "../bus/broker.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { encodeEnvelope } from "../envelope.ts";
import { eventually } from "../testing/deadline.ts";
import { followAnomalies } from "./feed.ts";
import { type ClientSocket, LiveFeed } from "./live.ts";
import { createHubMetrics } from "./metrics.ts";

const T0_S = 1_717_250_400;
const [A, B] = ["a00001", "a00002"] as const;

class FakeSocket implements ClientSocket {
  readyState: WebSocket["readyState"] = WebSocket.OPEN;
  bufferedAmount = 0;
  readonly sent: unknown[] = [];

  send(data: Parameters<WebSocket["send"]>[0]): void {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : decode(data as Uint8Array));
  }

  close(): void {
    this.readyState = WebSocket.CLOSED;
  }

  take(): unknown[] {
    return this.sent.splice(0);
  }
}

function hub() {
  const cache = new FlightCache(60);
  const clock = { nowMs: T0_S * 1000, setBackMs: 0 };
  const metrics = createHubMetrics({
    cache,
    connections: () => live.connections,
    readers: () => [],
  });
  const live: LiveFeed = new LiveFeed(
    cache,
    200,
    metrics,
    () => clock.nowMs,
    () => clock.nowMs + clock.setBackMs,
  );
  return {
    cache,
    metrics,
    live,
    connect(protocol: WsProtocol = "json"): FakeSocket {
      const socket = new FakeSocket();
      live.opened(socket, protocol);
      return socket;
    },
    tick(): void {
      clock.nowMs += 200;
      live.tick();
    },
  };
}

function squawk(icao24: string, squawk: string, atS: number): AnomalyPayload {
  const book = new AnomalyBook();
  const flight = report(icao24, T0_S, { squawk });
  const details = { squawk };
  const atMs = atS * 1000;
  return book.update(
    { report: flight, airport: undefined },
    [{ type: "SQUAWK_7700", startedAtMs: atMs, untilMs: atMs, details }],
    atMs,
  )[0]!;
}

const resolved = (anomaly: AnomalyPayload): AnomalyPayload => ({
  ...anomaly,
  state: "RESOLVED",
  resolved_at: anomaly.detected_at,
});

Deno.test("an anomaly goes out at once, to those who asked for its aircraft", () => {
  const { cache, live, connect } = hub();
  for (const icao24 of [A, B]) cache.apply(report(icao24, T0_S), "live");
  const [all, onlyB] = [connect(), connect()];
  live.heard(onlyB, JSON.stringify({ type: "subscribe", icao24: [B] }));
  all.take();
  onlyB.take();
  live.anomaly(squawk(A, "7700", T0_S));
  const [message] = all.take();
  assert.deepEqual(AnomalyMessage.parse(message).payload, squawk(A, "7700", T0_S));
  assert.deepEqual(onlyB.take(), []);
});

Deno.test("a slow client hears of an anomaly when it has read on", () => {
  const { live, connect, tick } = hub();
  const slow = connect();
  slow.take();
  slow.bufferedAmount = 10 * 2 ** 20;
  for (let i = 0; i < 300; i++) live.anomaly(squawk(A, "7700", T0_S + i));
  for (let i = 0; i < 5; i++) tick();
  assert.deepEqual(slow.take(), []);
  slow.bufferedAmount = 0;
  for (let i = 0; i < 3; i++) tick();
  const anomalies = slow.take().filter((m) => (m as { type: string }).type === "anomaly");
  assert.equal(anomalies.length, 100);
  assert.deepEqual(
    AnomalyMessage.parse(anomalies.at(-1)).payload,
    squawk(A, "7700", T0_S + 299),
  );
});

Deno.test("an aircraft says ANOMALY while one is open, and STALE when it is that", () => {
  const { cache, connect, tick, live } = hub();
  cache.apply(report(A, T0_S), "live");
  const socket = connect();
  const status = () => {
    tick();
    const said = socket.take().flatMap((m) =>
      (m as { upserts?: { status: string }[] }).upserts ?? []
    );
    return said.map(({ status }) => status);
  };
  assert.deepEqual(status(), ["NORMAL"]);
  cache.setAnomalous(new Set([A]));
  assert.deepEqual(status(), ["ANOMALY"]);
  cache.apply(report(A, T0_S + 1), "live");
  assert.deepEqual(status(), ["ANOMALY"]);
  cache.advance((T0_S + 70) * 1000);
  assert.equal(cache.get(A)!.status, "STALE");
  cache.setAnomalous(new Set());
  assert.equal(cache.get(A)!.status, "STALE");
  cache.apply(report(A, T0_S + 75), "live");
  assert.equal(cache.get(A)!.status, "NORMAL");
  live.close();
});

Deno.test("msgpack: the arrays of the contract, tags on all but the delta", () => {
  const { cache, live, connect, tick } = hub();
  const flight = report(A, T0_S, { altitude_m: null });
  cache.apply(flight, "live");
  const socket = connect("msgpack");
  const row = [A, 40.7, -74, null, 90, 200, 0, false, "NORMAL"];
  assert.deepEqual(socket.take(), [["snapshot", 0, T0_S * 1000, [row]]]);
  tick();
  assert.deepEqual(socket.take(), [[1, T0_S * 1000 + 200, [row], []]]);
  socket.bufferedAmount = 10 * 2 ** 20;
  cache.remove(A);
  tick();
  tick();
  tick();
  socket.bufferedAmount = 0;
  cache.apply(report(B, T0_S), "live");
  tick();
  const [caughtUp] = socket.take() as [unknown[]];
  assert.equal(caughtUp[4], 1, "from_sequence");
  assert.deepEqual(caughtUp[3], [A]);
  const anomaly = squawk(B, "7700", T0_S);
  live.anomaly(anomaly);
  assert.deepEqual(socket.take().map((m) => [(m as unknown[])[0], (m as unknown[])[2]]), [
    ["anomaly", anomaly],
  ]);
});

Deno.test("msgpack: a client may speak MessagePack or JSON; what is neither is told so", () => {
  const { cache, live, connect } = hub();
  cache.apply(report(A, T0_S), "live");
  const socket = connect("msgpack");
  socket.take();
  const packed = encode({ type: "resync" });
  live.heard(socket, packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength));
  live.heard(socket, JSON.stringify({ type: "resync" }));
  assert.deepEqual(socket.take().map((m) => (m as unknown[])[0]), ["snapshot", "snapshot"]);
  live.heard(socket, new Uint8Array([0xc1, 0xff]).buffer);
  assert.deepEqual((socket.take() as unknown[][])[0]!.slice(0, 1), ["error"]);
  assert.equal(socket.readyState, WebSocket.CLOSED);
});

Deno.test("anomalies on the log: those from before mark aircraft, those that come are told", async () => {
  const { cache, live, metrics, connect } = hub();
  const bus = new EmbeddedBus(new Broker({ compactedTopics: [] }));
  const publish = (anomaly: AnomalyPayload) =>
    bus.publish(TOPICS.anomalies, [{
      key: anomaly.icao24,
      value: encodeEnvelope("anomaly_event", { provider: "skysentinel-processing" }, anomaly),
    }]);
  for (const icao24 of [A, B]) cache.apply(report(icao24, T0_S), "live");
  const [old, over] = [squawk(A, "7700", T0_S), squawk(B, "7700", T0_S)];
  for (const anomaly of [old, over, resolved(over)]) await publish(anomaly);
  await bus.publish(TOPICS.anomalies, [{ key: A, value: new Uint8Array([1]) }]);
  const socket = connect();
  socket.take();
  const reader = await bus.read({ topics: [TOPICS.anomalies], from: "earliest" });
  const following = followAnomalies({ bus, cache, sources: new Map(), metrics }, live, reader);
  await eventually(() => cache.get(A)!.status === "ANOMALY", "the mark");
  assert.equal(cache.get(B)!.status, "NORMAL");
  assert.deepEqual(socket.take(), []);
  await publish(resolved(old));
  await eventually(() => socket.sent.length > 0, "the news");
  assert.deepEqual(AnomalyMessage.parse(socket.take()[0]).payload, resolved(old));
  await eventually(() => cache.get(A)!.status === "NORMAL", "the end");
  await reader.close();
  await following;
});
