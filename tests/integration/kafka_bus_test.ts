/** The bus on a real Kafka: means what the embedded one means, and is understood by others. */
import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import type { Batch, Bus, Reader } from "../../services/bus/bus.ts";
import { type BusUnderTest, CONFORMANCE } from "../../services/bus/conformance.ts";
import { KafkaBus } from "../../services/bus/kafka.ts";
import { SESSION_TIMEOUT_MS } from "../../services/bus/kafka_group_reader.ts";
import { loadConfig } from "../../services/config.ts";
import { createLog } from "../../services/log.ts";
import { eventually, within } from "../../services/testing/deadline.ts";
import { externalBroker, type KafkaServer, kafkaTest, startKafka } from "../servers/kafka.ts";

const PARTITIONS = 4;
const PATIENCE_MS = 120_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let server: KafkaServer | undefined;
let broker = externalBroker();

/** Started by the first test that needs it. */
async function brokerAddress(): Promise<string> {
  if (broker) return broker;
  // Compaction as soon as a segment is full, which is soon as well.
  server = await startKafka({ properties: { "log.cleaner.backoff.ms": 100 } });
  return broker = server.broker;
}

Deno.test.afterAll(async () => await server?.close());

interface RealLog extends BusUnderTest {
  /** A client that is not ours, as somebody else's program. */
  readonly client: kafkajs.Kafka;
  readonly admin: kafkajs.Admin;
  close(): Promise<void>;
}

let named = 0;
/** Names that a broker which ran before has not heard of. */
const newName = (what: string) => `${what}-${Deno.pid}-${Date.now().toString(36)}-${++named}`;

async function realLog(): Promise<RealLog> {
  const address = await brokerAddress();
  const config = loadConfig({ REDPANDA_BROKER: address });
  const log = createLog({ role: "test", level: "warn", format: "text" });
  const client = new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const buses: Bus[] = [];
  const ends = async (topic: string) => await admin.fetchTopicOffsets(topic);
  return {
    patienceMs: PATIENCE_MS,
    client,
    admin,
    connect() {
      const bus = new KafkaBus(config, log);
      buses.push(bus);
      return Promise.resolve(bus);
    },
    async topic(kind) {
      const topic = newName(kind);
      const compact = { "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01" };
      const config = kind === "compacted"
        ? { ...compact, "segment.ms": "200", "delete.retention.ms": "0" }
        : { "cleanup.policy": "delete" };
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, configEntries }] });
      return topic;
    },
    group: () => newName("group"),
    async dropOldest(topic) {
      const partitions = (await ends(topic)).filter(({ high }) => Number(high) > 1)
        .map(({ partition, high }) => ({
          partition,
          offset: String(Math.floor(Number(high) / 2)),
        }));
      await admin.deleteTopicRecords({ topic, partitions });
    },
    // It compacts when it likes to.
    compact: () => Promise.resolve(),
    async close() {
      await Promise.all(buses.map((bus) => bus.close()));
      await admin.disconnect();
    },
  };
}

for (const { name, run } of CONFORMANCE) {
  kafkaTest(`bus, kafka: ${name}`, async () => {
    const log = await realLog();
    await run(log).finally(() => log.close());
  });
}

/** A test of what Kafka alone can do. */
function realTest(name: string, run: (log: RealLog) => Promise<void>): void {
  kafkaTest(`kafka: ${name}`, async () => {
    const log = await realLog();
    await run(log).finally(() => log.close());
  });
}

/** Batches until there is nothing more. */
async function readToEnd(reader: Reader): Promise<Batch[]> {
  const batches: Batch[] = [];
  while ((await reader.lag()).some(({ lag }) => lag > 0)) {
    batches.push((await within(reader.next(), "batch", PATIENCE_MS))!);
  }
  return batches;
}

const values = (batches: readonly Batch[]) =>
  batches.flatMap(({ records }) => records.map(({ value }) => value && decoder.decode(value)));

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    key: `key-${i % 10}`,
    value: encoder.encode(`value ${i}`),
  }));

