/** Live sources, seen from outside: every message on every topic is what the contract says. */
import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { startRole } from "../../services/testing/role.ts";
import { aircraftItem, serveFeed } from "../../services/ingest/sources/testing.ts";
import { assertValid } from "../schemas.ts";

const BOX = { BBOX_LAT_MIN: "40", BBOX_LAT_MAX: "42", BBOX_LON_MIN: "-75", BBOX_LON_MAX: "-73" };

interface Message {
  readonly topic: string;
  readonly key: string | null;
  readonly message: {
    readonly source: Readonly<Record<string, unknown>>;
    readonly payload: Readonly<Record<string, unknown>>;
  };
}

Deno.test("flights, heartbeats and dead letters of every kind of source are valid", async () => {
  const now = () => Math.floor(Date.now() / 1000);
  const wrong = [{ hex: "zz" }, { ...aircraftItem(8), squawk: "9999" }];
  const sky = () => ({
    now: Date.now() / 1000,
    aircraft: [
      ...Array.from({ length: 9 }, (_, i) => aircraftItem(i)),
      { ...aircraftItem(20), alt_baro: "ground", type: "mlat", flight: null },
      { hex: "a00030", lat: 40.5, lon: -74, seen: 1, seen_pos: 1 },
      ...wrong,
    ],
  });
  await using readsb = serveFeed(() => JSON.stringify(sky()));
  await using v2 = serveFeed(() => {
    const { now, aircraft } = sky();
    return JSON.stringify({ ac: aircraft, now: now * 1000 });
  });
  await using limited = serveFeed(() =>
    new Response("", { status: 429, headers: { "retry-after": "60" } })
  );
  await using opensky = serveFeed(() => {
    const times = [now() - 2, now() - 1];
    const row = ["3c6444", "DLH9LF  ", "Germany", ...times, -74, 41, null, false];
    const states = [[...row, null, 360, 4.55, null, 9547.86, null, false, 2, 4], ["3c6445"]];
    return JSON.stringify({ time: now(), states });
  });
  const ingest = await startRole("ingest", {
    ...BOX,
    SOURCES: `readsb:${readsb.url},v2:${v2.url},v2:${limited.url}/v2/mil,opensky,sbs:127.0.0.1:1`,
    OPENSKY_URL: opensky.url,
    POLL_INTERVAL_SECONDS: "0.2",
    INGEST_METRICS_PORT: "0",
  });
  const messages: Message[] = [];
  const reader = await ingest.bus.read({ topics: Object.values(TOPICS), from: "earliest" });
  const reading = (async () => {
    for (let batch = await reader.next(); batch; batch = await reader.next()) {
      for (const { key, value } of batch.records) {
        const message = value && JSON.parse(new TextDecoder().decode(value));
        messages.push({ topic: batch.topic, key, message });
      }
    }
  })();
  const on = (topic: string) => messages.filter((one) => one.topic === topic);
  try {
    await eventually(() => {
      const names = new Set(on(TOPICS.heartbeat).map(({ message }) => message.payload.name));
      const flights = new Set(on(TOPICS.updates).map(({ key }) => key));
      return names.size === 5 && flights.has("3c6444") && on(TOPICS.deadletter).length >= 3;
    }, "something of every source");
  } finally {
    await ingest.stop();
    await reader.close();
    await reading;
  }
  for (const { topic, key, message } of messages) {
    switch (topic) {
      case TOPICS.heartbeat:
        assertValid("heartbeat_envelope", message);
        assert.equal(message.payload.producer_id, key);
        break;
      case TOPICS.deadletter:
        assertValid("dead_letter_envelope", message);
        assert.equal(key, null);
        break;
      default:
        assertValid("flight_envelope", message);
        assert.equal(message.payload.icao24, key);
        assert.equal(message.source.mode, "live");
    }
  }
  const updates = on(TOPICS.updates);
  const keys = (topic: string) => on(topic).map(({ key }) => key).sort();
  assert.deepEqual(keys(TOPICS.state), keys(TOPICS.updates));
  const providers = new Set(updates.map(({ message }) => message.source.provider));
  assert(providers.has("opensky") && providers.has("readsb"), `${[...providers]}`);
  assert.deepEqual(on(TOPICS.anomalies), []);
});
