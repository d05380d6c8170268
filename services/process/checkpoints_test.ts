import assert from "node:assert/strict";
import { MESSAGE_TYPES, TOPICS } from "../../contracts/constants.ts";
import { AirportIndex } from "../../core/context/airports.ts";
import { flown } from "../../core/testing.ts";
import { Broker } from "../bus/broker.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { encodeEnvelope } from "../envelope.ts";
import { createLog } from "../log.ts";
import { Checkpoints } from "./checkpoints.ts";
import { digest, Watches } from "./digest.ts";
import { createProcessMetrics } from "./metrics.ts";
import type { Recorder } from "./recorder.ts";
import { keeping } from "./testing.ts";

const TOPIC = TOPICS.updates;
const BBOX = { lat_min: -90, lat_max: 90, lon_min: -180, lon_max: 180 };
const SOURCE = { provider: "test", mode: "live", bbox: BBOX, poll_interval_s: 1 };
const FLIGHT = flown([{ seconds: 300, speedMps: 230 }]);
const LAST_MS = FLIGHT.at(-1)!.last_contact_unix * 1000;

/** A process role's checkpoints and watches, on what is kept of lives before. */
async function life(bus: EmbeddedBus, persist: Recorder["persist"]) {
  const reader = await bus.read({ topics: [TOPIC], group: "test", from: "earliest" });
  const watches = new Watches(new AirportIndex([]));
  const log = createLog({ role: "test", level: "error", format: "text" });
  const metrics = createProcessMetrics(() => [reader], () => []);
  const checkpoints = new Checkpoints({ watches, reader, recorder: { persist }, metrics, log });
  return { reader, watches, checkpoints };
}

Deno.test("who falls silent before a restart is missed after it, though nothing comes on its partition", async () => {
  const bus = new EmbeddedBus(new Broker({ compactedTopics: [] }));
  const { kept, persist } = keeping();
  await bus.publish(
    TOPIC,
    FLIGHT.map((flight) => (
      { key: flight.icao24, value: encodeEnvelope(MESSAGE_TYPES.flightUpdate, SOURCE, flight) }
    )),
  );
  const before = await life(bus, persist);
  const batches = await before.checkpoints.admit([(await before.reader.next())!]);
  const [{ partition, endOffset }] = batches as [typeof batches[0] & object];
  assert.deepEqual(digest(batches, before.watches).anomalies, []);
  await before.checkpoints.done(batches);
  await before.checkpoints.done([]);
  assert.deepEqual([...kept.keys()], [partition]);
  await before.reader.close();

  const { reader, watches, checkpoints } = await life(bus, persist);
  const quiet = (await reader.lag()).map((place) => {
    assert.equal(place.lag, 0);
    const { partition, endOffset = NaN } = place;
    return { partition, endOffset, atMs: LAST_MS + 100_000, saidMs: Date.now() };
  });
  assert.deepEqual(watches.pass(quiet), [], "nothing is known yet");
  await checkpoints.recall(quiet);
  assert.equal(watches.place(partition)?.nextOffset, endOffset);
  const told = watches.pass(quiet);
  assert.deepEqual(told.map(({ anomaly_type, state }) => [anomaly_type, state]), [
    ["SIGNAL_LOSS", "ACTIVE"],
  ]);
  assert.equal(told[0]!.started_at, new Date(LAST_MS).toISOString());
  assert.deepEqual(watches.pass(quiet), [], "it has been told");
  await reader.close();
  await bus.close();
});