realTest("others' messages are read, plain or compressed with gzip or zstd", async (log) => {
  const topic = await log.topic("append-only");
  const { None, GZIP, ZSTD } = kafkajs.CompressionTypes;
  const producer = log.client.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  for (const compression of [None, GZIP, ZSTD]) {
    const messages = [1, 2, 3].map((n) => ({ key: "key", value: `${compression}-${n}` }));
    await producer.send({ topic, compression, messages });
  }
  await producer.disconnect();
  const bus = await log.connect();
  await bus.publish(topic, [{ key: "key", value: encoder.encode("ours") }]);
  for (const group of [undefined, log.group()]) {
    const reader = await bus.read({ topics: [topic], group, from: "earliest" });
    const expected = [None, GZIP, ZSTD].flatMap((c) => [1, 2, 3].map((n) => `${c}-${n}`));
    assert.deepEqual(values(await readToEnd(reader)), [...expected, "ours"]);
  }
});

realTest(
  "a key is where other programs put it, and what is published is compressed",
  async (log) => {
    const topic = await log.topic("append-only");
    const bus = await log.connect();
    const value = encoder.encode("the same again and again ".repeat(1000));
    await bus.publish(topic, [{ key: "4ca2d1", value }]);
    const reader = await bus.read({ topics: [topic], from: "earliest" });
    const [batch] = await readToEnd(reader);
    const theirs = log.client.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await theirs.connect();
    const [sent] = await theirs.send({ topic, messages: [{ key: "4ca2d1", value: "theirs" }] });
    await theirs.disconnect();
    assert.equal(batch!.partition, sent!.partition);
    assert.deepEqual(batch!.records[0]!.value, value);
  },
);

realTest(
  "a group that fell behind is told how many it missed, before it began as well",
  async (log) => {
    const [topic, group] = [await log.topic("append-only"), log.group()];
    const bus = await log.connect();
    const first = await bus.read({ topics: [topic], group, from: "earliest" });
    await bus.publish(topic, numbered(100));
    for (const batch of await readToEnd(first)) await first.commit(batch);
    await first.close();
    const sent = 400;
    await bus.publish(topic, numbered(sent));
    await log.dropOldest(topic);
    const second = await bus.read({ topics: [topic], group, from: "earliest" });
    let [got, missed] = [0, 0];
    while (got + missed < sent) {
      const batch = (await within(second.next(), "batch", PATIENCE_MS))!;
      got += batch.records.length;
      missed += batch.missed;
    }
    assert.equal(got + missed, sent);
    assert(missed > 0, "something was dropped");
  },
);

realTest("a new group that begins at the latest goes on from there, whoever reads", async (log) => {
  const [topic, group] = [await log.topic("append-only"), log.group()];
  const bus = await log.connect();
  await bus.publish(topic, numbered(50));
  const first = await bus.read({ topics: [topic], group, from: "latest" });
  await first.close();
  await bus.publish(topic, [{ key: "key", value: encoder.encode("while nobody read") }]);
  const second = await bus.read({ topics: [topic], group, from: "latest" });
  assert.deepEqual(values(await readToEnd(second)), ["while nobody read"]);
});

realTest("what compaction took is not missed, and the end is reached", async (log) => {
  const topic = await log.topic("compacted");
  const bus = await log.connect();
  let rounds = 0;
  // Each round fills a segment that the next one closes; closed ones are compacted.
  await eventually(async () => {
    await bus.publish(topic, numbered(200));
    rounds++;
    const batches = await readToEnd(await bus.read({ topics: [topic], from: "earliest" }));
    assert.equal(batches.reduce((sum, { missed }) => sum + missed, 0), 0);
    return values(batches).length < rounds * 200;
  }, "compaction");
  const reader = await bus.read({ topics: [topic], group: log.group(), from: "earliest" });
  const batches = await readToEnd(reader);
  assert.equal(batches.reduce((sum, { missed }) => sum + missed, 0), 0);
});

