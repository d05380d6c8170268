import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { TOPICS } from "../../contracts/constants.ts";
import { DeadLetterEnvelope } from "../../contracts/dead_letter.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import type { HeartbeatPayload } from "../../contracts/heartbeat.ts";
import { FlightCache, toFlight } from "../../core/flight_cache.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { report } from "../../core/testing.ts";
import { Broker } from "../bus/broker.ts";
import type { BusRecord, OutRecord, Reader } from "../bus/bus.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { within } from "../testing/deadline.ts";
import { type Feed, followHeartbeats, followState, type Sources } from "./feed.ts";
import { LiveFeed } from "./live.ts";
import { createHubMetrics } from "./metrics.ts";

const T0_S = 1_717_250_400;
const [A, B, C] = ["a00001", "a00002", "a00003"] as const;
const BBOX = { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 };

const encoder = new TextEncoder();
const bytes = (value: unknown) =>
  encoder.encode(typeof value === "string" ? value : JSON.stringify(value));

const source = { provider: "opensky", mode: "live", bbox: BBOX, poll_interval_s: 10 };
const produced_at = "2024-06-01T14:00:00.000Z";

/** The state message of a report, with whatever of the envelope the test is about. */
function state(payload: FlightPayload, envelope: Record<string, unknown> = {}): OutRecord {
  const message = { schema_version: 1, type: "flight_state", produced_at, source, payload };
  return { key: payload.icao24, value: bytes({ ...message, ...envelope }) };
}

function heartbeat(payload: Partial<HeartbeatPayload>): OutRecord {
  const whole = {
    producer_id: "one",
    timestamp: produced_at,
    poll_latency_ms: 1,
    api_status: "ok",
    flights_count: 0,
    bbox: BBOX,
    ...payload,
  };
  const message = { schema_version: 1, type: "heartbeat", produced_at, source, payload: whole };
  return { key: whole.producer_id, value: bytes(message) };
}

const gone = (icao24: string): OutRecord => ({ key: icao24, value: null });

/** A log, and hubs that read it. */
function log() {
  const broker = new Broker({ compactedTopics: [TOPICS.state], segmentBytes: 4096 });
  const bus = new EmbeddedBus(broker);
  const read = (topic: string) => bus.read({ topics: [topic], from: "earliest" });
  return {
    broker,
    bus,
    read,
    publish: (...records: OutRecord[]) => bus.publish(TOPICS.state, records),
    /** A hub that starts now, with nothing but the log. */
    hub() {
      const cache = new FlightCache(60);
      const sources: Sources = new Map();
      const metrics = createHubMetrics({ cache, connections: () => 0, readers: () => [] });
      const feed: Feed = { bus, cache, sources, metrics };
      const live = new LiveFeed(cache, 200, metrics);
      return {
        ...feed,
        live,
        async readAll() {
          await followState(feed, untilEnd(await read(TOPICS.state)));
          await followHeartbeats(feed, live, untilEnd(await read(TOPICS.heartbeat)));
        },
        picture: () => [...cache.all()].map(toFlight).sort(byAddress),
        metricLines: async () => (await metrics.registry.metrics()).split("\n"),
      };
    },
    async deadLetters() {
      const reader = untilEnd(await read(TOPICS.deadletter));
      const records: BusRecord[] = [];
      for (let batch = await reader.next(); batch; batch = await reader.next()) {
        records.push(...batch.records);
      }
      return records.map(({ key, value }) => {
        assert.equal(key, null);
        return DeadLetterEnvelope.parse(JSON.parse(new TextDecoder().decode(value!)));
      });
    },
  };
}

/** A reader that ends where the log ends. */
function untilEnd(reader: Reader): Reader {
  const next = async () =>
    (await reader.lag()).every(({ lag }) => lag === 0) ? undefined : await reader.next();
  return { ...reader, next };
}

function byAddress(a: { icao24: string }, b: { icao24: string }): number {
  return a.icao24 < b.icao24 ? -1 : 1;
}

/** Where a record lies whose value is `value`. */
async function whereIs(reader: Reader, value: Uint8Array) {
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    for (const record of batch.records) {
      if (record.value && Buffer.compare(record.value, value) === 0) {
        return { topic: batch.topic, partition: batch.partition, offset: record.offset };
      }
    }
  }
  assert.fail("it is not on the log");
}

Deno.test("what is on the log is in the cache, with the mode of its source", async () => {
  const { publish, hub } = log();
  await publish(
    state(report(A, T0_S)),
    state(report(B, T0_S), { source: { ...source, mode: "replay" } }),
  );
  const { readAll, cache, picture } = hub();
  await readAll();
  assert.deepEqual(picture(), [
    { ...report(A, T0_S), status: "NORMAL" },
    { ...report(B, T0_S), status: "NORMAL" },
  ]);
  assert.deepEqual([cache.get(A)!.mode, cache.get(B)!.mode], ["live", "replay"]);
});

