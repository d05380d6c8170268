import assert from "node:assert/strict";
import type { Flight, FlightPayload } from "../../contracts/flight.ts";
import {
  type DeltaMessage,
  type ErrorMessage,
  type SnapshotMessage,
  WebSocketMessage,
} from "../../contracts/websocket.ts";
import { FlightCache, toFlight } from "../../core/flight_cache.ts";
import { type FlightFilter, matches } from "../../core/flight_filter.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { report } from "../../core/testing.ts";
import { type ClientSocket, LiveFeed } from "./live.ts";
import { eventually } from "../testing/deadline.ts";
import { createHubMetrics } from "./metrics.ts";

const T0_S = 1_717_250_400;
const INTERVAL_MS = 200;
/** More than any client may have unsent. */
const MUCH = 10 * 2 ** 20;
const [A, B, C] = ["a00001", "a00002", "a00003"] as const;

/** A socket whose other end reads at once, or not at all while `reads` is false. */
class FakeSocket implements ClientSocket {
  readyState: WebSocket["readyState"] = WebSocket.OPEN;
  bufferedAmount = 0;
  reads = true;
  readonly sent: WebSocketMessage[] = [];
  closedWith?: { code?: number; reason?: string };

  send(data: Parameters<WebSocket["send"]>[0]): void {
    assert(typeof data === "string", "not sent as text");
    assert.equal(this.readyState, WebSocket.OPEN, "sent on a closed socket");
    const message: unknown = JSON.parse(data);
    const checked = WebSocketMessage.parse(message);
    assert.deepEqual(checked, message, "it says more than the contract knows");
    this.sent.push(checked);
    if (!this.reads) this.bufferedAmount += data.length;
  }

  close(code?: number, reason?: string): void {
    this.closedWith = { code, reason };
    this.readyState = WebSocket.CLOSING;
  }

  /** What was sent since this was asked last. */
  take(): WebSocketMessage[] {
    return this.sent.splice(0);
  }

  snapshot(): SnapshotMessage {
    return this.only("snapshot") as SnapshotMessage;
  }

  delta(): DeltaMessage {
    return this.only("delta") as DeltaMessage;
  }

  error(): ErrorMessage {
    return this.only("error") as ErrorMessage;
  }

  /** The one message that was sent since. */
  private only(type: string): WebSocketMessage {
    const messages = this.take();
    assert.deepEqual(messages.map((message) => message.type), [type]);
    return messages[0]!;
  }
}

/** A live feed under a clock that goes when it is told to. */
function liveFeed(intervalMs = INTERVAL_MS) {
  const cache = new FlightCache(60);
  const clock = { nowMs: T0_S * 1000, setBackMs: 0 };
  const metrics = createHubMetrics({
    cache,
    connections: () => live.connections,
    readers: () => [],
  });
  const live: LiveFeed = new LiveFeed(
    cache,
    intervalMs,
    metrics,
    () => clock.nowMs,
    () => clock.nowMs + clock.setBackMs,
  );
  return {
    cache,
    clock,
    live,
    metrics,
    connect(): FakeSocket {
      const socket = new FakeSocket();
      live.opened(socket);
      return socket;
    },
    /** A connection that has had its snapshot and is on time. */
    connectInStep(): FakeSocket {
      const socket = this.connect();
      socket.snapshot();
      return socket;
    },
    hear(...flights: FlightPayload[]): void {
      for (const flight of flights) cache.apply(flight, "live");
    },
    tick(): void {
      clock.nowMs += intervalMs;
      live.tick();
    },
    say(socket: FakeSocket, message: unknown): void {
      live.heard(socket, JSON.stringify(message));
    },
  };
}

const now = (fields: Partial<FlightPayload> = {}) => report(A, T0_S, fields);
const names = (flights: readonly { icao24: string }[]) => flights.map(({ icao24 }) => icao24);
const iso = (atMs: number) => new Date(atMs).toISOString();

