/**
 * Hard input, made from a seed: lines of recordings, messages on the log, what clients of the socket
 * say, and query strings. Nothing crashes, everything that is refused is counted by its reason, and nothing that
 * is valid is lost; what is valid is told by how it was made, or by the JSON Schemas, not by our own
 * checks. `deno task fuzz --cases=N --seed=N`; fuzz_test.ts runs some of it with every test.
 */
import assert from "node:assert/strict";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { REASON_CODES, type ReasonCode, TOPICS } from "../contracts/constants.ts";
import { AirportIndex } from "../core/context/airports.ts";
import { FlightCache } from "../core/flight_cache.ts";
import { report } from "../core/testing.ts";
import type { Batch, BusRecord, Reader } from "../services/bus/bus.ts";
import { Broker } from "../services/bus/broker.ts";
import { EmbeddedBus } from "../services/bus/memory.ts";
import { loadConfig } from "../services/config.ts";
import { followState } from "../services/hub/feed.ts";
import { Guard } from "../services/hub/guard.ts";
import { createHubApp } from "../services/hub/http.ts";
import { type ClientSocket, LiveFeed } from "../services/hub/live.ts";
import { createHubMetrics } from "../services/hub/metrics.ts";
import { RecordingReader } from "../services/ingest/sources/formats.ts";
import { createLog } from "../services/log.ts";
import { metricSum } from "../services/metrics_text.ts";
import { digest, Watches } from "../services/process/digest.ts";
import { isValid } from "./schemas.ts";
import { answerHelp } from "../tools/arguments.ts";

const T0_S = 1_717_250_400;
const encoder = new TextEncoder();

// What is made

/** Values that programs stumble over. */
const nasty = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    false,
    0,
    -0,
    -1,
    1e308,
    -1e308,
    5e-324,
    2 ** 53,
    1.5,
    90.000001,
    180.1,
    360,
    700,
  ],
  ...[
    "",
    " ",
    "0",
    "null",
    "NaN",
    "Infinity",
    "1e3",
    "\0",
    "\ud800",
    "\u202e",
    "ÄÖ\u{1f6e9}",
    "' or 1=1",
  ],
  ...["__proto__", "constructor", "a".repeat(2000), "0x10", "2024-06-01T14:00:00.000Z"],
  ...[[], [[]], {}, { lat: 0 }, [1, 2, 3], { toString: 1 }, { length: -1 }, { __proto__: null }],
);
const anything = fc.oneof(nasty, fc.jsonValue({ maxDepth: 3 }), fc.integer(), fc.double());

