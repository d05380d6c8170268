import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { MESSAGE_TYPES, TOPICS } from "../../contracts/constants.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import { AirportIndex } from "../../core/context/airports.ts";
import { destination } from "../../core/geodesy.ts";
import { flown } from "../../core/testing.ts";
import { Broker } from "../bus/broker.ts";
import type { Bus } from "../bus/bus.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { encodeEnvelope } from "../envelope.ts";
import { eventually } from "../testing/deadline.ts";
import type { Recorder } from "./recorder.ts";
import { SkyWatch } from "./sky_watch.ts";
import { EventClock } from "./event_clock.ts";
import { keeping } from "./testing.ts";
import { Updates } from "./updates.ts";

const TOPIC = "flights.updates";
const AIRPORTS = new AirportIndex([]);
const BBOX = { lat_min: -90, lat_max: 90, lon_min: -180, lon_max: 180 };
const SOURCE = { provider: "test", mode: "live", bbox: BBOX, poll_interval_s: 1 };

/** Pairs that meet, one after the other, and many who meet nobody. */
function traffic(): FlightPayload[] {
  const legs = [{ seconds: 400, speedMps: 230 }];
  const pairs = [0, 1, 2, 3].flatMap((n) => {
    const meet = { lat: 40 + n, lon: 3 };
    const awayM = 230 * (180 + 60 * n);
    return [
      flown(legs, { ...destination(meet, 270, awayM), altitudeM: 9000, icao24: `a0000${n}` }),
      flown(legs, {
        ...destination(meet, 90, awayM),
        courseDeg: 270,
        altitudeM: 9000,
        icao24: `b0000${n}`,
      }),
    ];
  });
  const others = Array.from(
    { length: 60 },
    (_, n) => flown(legs, { lat: -50 + n, lon: 100, altitudeM: 9000, icao24: `c000${n + 10}` }),
  );
  return [...pairs, ...others].flat().sort((a, b) => a.last_contact_unix - b.last_contact_unix);
}

async function publish(bus: Bus, flights: readonly FlightPayload[]): Promise<void> {
  const records = flights.map((flight) => ({
    key: flight.icao24,
    value: encodeEnvelope(MESSAGE_TYPES.flightUpdate, SOURCE, flight),
  }));
  for (let i = 0; i < records.length; i += 500) await bus.publish(TOPIC, records.slice(i, i + 500));
}

async function publishTime(bus: Bus, atS: number): Promise<void> {
  const newest_at = new Date(atS * 1000).toISOString();
  const value = encodeEnvelope(MESSAGE_TYPES.heartbeat, SOURCE, {
    producer_id: "test",
    timestamp: newest_at,
    poll_latency_ms: 0,
    api_status: "ok",
    flights_count: 0,
    bbox: BBOX,
    stream: { topic: TOPIC, newest_at },
  });
  await bus.publish(TOPICS.heartbeat, [{ key: "test", value }]);
}

/** What instances keep and tell, in place of the database and the topic. */
function record() {
  const told = new Map<string, string>();
  const { kept, persist } = keeping();
  const recorder = {
    recordAnomalies(anomalies: readonly AnomalyPayload[]) {
      for (const anomaly of anomalies) told.set(anomaly.anomaly_id, JSON.stringify(anomaly));
      return Promise.resolve(true);
    },
    persist,
  } as unknown as Recorder;
  return { told, recorder, keeps: () => kept.size };
}

/** What is told in the end when so many instances share the work, and the one that has it leaves. */
async function run(instances: number, leaves: boolean): Promise<string[]> {
  const broker = new Broker({ compactedTopics: [] });
  const bus = new EmbeddedBus(broker);
  const { told, recorder, keeps } = record();
  const parts = { recorder, airports: AIRPORTS, hasDatabase: true };
  const watches = await Promise.all(
    Array.from({ length: instances }, () => SkyWatch.open(bus, TOPIC, parts)),
  );
  const clock = new EventClock(TOPIC);
  const heartbeats = await bus.read({ topics: [TOPICS.heartbeat], from: "earliest" });
  const following = clock.follow(heartbeats);
  const running = watches.map((watch) => watch.run(new Updates(() => false), clock));
  const flights = traffic();
  const half = Math.floor(flights.length * 0.9);
  await publish(bus, flights.slice(0, half));
  const isRead = async (watch: SkyWatch) => {
    const lags = await watch.reader.lag();
    return lags.length > 0 && lags.every(({ lag }) => lag === 0);
  };
  await eventually(async () => keeps() > 0 && await isRead(watches[0]!), "a checkpoint");
  assert.deepEqual(watches.map(({ isHere }) => isHere), watches.map((_, i) => i === 0));
  if (leaves) {
    await watches[0]!.reader.close();
    await running[0];
  }
  await publish(bus, flights.slice(half));
  // One that nobody is near goes on alone: for the other partitions, time goes on as is said.
  const lastS = flights.at(-1)!.last_contact_unix;
  const alone = [100, 110].map((s) => ({ ...flights.at(-1)!, last_contact_unix: lastS + s }));
  await publish(bus, alone);
  await publishTime(bus, lastS + 110);
  const holder = watches[leaves ? 1 : 0]!;
  const isOver = async () =>
    await isRead(holder) && told.size === 4 &&
    [...told.values()].every((one) => one.includes("RESOLVED"));
  await eventually(isOver, "the end");
  // When it is closed another goes on from the last checkpoint, and tells again what came after that.
  const ended = [...told.values()].sort();
  for (const watch of watches) await watch.reader.close();
  await heartbeats.close();
  await Promise.all([...running, following]);
  await bus.close();
  return ended;
}

Deno.test("one of several instances looks at all partitions; another goes on where it left", async () => {
  const alone = await run(1, false);
  const ids = alone.map((one) => (JSON.parse(one) as AnomalyPayload).anomaly_id);
  assert.deepEqual(
    ids.map((id) => id.slice(0, 23)),
    [0, 1, 2, 3].map((n) => `a0000${n}-PROXIMITY-b0000${n}`),
  );
  assert.deepEqual(await run(2, false), alone);
  assert.deepEqual(await run(3, true), alone);
});