Deno.test("a client gets a snapshot when it connects, to go on from", () => {
  const feed = liveFeed();
  feed.hear(report(A, T0_S), report(B, T0_S + 1, { callsign: 'Ü "1"' }));
  feed.clock.nowMs += 1000;
  feed.tick();
  feed.tick();
  const socket = feed.connect();
  assert.deepEqual(socket.snapshot(), {
    type: "snapshot",
    timestamp: iso(feed.clock.nowMs),
    stream_time: iso((T0_S + 1) * 1000),
    mode: "live",
    sequence: 1,
    flights: [
      { ...report(A, T0_S), status: "NORMAL" },
      { ...report(B, T0_S + 1, { callsign: 'Ü "1"' }), status: "NORMAL" },
    ],
  });
  feed.hear(report(A, T0_S + 1));
  feed.tick();
  assert.equal(socket.delta().sequence, 2);
  assert.equal(feed.live.connections, 1);
});

Deno.test("the snapshot of an empty sky is empty and knows no stream time", () => {
  const feed = liveFeed();
  assert.deepEqual(feed.connect().snapshot(), {
    type: "snapshot",
    timestamp: iso(feed.clock.nowMs),
    sequence: 0,
    flights: [],
  });
});

Deno.test("a delta has what changed in its tick; the sequence grows by one a delta", () => {
  const feed = liveFeed();
  const socket = feed.connectInStep();
  feed.hear(report(A, T0_S), report(B, T0_S));
  feed.tick();
  assert.deepEqual(socket.delta(), {
    type: "delta",
    timestamp: iso(feed.clock.nowMs),
    stream_time: iso(T0_S * 1000),
    mode: "live",
    sequence: 1,
    upserts: [A, B].map((icao24) => ({ ...report(icao24, T0_S), status: "NORMAL" })),
    removed: [],
  });
  feed.hear(report(A, T0_S + 1));
  feed.cache.remove(B);
  feed.tick();
  const second = socket.delta();
  assert.deepEqual([second.sequence, names(second.upserts), second.removed], [2, [A], [B]]);
  for (let sequence = 3; sequence < 50; sequence++) {
    feed.hear(report(A, T0_S + sequence));
    feed.tick();
    const { sequence: got, from_sequence } = socket.delta();
    assert.deepEqual([got, from_sequence], [sequence, undefined]);
  }
});

Deno.test("an aircraft that goes stale is told of, and then that it has gone", () => {
  const feed = liveFeed(1000);
  feed.hear(report(A, T0_S));
  const socket = feed.connectInStep();
  const told: string[] = [];
  for (let s = 1; s <= 121; s++) {
    feed.tick();
    const { upserts, removed } = socket.delta();
    told.push(...upserts.map(({ status }) => `${s} ${status}`), ...removed.map(() => `${s} gone`));
  }
  assert.deepEqual(told, ["1 NORMAL", "60 STALE", "120 gone"]);
});

for (const intervalMs of [50, 100, 200, 250, 333, 500, 1000]) {
  Deno.test(`with nothing to say, a tick of ${intervalMs} ms still gives a sign of life in time`, () => {
    // At 2 Hz or more where the tick allows it; a timer is some milliseconds off.
    const longestMs = Math.max(500, intervalMs) + 10;
    const random = seededRandom(intervalMs);
    const feed = liveFeed(intervalMs);
    const socket = feed.connectInStep();
    let [lastMs, sequence] = [feed.clock.nowMs, 0];
    let deltas = 0;
    const endMs = feed.clock.nowMs + 30_000;
    for (let dueMs = lastMs; dueMs < endMs; dueMs += intervalMs) {
      feed.clock.nowMs = dueMs + Math.floor(random() * 5);
      feed.live.tick();
      for (const message of socket.take()) {
        assert(message.type === "delta");
        assert.deepEqual([message.upserts, message.removed], [[], []]);
        assert.equal(message.sequence, ++sequence);
        const silenceMs = feed.clock.nowMs - lastMs;
        assert(silenceMs <= longestMs, `${silenceMs} ms of silence`);
        lastMs = feed.clock.nowMs;
        deltas++;
      }
    }
    assert(deltas <= 30_000 / Math.min(250, intervalMs) + 1, `${deltas} deltas about nothing`);
    assert(feed.clock.nowMs - lastMs <= longestMs);
  });
}

Deno.test("while something changes, every tick is sent", () => {
  const feed = liveFeed();
  const socket = feed.connectInStep();
  for (let i = 1; i <= 25; i++) {
    feed.hear(report(A, T0_S + i));
    feed.tick();
  }
  assert.equal(socket.take().length, 25);
});

