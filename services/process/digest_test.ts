import assert from "node:assert/strict";
import { MESSAGE_TYPES, TOPICS } from "../../contracts/constants.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import { report } from "../../core/testing.ts";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { Batch, BusRecord } from "../bus/bus.ts";
import { loadAirportIndex } from "../airports.ts";
import { encodeEnvelope } from "../envelope.ts";
import { readRecording } from "../ingest/sources/formats.ts";
import { extentOf } from "../offline/detect.ts";
import { digest, Watches } from "./digest.ts";

const AIRPORTS = await loadAirportIndex();
const PUBLISHED_MS = 1_800_000_000_000;

/** A recording, and later on some that stand on the ground: every partition's clock comes past all timers. */
async function goingOn(file: string): Promise<FlightPayload[]> {
  const flights = (await Array.fromAsync(readRecording(file))).flat()
    .flatMap(({ parsed }) => parsed.ok ? [parsed.value.flight] : []);
  const lastS = Math.max(...flights.map(({ last_contact_unix }) => last_contact_unix));
  const parked = Array.from(
    { length: 60 },
    (_, i) =>
      report(i.toString(16).padStart(6, "0"), lastS + 2400, { on_ground: true, velocity_mps: 0 }),
  );
  return [...flights, ...parked];
}

/** The rows that a recording comes to on so many partitions, published and read in pieces of this size. */
async function rowsOf(file: string, partitions: number, piece: number) {
  const bbox = await extentOf(file);
  const source = { provider: "test", mode: "replay", bbox, poll_interval_s: 10 };
  const watches = new Watches(AIRPORTS);
  const logs: BusRecord[][] = Array.from({ length: partitions }, () => []);
  const read = logs.map(() => 0);
  const history = new Map<string, string>();
  const anomalies = new Map<string, string>();
  const take = (told: readonly AnomalyPayload[]) => {
    for (const anomaly of told) anomalies.set(anomaly.anomaly_id, JSON.stringify(anomaly));
  };
  const readAll = () => {
    const batches = logs.flatMap((records, partition): Batch[] => {
      const from = read[partition]!;
      const endOffset = read[partition] = records.length;
      const piece = records.slice(from);
      const batch = {
        topic: TOPICS.updates,
        partition,
        records: piece,
        from,
        missed: 0,
        endOffset,
      };
      return piece.length === 0 ? [] : [batch];
    });
    const work = digest(batches, watches);
    for (const row of work.history) {
      history.set(`${row.icao24} ${lastContactMs(row)}`, JSON.stringify(row));
    }
    take(work.anomalies);
  };
  let published = 0;
  for (const flight of await goingOn(file)) {
    const partition = parseInt(flight.icao24, 16) % partitions;
    const offset = logs[partition]!.length;
    const value = encodeEnvelope(MESSAGE_TYPES.flightUpdate, source, flight);
    logs[partition]!.push({ key: flight.icao24, value, offset, timestampMs: PUBLISHED_MS });
    if (++published % piece === 0) readAll();
  }
  readAll();
  return { history: [...history].sort(), anomalies: [...anomalies].sort() };
}

Deno.test("the same rows at any speed, from one partition or twelve, once every one has gone on", async () => {
  for (const name of ["opensky_nyc_sample.jsonl", "quality/gliders.jsonl.gz"]) {
    const file = new URL(`../../fixtures/${name}`, import.meta.url).pathname;
    const one = await rowsOf(file, 1, 3000);
    assert(one.anomalies.length > 5 && one.history.length > 1000);
    assert.deepEqual(await rowsOf(file, 12, 400), one);
    assert.deepEqual(await rowsOf(file, 5, 100_000), one);
  }
});