Deno.test("a tombstone removes its aircraft, and a report after it brings it back", async () => {
  const { publish, hub } = log();
  const { readAll, picture } = hub();
  await publish(state(report(A, T0_S)), state(report(B, T0_S)), gone(A), gone(C));
  await readAll();
  assert.deepEqual(picture().map(({ icao24 }) => icao24), [B]);
  await publish(state(report(A, T0_S - 1000)));
  await readAll();
  assert.deepEqual(picture().map(({ icao24 }) => icao24), [A, B]);
});

Deno.test("a report older than the one known is counted and changes nothing", async () => {
  const { publish, hub } = log();
  const { readAll, picture, metricLines } = hub();
  await publish(
    state(report(A, T0_S, { altitude_m: 1 })),
    state(report(A, T0_S - 1, { altitude_m: 2 })),
  );
  await readAll();
  assert.deepEqual(picture().map(({ altitude_m }) => altitude_m), [1]);
  assert((await metricLines()).includes("backend_messages_outdated_total 1"));
});

const good = new TextDecoder().decode(state(report(A, T0_S)).value!);
for (
  const [what, value, code, reason] of [
    ["rubbish", bytes("hello"), "not_json", /^not JSON: /],
    ["nothing at all", bytes(""), "not_json", /^not JSON: /],
    ["no UTF-8", new Uint8Array([0x22, 0xc3, 0x28, 0x22]), "not_json", /UTF-8/],
    ["half a message", bytes(good.slice(0, 100)), "not_json", /^not JSON: /],
    ["another message", heartbeat({}).value!, "wrong_shape", /^type is "heartbeat"/],
    [
      "a missing position",
      state(report(A, T0_S, { position: undefined })).value!,
      "wrong_shape",
      /^payload\.position is missing/,
    ],
    [
      "an impossible position",
      bytes(good.replace("40.7", "140.7")),
      "impossible_value",
      /^payload\.position\.lat is 140\.7, but must be at most 90$/,
    ],
    [
      "a version from the future",
      bytes(good.replace('"schema_version":1', '"schema_version":2')),
      "future_schema_version",
      /^schema_version is 2, but the newest known here is 1$/,
    ],
    [
      "a time that no clock can show",
      state(report(A, T0_S, { last_contact_ms: 9e15 })).value!,
      "impossible_value",
      /last_contact_ms is 9000000000000000/,
    ],
    [
      "seconds that are milliseconds",
      state(report(A, T0_S * 1000)).value!,
      "impossible_value",
      /last_contact_unix is 1717250400000/,
    ],
  ] as const
) {
  Deno.test(`${what} goes to the dead letters with its reason, and what follows is read`, async () => {
    const { bus, publish, hub, deadLetters, read } = log();
    // All under one key, so that they share a partition.
    await publish(
      state(report(A, T0_S)),
      { key: A, value },
      { ...state(report(B, T0_S)), key: A },
    );
    const { readAll, picture, metricLines } = hub();
    await readAll();
    assert.deepEqual(picture().map(({ icao24 }) => icao24), [A, B]);
    const [letter, ...others] = await deadLetters();
    assert.deepEqual(others, []);
    assert.equal(letter!.source.provider, "skysentinel-hub");
    assert.deepEqual(Uint8Array.fromBase64(letter!.payload.original_base64), value);
    const origin = await whereIs(await read(TOPICS.state), value);
    assert.deepEqual(letter!.payload.origin, { ...origin, offset: 1 });
    assert.equal(letter!.payload.reason_code, code);
    assert.match(letter!.payload.reason, reason);
    const count = `backend_messages_refused_total{reason_code="${code}"} 1`;
    assert((await metricLines()).includes(count), count);
    await bus.close();
  });
}

Deno.test("a thousand bad messages are set aside one by one and hide no good one", async () => {
  const { publish, hub, deadLetters } = log();
  const random = seededRandom(5);
  const records = Array.from({ length: 2000 }, (_, i) => {
    const icao24 = (0xa00000 + i).toString(16);
    return i % 2 ? state(report(icao24, T0_S)) : { key: icao24, value: bytes(`${random()} {`) };
  });
  await publish(...records);
  const { readAll, cache } = hub();
  await readAll();
  assert.equal(cache.size, 1000);
  const letters = await deadLetters();
  const originals = letters.map(({ payload }) =>
    new TextDecoder().decode(Uint8Array.fromBase64(payload.original_base64))
  );
  const bad = records.filter((_, i) => i % 2 === 0)
    .map(({ value }) => new TextDecoder().decode(value!));
  assert.deepEqual(originals.sort(), bad.sort());
});