Deno.test("a slow client skips ticks, its buffer does not grow, and then it gets one delta", () => {
  const feed = liveFeed();
  const [quick, slow] = [feed.connectInStep(), feed.connectInStep()];
  feed.hear(report(A, T0_S), report(B, T0_S));
  feed.tick();
  assert.equal(slow.delta().sequence, 1);
  quick.take();

  slow.bufferedAmount = MUCH;
  slow.reads = false;
  for (let i = 1; i <= 10; i++) {
    feed.hear(report(A, T0_S + i));
    if (i === 5) feed.cache.remove(B);
    if (i === 7) feed.hear(report(C, T0_S));
    feed.tick();
    assert.equal(slow.bufferedAmount, MUCH);
  }
  assert.deepEqual(slow.take(), []);
  assert.equal(quick.take().length, 10, "others are not disturbed");

  slow.bufferedAmount = 0;
  slow.reads = true;
  feed.hear(report(A, T0_S + 11));
  feed.tick();
  const caughtUp = slow.delta();
  assert.deepEqual(
    [caughtUp.sequence, caughtUp.from_sequence, names(caughtUp.upserts).sort(), caughtUp.removed],
    [12, 1, [A, C], [B]],
  );
  assert.equal(quick.delta().from_sequence, undefined);
  feed.hear(report(A, T0_S + 12));
  feed.tick();
  const next = slow.delta();
  assert.deepEqual([next.sequence, next.from_sequence], [13, undefined]);
});

Deno.test("a crowd is served over several turns: nobody is left out, and the delta grows meanwhile", async () => {
  const feed = liveFeed();
  // Three megabytes a frame: after three clients there is a pause.
  const heavy = (atS: number) =>
    Array.from(
      { length: 300 },
      (_, i) => report((0xb00000 + i).toString(16), atS, { origin_country: "x".repeat(10_000) }),
    );
  feed.hear(...heavy(T0_S));
  const crowd = Array.from({ length: 10 }, () => feed.connect());
  const newcomers = crowd.filter((socket) => socket.take().length === 0);
  assert(newcomers.length >= 5, `${newcomers.length} have to wait for their snapshot`);
  feed.hear(report(A, T0_S));
  feed.tick();
  const left = feed.connect();
  left.close();
  feed.live.closed(left);
  // The round still goes on: these come with the next.
  feed.hear(report(B, T0_S));
  feed.tick();
  await eventually(() => crowd.every(({ sent }) => sent.length === 1), "the round's end");
  for (const socket of crowd) {
    const message = socket.take()[0]!;
    assert.equal(message.type, newcomers.includes(socket) ? "snapshot" : "delta");
    assert.equal((message as DeltaMessage).sequence, 1);
  }
  feed.tick();
  for (const socket of crowd) {
    const { sequence, from_sequence, upserts } = socket.delta();
    assert.deepEqual([sequence, from_sequence, names(upserts)], [2, undefined, [B]]);
  }
});

Deno.test("whoever does not read has no more than one snapshot and 256 KiB waiting", () => {
  const feed = liveFeed();
  const hundred = (s: number) =>
    Array.from({ length: 100 }, (_, i) => report((0xb00000 + i).toString(16), T0_S + s));
  feed.hear(...hundred(0));
  const socket = new FakeSocket();
  socket.reads = false;
  feed.live.opened(socket);
  const largestDelta = socket.bufferedAmount + 1000;
  for (let s = 1; s < 100; s++) {
    feed.hear(...hundred(s));
    feed.tick();
  }
  assert(socket.bufferedAmount > 0);
  assert(socket.bufferedAmount <= 256 * 1024 + largestDelta, `${socket.bufferedAmount} bytes wait`);
});

Deno.test("a client that was slow for too long gets a snapshot instead", () => {
  const feed = liveFeed();
  const slow = feed.connectInStep();
  slow.bufferedAmount = MUCH;
  for (let i = 0; i < 21_000; i++) {
    const icao24 = i.toString(16).padStart(6, "0");
    feed.hear(report(icao24, T0_S));
    if (i % 1000 === 999) feed.tick();
    feed.cache.remove(icao24);
  }
  feed.hear(report(A, T0_S));
  feed.tick();
  slow.bufferedAmount = 0;
  feed.hear(report(B, T0_S));
  feed.tick();
  const snapshot = slow.snapshot();
  assert.deepEqual([snapshot.sequence, names(snapshot.flights)], [feed.cache.sequence, [A, B]]);
  feed.hear(report(A, T0_S + 1));
  feed.tick();
  assert.equal(slow.delta().from_sequence, undefined);
});