realTest("a log that ends with no message at all is read to its end", async (log) => {
  const topic = await log.topic("append-only");
  const transactional = log.client.producer({
    transactionalId: newName("transaction"),
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await transactional.connect();
  const transaction = await transactional.transaction();
  await transaction.send({ topic, messages: [{ key: "key", value: "in a transaction" }] });
  await transaction.commit();
  await transactional.disconnect();
  // The transaction's marker comes a little later.
  await eventually(async () => {
    const ends = await log.admin.fetchTopicOffsets(topic);
    return ends.some(({ high }) => high === "2");
  }, "end of the transaction");
  const bus = await log.connect();
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  assert.deepEqual(values(await readToEnd(reader)), ["in a transaction"]);
});

realTest("what the broker finds too large is refused, and the rest goes on", async (log) => {
  const topic = await log.topic("append-only");
  const bus = await log.connect();
  const small = (n: number) => [{ key: "key", value: encoder.encode(`small ${n}`) }];
  // Random bytes do not get smaller.
  const large = new Uint8Array(3 << 20);
  for (let at = 0; at < large.length; at += 65_536) {
    crypto.getRandomValues(large.subarray(at, at + 65_536));
  }
  const results = await Promise.allSettled([
    bus.publish(topic, small(1)),
    bus.publish(topic, [{ key: "key", value: large }]),
    bus.publish(topic, small(2)),
  ]);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  const { reason } = results[1] as PromiseRejectedResult;
  assert.equal(
    reason.message,
    `${topic} does not take 3145728 bytes at once: raise its max.message.bytes`,
  );
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  assert.deepEqual(values(await readToEnd(reader)), ["small 1", "small 2"]);
});

realTest("slow work is not taken for death", async (log) => {
  const [topic, group] = [await log.topic("append-only"), log.group()];
  const bus = await log.connect();
  await bus.publish(topic, [{ key: "key", value: encoder.encode("hard to do") }]);
  const slow = await bus.read({ topics: [topic], group, from: "earliest" });
  const batch = (await within(slow.next(), "batch", PATIENCE_MS))!;
  // As long as a member may be silent, and some more.
  await new Promise((resolve) => setTimeout(resolve, SESSION_TIMEOUT_MS * 1.2));
  await slow.commit(batch);
  await bus.publish(topic, [{ key: "key", value: encoder.encode("next") }]);
  const next = (await within(slow.next(), "batch", PATIENCE_MS))!;
  assert.deepEqual(values([next]), ["next"]);
  await slow.close();
  const committed = await log.admin.fetchOffsets({ groupId: group, topics: [topic] });
  const offsets = committed[0]!.partitions.map(({ offset }) => Number(offset));
  assert.equal(Math.max(...offsets), 1);
});

realTest("a member finishes its work before it gives a partition away", async (log) => {
  const [topic, group] = [await log.topic("append-only"), log.group()];
  const [one, two] = [await log.connect(), await log.connect()];
  await one.publish(topic, numbered(100));
  const first = await one.read({ topics: [topic], group, from: "earliest" });
  const inHand = (await within(first.next(), "batch", PATIENCE_MS))!;
  const opening = two.read({ topics: [topic], group, from: "earliest" });
  await eventually(async () => {
    const { groups } = await log.admin.describeGroups([group]);
    return groups[0]!.state === "PreparingRebalance";
  }, "rebalance");
  await first.commit(inHand);
  const second = await within(opening, "second reader", PATIENCE_MS);
  const got = [inHand];
  const follow = async (reader: Reader) => {
    for (;;) {
      const batch = await reader.next();
      if (!batch) return;
      got.push(batch);
      await reader.commit(batch);
    }
  };
  const following = [follow(first), follow(second)];
  await eventually(() => values(got).length >= 100, "all of it");
  await Promise.all([first.close(), second.close()]);
  await Promise.all(following);
  assert.deepEqual(
    values(got).sort(),
    numbered(100).map(({ value }) => decoder.decode(value)).sort(),
  );
});

realTest("reading without a group leaves nothing on the broker", async (log) => {
  const topic = await log.topic("append-only");
  const bus = await log.connect();
  const before = await log.admin.listGroups();
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  await bus.publish(topic, numbered(10));
  await within(reader.next(), "batch", PATIENCE_MS);
  assert.deepEqual(await log.admin.listGroups(), before);
  await reader.close();
  assert.deepEqual(bus.status(), { kind: "kafka", status: "ok" });
});
