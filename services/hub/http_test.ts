import assert from "node:assert/strict";
import { Flight } from "../../contracts/flight.ts";
import { report } from "../../core/testing.ts";
import { hub, hubWith, PAGE, T0_S } from "./testing/hub.ts";

const HIGH = report("a00001", T0_S, { callsign: "DAL2300", altitude_m: 11_000 });
const LOW = report("a00002", T0_S, {
  callsign: "UAL1",
  altitude_m: 500,
  position: { lat: 41, lon: -73.6 },
});
const TAXIING = report("a00003", T0_S, { callsign: "DAL9", altitude_m: null, on_ground: true });
const FIJI = report("c80001", T0_S, { callsign: null, position: { lat: -17.7, lon: 177.4 } });

const addresses = (body: { flights: Flight[] }) => body.flights.map(({ icao24 }) => icao24).sort();

Deno.test("GET /flights has every aircraft, as clients of the socket get it", async () => {
  const { json, cache } = hubWith(HIGH, FIJI);
  cache.apply(report("a00009", T0_S + 70), "replay");
  cache.advance(0);
  const { status, body } = await json("/flights");
  assert.equal(status, 200);
  assert.match(body.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(body.count, 3);
  for (const flight of body.flights) assert.deepEqual(Flight.parse(flight), flight);
  assert.deepEqual(body.flights[0], { ...HIGH, status: "STALE" });
});

Deno.test("GET /flights of an empty sky is an empty list", async () => {
  const { body } = await hub().json("/flights");
  assert.deepEqual([body.count, body.flights], [0, []]);
});

for (
  const [query, expected] of [
    ["bbox=-74.5,40.4,-73.5,41.2", [HIGH, LOW, TAXIING]],
    ["bbox=-74.5,40.4,-73.9,41.2", [HIGH, TAXIING]],
    ["bbox=170,-20,-170,-10", [FIJI]],
    ["bbox=-180,-90,180,90", [HIGH, LOW, TAXIING, FIJI]],
    ["min_altitude_m=3000", [HIGH, FIJI]],
    ["min_altitude_m=3000.5", [HIGH]],
    ["min_altitude_m=-500&max_altitude_m=500", [LOW]],
    ["max_altitude_m=3000", [LOW, FIJI]],
    ["on_ground=true", [TAXIING]],
    ["on_ground=false", [HIGH, LOW, FIJI]],
    ["callsign=dal9", [TAXIING]],
    ["callsign=DAL*", [HIGH, TAXIING]],
    ["callsign=DAL*&on_ground=false&min_altitude_m=1", [HIGH]],
    ["callsign=XXX", []],
  ] as const
) {
  Deno.test(`GET /flights?${query} has those ${expected.length}`, async () => {
    const { status, body } = await hubWith(HIGH, LOW, TAXIING, FIJI).json(`/flights?${query}`);
    assert.equal(status, 200);
    assert.deepEqual(addresses(body), expected.map(({ icao24 }) => icao24).sort());
    assert.equal(body.count, expected.length);
  });
}

const BBOX = /minLon,minLat,maxLon,maxLat in degrees, such as /;
const METRES = /must be a number of metres/;
for (
  const [query, name, right] of [
    ["bbox=", "bbox", BBOX],
    ["bbox=1,2,3", "bbox", BBOX],
    ["bbox=1,2,3,4,5", "bbox", BBOX],
    ["bbox=1,2,3,x", "bbox", BBOX],
    ["bbox=1,2,3,NaN", "bbox", BBOX],
    ["bbox=0,50,1,40", "bbox", BBOX],
    ["bbox=0,-91,1,40", "bbox", BBOX],
    ["bbox=0,0,1,91", "bbox", BBOX],
    ["bbox=-181,0,1,1", "bbox", BBOX],
    ["bbox=0,0,180.1,1", "bbox", BBOX],
    ["min_altitude_m=high", "min_altitude_m", METRES],
    ["min_altitude_m=", "min_altitude_m", METRES],
    ["min_altitude_m=Infinity", "min_altitude_m", METRES],
    ["max_altitude_m=1e3", "max_altitude_m", METRES],
    ["on_ground=yes", "on_ground", /must be true or false/],
    [
      "callsign=ABCDEFGHIJKLMNOPQ",
      "callsign",
      /must be a callsign, or the beginning of one and \*/,
    ],
  ] as const
) {
  Deno.test(`GET /flights?${query} is refused with what would be right`, async () => {
    const { status, body } = await hubWith(HIGH).json(`/flights?${query}`);
    assert.equal(status, 400);
    assert.deepEqual(Object.keys(body).sort(), ["code", "message", "status"]);
    assert.deepEqual([body.status, body.code], [400, "invalid_parameter"]);
    const given = JSON.stringify(query.split("=")[1]);
    assert(body.message.startsWith(`${name} is ${given}, but `), body.message);
    assert.match(body.message, right);
  });
}

Deno.test("GET /flights/{icao24} is one aircraft, in either case", async () => {
  const { json } = hubWith(HIGH, report("abcdef", T0_S));
  assert.deepEqual(await json("/flights/a00001"), {
    status: 200,
    body: { ...HIGH, status: "NORMAL" },
  });
  assert.equal((await json("/flights/ABCDEF")).body.icao24, "abcdef");
});

Deno.test("an aircraft that is not heard is 404, what is no address is 400", async () => {
  const { json } = hubWith(HIGH);
  const unknown = await json("/flights/A0000F");
  assert.deepEqual([unknown.status, unknown.body.status], [404, 404]);
  assert.equal(unknown.body.code, "unknown_aircraft");
  assert.match(unknown.body.message, /No aircraft a0000f is heard now: GET \/flights lists/);
  for (const wrong of ["a0000", "a000011", "g00001", "DAL2300", "%20a00001", "~a00001"]) {
    const { status, body } = await json(`/flights/${wrong}`);
    assert.deepEqual([status, body.status, body.code], [400, 400, "invalid_icao24"], wrong);
    assert.match(body.message, /give six hex digits/);
    assert(body.message.includes(decodeURIComponent(wrong)), body.message);
  }
});

Deno.test("GET /metrics has the contract's names, typed and explained", async () => {
  const { request, metricLines } = hubWith(HIGH);
  const { headers } = await request("/metrics");
  assert.match(headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const lines = await metricLines();
  for (
    const [name, type, sample] of [
      [
        "backend_kafka_consumer_lag",
        "gauge",
        /^backend_kafka_consumer_lag\{topic="flights.state",partition="2"\} 7$/,
      ],
      ["backend_flights_cached", "gauge", /^backend_flights_cached 1$/],
      ["backend_websocket_connections", "gauge", /^backend_websocket_connections 0$/],
      [
        "backend_websocket_messages_sent_total",
        "counter",
        /^backend_websocket_messages_sent_total\{type="delta"\} 0$/,
      ],
      [
        "backend_http_requests_total",
        "counter",
        /^backend_http_requests_total\{method="GET",path="\/metrics",status="200"\} 1$/,
      ],
    ] as const
  ) {
    assert(lines.includes(`# TYPE ${name} ${type}`), name);
    assert(lines.some((line) => line.startsWith(`# HELP ${name} `)), name);
    assert(lines.some((line) => sample.test(line)), `${sample} in\n${lines.join("\n")}`);
  }
});

Deno.test("requests are counted by route, so that nobody's path becomes a label", async () => {
  const { request, metricLines } = hubWith(HIGH);
  for (
    const path of ["/flights", "/flights?on_ground=x", "/flights/a00001", "/flights/a00002", "/no"]
  ) await request(path);
  const counts = (await metricLines())
    .filter((line) => line.startsWith("backend_http_requests_total{"));
  const count = (method: string, path: string, status: number) =>
    `backend_http_requests_total{method="${method}",path="${path}",status="${status}"} 1`;
  assert.deepEqual(
    counts.sort(),
    [
      count("GET", "/*", 404),
      count("GET", "/flights", 200),
      count("GET", "/flights", 400),
      count("GET", "/flights/:icao24", 200),
      count("GET", "/flights/:icao24", 404),
    ].sort(),
  );
});

Deno.test("a page of an allowed origin may read every answer, errors too; others may not", async () => {
  const { request } = hubWith(HIGH);
  const from = (origin: string, path: string) => request(path, { headers: { origin } });
  for (const path of ["/flights", "/flights/a00001", "/flights?bbox=x", "/health", "/no"]) {
    const allowed = await from(PAGE, path);
    assert.equal(allowed.headers.get("access-control-allow-origin"), PAGE, path);
    assert.match(allowed.headers.get("vary")!, /Origin/i, path);
    const other = await from("https://elsewhere.example", path);
    assert.equal(other.headers.get("access-control-allow-origin"), null, path);
  }
});

Deno.test("with CORS_ORIGINS=* any page may read", async () => {
  const { request } = hub({ corsOrigins: ["*"] });
  const { headers } = await request("/flights", { headers: { origin: "https://any.example" } });
  assert.equal(headers.get("access-control-allow-origin"), "*");
});

Deno.test("a preflight is answered with what is allowed", async () => {
  const ask = (origin: string) =>
    hub().request("/flights", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "GET" },
    });
  const allowed = await ask(PAGE);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), PAGE);
  assert.equal(allowed.headers.get("access-control-allow-methods"), "GET");
  const other = await ask("https://elsewhere.example");
  assert.equal(other.headers.get("access-control-allow-origin"), null);
});