const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const hex = (length: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
    .map((digits) => digits.join(""));
const squawk = fc.array(fc.constantFrom(..."01234567"), { minLength: 4, maxLength: 4 })
  .map((digits) => digits.join(""));

/** A report in a recording that is right in every field. */
const validReport = fc.record({
  icao24: hex(6),
  time: real(1_600_000_000, 1_800_000_000),
  lat: real(-90, 90),
  lon: real(-180, 180),
  callsign: nullable(fc.string({ maxLength: 8 })),
  baro_altitude: nullable(real(-500, 40_000)),
  velocity: nullable(real(0, 700)),
  true_track: nullable(real(-720, 720)),
  vertical_rate: nullable(real(-100, 100)),
  on_ground: fc.boolean(),
  squawk: nullable(squawk),
}, { requiredKeys: ["icao24", "time", "lat", "lon"] });

/** An envelope on the log that is right in every field. */
const validEnvelope = fc.record({
  icao24: fc.constantFrom("a00001", "a00002", "a00003", "b00001"),
  atS: fc.integer({ min: 0, max: 3600 }),
  lat: real(-90, 90),
  lon: real(-180, 180),
  altitude_m: nullable(real(-500, 40_000)),
  velocity_mps: nullable(real(0, 700)),
  heading_deg: nullable(real(0, 359.99)),
  vertical_rate_mps: nullable(real(-200, 200)),
  on_ground: fc.boolean(),
  squawk: nullable(squawk),
}).map(({ icao24, atS, lat, lon, ...fields }) => ({
  schema_version: 1,
  type: "flight_update",
  produced_at: "2024-06-01T14:00:00.000Z",
  source: {
    provider: "fuzz",
    mode: "replay",
    bbox: { lat_min: 40, lat_max: 41, lon_min: -75, lon_max: -74 },
    poll_interval_s: 10,
  },
  payload: report(icao24, T0_S + atS, { position: { lat, lon }, ...fields }),
}));

const validMessage = fc.oneof(
  fc.constant({ type: "resync" }),
  fc.record({
    type: fc.constant("subscribe"),
    bbox: fc.tuple(real(-90, 90), real(-90, 90), real(-180, 180), real(-180, 180))
      .map(([a, b, lon_min, lon_max]) => ({
        lat_min: Math.min(a, b),
        lat_max: Math.max(a, b),
        lon_min,
        lon_max,
      })),
    min_altitude_m: real(-1000, 50_000),
    max_altitude_m: real(-1000, 50_000),
    icao24: fc.array(hex(6), { minLength: 1, maxLength: 20 }),
    max_hz: real(0.1, 100),
  }, { requiredKeys: ["type"] }),
);

/** A value with some of what is in it replaced, left out, or joined by what does not belong there. */
function broken<T>(values: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  const edits = fc.array(
    fc.record({ at: fc.nat(), what: fc.constantFrom("replace", "remove", "add"), value: anything }),
    { minLength: 1, maxLength: 3 },
  );
  return fc.tuple(values, edits).map(([value, edits]) => {
    const copy = structuredClone(value) as unknown;
    for (const { at, what, value: shared } of edits) {
      const value = structuredClone(shared);
      const places = placesOf(copy);
      if (places.length === 0) return value;
      const [holder, key] = places[at % places.length]!;
      if (what === "replace") holder[key] = value;
      else if (what === "remove") delete holder[key];
      // A number would make an array that long.
      else holder[Array.isArray(holder) ? "x" : word(value).slice(0, 20)] = value;
    }
    return copy;
  });
}

/** Every object within, with each of its keys. */
function placesOf(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [
    [holder, key] as [Record<string, unknown>, string],
    ...placesOf(holder[key]),
  ]);
}

/** The text's bytes with some of them turned, doubled, cut off or put in. */
function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const edit = fc.tuple(
    fc.nat(),
    fc.nat({ max: 255 }),
    fc.constantFrom("turn", "insert", "cut", "twice"),
  );
  return fc.tuple(texts, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) => {
    let bytes = encoder.encode(text);
    for (const [place, byte, what] of edits) {
      const at = bytes.length === 0 ? 0 : place % bytes.length;
      if (what === "turn" && bytes.length > 0) bytes[at] = byte;
      else if (what === "cut") bytes = bytes.slice(0, at);
      else if (what === "twice") bytes = Uint8Array.of(...bytes, ...bytes.subarray(at));
      else bytes = Uint8Array.of(...bytes.subarray(0, at), byte, ...bytes.subarray(at));
    }
    return bytes;
  });
}

const json = (value: unknown) => JSON.stringify(value) ?? "undefined";
const word = (value: unknown) => typeof value === "string" ? value : json(value);
const asBytes = <T>(values: fc.Arbitrary<T>) => values.map((value) => encoder.encode(json(value)));

/** Bytes of all kinds; `valid` where they were made to be right. */
function hardBytes<T>(valid: fc.Arbitrary<T>) {
  const some = (valid: boolean, bytes: fc.Arbitrary<Uint8Array>) =>
    bytes.map((bytes) => ({ valid, bytes }));
  return fc.oneof(
    { weight: 3, arbitrary: some(true, asBytes(valid)) },
    { weight: 3, arbitrary: some(false, asBytes(broken(valid))) },
    { weight: 2, arbitrary: some(false, damaged(valid.map(json))) },
    { weight: 1, arbitrary: some(false, asBytes(anything)) },
    { weight: 1, arbitrary: some(false, fc.uint8Array({ maxLength: 60 })) },
  );
}

// What is held

export interface Outcome {
  readonly cases: number;
  readonly accepted: number;
  /** By reason: of a line or message its reason code, of a request its status and code. */
  readonly refused: Record<string, number>;
}