Deno.test("a resync is answered with a snapshot, after which the deltas go on", () => {
  const feed = liveFeed();
  const [asking, other] = [feed.connectInStep(), feed.connectInStep()];
  feed.hear(report(A, T0_S));
  feed.tick();
  asking.take();
  other.take();
  feed.say(asking, { type: "resync" });
  const snapshot = asking.snapshot();
  assert.deepEqual([snapshot.sequence, names(snapshot.flights)], [1, [A]]);
  assert.deepEqual(other.take(), []);
  feed.hear(report(B, T0_S));
  feed.tick();
  const { sequence, from_sequence, upserts } = asking.delta();
  assert.deepEqual([sequence, from_sequence, names(upserts)], [2, undefined, [B]]);
});

for (const message of [{ type: "resync" }, { type: "subscribe", min_altitude_m: 1 }]) {
  Deno.test(`a slow client that sends a ${message.type} gets its snapshot once it has read on`, () => {
    const feed = liveFeed();
    feed.hear(report(A, T0_S));
    const slow = feed.connectInStep();
    slow.bufferedAmount = MUCH;
    slow.reads = false;
    for (let i = 0; i < 5; i++) feed.say(slow, message);
    feed.hear(report(A, T0_S + 1));
    feed.tick();
    assert.equal(slow.bufferedAmount, MUCH);
    slow.bufferedAmount = 0;
    feed.hear(report(B, T0_S));
    feed.tick();
    const snapshot = slow.snapshot();
    assert.deepEqual([snapshot.sequence, names(snapshot.flights)], [2, [A, B]]);
    feed.hear(report(A, T0_S + 2));
    feed.tick();
    const { sequence, from_sequence } = slow.delta();
    assert.deepEqual([sequence, from_sequence], [3, undefined]);
  });
}

Deno.test("a subscription is answered with a snapshot of its part; what leaves it is removed", () => {
  const feed = liveFeed();
  const inside = { position: { lat: 40.7, lon: -74 } };
  const outside = { position: { lat: 48.8, lon: 2.3 } };
  feed.hear(report(A, T0_S, inside), report(B, T0_S, outside), report(C, T0_S, inside));
  feed.tick();
  const [socket, everything] = [feed.connectInStep(), feed.connectInStep()];
  feed.say(socket, {
    type: "subscribe",
    bbox: { lat_min: 40, lat_max: 41, lon_min: -75, lon_max: -73 },
  });
  assert.deepEqual(names(socket.snapshot().flights), [A, C]);
  // A leaves, B moves outside, C moves inside.
  feed.hear(
    report(A, T0_S + 1, outside),
    report(B, T0_S + 1, outside),
    report(C, T0_S + 1, inside),
  );
  feed.tick();
  const left = socket.delta();
  assert.deepEqual([names(left.upserts), left.removed], [[C], [A]]);
  assert.deepEqual(names(everything.delta().upserts), [A, B, C]);
  // B comes in; A goes on outside and is gone for good: no news here.
  feed.hear(report(B, T0_S + 2, inside), report(A, T0_S + 2, outside));
  feed.cache.remove(A);
  feed.tick();
  const entered = socket.delta();
  assert.deepEqual([names(entered.upserts), entered.removed], [[B], []]);
  feed.cache.remove(B);
  feed.tick();
  assert.deepEqual(socket.delta().removed, [B]);
});

Deno.test("a subscribed client that skipped ticks is told what left its part meanwhile", () => {
  const feed = liveFeed();
  const high = { altitude_m: 10_000 };
  const low = { altitude_m: 100 };
  feed.hear(report(A, T0_S, high), report(B, T0_S, high), report(C, T0_S, low));
  feed.tick();
  const socket = feed.connectInStep();
  feed.say(socket, { type: "subscribe", min_altitude_m: 5000 });
  assert.deepEqual(names(socket.snapshot().flights), [A, B]);
  socket.bufferedAmount = MUCH;
  feed.hear(report(A, T0_S + 1, low));
  feed.tick();
  feed.cache.remove(B);
  feed.hear(report(C, T0_S + 1, high));
  feed.tick();
  socket.bufferedAmount = 0;
  feed.hear(report(A, T0_S + 2, low));
  feed.tick();
  const { sequence, from_sequence, upserts, removed } = socket.delta();
  assert.deepEqual([sequence, from_sequence, names(upserts), [...removed].sort()], [4, 1, [C], [
    A,
    B,
  ]]);
});

