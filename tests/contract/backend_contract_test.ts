/** The hub role, seen from outside: every answer and message is what the contract's schemas say. */
import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import type { OutRecord } from "../../services/bus/bus.ts";
import { type RunningRole, startRole } from "../../services/testing/role.ts";
import { LiveClient } from "../live_client.ts";
import { assertValid } from "../schemas.ts";

const T0_S = 1_717_250_400;
const BBOX = { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 };
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const MINIMAL: FlightPayload = {
  icao24: "a00001",
  position: { lat: 40.7, lon: -74 },
  on_ground: false,
  spi: false,
  last_contact_unix: T0_S,
};
const FULL: FlightPayload = {
  ...MINIMAL,
  icao24: "a00002",
  callsign: "DAL2300",
  altitude_m: 1524,
  geo_altitude_m: 1562.1,
  velocity_mps: 128.6,
  heading_deg: 359.9,
  vertical_rate_mps: -5.2,
  squawk: "7700",
  time_position_unix: T0_S - 1,
  time_position_ms: T0_S * 1000 - 250,
  last_contact_ms: T0_S * 1000 + 135,
  origin_country: "United States",
  category: "A3",
  registration: "N301DQ",
  aircraft_type: "B738",
  position_source: "adsb",
  nic: 8,
  nac_p: 10,
  emergency: "none",
  selected_altitude_m: 914.4,
  qnh_hpa: 1013.6,
  ias_mps: 118.3,
  mach: 0.384,
  roll_deg: -2.1,
  rssi_dbfs: -18.4,
};
const NULLS: FlightPayload = {
  ...MINIMAL,
  icao24: "a00003",
  callsign: null,
  altitude_m: null,
  geo_altitude_m: null,
  velocity_mps: null,
  heading_deg: null,
  vertical_rate_mps: null,
  squawk: null,
  time_position_unix: null,
  on_ground: true,
};

/** On the wire as another program would write it. */
function state(payload: FlightPayload): OutRecord {
  const envelope = {
    schema_version: 1,
    type: "flight_state",
    produced_at: new Date().toISOString(),
    source: { provider: "opensky", mode: "replay", bbox: BBOX, poll_interval_s: 10 },
    payload,
  };
  assertValid("flight_envelope", envelope);
  return { key: payload.icao24, value: new TextEncoder().encode(JSON.stringify(envelope)) };
}

/** Runs a test against a hub that has taken in `flights`, whom a client has seen arrive. */
async function withHub(
  flights: readonly FlightPayload[],
  test: (hub: RunningRole, client: LiveClient) => Promise<void>,
): Promise<void> {
  const hub = await startRole("hub", { BACKEND_PORT: "0" });
  const client = await LiveClient.connect(hub.url, {
    check: (message) => assertValid("websocket_messages", message),
  });
  try {
    await hub.bus.publish(TOPICS.state, flights.map(state));
    const arrived = new Set<string>();
    for (let message = await client.next();; message = await client.next()) {
      if (message.type === "snapshot") { for (const f of message.flights) arrived.add(f.icao24); }
      if (message.type === "delta") { for (const f of message.upserts) arrived.add(f.icao24); }
      if (arrived.size === flights.length) break;
    }
    await test(hub, client);
  } finally {
    await client.close();
    await hub.stop();
  }
}

async function getJson(url: string) {
  const response = await fetch(url);
  assert.match(response.headers.get("content-type")!, /^application\/json/);
  return { status: response.status, body: await response.json() };
}

Deno.test("GET /flights and /flights/{icao24} serve flights with every field they came with", async () => {
  await withHub([MINIMAL, FULL, NULLS], async ({ url }) => {
    const { status, body } = await getJson(`${url}/flights`);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ["count", "flights", "timestamp"]);
    assert.match(body.timestamp, TIMESTAMP);
    assert.equal(body.count, 3);
    for (const flight of body.flights) assertValid("websocket_messages", flight, "Flight");
    const byAddress = new Map<string, unknown>(
      body.flights.map((flight: FlightPayload) => [flight.icao24, flight]),
    );
    for (const sent of [MINIMAL, FULL, NULLS]) {
      const expected = { ...sent, status: "NORMAL" };
      assert.deepEqual(byAddress.get(sent.icao24), expected);
      const one = await getJson(`${url}/flights/${sent.icao24}`);
      assert.deepEqual(one, { status: 200, body: expected });
    }
  });
});

Deno.test("the filters of GET /flights are there by the contract's names", async () => {
  await withHub([MINIMAL, FULL, NULLS], async ({ url }) => {
    for (
      const [query, expected] of [
        ["bbox=-74.1,40.6,-73.9,40.8", 3],
        ["bbox=0,40.6,1,40.8", 0],
        ["min_altitude_m=1000&max_altitude_m=2000", 1],
        ["on_ground=true", 1],
        ["callsign=DAL*", 1],
      ] as const
    ) {
      const { body } = await getJson(`${url}/flights?${query}`);
      assert.deepEqual([body.count, body.flights.length], [expected, expected], query);
    }
  });
});