type Property = (cases: number, seed: number) => Promise<Outcome>;

class Tally {
  accepted = 0;
  readonly refused: Record<string, number> = {};

  refuse(reason: string): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }

  outcome(): Outcome {
    const refused = Object.values(this.refused).reduce((sum, count) => sum + count, 0);
    return { cases: this.accepted + refused, accepted: this.accepted, refused: this.refused };
  }
}

function assertRefusal(reason_code: string, reason: string): void {
  assert(REASON_CODES.includes(reason_code as ReasonCode), reason_code);
  assert(reason.length > 10 && reason.length < 1000, reason);
}

/** Lines of recordings, as ingest reads them. */
const lines: Property = async (cases, seed) => {
  const tally = new Tally();
  const property = fc.asyncProperty(
    hardBytes(fc.oneof(validReport, validEnvelope)),
    ({ valid, bytes }) => {
      for (const { parsed } of new RecordingReader().read(bytes)) {
        if (parsed.ok) {
          tally.accepted++;
          const { flight } = parsed.value;
          assert(
            isValid("flight_envelope", flight, "FlightPayload"),
            "it is not as the contract has it",
          );
        } else {
          assert(!valid, `a valid line is refused: ${parsed.reason}`);
          assertRefusal(parsed.reason_code, parsed.reason);
          tally.refuse(parsed.reason_code);
        }
      }
      return Promise.resolve();
    },
  );
  await fc.assert(property, { numRuns: cases, seed });
  return tally.outcome();
};

const BATCH = 25;

/** Messages on the log, as process and hub read them: a batch of many at a time. */
const messages: Property = async (cases, seed) => {
  const tally = new Tally();
  const batches = fc.array(hardBytes(validEnvelope), { minLength: BATCH, maxLength: BATCH });
  const property = fc.asyncProperty(batches, async (batch) => {
    const records = batch.map(({ bytes }, offset): BusRecord => ({
      key: "a00001",
      value: bytes,
      offset,
      timestampMs: 0,
    }));
    const wanted = records.filter(({ value }) => isEnvelope(value!));
    for (const [i, { valid }] of batch.entries()) {
      assert(
        !valid || wanted.includes(records[i]!),
        "what was made valid is not by the JSON Schema",
      );
    }
    const read: Batch = {
      topic: TOPICS.updates,
      partition: 0,
      records,
      missed: 0,
      from: 0,
      endOffset: records.length,
    };
    const work = digest([read], new Watches(new AirportIndex([])));
    assert.equal(work.history.length, wanted.length, "process: rows of what is valid");
    assert.equal(work.refused.length, records.length - wanted.length, "process: dead letters");
    for (const { reason_code, reason } of work.refusals) {
      assertRefusal(reason_code, reason);
      tally.refuse(reason_code);
    }
    tally.accepted += wanted.length;
    const hub = await readByHub(read);
    assert.equal(hub.refused, work.refused.length, "hub: counted by reason");
    const newest = new Set(wanted.map(({ value }) => JSON.parse(decode(value!)).payload.icao24));
    assert.equal(hub.aircraft, newest.size, "hub: every aircraft that was heard of");
  });
  await fc.assert(property, { numRuns: Math.ceil(cases / BATCH), seed });
  return tally.outcome();
};

const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** By the JSON Schema, which is not what our own code checks with. */
function isEnvelope(bytes: Uint8Array): boolean {
  try {
    return isValid("flight_envelope", JSON.parse(decode(bytes)));
  } catch {
    return false;
  }
}

async function readByHub(batch: Batch) {
  const bus = new EmbeddedBus(new Broker({ compactedTopics: [] }));
  const cache = new FlightCache(60);
  const metrics = createHubMetrics({ cache, connections: () => 0, readers: () => [] });
  const batches = [batch];
  const reader = { next: () => Promise.resolve(batches.shift()) } as Reader;
  await followState({ bus, cache, sources: new Map(), metrics }, reader);
  await bus.close();
  const text = await metrics.registry.metrics();
  return { aircraft: cache.size, refused: metricSum(text, "backend_messages_refused_total")! };
}

