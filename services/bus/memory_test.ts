import assert from "node:assert/strict";
import { Broker } from "./broker.ts";
import type { Bus } from "./bus.ts";
import { type BusUnderTest, CONFORMANCE } from "./conformance.ts";
import { EmbeddedBus } from "./memory.ts";
import { connectBroker, serveBroker } from "./port.ts";

/** Small segments, so that a few hundred records are enough to fill several. */
const SEGMENT_BYTES = 4096;

interface Embedded extends BusUnderTest {
  close(): Promise<void>;
}

/** A broker in this thread; its buses reach it directly or over a message port. */
function embedded(over: "direct" | "port", patienceMs: number): Embedded {
  const broker = new Broker({ compactedTopics: ["compacted"], segmentBytes: SEGMENT_BYTES });
  const closing: (() => void)[] = [];
  const buses: Bus[] = [];
  let named = 0;
  return {
    patienceMs,
    connect() {
      const { port1, port2 } = new MessageChannel();
      if (over === "port") closing.push(serveBroker(port1, broker), () => port2.close());
      else closing.push(() => port1.close(), () => port2.close());
      const bus = new EmbeddedBus(over === "port" ? connectBroker(port2) : broker);
      buses.push(bus);
      return Promise.resolve(bus);
    },
    topic: (kind) => Promise.resolve(kind === "compacted" ? kind : `topic-${++named}`),
    group: () => `group-${++named}`,
    dropOldest: (topic) => Promise.resolve(broker.dropOldest(topic, 2 * SEGMENT_BYTES)),
    compact: (topic) => Promise.resolve(broker.compact(topic)),
    async close() {
      for (const bus of buses) await bus.close();
      for (const end of closing) end();
    },
  };
}

for (const over of ["direct", "port"] as const) {
  for (const { name, run } of CONFORMANCE) {
    Deno.test(`bus, embedded, ${over}: ${name}`, async () => {
      const log = embedded(over, 60_000);
      await run(log).finally(() => log.close());
    });
  }
}

for (const { name, run, breakIt } of CONFORMANCE) {
  Deno.test(`bus conformance notices a broken bus: ${name}`, async () => {
    const sound = embedded("direct", 100);
    const broken = { ...sound, connect: async () => breakIt(await sound.connect()) };
    await assert.rejects(run(broken), assert.AssertionError).finally(() => sound.close());
  });
}

Deno.test("the embedded log stays within its bound and says what it dropped", async () => {
  const broker = new Broker({
    compactedTopics: [],
    segmentBytes: SEGMENT_BYTES,
    maxPartitionBytes: 8 * SEGMENT_BYTES,
  });
  const bus = new EmbeddedBus(broker);
  const reader = await bus.read({ topics: ["updates"], from: "earliest" });
  const sent = 20_000;
  for (let i = 0; i < sent; i += 100) {
    const value = new Uint8Array(50);
    await bus.publish(
      "updates",
      Array.from({ length: 100 }, (_, j) => ({ key: `${i + j}`, value })),
    );
  }
  assert(broker.bytes() <= 4 * 8 * SEGMENT_BYTES, `${broker.bytes()} bytes are held`);
  let [got, missed] = [0, 0];
  while (got + missed < sent) {
    const batch = await reader.next();
    got += batch!.records.length;
    missed += batch!.missed;
  }
  assert.equal(got + missed, sent);
  await bus.close();
});

Deno.test("a compacted topic does not grow with its updates, and forgets who left", async () => {
  const broker = new Broker({ compactedTopics: ["state"], segmentBytes: SEGMENT_BYTES });
  const bus = new EmbeddedBus(broker);
  const value = new Uint8Array(100);
  for (let i = 0; i < 200; i++) {
    await bus.publish(
      "state",
      Array.from({ length: 50 }, (_, j) => ({ key: `aircraft-${j}`, value })),
    );
  }
  // Fifty records and what a partition may gather before it compacts again.
  assert(broker.bytes() < 4 * 3 * SEGMENT_BYTES + 50 * 3 * 140, `${broker.bytes()} bytes are held`);
  await bus.publish(
    "state",
    Array.from({ length: 50 }, (_, j) => ({ key: `aircraft-${j}`, value: null })),
  );
  broker.compact("state");
  broker.compact("state");
  assert.equal(broker.bytes(), 0);
  const reader = await bus.read({ topics: ["state"], from: "earliest" });
  await bus.publish("state", [{ key: "aircraft-1", value }]);
  assert.equal((await reader.next())!.records.length, 1);
  await bus.close();
});

Deno.test("a producer waits for a group that is behind: nothing is dropped unread", async () => {
  const maxPartitionBytes = 16 * SEGMENT_BYTES;
  const broker = new Broker({
    compactedTopics: [],
    segmentBytes: SEGMENT_BYTES,
    maxPartitionBytes,
  });
  const bus = new EmbeddedBus(broker);
  const reader = await bus.read({ topics: ["updates"], group: "history", from: "earliest" });
  const sent = 5000;
  let published = 0;
  const publishing = (async () => {
    for (; published < sent; published += 50) {
      const records = Array.from({ length: 50 }, (_, i) => (
        { key: `${i}`, value: new Uint8Array(200) }
      ));
      await bus.publish("updates", records);
    }
  })();
  // Whoever reads without a group is not waited for.
  const onlooker = await bus.read({ topics: ["updates"], from: "earliest" });
  let got = 0;
  const stoppedAt: number[] = [];
  while (got < sent) {
    const batch = (await reader.next())!;
    assert.equal(batch.missed, 0);
    got += batch.records.length;
    assert(broker.bytes() < 4 * maxPartitionBytes);
    stoppedAt.push(published);
    await reader.commit(batch);
  }
  await publishing;
  assert(stoppedAt[0]! < sent, "it waited");
  assert.equal(got, sent);
  await onlooker.close();
  await bus.close();
});
