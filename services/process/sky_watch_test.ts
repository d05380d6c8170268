import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { MESSAGE_TYPES } from "../../contracts/constants.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import { AirportIndex } from "../../core/context/airports.ts";
import { destination } from "../../core/geodesy.ts";
import { flown } from "../../core/testing.ts";
import type { Checkpoint } from "../../db/checkpoints.ts";
import type { Sql } from "../../db/database.ts";
import { Broker } from "../bus/broker.ts";
import type { Bus } from "../bus/bus.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { encodeEnvelope } from "../envelope.ts";
import { eventually } from "../testing/deadline.ts";
import type { Recorder } from "./recorder.ts";
import { SkyWatch } from "./sky_watch.ts";
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

/** What instances keep and tell, in place of the database and the topic. */
function record() {
  const told = new Map<string, string>();
  let kept: Checkpoint[] = [];
  const sql = {
    unsafe(query: string, values: unknown[]) {
      if (query.startsWith("select")) {
        return Promise.resolve(
          kept.map(({ nextOffset, publishedMs, ...row }) => ({
            ...row,
            next_offset: String(nextOffset),
            published_ms: String(publishedMs),
          })),
        );
      }
      const [partition, nextOffset, publishedMs, format, state] = values;
      kept = [{ partition, nextOffset, publishedMs, format, state } as Checkpoint];
      return Promise.resolve();
    },
  } as unknown as Sql;
  const recorder = {
    recordAnomalies(anomalies: readonly AnomalyPayload[]) {
      for (const anomaly of anomalies) told.set(anomaly.anomaly_id, JSON.stringify(anomaly));
      return Promise.resolve(true);
    },
    async persist(work: (sql: Sql) => Promise<unknown>) {
      await work(sql);
      return true;
    },
  } as unknown as Recorder;
  return { told, recorder, keeps: () => kept.length };
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
  const running = watches.map((watch) => watch.run(new Updates(() => false)));
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
  // Nothing is near, but it brings every partition's clock past the last step.
  const late = [100, 110].flatMap((s) =>
    flights.slice(-64).map((flight) => ({
      ...flight,
      last_contact_unix: flight.last_contact_unix + s,
    }))
  );
  await publish(bus, late);
  const holder = watches[leaves ? 1 : 0]!;
  const isOver = async () =>
    await isRead(holder) && told.size === 4 &&
    [...told.values()].every((one) => one.includes("RESOLVED"));
  await eventually(isOver, "the end");
  // When it is closed another goes on from the last checkpoint, and tells again what came after that.
  const ended = [...told.values()].sort();
  for (const watch of watches) await watch.reader.close();
  await Promise.all(running);
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