Deno.test("without a history, each question about the past is answered with what to do", async () => {
  const { json } = hubWith(HIGH);
  for (
    const path of [
      "/flights/a00001/history",
      "/flights/history?start_ts=0&end_ts=60",
      "/anomalies",
      "/anomalies/a00001",
    ]
  ) {
    const { status, body } = await json(path);
    assert.deepEqual([status, body.status, body.code], [503, 503, "history_off"], path);
    assert.match(body.message, /HISTORY=on/);
  }
});

Deno.test("a wrong question about the past is told what would be right", async () => {
  const { json } = hubWith(HIGH);
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["/flights/a00001/history?minutes=0", /^minutes is "0", but must be minutes from 0.1 to 1440$/],
    ["/flights/a00001/history?limit=1.5", /^limit is "1.5"/],
    ["/flights/nothex/history", /no ICAO 24-bit address/],
    ["/flights/history", /start_ts and end_ts are needed/],
    ["/flights/history?start_ts=60&end_ts=60", /start_ts must be before end_ts/],
    ["/flights/history?start_ts=0&end_ts=90000", /24 hours apart at most/],
    [
      "/flights/history?start_ts=yesterday&end_ts=60",
      /^start_ts is "yesterday", but must be a moment/,
    ],
    ["/flights/history?start_ts=0&end_ts=60&interval_s=0", /^interval_s is "0"/],
    ["/anomalies?type=SQUAWK_7777", /^type is "SQUAWK_7777", but must be one or more of/],
    ["/anomalies?severity=HIGH,AWFUL", /^severity is "HIGH,AWFUL"/],
    ["/anomalies?active=maybe", /^active is "maybe"/],
    ["/anomalies?before=;drop table", /^before is/],
    ["/anomalies?limit=100000", /^limit is "100000"/],
    ["/anomalies?bbox=1,2,3", /^bbox is "1,2,3", but must be minLon,minLat/],
  ];
  for (const [path, message] of wrong) {
    const { status, body } = await json(path);
    assert.equal(status, 400, path);
    assert.match(body.message, message);
  }
});

