import assert from "node:assert/strict";
import { MESSAGE_TYPES, TOPICS } from "../../contracts/constants.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { Batch, BusRecord } from "../bus/bus.ts";
import { loadAirportIndex } from "../airports.ts";
import { encodeEnvelope } from "../envelope.ts";
import { readRecording } from "../ingest/sources/formats.ts";
import { extentOf } from "../offline/detect.ts";
import { digest, Watches } from "./digest.ts";

const AIRPORTS = await loadAirportIndex();
const PUBLISHED_MS = 1_800_000_000_000;

async function flightsOf(file: string): Promise<FlightPayload[]> {
  return (await Array.fromAsync(readRecording(file))).flat()
    .flatMap(({ parsed }) => parsed.ok ? [parsed.value.flight] : []);
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
  let newestMs = -Infinity;
  for (const flight of await flightsOf(file)) {
    newestMs = Math.max(newestMs, lastContactMs(flight));
    const partition = parseInt(flight.icao24, 16) % partitions;
    const offset = logs[partition]!.length;
    const value = encodeEnvelope(MESSAGE_TYPES.flightUpdate, source, flight);
    logs[partition]!.push({ key: flight.icao24, value, offset, timestampMs: PUBLISHED_MS });
    if (++published % piece === 0) readAll();
  }
  readAll();
  take(watches.pass(logs.map(({ length: endOffset }, partition) => (
    { partition, endOffset, atMs: newestMs, saidMs: PUBLISHED_MS }
  ))));
  return { history: [...history].sort(), anomalies: [...anomalies].sort() };
}

Deno.test("the same rows at any speed, from one partition or twelve", async () => {
  for (const name of ["opensky_nyc_sample.jsonl", "quality/gliders.jsonl.gz"]) {
    const file = new URL(`../../fixtures/${name}`, import.meta.url).pathname;
    const one = await rowsOf(file, 1, 3000);
    assert(one.anomalies.length > 5 && one.history.length > 1000);
    assert.deepEqual(await rowsOf(file, 12, 400), one);
    assert.deepEqual(await rowsOf(file, 5, 100_000), one);
  }
});