Deno.test("errors are JSON with a status, a code and a sentence", async () => {
  await withHub([MINIMAL], async ({ url }) => {
    for (
      const [path, status] of [
        ["/flights?bbox=1,2,3", 400],
        ["/flights?on_ground=maybe", 400],
        ["/flights/xyz", 400],
        ["/flights/ffffff", 404],
        ["/nothing", 404],
        ["/ws/flights", 426],
      ] as const
    ) {
      const answer = await getJson(url + path);
      assert.equal(answer.status, status, path);
      assert.equal(answer.body.status, status, path);
      assert.match(answer.body.code, /^[a-z0-9_]+$/, path);
      assert(answer.body.message.length > 20, path);
    }
  });
});

Deno.test("GET /health has the contract's fields", async () => {
  await withHub([FULL], async ({ url }) => {
    const { status, body } = await getJson(`${url}/health`);
    assert.equal(status, 200);
    assert.equal(body.status, "healthy");
    assert.equal(body.cache_size, 1);
    assert.equal(body.connections, 1);
    assert.equal(body.roles.hub.status, "running");
    assert.equal(body.broker.status, "ok");
    assert.equal(typeof body.database.status, "string");
    assert.equal(body.stream_time, new Date(FULL.last_contact_ms!).toISOString());
  });
});

Deno.test("GET /metrics has the contract's metrics with their labels", async () => {
  await withHub([FULL], async ({ url }) => {
    await (await fetch(`${url}/flights`)).body?.cancel();
    const response = await fetch(`${url}/metrics`);
    assert.match(response.headers.get("content-type")!, /^text\/plain/);
    const text = await response.text();
    for (
      const line of [
        /^backend_kafka_consumer_lag\{topic="flights\.state",partition="0"\} 0$/m,
        /^backend_flights_cached 1$/m,
        /^backend_websocket_connections 1$/m,
        /^backend_websocket_messages_sent_total\{type="snapshot"\} 1$/m,
        /^backend_websocket_messages_sent_total\{type="delta"\} [1-9]\d*$/m,
        /^backend_http_requests_total\{method="GET",path="\/flights",status="200"\} 1$/m,
      ]
    ) assert.match(text, line);
  });
});

Deno.test("every message of the live stream is what its schema says", async () => {
  await withHub([MINIMAL, FULL, NULLS], async ({ bus, url }, client) => {
    client.send({ type: "resync" });
    const snapshot = await client.skipTo("snapshot");
    assertValid("websocket_messages", snapshot, "Snapshot");
    assert.equal(snapshot.flights.length, 3);
    assert.equal(snapshot.stream_time, new Date(FULL.last_contact_ms!).toISOString());

    await bus.publish(TOPICS.state, [
      state({ ...FULL, last_contact_ms: FULL.last_contact_ms! + 1000 }),
      { key: NULLS.icao24, value: null },
    ]);
    const seen = { upserts: new Set<string>(), removed: new Set<string>() };
    while (seen.upserts.size === 0 || seen.removed.size === 0) {
      const delta = await client.delta();
      assertValid("websocket_messages", delta, "Delta");
      for (const { icao24 } of delta.upserts) seen.upserts.add(icao24);
      for (const icao24 of delta.removed) seen.removed.add(icao24);
    }
    assert.deepEqual([[...seen.upserts], [...seen.removed]], [[FULL.icao24], [NULLS.icao24]]);

    const subscribe = { type: "subscribe", bbox: BBOX, min_altitude_m: 0, max_hz: 2 };
    assertValid("websocket_messages", subscribe, "Subscribe");
    client.send(subscribe);
    const part = await client.skipTo("snapshot");
    assert.deepEqual(part.flights.map(({ icao24 }) => icao24), [FULL.icao24]);

    const rude = await LiveClient.connect(url, {
      check: (message) => assertValid("websocket_messages", message),
    });
    rude.socket.send("hello");
    assertValid("websocket_messages", await rude.skipTo("error"), "Error");
    assert.equal((await rude.closed).code, 1008);
  });
});

Deno.test("what the hub refuses is on deadletter.flights, as the schema says", async () => {
  await withHub([MINIMAL], async ({ bus }) => {
    const letters = await bus.read({ topics: [TOPICS.deadletter], from: "earliest" });
    const value = new TextEncoder().encode('{"schema_version":9}');
    await bus.publish(TOPICS.state, [{ key: "a00001", value }]);
    const batch = await letters.next();
    const letter = JSON.parse(new TextDecoder().decode(batch!.records[0]!.value!));
    assertValid("dead_letter_envelope", letter);
    assert.equal(letter.payload.reason_code, "future_schema_version");
    assert.equal(letter.payload.origin.topic, TOPICS.state);
  });
});