Deno.test("what is not there is 404, with where to look; what is not asked for is 405", async () => {
  const { json, request } = hubWith(HIGH);
  for (const path of ["/flight", "/flights/", "/flights/a00001/what", "/ws", "/favicon.ico"]) {
    const { status, body } = await json(path);
    assert.deepEqual([status, body.status, body.code], [404, 404, "not_found"], path);
    assert(body.message.includes(path) && body.message.includes("GET /"), body.message);
  }
  const posted = await request("/flights", { method: "POST", body: "{}" });
  assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  const { code, message } = await posted.json();
  assert.equal(code, "method_not_allowed");
  assert.match(message, /POST \/flights/);
});

Deno.test("a HEAD is a GET without its body", async () => {
  const response = await hubWith(HIGH).request("/flights", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
});

Deno.test("/ws/flights without an upgrade is 426 and says how to connect", async () => {
  const response = await hub().request("/ws/flights");
  assert.equal(response.status, 426);
  assert.equal(response.headers.get("upgrade"), "websocket");
  const body = await response.json();
  assert.deepEqual([body.status, body.code], [426, "upgrade_required"]);
  assert.match(body.message, /connect with ws:\/\//);
});

Deno.test("an upgrade that is not one is the client's mistake, not ours", async () => {
  const response = await hub().request("/ws/flights", { headers: { upgrade: "websocket" } });
  const body = await response.json();
  assert.deepEqual([response.status, body.status, body.code], [400, 400, "bad_upgrade"]);
});

Deno.test("when we fail, the answer is JSON as well", async () => {
  const { json, state } = hub();
  Object.defineProperty(state, "broker", {
    get() {
      throw new Error("the log is on fire");
    },
  });
  const { status, body } = await json("/health");
  assert.deepEqual([status, body.status, body.code], [500, 500, "internal"]);
  assert.equal(body.message, "The hub failed to answer: its log says why");
});