Deno.test("a subscription can be by altitude and by address, and an empty one ends it", () => {
  const feed = liveFeed();
  feed.hear(
    report(A, T0_S, { altitude_m: 1000 }),
    report(B, T0_S, { altitude_m: 2000 }),
    report(C, T0_S, { altitude_m: null }),
  );
  feed.tick();
  const socket = feed.connectInStep();
  for (
    const [wanted, got] of [
      [{ min_altitude_m: 1500 }, [B]],
      [{ max_altitude_m: 1500 }, [A]],
      [{ min_altitude_m: 500, max_altitude_m: 1500 }, [A]],
      [{ icao24: [A, C] }, [A, C]],
      [{ icao24: [] }, []],
      [{ icao24: [A, C], min_altitude_m: 0 }, [A]],
      [{}, [A, B, C]],
    ] as const
  ) {
    feed.say(socket, { type: "subscribe", ...wanted });
    assert.deepEqual(names(socket.snapshot().flights), got, JSON.stringify(wanted));
  }
  feed.hear(report(C, T0_S + 1, { altitude_m: null }));
  feed.tick();
  assert.deepEqual(names(socket.delta().upserts), [C]);
});

for (const [max_hz, deltas] of [[1, 10], [2.5, 25], [5, 50], [100, 50]] as const) {
  Deno.test(`a client that asks for ${max_hz} Hz of 5 Hz gets that, and misses nothing`, () => {
    const feed = liveFeed();
    const socket = feed.connectInStep();
    feed.say(socket, { type: "subscribe", max_hz });
    let sequence = socket.snapshot().sequence;
    // A timer is some milliseconds off, both ways.
    const random = seededRandom(17);
    const startMs = feed.clock.nowMs;
    let got = 0;
    const seen = new Set<string>();
    for (let i = 1; i <= 50; i++) {
      const icao24 = `b000${10 + i}`;
      feed.hear(report(icao24, T0_S));
      feed.clock.nowMs = startMs + i * INTERVAL_MS + Math.floor(random() * 9) - 4;
      feed.live.tick();
      for (const message of socket.take()) {
        assert(message.type === "delta");
        assert.equal(message.from_sequence ?? message.sequence - 1, sequence);
        sequence = message.sequence;
        for (const flight of message.upserts) seen.add(flight.icao24);
        got++;
      }
    }
    assert(Math.abs(got - deltas) <= 1, `${got} deltas in 10 s`);
    assert(seen.size >= 50 - 5, `${seen.size} of 50 aircraft`);
  });
}

const VALID = JSON.stringify({ type: "resync" });
for (
  const [what, data, closeCode, code, says] of [
    ["no JSON", "hello", 1008, "not_json", /not JSON/],
    ["a message of no known type", '{"type":"fly"}', 1008, "wrong_shape", /type is "fly".*resync/],
    ["JSON that is no object", "null", 1008, "wrong_shape", /null/],
    [
      "a wrong field",
      '{"type":"subscribe","max_hz":-1}',
      1008,
      "impossible_value",
      /max_hz is -1, but must be at least 0.1/,
    ],
    [
      "a box off the globe",
      '{"type":"subscribe","bbox":{"lat_min":0,"lat_max":91,"lon_min":0,"lon_max":1}}',
      1008,
      "impossible_value",
      /bbox.lat_max is 91/,
    ],
    [
      "a box that is upside down",
      '{"type":"subscribe","bbox":{"lat_min":50,"lat_max":40,"lon_min":0,"lon_max":1}}',
      1008,
      "impossible_value",
      /bbox.lat_min is 50, but must be at most lat_max: 40/,
    ],
    ["binary", new Blob([VALID]), 1003, "not_text", /JSON as a text message/],
    ["bytes", new TextEncoder().encode(VALID).buffer, 1003, "not_text", /JSON as a text message/],
    ["too much", VALID.padEnd(16_385), 1009, "message_too_big", /16384 characters/],
  ] as const
) {
  Deno.test(`a client that sends ${what} is told so and its connection ends`, () => {
    const feed = liveFeed();
    const [rude, other] = [feed.connectInStep(), feed.connectInStep()];
    feed.live.heard(rude, data);
    const error = rude.error();
    assert.deepEqual([error.code, error.timestamp], [code, iso(feed.clock.nowMs)]);
    assert.match(error.message, says);
    assert.deepEqual(rude.closedWith, { code: closeCode, reason: code });
    assert.equal(feed.live.connections, 1);
    // Whatever else it sends until the end is not read.
    feed.live.heard(rude, data);
    feed.live.closed(rude);
    feed.hear(report(A, T0_S));
    feed.tick();
    assert.deepEqual(rude.take(), []);
    assert.equal(other.delta().sequence, 1);
  });
}

