import assert from "node:assert/strict";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { parseMessage } from "../../contracts/parse.ts";
import { isProbe } from "../../contracts/status.ts";
import { AirportIndex } from "../../core/context/airports.ts";
import { report } from "../../core/testing.ts";
import { Watch } from "../../core/watch.ts";
import { Broker } from "../bus/broker.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { type Newest, Probe, PROBE_PROVIDER } from "./probe.ts";

const TOPIC = "updates";
const T0_S = 1_717_250_400;
const SOURCE = {
  provider: "opensky",
  mode: "replay" as const,
  bbox: { lat_min: 40, lat_max: 41, lon_min: -75, lon_max: -74 },
  poll_interval_s: 10,
};
const newestAt = (atS: number): Newest => ({ source: SOURCE, flight: report("a00001", atS) });

function probeOf(newest: () => Newest | undefined) {
  const bus = new EmbeddedBus(new Broker({ compactedTopics: [] }));
  return { bus, probe: new Probe(bus, TOPIC, newest) };
}

const request = (init: RequestInit = {}) =>
  new Request("http://ingest:8001/probe", {
    method: "POST",
    headers: { "x-skysentinel-probe": "1" },
    ...init,
  });

/** What was published so far. */
async function published(bus: EmbeddedBus) {
  const reader = await bus.read({ topics: [TOPIC], from: "earliest" });
  const envelopes = [];
  while ((await reader.lag()).some(({ lag }) => lag > 0)) {
    for (const { key, value } of (await reader.next())!.records) {
      const parsed = parseMessage(FlightEnvelope, value!);
      assert(parsed.ok && key === parsed.value.payload.icao24);
      envelopes.push(parsed.value);
    }
  }
  await reader.close();
  return envelopes;
}

Deno.test("a probe is a valid aircraft whose radio fails and works again, in the stream's time", async () => {
  const { bus, probe } = probeOf(() => newestAt(T0_S));
  const response = await probe.answer(request());
  const answer = await response.json();
  assert.equal(response.status, 200);
  const envelopes = await published(bus);
  const watch = new Watch(new AirportIndex([]));
  const anomalies = envelopes.flatMap(({ payload }) => watch.observe(payload));
  assert.deepEqual(anomalies.map(({ anomaly_type, state }) => [anomaly_type, state]), [
    ["SQUAWK_7600", "ACTIVE"],
    ["SQUAWK_7600", "RESOLVED"],
  ]);
  assert.deepEqual(
    new Set(anomalies.map(({ anomaly_id }) => anomaly_id)),
    new Set([answer.anomaly_id]),
  );
  assert(isProbe(answer.icao24), answer.icao24);
  for (const { payload, source } of envelopes) {
    assert.deepEqual([source.provider, source.mode, payload.callsign], [
      PROBE_PROVIDER,
      "replay",
      "VERIFY",
    ]);
    assert(payload.last_contact_unix < T0_S, "no clock is moved");
  }
  await bus.close();
});

Deno.test("a second one has to wait", async () => {
  const { bus, probe } = probeOf(() => newestAt(T0_S));
  await probe.answer(request());
  const second = await probe.answer(request());
  assert.equal(second.status, 429);
  assert(Number(second.headers.get("retry-after")) > 0);
  assert.equal((await published(bus)).length, 6);
  await bus.close();
});

for (
  const [what, init] of [
    ["a GET, as of an image", { method: "GET" }],
    ["a form of a foreign page", { headers: { "content-type": "text/plain" }, body: "x" }],
    ["a preflight", { method: "OPTIONS" }],
  ] as const
) {
  Deno.test(`${what} is no probe`, async () => {
    const { bus, probe } = probeOf(() => newestAt(T0_S));
    const response = await probe.answer(request(init));
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
    assert.equal((await published(bus)).length, 0);
    await bus.close();
  });
}

Deno.test("before anything was published there is no time to fly in", async () => {
  const { bus, probe } = probeOf(() => undefined);
  const response = await probe.answer(request());
  assert.equal(response.status, 503);
  assert.equal((await response.json()).code, "no_stream_time");
  await bus.close();
});