/** What clients of the socket say, in JSON and in MessagePack. */
const frames: Property = async (cases, seed) => {
  const tally = new Tally();
  const cache = new FlightCache(60);
  cache.apply(report("a00001", T0_S), "replay");
  const metrics = createHubMetrics({ cache, connections: () => 0, readers: () => [] });
  let nowMs = 0;
  const live = new LiveFeed(cache, 200, metrics, () => T0_S * 1000, () => nowMs);
  const said = fc.oneof(
    {
      weight: 5,
      arbitrary: hardBytes(validMessage).map(({ valid, bytes }) => ({ valid, data: text(bytes) })),
    },
    hardBytes(validMessage).map(({ bytes }) => ({ valid: false, data: bytes.slice().buffer })),
    validMessage.map((message) => ({ valid: "msgpack", data: encode(message).slice().buffer })),
    broken(validMessage).map((message) => ({ valid: false, data: packed(message) })),
    fc.constantFrom({ valid: false, data: " ".repeat(20_000) }, {
      valid: false,
      data: "[".repeat(16_000),
    }),
  );
  const protocols = fc.constantFrom("json" as const, "msgpack" as const, "columns" as const);
  const property = fc.asyncProperty(said, protocols, ({ valid, data }, protocol) => {
    nowMs += 1000;
    const socket = new FuzzedSocket();
    live.opened(socket, protocol);
    const before = socket.sent;
    live.heard(socket, data);
    live.tick();
    if (socket.closed === undefined) {
      tally.accepted++;
      assert(socket.sent > before, "accepted, but without an answer");
    } else {
      const isPacked = valid === "msgpack" && protocol === "msgpack";
      assert(valid !== true && !isPacked, `a valid message is refused: ${socket.closed}`);
      tally.refuse(socket.closed);
    }
    live.closed(socket);
    return Promise.resolve();
  });
  await fc.assert(property, { numRuns: cases, seed });
  const counted = metricSum(
    await metrics.registry.metrics(),
    "backend_websocket_messages_refused_total",
  );
  const outcome = tally.outcome();
  assert.equal(counted, outcome.cases - outcome.accepted, "every refusal is counted");
  return outcome;
};

function packed(value: unknown): ArrayBuffer {
  try {
    return encode(value).slice().buffer;
  } catch {
    // What MessagePack has no words for.
    return new ArrayBuffer(0);
  }
}

/** As a server takes a text frame: what is no UTF-8 never gets here. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

class FuzzedSocket implements ClientSocket {
  readyState: ClientSocket["readyState"] = WebSocket.OPEN;
  readonly bufferedAmount = 0;
  sent = 0;
  closed?: string;

  send(): void {
    this.sent++;
  }

  close(_code?: number, reason?: string): void {
    this.readyState = WebSocket.CLOSING;
    this.closed = reason ?? "";
  }
}

const AREA = ["bbox", "min_altitude_m", "max_altitude_m"];
/** What may be asked, and with which parameters. */
const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  "/flights": [...AREA, "on_ground", "callsign"],
  "/flights/a00001/history": ["minutes", "limit"],
  "/flights/history": ["start_ts", "end_ts", "interval_s"],
  "/anomalies": ["type", "severity", "active", "bbox", "start_ts", "end_ts", "limit", "before"],
  "/flights/export": ["start_ts", "end_ts", "bbox", "icao24", "format"],
  "/flights/a00001": ["x"],
  "/nothing": ["x"],
};
const PATHS = Object.keys(QUESTIONS);

/** A filter that is right in every parameter. */
const validQuery = fc.record({
  bbox: fc.tuple(real(-180, 180), real(-90, 0), real(-180, 180), real(0, 90))
    .map((edges) => edges.map((edge) => edge.toFixed(3)).join(",")),
  min_altitude_m: real(-1000, 50_000).map((metres) => metres.toFixed(1)),
  max_altitude_m: real(-1000, 50_000).map((metres) => metres.toFixed(1)),
  on_ground: fc.constantFrom("true", "false"),
  callsign: fc.string({ maxLength: 16 }),
}, { requiredKeys: [] });

