/** Live sources against servers of our own that speak their formats, with all that goes wrong there. */
import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import { DeadLetterEnvelope } from "../../contracts/dead_letter.ts";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { HeartbeatEnvelope, type HeartbeatPayload } from "../../contracts/heartbeat.ts";
import type { Bus } from "../bus/bus.ts";
import { within } from "../testing/deadline.ts";
import { type RunningRole, startRole } from "../testing/role.ts";
import { aircraftItem, serveFeed } from "./sources/testing.ts";

const decoder = new TextDecoder();
const BOX = { BBOX_LAT_MIN: "40", BBOX_LAT_MAX: "42", BBOX_LON_MIN: "-75", BBOX_LON_MAX: "-73" };

/** Runs ingest on these sources while `use` looks at it. */
async function watching(
  settings: Record<string, string>,
  use: (ingest: RunningRole) => Promise<void>,
): Promise<void> {
  const ingest = await startRole("ingest", {
    POLL_INTERVAL_SECONDS: "0.1",
    INGEST_METRICS_PORT: "0",
    ...settings,
  });
  try {
    await use(ingest);
  } finally {
    await ingest.stop();
  }
}

/** The first message on a topic that is looked for. */
async function until<T>(
  bus: Bus,
  topic: string,
  read: (text: string) => T,
  isIt: (value: T) => boolean,
): Promise<T> {
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  const search = async () => {
    for (;;) {
      for (const { value } of (await reader.next())!.records) {
        const message = value && read(decoder.decode(value));
        if (message && isIt(message)) return message;
      }
    }
  };
  try {
    return await within(search(), `a message on ${topic}`);
  } finally {
    await reader.close();
  }
}

const flight = (bus: Bus, icao24: string, isIt = (_: FlightEnvelope) => true) =>
  until(
    bus,
    TOPICS.updates,
    (text) => FlightEnvelope.parse(JSON.parse(text)),
    (envelope) => envelope.payload.icao24 === icao24 && isIt(envelope),
  );
const beat = (bus: Bus, isIt: (beat: HeartbeatPayload) => boolean) =>
  until(
    bus,
    TOPICS.heartbeat,
    (text) => HeartbeatEnvelope.parse(JSON.parse(text)).payload,
    isIt,
  );
const letter = (bus: Bus, code: string) =>
  until(
    bus,
    TOPICS.deadletter,
    (text) => DeadLetterEnvelope.parse(JSON.parse(text)).payload,
    ({ reason_code }) => reason_code === code,
  );
const metrics = async ({ url }: RunningRole) => await (await fetch(`${url}/metrics`)).text();

const readsb = (...aircraft: unknown[]) =>
  JSON.stringify({ now: Date.now() / 1000, messages: 1, aircraft });

Deno.test("readsb: its aircraft are on the log, in SI, live", async () => {
  await using feed = serveFeed(() => readsb(aircraftItem(1)));
  await watching({ SOURCES: `readsb:${feed.url}/data/aircraft.json` }, async ({ bus }) => {
    const { source, payload } = await flight(bus, "a00001");
    assert.deepEqual([source.provider, source.mode], ["readsb", "live"]);
    assert.equal(payload.callsign, "UAL1");
    assert.equal(payload.altitude_m, 10_637.52);
    assert.equal(payload.origin_country, "United States");
    assert(Math.abs(payload.last_contact_unix - Date.now() / 1000) < 30);
    const { api_status, name, problem } = await beat(bus, () => true);
    assert.deepEqual([api_status, name, problem], [
      "ok",
      `readsb:${feed.host}`,
      null,
    ]);
  });
});

Deno.test("a source that is down never stops another, and both say how they do", async () => {
  await using feed = serveFeed(() => readsb(aircraftItem(1)));
  await using broken = serveFeed(() => new Response("out of order", { status: 500 }));
  const down = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const nobody = `127.0.0.1:${down.addr.port}`;
  down.close();
  const SOURCES = [
    `readsb:http://${nobody}/`,
    `v2:${broken.url}`,
    `sbs:${nobody}`,
    `readsb:no/such/file.json`,
    `readsb:${feed.url}/`,
  ].join();
  await watching({ SOURCES }, async (ingest) => {
    await flight(ingest.bus, "a00001");
    const problems = await Promise.all(
      [`readsb:${nobody}`, `v2:${broken.host}`, `sbs:${nobody}`, "readsb:no/such/file.json"].map(
        async (name) => (await beat(ingest.bus, (b) => b.name === name && !!b.problem)),
      ),
    );
    assert(problems.every(({ api_status }) => api_status === "error"));
    assert(problems.slice(0, 2).every(({ retry_at_unix }) => retry_at_unix! > 0));
    assert.match(problems[0]!.problem!, /cannot be reached: .*refused/i);
    assert.match(problems[1]!.problem!, /answers with HTTP 500$/);
    assert.match(problems[3]!.problem!, /is not there: name a file, or an address with http/);
    const counted = await metrics(ingest);
    for (const type of ["network", "http"]) {
      assert.match(
        counted,
        new RegExp(`^producer_api_errors_total{error_type="${type}"} [1-9]`, "m"),
      );
    }
    assert.match(counted, /^producer_polls_total{status="error"} [1-9]/m);
    assert.match(counted, /^producer_polls_total{status="ok"} [1-9]/m);
  });
});