Deno.test("the longest message that is allowed is read", () => {
  const feed = liveFeed();
  const socket = feed.connectInStep();
  feed.live.heard(socket, VALID.padEnd(16_384));
  socket.snapshot();
});

Deno.test("50 messages in 10 s are answered, one more ends the connection", () => {
  const feed = liveFeed();
  const socket = feed.connectInStep();
  for (let i = 0; i < 50; i++) {
    feed.clock.nowMs += 100;
    feed.say(socket, { type: "resync" });
    socket.snapshot();
  }
  feed.say(socket, { type: "resync" });
  const error = socket.error();
  assert.equal(error.code, "too_many_messages");
  assert.match(error.message, /at most 50 messages in 10 s/);
  assert.deepEqual(socket.closedWith, { code: 1008, reason: "too_many_messages" });
});

Deno.test("4 messages a second can go on for ever", () => {
  const feed = liveFeed();
  const socket = feed.connectInStep();
  for (let i = 0; i < 500; i++) {
    feed.clock.nowMs += 250;
    feed.say(socket, { type: "resync" });
    socket.snapshot();
  }
  assert.equal(socket.closedWith, undefined);
});

Deno.test("when memory is needed, those go who could be in the middle of a message, the last first", () => {
  const feed = liveFeed();
  const sockets = Array.from({ length: 40 }, () => feed.connectInStep());
  const last = sockets.at(-1)!;
  feed.say(last, { type: "resync" });
  last.snapshot();
  feed.live.closeSilent(0.1, 3);
  const gone = () => sockets.flatMap(({ closedWith }, i) => closedWith ? [i] : []);
  assert.deepEqual(gone(), [35, 36, 37, 38]);
  assert.deepEqual(sockets[38]!.closedWith, { code: 1013, reason: "memory_needed" });
  assert.match(sockets[38]!.error().message, /connect again/);
  feed.clock.nowMs += 10_001;
  feed.live.closeSilent(0.01, 3);
  assert.deepEqual(gone(), [33, 34, 35, 36, 37, 38, 39]);
});

Deno.test("a socket that is not open any more is sent nothing", () => {
  const feed = liveFeed();
  const socket = feed.connectInStep();
  socket.readyState = WebSocket.CLOSING;
  feed.hear(now());
  feed.tick();
  feed.say(socket, { type: "resync" });
  assert.deepEqual(socket.take(), []);
  feed.live.closed(socket);
  assert.equal(feed.live.connections, 0);
});

Deno.test("when the hub stops, every client is told that it goes away", () => {
  const feed = liveFeed();
  const sockets = [feed.connectInStep(), feed.connectInStep()];
  feed.live.close();
  for (const socket of sockets) assert.equal(socket.closedWith!.code, 1001);
  assert.equal(feed.live.connections, 0);
});

Deno.test("what is sent, and what a slow client is spared, is counted", async () => {
  const feed = liveFeed();
  const socket = feed.connectInStep();
  feed.hear(now());
  feed.tick();
  socket.bufferedAmount = MUCH;
  for (let i = 1; i <= 3; i++) {
    feed.hear(report(A, T0_S + i));
    feed.tick();
  }
  feed.live.heard(socket, "rubbish");
  const lines = (await feed.metrics.registry.metrics()).split("\n");
  for (
    const line of [
      'backend_websocket_messages_sent_total{type="snapshot"} 1',
      'backend_websocket_messages_sent_total{type="delta"} 1',
      'backend_websocket_messages_sent_total{type="error"} 1',
      "backend_websocket_ticks_skipped_total 3",
      "backend_websocket_connections 0",
      "backend_flights_cached 1",
    ]
  ) assert(lines.includes(line), line);
});