Deno.test("of each producer the newest heartbeat is kept; bad ones go to the dead letters", async () => {
  const { bus, hub, deadLetters } = log();
  await bus.publish(TOPICS.heartbeat, [
    heartbeat({ producer_id: "one", api_status: "error" }),
    heartbeat({ producer_id: "one", flights_count: 5 }),
    heartbeat({ producer_id: "two", api_status: "rate_limited" }),
    { key: "two", value: bytes("beat") },
    gone("one"),
  ]);
  const { readAll, sources } = hub();
  await readAll();
  assert.deepEqual([...sources.keys()].sort(), ["one", "two"]);
  assert.deepEqual([sources.get("one")!.api_status, sources.get("one")!.flights_count], ["ok", 5]);
  assert.equal(sources.get("two")!.api_status, "rate_limited");
  const [letter] = await deadLetters();
  assert.equal(letter!.payload.reason_code, "not_json");
  assert.equal((letter!.payload.origin as { topic: string }).topic, TOPICS.heartbeat);
});

Deno.test("a source that was taken out of the settings is forgotten, one that all wait for is not", async () => {
  const at = (minute: number, producer_id: string) =>
    heartbeat({ producer_id, timestamp: `2024-06-01T14:${minute}:00.000Z`, api_status: "error" });
  const { bus, hub } = log();
  await bus.publish(TOPICS.heartbeat, [at(10, "old"), at(11, "new"), at(14, "new")]);
  const early = hub();
  await early.readAll();
  assert.deepEqual([...early.sources.keys()].sort(), ["new", "old"]);
  await bus.publish(TOPICS.heartbeat, [at(16, "new")]);
  const late = hub();
  await late.readAll();
  assert.deepEqual([...late.sources.keys()], ["new"]);
});

Deno.test("clients hear that a replay has ended when every source's has, and that it began anew", async () => {
  const { bus, hub } = log();
  const replay = { file: "a.jsonl", line: 9, loop: 0, first_at: produced_at, last_at: produced_at };
  const { readAll, cache, live } = hub();
  let said: unknown[] = [];
  const send = (text: unknown) => void said.push(JSON.parse(text as string).replay_ended);
  live.opened({ send, close() {}, bufferedAmount: 0, readyState: WebSocket.OPEN });
  said = [];
  const hear = async (...beats: OutRecord[]) => {
    await bus.publish(TOPICS.heartbeat, beats);
    await readAll();
    cache.apply(report(A, T0_S), "replay");
    live.tick();
  };
  await hear({ key: "one", value: bytes("beat") });
  await hear(heartbeat({ producer_id: "one", replay: { ...replay, ended: true } }));
  await hear(heartbeat({ producer_id: "two" }));
  await hear(heartbeat({ producer_id: "two", replay: { ...replay, ended: true } }));
  await hear(heartbeat({ producer_id: "one", replay: { ...replay, loop: 1, ended: false } }));
  const no = undefined;
  assert.deepEqual(said, [no, true, no, true, no]);
});

Deno.test("a hub that starts later ends with the same as one that was there, compacted or not", async () => {
  const random = seededRandom(3);
  const below = (n: number) => Math.floor(random() * n);
  const { broker, publish, hub } = log();
  const there = hub();
  for (let i = 0; i < 40; i++) {
    const records = Array.from({ length: 50 }, () => {
      const icao24 = `a000${(10 + below(60)).toString(16)}`;
      return random() < 0.1
        ? gone(icao24)
        : state(report(icao24, T0_S + i * 10 + below(9), { altitude_m: below(9000) }));
    });
    // Ingest publishes nothing older than what it has published of an aircraft.
    const newest = new Map<string, number>();
    await publish(...records.filter(({ key, value }) => {
      if (!value) return true;
      const at = JSON.parse(new TextDecoder().decode(value)).payload.last_contact_unix;
      if (at < (newest.get(key!) ?? 0)) return false;
      newest.set(key!, at);
      return true;
    }));
    if (i % 5 === 0) await there.readAll();
  }
  await there.readAll();
  assert(there.cache.size > 30, `${there.cache.size} aircraft`);
  const later = hub();
  await later.readAll();
  assert.deepEqual(later.picture(), there.picture());
  for (let i = 0; i < 2; i++) {
    broker.compact(TOPICS.state);
    const latest = hub();
    await latest.readAll();
    assert.deepEqual(latest.picture(), there.picture());
  }
});

Deno.test("following goes on with what comes, and ends when its reader is closed", async () => {
  const { publish, hub, read } = log();
  const feed = hub();
  const reader = await read(TOPICS.state);
  const taken: (() => void)[] = [];
  const watched: Reader = {
    ...reader,
    next() {
      taken.shift()?.();
      return reader.next();
    },
  };
  const following = followState(feed, watched);
  for (const [i, icao24] of [A, B, C].entries()) {
    const dealtWith = new Promise<void>((resolve) => taken.push(resolve));
    await publish(state(report(icao24, T0_S + i)));
    await within(dealtWith, "report");
    assert.equal(feed.cache.size, i + 1);
  }
  await reader.close();
  await within(following, "end of following");
});
