import assert from "node:assert/strict";
import { MESSAGE_TYPES, TOPICS } from "../../contracts/constants.ts";
import { Broker } from "../bus/broker.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { encodeEnvelope } from "../envelope.ts";
import { eventually } from "../testing/deadline.ts";
import { EventClock, isQuiet } from "./event_clock.ts";

const TOPIC = TOPICS.updates;
const BBOX = { lat_min: -90, lat_max: 90, lon_min: -180, lon_max: 180 };
const SOURCE = { provider: "test", mode: "live", bbox: BBOX, poll_interval_s: 1 };

function heartbeat(stream: unknown): { key: string; value: Uint8Array } {
  const value = encodeEnvelope(MESSAGE_TYPES.heartbeat, SOURCE, {
    producer_id: "test",
    timestamp: "2026-01-01T00:00:00.000Z",
    poll_latency_ms: 0,
    api_status: "ok",
    flights_count: 0,
    bbox: BBOX,
    stream,
  });
  return { key: "test", value };
}

Deno.test("the time is what was said last of this topic; rubbish and others' heartbeats say nothing", async () => {
  const bus = new EmbeddedBus(new Broker({ compactedTopics: [] }));
  const clock = new EventClock(TOPIC);
  const heartbeats = await bus.read({ topics: [TOPICS.heartbeat], from: "earliest" });
  const following = clock.follow(heartbeats);
  const updates = await bus.read({ topics: [TOPIC], from: "earliest" });
  assert.deepEqual(await clock.quietOf(updates)(), [], "nothing has been said yet");
  const at = (newest_at: string, topic: string = TOPIC) => heartbeat({ topic, newest_at });
  await bus.publish(TOPIC, [{ key: "a", value: new Uint8Array(1) }]);
  await bus.publish(TOPICS.heartbeat, [
    at("2021-10-07T13:00:00.000Z"),
    // A recording that is played again begins anew, and so does its time.
    at("2021-10-07T12:00:00.000Z"),
    at("2026-01-01T00:00:00.000Z", "somebody.else"),
    at("no time"),
    heartbeat(null),
    heartbeat(undefined),
    { key: "test", value: new TextEncoder().encode("no heartbeat") },
  ]);
  const quiet = await eventually(async () => {
    const quiet = await clock.quietOf(updates)();
    return quiet[0]?.atMs === Date.UTC(2021, 9, 7, 12) && quiet;
  }, "what was said last");
  assert.equal(quiet.reduce((sum, { endOffset }) => sum + endOffset, 0), 1);
  await heartbeats.close();
  await following;
  await bus.close();
});

Deno.test("a partition is quiet when it is read to its end, and nothing came after that was said", () => {
  const said = { partition: 0, endOffset: 10, atMs: 0, saidMs: 5000 };
  assert(isQuiet({ nextOffset: 10, publishedMs: 4000 }, said));
  assert(isQuiet({ nextOffset: 10, publishedMs: 5000 }, said));
  assert(!isQuiet({ nextOffset: 9, publishedMs: 4000 }, said), "there is more to read");
  assert(!isQuiet({ nextOffset: 10, publishedMs: 5001 }, said), "another recording may have begun");
});
