/** The ingest role, seen from outside: every message on every topic is what the contract says. */
import assert from "node:assert/strict";
import { DEPARTED_AFTER_S, TOPICS } from "../../contracts/constants.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import type { Bus, BusRecord } from "../../services/bus/bus.ts";
import { startRole } from "../../services/testing/role.ts";
import { within } from "../../services/testing/deadline.ts";
import { assertValid } from "../schemas.ts";

const T0_S = 1_717_250_400;
const BBOX = { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 };

/** One aircraft, as an envelope that was recorded on the wire. */
function recorded(fields: Partial<FlightPayload>, envelope: Record<string, unknown> = {}): string {
  return JSON.stringify({
    schema_version: 1,
    type: "flight_update",
    produced_at: "2024-06-01T14:00:00.000Z",
    source: { provider: "opensky", mode: "live", bbox: BBOX, poll_interval_s: 10 },
    payload: {
      icao24: "a00001",
      callsign: "DAL2300",
      position: { lat: 40.5, lon: -74.2 },
      altitude_m: 1500,
      velocity_mps: 130,
      heading_deg: 10,
      vertical_rate_mps: 5,
      on_ground: false,
      squawk: "2346",
      spi: false,
      time_position_unix: T0_S,
      last_contact_unix: T0_S,
      ...fields,
    },
    ...envelope,
  });
}

/** One aircraft, as a plain report. */
function plain(fields: Record<string, unknown>): string {
  return JSON.stringify({
    icao24: "A00002",
    callsign: "UAL1  ",
    time: T0_S,
    lat: 41.1,
    lon: -73.6,
    baro_altitude: 900,
    velocity: 80,
    true_track: 360,
    vertical_rate: null,
    on_ground: false,
    squawk: null,
    origin: "opensky/states",
    ...fields,
  });
}

/** A00001 falls silent after its first two reports; A00002 and A00003 go on. */
const ACCEPTED = [
  recorded({}),
  recorded({ last_contact_unix: T0_S + 5, last_contact_ms: (T0_S + 5) * 1000 + 250 }),
  ...Array.from({ length: 20 }, (_, i) => plain({ time: T0_S + i * 10 + 0.5, callsign: " " })),
  plain({ icao24: "a00003", time: T0_S + 200, baro_altitude: null, velocity: null }),
];
const REFUSED = [
  ["hello", "not_json"],
  ['{"icao24":"a00001"}', "wrong_shape"],
  [plain({ lat: 91 }), "impossible_value"],
  [plain({ baro_altitude: 40_001 }), "impossible_value"],
  [recorded({ altitude_m: -501 }), "impossible_value"],
  [recorded({ velocity_mps: 701 }), "impossible_value"],
  [recorded({}, { schema_version: 2 }), "future_schema_version"],
  [plain({ time: T0_S + 1e6 }), "implausible_time"],
] as const;

type Published = Record<keyof typeof TOPICS, BusRecord[]> & { metrics: string };

/** Replays the lines through the ingest role, and gives what it published by its end. */
async function published(lines: readonly string[]): Promise<Published> {
  const file = await Deno.makeTempFile({ suffix: ".jsonl" });
  await Deno.writeTextFile(file, lines.join("\n") + "\n");
  const ingest = await startRole("ingest", {
    REPLAY_FILE: file,
    REPLAY_SPEED: "max",
    INGEST_METRICS_PORT: "0",
  });
  try {
    await within(untilReplayed(ingest.bus), "end of the replay");
    const metrics = await (await fetch(`${ingest.url}/metrics`)).text();
    const topics: Partial<Published> = { metrics };
    for (const [kind, topic] of Object.entries(TOPICS)) {
      topics[kind as keyof typeof TOPICS] = await recordsOn(ingest.bus, topic);
    }
    return topics as Published;
  } finally {
    await ingest.stop();
    await Deno.remove(file);
  }
}

async function untilReplayed(bus: Bus): Promise<void> {
  const beats = await bus.read({ topics: [TOPICS.heartbeat], from: "earliest" });
  for (;;) {
    const batch = await beats.next();
    if (batch!.records.some(({ value }) => json(value!).payload.replay.ended)) break;
  }
  await beats.close();
}

async function recordsOn(bus: Bus, topic: string): Promise<BusRecord[]> {
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  const records: BusRecord[] = [];
  while ((await reader.lag()).some(({ lag }) => lag > 0)) {
    records.push(...(await reader.next())!.records);
  }
  await reader.close();
  return records;
}

const iso = (atS: number) => new Date(atS * 1000).toISOString();

function json(value: Uint8Array) {
  return JSON.parse(new TextDecoder().decode(value));
}

/** The payloads of each key, in their order. */
function payloadsByKey(records: readonly BusRecord[]): Map<string, FlightPayload[]> {
  const byKey = new Map<string, FlightPayload[]>();
  for (const { key, value } of records) {
    if (!value) continue;
    const payloads = byKey.get(key!) ?? [];
    byKey.set(key!, [...payloads, json(value).payload]);
  }
  return byKey;
}

// The wrong ones lie in between, so that each is passed and the replay goes on.
const LINES = ACCEPTED.flatMap((line, i) => {
  const wrong = REFUSED[i - 1];
  return wrong ? [line, wrong[0]] : [line];
});
let replayed: Promise<Published> | undefined;
/** One replay is enough for all that is to be seen of it. */
const log = () => replayed ??= published(LINES);