/** What a client sees, by the contract's rules. */
class Follower {
  readonly socket = new FakeSocket();
  readonly flights = new Map<string, Flight>();
  filter: FlightFilter = {};
  gaps = 0;
  #sequence = -1;

  read(): void {
    this.socket.bufferedAmount = 0;
    for (const message of this.socket.take()) {
      if (message.type === "snapshot") {
        this.flights.clear();
        for (const flight of message.flights) this.flights.set(flight.icao24, flight);
      } else {
        assert(message.type === "delta");
        assert.equal(message.from_sequence ?? message.sequence - 1, this.#sequence, "a gap");
        if (message.from_sequence !== undefined) this.gaps++;
        for (const flight of message.upserts) this.flights.set(flight.icao24, flight);
        for (const icao24 of message.removed) {
          assert(this.flights.delete(icao24) || Object.keys(this.filter).length === 0, icao24);
        }
      }
      this.#sequence = message.sequence;
    }
  }
}

for (const seed of [1, 2, 3]) {
  Deno.test(`clients that were slow, asked anew or for a part end like those that did not, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const below = (n: number) => Math.floor(random() * n);
    const feed = liveFeed();
    const followers = Array.from({ length: 9 }, () => new Follower());
    for (const { socket } of followers) feed.live.opened(socket);
    const [undisturbed] = followers;
    const bbox = { lat_min: 40, lat_max: 41, lon_min: -75, lon_max: -73 };
    for (let step = 0; step < 1500; step++) {
      for (let i = below(10); i > 0; i--) {
        const icao24 = `a000${below(60).toString(16).padStart(2, "0")}`;
        if (random() < 0.1) feed.cache.remove(icao24);
        else {
          const at = Math.floor(feed.clock.nowMs / 1000) - below(100);
          feed.hear(report(icao24, at, {
            position: { lat: 39.5 + random() * 2, lon: -74 },
            altitude_m: random() < 0.1 ? null : below(4000),
          }));
        }
      }
      const follower = followers[1 + below(followers.length - 1)]!;
      const { socket } = follower;
      if (random() < 0.3) {
        socket.reads = !socket.reads;
        if (!socket.reads) socket.bufferedAmount = MUCH;
      }
      const saying = random();
      if (saying < 0.05) feed.say(socket, { type: "resync" });
      else if (saying < 0.1) {
        if (socket.reads) follower.read();
        const wanted = [{}, { bbox }, { min_altitude_m: 1500 }, { bbox, max_altitude_m: 2000 }];
        follower.filter = wanted[below(wanted.length)]!;
        feed.say(socket, { type: "subscribe", ...follower.filter, max_hz: [0.5, 2, 9][below(3)] });
      }
      feed.tick();
      for (const reading of followers) if (reading.socket.reads) reading.read();
      assert.deepEqual(
        undisturbed!.flights,
        new Map(Array.from(feed.cache.all(), (c) => [c.flight.icao24, toFlight(c)])),
        `step ${step}`,
      );
    }
    for (const { socket } of followers) socket.reads = true;
    for (const reading of followers) reading.read();
    for (let i = 0; i < 20; i++) {
      feed.tick();
      for (const reading of followers) reading.read();
    }
    for (const { flights, filter } of followers) {
      const wanted = [...feed.cache.all()].filter(({ flight }) => matches(flight, filter));
      assert.deepEqual(flights, new Map(wanted.map((c) => [c.flight.icao24, toFlight(c)])));
    }
    assert(undisturbed!.gaps === 0 && followers.every((f, i) => i === 0 || f.gaps > 10));
  });
}

Deno.test("a clock that is set back stops nothing", () => {
  const hub = liveFeed();
  const socket = hub.connectInStep();
  hub.hear(now());
  hub.tick();
  socket.delta();
  hub.clock.nowMs -= 3_600_000;
  hub.clock.setBackMs += 3_600_000;
  for (let i = 0; i < 5; i++) {
    hub.hear(now({ last_contact_unix: T0_S + 1 + i }));
    hub.tick();
    assert.equal(socket.delta().upserts.length, 1);
  }
});