Deno.test("whatever a feed sends, the process runs on, counts it and keeps a sample", async () => {
  const spoilt = [
    "<!DOCTYPE html><title>tar1090</title>",
    readsb(aircraftItem(1)).slice(0, 200),
    '{"now": 1, "planes": []}',
    "null",
    readsb(null, 7, { hex: "a0" }, { ...aircraftItem(3), lat: 95 }, { hex: "~2a3b4c" }),
    new Response("{", { status: 500 }),
    readsb({ ...aircraftItem(4), gs: "fast" }, aircraftItem(1)),
  ];
  await using feed = serveFeed((count) => {
    const one = spoilt[count % spoilt.length]!;
    return one instanceof Response ? new Response("{", { status: 500 }) : one;
  });
  await watching({ SOURCES: `readsb:${feed.url}` }, async (ingest) => {
    const { bus } = ingest;
    await flight(bus, "a00001");
    const page = await letter(bus, "not_json");
    assert.deepEqual(page.origin, { source: `readsb:${feed.host}` });
    const original = decoder.decode(Uint8Array.fromBase64(page.original_base64));
    assert.match(original, /^<!DOCTYPE html>/);
    assert.match(page.reason, /web page, not JSON: check the address/);
    await letter(bus, "wrong_shape");
    assert.match((await letter(bus, "impossible_value")).reason, /"a0"|95/);
    const { rejected } = await beat(bus, ({ rejected }) => Number(rejected?.wrong_shape) >= 4);
    assert.equal(Number(rejected!.not_icao) >= 1, true);
    const counted = await metrics(ingest);
    const source = `readsb:${feed.host}`;
    for (const reason of ["not_json", "wrong_shape", "impossible_value", "not_icao"]) {
      const line = `producer_reports_rejected_total{source="${source}",reason="${reason}"}`;
      assert(counted.includes(line), line);
    }
  });
});

Deno.test("of many wrong reports one in ten seconds is kept aside, all are counted", async () => {
  const wrong = Array.from({ length: 500 }, (_, i) => ({ hex: `x${i}` }));
  await using feed = serveFeed(() => readsb(aircraftItem(1), ...wrong));
  await watching({ SOURCES: `readsb:${feed.url}` }, async (ingest) => {
    const { bus } = ingest;
    await beat(bus, ({ rejected }) => Number(rejected?.impossible_value) >= 1500);
    assert.match(
      await metrics(ingest),
      /^producer_deadletter_total{reason_code="impossible_value"} 1$/m,
    );
  });
});

Deno.test("a feed that limits us is left alone until it said, and is not an empty sky", async () => {
  await using feed = serveFeed(() =>
    new Response("", { status: 429, headers: { "retry-after": "7200" } })
  );
  await watching({ SOURCES: `v2:${feed.url}` }, async (ingest) => {
    const { api_status, retry_at_unix, problem } = await beat(ingest.bus, () => true);
    assert.equal(api_status, "rate_limited");
    assert(Math.abs(retry_at_unix! - (Date.now() / 1000 + 7200)) < 60);
    assert.match(problem!, /asked too often \(HTTP 429\)/);
    const counted = await metrics(ingest);
    assert.match(counted, /^producer_api_errors_total{error_type="rate_limited"} 1$/m);
    assert.match(counted, /^producer_polls_total{status="rate_limited"} 1$/m);
    assert.equal(feed.requests.length, 1);
  });
});

Deno.test("OpenSky, live: what it said is there, with the area and the name it was asked by", async () => {
  const now = Math.floor(Date.now() / 1000);
  const row = [
    ...["3c6444", "DLH9LF  ", "Germany", now - 2, now - 1, -74, 41, 9639.3, false],
    ...[232.88, 98.26, 4.55, null, 9547.86, "1000", false, 0],
  ];
  await using feed = serveFeed((count) =>
    JSON.stringify({ time: now, states: count === 0 ? null : [row, row.with(6, 43), ["3c6445"]] })
  );
  await using auth = serveFeed(() => JSON.stringify({ access_token: "t", expires_in: 1800 }));
  const settings = {
    ...BOX,
    OPENSKY_MODE: "live",
    OPENSKY_URL: `${feed.url}/api`,
    OPENSKY_AUTH_URL: auth.url,
    OPENSKY_CLIENT_ID: "me",
    OPENSKY_CLIENT_SECRET: "secret",
  };
  await watching(settings, async ({ bus }) => {
    const { source } = await until(
      bus,
      TOPICS.heartbeat,
      (text) => HeartbeatEnvelope.parse(JSON.parse(text)),
      () => true,
    );
    const bbox = { lat_min: 40, lat_max: 42, lon_min: -75, lon_max: -73 };
    // A box of four square degrees costs a credit, of which there are 4000 a day.
    assert.deepEqual(source, { provider: "opensky", mode: "live", bbox, poll_interval_s: 21.6 });
  });
});

Deno.test("two receivers are one picture: fields of both, each named, outside the box nothing", async () => {
  const here = { ...aircraftItem(1), lat: 41, lon: -74, seen: 0, seen_pos: 0 };
  await using roof = serveFeed(() => readsb({ ...here, r: undefined, flight: undefined }));
  await using hill = serveFeed(() =>
    readsb({ hex: "a00001", r: "N1UA", flight: "UAL1", seen: 0 }, { ...aircraftItem(2), lat: 50 })
  );
  const SOURCES = `readsb:${roof.url},readsb:${hill.url}`;
  await watching({ ...BOX, SOURCES }, async ({ bus }) => {
    const isWhole = ({ payload }: FlightEnvelope) => payload.registration === "N1UA";
    const { payload } = await flight(bus, "a00001", isWhole);
    assert.equal(payload.callsign, "UAL1");
    const [position, ...others] = payload.provenance!.split(",");
    assert.equal(position, `position=readsb:${roof.host}`);
    assert(others.includes(`registration=readsb:${hill.host}`));
    await beat(bus, ({ rejected }) => Number(rejected?.outside) > 0);
  });
});