const hardValue = fc.oneof(
  nasty.map(word),
  fc.string({ maxLength: 40 }),
  real(-1e9, 1e9).map(String),
)
  .map((value) => value.toWellFormed());
/** A path with one or a few parameters that it knows, and a value that may be anything. */
const hardQuestion = fc.tuple(
  fc.constantFrom(...PATHS),
  fc.array(fc.tuple(fc.nat(), hardValue), { minLength: 1, maxLength: 3 }),
).map(([path, pairs]) => {
  const names = QUESTIONS[path]!;
  const query = new Map(pairs.map(([at, value]) => [names[at % names.length]!, value]));
  return `${path}?${new URLSearchParams([...query])}`;
});

/** A query as a browser writes it, or as nobody does. */
const hardUrl = fc.oneof(
  validQuery.map((query) => ({ valid: true, url: `/flights?${new URLSearchParams(query)}` })),
  hardQuestion.map((url) => ({ valid: false, url })),
  fc.tuple(fc.constantFrom(...PATHS), fc.string({ unit: "binary-ascii", maxLength: 40 }))
    .map(([path, raw]) => ({ valid: false, url: `${path}?${raw.replaceAll("#", "%")}` })),
  fc.string({ unit: "binary-ascii", maxLength: 40 })
    .map((raw) => ({ valid: false, url: `/flights/${raw.replaceAll("#", "%")}` })),
);

/** Query strings and paths, as the hub answers them. */
const queries: Property = async (cases, seed) => {
  const tally = new Tally();
  const config = loadConfig({});
  const cache = new FlightCache(60);
  for (const icao24 of ["a00001", "a00002"]) cache.apply(report(icao24, T0_S), "replay");
  const metrics = createHubMetrics({ cache, connections: () => 0, readers: () => [] });
  const failures: string[] = [];
  const app = createHubApp({
    cache,
    live: new LiveFeed(cache, 200, metrics),
    sources: new Map(),
    metrics,
    guard: new Guard(config),
    corsOrigins: config.CORS_ORIGINS,
    roles: () => [],
    elsewhere: () => [],
    broker: () => ({ kind: "embedded", status: "ok" }),
    status: { describe: () => Promise.reject(new Error("not asked here")) },
    database: undefined,
    log: createLog({ role: "hub", level: "error", format: "text" }, (line) => failures.push(line)),
  });
  const property = fc.asyncProperty(hardUrl, async ({ valid, url }) => {
    const response = await app.request(url);
    const body = await response.text();
    assert.deepEqual(failures.splice(0), [], "the hub failed to answer");
    if (response.status === 200) return void tally.accepted++;
    assert(!valid, `a valid question is refused: ${body}`);
    const { status, code, message } = JSON.parse(body);
    assert.deepEqual([status, typeof code], [response.status, "string"]);
    assert([400, 404, 503].includes(status), `${status}`);
    assert(message.length > 10, message);
    tally.refuse(`${status} ${code}`);
  });
  await fc.assert(property, { numRuns: cases, seed });
  return tally.outcome();
};

export const PROPERTIES: Readonly<Record<string, Property>> = { lines, messages, frames, queries };

if (import.meta.main) {
  answerHelp();
  Deno.exit(await main(Deno.args));
}

async function main(args: readonly string[]): Promise<number> {
  const given = (name: string, otherwise: number) =>
    Number(
      args.map((arg) => new RegExp(`^--${name}=(\\d+)$`).exec(arg)?.[1]).find(Boolean) ?? otherwise,
    );
  const cases = given("cases", 1_000_000);
  const seed = given("seed", Math.trunc(Date.now() / 1000));
  say(`seed ${seed}`);
  for (const [name, property] of Object.entries(PROPERTIES)) {
    const startedMs = performance.now();
    const outcome = await property(Math.ceil(cases / Object.keys(PROPERTIES).length), seed);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    say(`${name}: ${outcome.cases} cases in ${seconds} s, ${outcome.accepted} accepted; refused:`);
    for (const [reason, count] of Object.entries(outcome.refused)) say(`  ${reason}: ${count}`);
  }
  return 0;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