Deno.test("every flight message is what the schema says, under its aircraft's address", async () => {
  const { state, updates } = await log();
  for (const [records, type] of [[state, "flight_state"], [updates, "flight_update"]] as const) {
    const flights = records.filter(({ value }) => value !== null);
    assert.equal(flights.length, ACCEPTED.length, type);
    for (const { key, value } of flights) {
      const message = json(value!);
      assertValid("flight_envelope", message);
      assert.equal(message.type, type);
      assert.equal(message.payload.icao24, key);
      assert.equal(message.source.mode, "replay");
      assert.equal(message.source.provider, "opensky");
    }
  }
});

Deno.test("both topics have every report, with the same payload and in the same order", async () => {
  const { state, updates } = await log();
  const [byState, byUpdate] = [payloadsByKey(state), payloadsByKey(updates)];
  assert.deepEqual(byUpdate, byState);
  assert.deepEqual([...byUpdate.keys()].sort(), ["a00001", "a00002", "a00003"]);
  assert.deepEqual(byUpdate.get("a00001"), ACCEPTED.slice(0, 2).map((l) => JSON.parse(l).payload));
  assert.equal(byUpdate.get("a00002")!.length, 20);
});

Deno.test("a plain report becomes the contract's payload: SI, lower case, empty is null", async () => {
  const { updates } = await log();
  assert.deepEqual(payloadsByKey(updates).get("a00002")![0], {
    icao24: "a00002",
    callsign: null,
    position: { lat: 41.1, lon: -73.6 },
    altitude_m: 900,
    geo_altitude_m: null,
    velocity_mps: 80,
    heading_deg: 0,
    vertical_rate_mps: null,
    on_ground: false,
    squawk: null,
    spi: false,
    time_position_unix: T0_S,
    last_contact_unix: T0_S,
    time_position_ms: T0_S * 1000 + 500,
    last_contact_ms: T0_S * 1000 + 500,
  });
});

Deno.test("source.bbox is the recording's own extent", async () => {
  const { updates } = await log();
  const { source } = json(updates[0]!.value!);
  assert.deepEqual(source.bbox, { lat_min: 40.5, lat_max: 41.1, lon_min: -74.2, lon_max: -73.6 });
});

Deno.test("who is silent for 120 s of stream time gets a tombstone on flights.state alone", async () => {
  const { state, updates } = await log();
  assert.equal(DEPARTED_AFTER_S, 120);
  const tombstones = state.filter(({ value }) => value === null);
  assert.deepEqual(tombstones.map(({ key }) => key), ["a00001"]);
  assert.equal(state.filter(({ key }) => key === "a00001").at(-1)!.value, null, "it comes last");
  assert(updates.every(({ value }) => value !== null));
});

Deno.test("every heartbeat is what the schema says, under its producer's name, one a cycle", async () => {
  const { heartbeat } = await log();
  const beats = heartbeat.map(({ key, value }) => {
    const message = json(value!);
    assertValid("heartbeat_envelope", message);
    assert.equal(message.payload.producer_id, key);
    return message.payload;
  });
  // 200 s of recording at the preset 10 s a cycle; one more says that it has ended.
  const cycles = Array.from({ length: 20 }, (_, i) => iso(T0_S + (i + 1) * 10));
  const running = beats.filter(({ replay }) => !replay.ended).map(({ timestamp }) => timestamp);
  assert.deepEqual(running.filter((timestamp) => timestamp !== iso(T0_S)), cycles);
  const last = beats.at(-1)!;
  assert.deepEqual(
    [last.timestamp, last.flights_count, last.replay.line, last.replay.ended],
    [iso(T0_S + 200), 2, LINES.length, true],
  );
});

Deno.test("what is refused is on deadletter.flights: whole, without a key, with line and reason", async () => {
  const { deadletter } = await log();
  const letters = deadletter.map(({ key, value }) => {
    const message = json(value!);
    assertValid("dead_letter_envelope", message);
    assert.equal(key, null);
    return message.payload;
  });
  letters.sort((a, b) => a.origin.line - b.origin.line);
  assert.deepEqual(
    letters.map(({ original_base64, reason_code, origin }) => [
      new TextDecoder().decode(Uint8Array.fromBase64(original_base64)),
      reason_code,
      origin.line,
    ]),
    REFUSED.map(([line, code]) => [line, code, LINES.indexOf(line) + 1]),
  );
});

Deno.test("nothing is published on the topics of other roles", async () => {
  assert.deepEqual((await log()).anomalies, []);
});

Deno.test("GET /metrics has the contract's metrics, and they count what was published", async () => {
  const { metrics, heartbeat } = await log();
  for (
    const [name, type] of [
      ["producer_polls_total", "counter"],
      ["producer_poll_latency_seconds", "histogram"],
      ["producer_flights_published_total", "counter"],
      ["producer_api_errors_total", "counter"],
      ["producer_deadletter_total", "counter"],
    ] as const
  ) assert(metrics.includes(`# TYPE ${name} ${type}\n`), name);
  for (
    const line of [
      `producer_polls_total{status="ok"} ${heartbeat.length}`,
      `producer_poll_latency_seconds_count ${heartbeat.length}`,
      `producer_flights_published_total{topic="flights.state"} ${ACCEPTED.length}`,
      `producer_flights_published_total{topic="flights.updates"} ${ACCEPTED.length}`,
      'producer_deadletter_total{reason_code="impossible_value"} 4',
      'producer_deadletter_total{reason_code="not_json"} 1',
    ]
  ) assert(metrics.includes(`\n${line}\n`), line);
  assert.match(metrics, /^producer_api_errors_total\{error_type="\w+"\} 0$/m);
});
