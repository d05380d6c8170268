/**
 * What every form of the bus must do, as tests that run against any of them, each with a bus that
 * is broken in one way and must not pass it.
 */
import assert from "node:assert/strict";
import type { Batch, Bus, BusRecord, OutRecord, Reader } from "./bus.ts";

/** A running log to test against. Topic and group names are new at each call. */
export interface BusUnderTest {
  /** A connection of its own, as another process would have. */
  connect(): Promise<Bus>;
  topic(kind: "append-only" | "compacted"): Promise<string>;
  group(): string;
  /** Drops part of the oldest records of an append-only topic, as its bound would. */
  dropOldest(topic: string): Promise<void>;
  /** Lets compaction happen, where the log can be told to. */
  compact(topic: string): Promise<void>;
  /** How long a record that was published may take to arrive. */
  readonly patienceMs: number;
}

export interface ConformanceTest {
  readonly name: string;
  run(log: BusUnderTest): Promise<void>;
  /** A bus with one fault that this test must notice. */
  breakIt(bus: Bus): Bus;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytes = (text: string) => encoder.encode(text);
const text = (record: BusRecord) => record.value && decoder.decode(record.value);

/** `count` records over `keys` keys, each numbered within its key. */
function numbered(count: number, keys: number, first = 0): OutRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i;
    return { key: `key-${n % keys}`, value: bytes(String(Math.floor(n / keys))) };
  });
}

/** The next batch, or a failure once `patienceMs` have passed without one. */
async function nextWithin(reader: Reader, patienceMs: number): Promise<Batch> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new assert.AssertionError({ message: `no batch within ${patienceMs} ms` })),
    patienceMs,
  );
  const batch = await Promise.race([reader.next(), late.promise]).finally(() =>
    clearTimeout(timer)
  );
  assert(batch, "the reader ended");
  return batch;
}

/** Batches until they hold `count` records. */
async function take(reader: Reader, count: number, log: BusUnderTest): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let got = 0; got < count;) {
    const batch = await nextWithin(reader, log.patienceMs);
    batches.push(batch);
    got += batch.records.length;
  }
  return batches;
}

const recordsOf = (batches: readonly Batch[]) => batches.flatMap((batch) => batch.records);

/** What arrived, as `key value` lines in an order of their own. */
function sorted(records: readonly BusRecord[]): string[] {
  return records.map((record) => `${record.key} ${text(record)}`).sort();
}

function sortedOut(records: readonly OutRecord[]): string[] {
  return records.map(({ key, value }) => `${key} ${value && decoder.decode(value)}`).sort();
}

function byKey(records: readonly BusRecord[]): Map<string | null, string[]> {
  const values = new Map<string | null, string[]>();
  for (const record of records) {
    const before = values.get(record.key) ?? [];
    values.set(record.key, [...before, String(text(record))]);
  }
  return values;
}

/** Waits until each reader has been given partitions. */
async function assigned(readers: readonly Reader[], log: BusUnderTest): Promise<void> {
  const deadline = performance.now() + log.patienceMs;
  for (const reader of readers) {
    while ((await reader.lag()).length === 0) {
      assert(performance.now() < deadline, "a reader was given no partition");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export const CONFORMANCE: readonly ConformanceTest[] = [
  {
    name: "what is published is read back to the byte",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      const sent: OutRecord[] = [
        { key: "binary", value: new Uint8Array([0, 255, 10, 13, 128]) },
        { key: "empty", value: new Uint8Array() },
        { key: "null", value: null },
        { key: "clé ✈ with a name of more than sixteen characters", value: bytes("né") },
        { key: null, value: bytes("no key") },
        { key: "", value: bytes("empty key") },
      ];
      await bus.publish(topic, sent);
      const got = recordsOf(
        await take(await bus.read({ topics: [topic], from: "earliest" }), sent.length, log),
      );
      for (const { key, value } of sent) {
        const record = got.find((r) => r.key === key);
        assert(record, `no record with key ${key}`);
        assert.deepEqual(record.value && [...record.value], value && [...value]);
        assert(Math.abs(record.timestampMs - Date.now()) < 600_000, "its time of publication");
      }
    },
    breakIt: (bus) =>
      onPublish(
        bus,
        (records) =>
          records.map((r) => ({ ...r, value: r.value && r.value.length ? r.value : null })),
      ),
  },
  {
    name: "records of one key stay in order",
    async run(log) {
      const [one, two, topic] = [
        await log.connect(),
        await log.connect(),
        await log.topic("append-only"),
      ];
      const perKey = 60;
      const publishAll = async (bus: Bus, prefix: string) => {
        for (let n = 0; n < perKey; n++) {
          await bus.publish(
            topic,
            ["a", "b", "c"].map((name) => ({ key: prefix + name, value: bytes(String(n)) })),
          );
        }
      };
      await Promise.all([publishAll(one, "one-"), publishAll(two, "two-")]);
      const reader = await one.read({ topics: [topic], from: "earliest" });
      const values = byKey(recordsOf(await take(reader, perKey * 6, log)));
      const expected = Array.from({ length: perKey }, (_, n) => String(n));
      assert.equal(values.size, 6);
      for (const [key, got] of values) assert.deepEqual(got, expected, `order of ${key}`);
    },
    breakIt: (bus) => onBatch(bus, (batch) => ({ ...batch, records: batch.records.toReversed() })),
  },
  {
    name: "every record comes exactly once",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      const sent = numbered(5000, 40);
      for (let i = 0; i < sent.length; i += 250) await bus.publish(topic, sent.slice(i, i + 250));
      const reader = await bus.read({ topics: [topic], from: "earliest" });
      assert.deepEqual(sorted(recordsOf(await take(reader, sent.length, log))), sortedOut(sent));
    },
    breakIt: (bus) => onPublish(bus, (records) => [records[0]!, ...records]),
  },
  {
    name: "no record is lost",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      const sent = numbered(300, 3);
      const reader = await bus.read({ topics: [topic], from: "earliest" });
      for (const record of sent) await bus.publish(topic, [record]);
      assert.deepEqual(sorted(recordsOf(await take(reader, sent.length, log))), sortedOut(sent));
    },
    breakIt: (bus) =>
      onPublish(bus, (records) => records.filter((r) => text(r as BusRecord) !== "7")),
  },
  {
    name: "offsets grow within a partition, up to the end the batch names",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      await bus.publish(topic, numbered(200, 10));
      const reader = await bus.read({ topics: [topic], from: "earliest" });
      const first = await take(reader, 200, log);
      await bus.publish(topic, numbered(200, 10, 200));
      const batches = [...first, ...await take(reader, 200, log)];
      for (const partition of new Set(batches.map((batch) => batch.partition))) {
        const own = batches.filter((batch) => batch.partition === partition);
        const offsets = recordsOf(own).map((record) => record.offset);
        assert.deepEqual(offsets, [...new Set(offsets)].sort((a, b) => a - b));
        assert.equal(own.at(-1)!.endOffset, offsets.at(-1)! + 1);
      }
    },
    breakIt: (bus) =>
      onBatch(bus, (batch) => ({
        ...batch,
        records: batch.records.map((record, i) => ({ ...record, offset: i })),
      })),
  },
  {
    name: "a group goes on behind what it committed",
    async run(log) {
      const [bus, topic, group] = [
        await log.connect(),
        await log.topic("append-only"),
        log.group(),
      ];
      await bus.publish(topic, numbered(100, 10));
      const before = await bus.read({ topics: [topic], group, from: "earliest" });
      for (const batch of await take(before, 100, log)) await before.commit(batch);
      await before.close();
      await bus.publish(topic, [{ key: "key-1", value: bytes("after") }]);
      const after = await bus.read({ topics: [topic], group, from: "earliest" });
      assert.deepEqual(sorted(recordsOf(await take(after, 1, log))), ["key-1 after"]);
      await after.close();
    },
    breakIt: (bus) => onReader(bus, (reader) => ({ ...reader, commit: () => Promise.resolve() })),
  },
  {
    name: "what was not committed comes again",
    async run(log) {
      const [bus, topic, group] = [
        await log.connect(),
        await log.topic("append-only"),
        log.group(),
      ];
      const sent = numbered(100, 10);
      await bus.publish(topic, sent);
      const before = await bus.read({ topics: [topic], group, from: "earliest" });
      await take(before, 100, log);
      await before.close();
      const after = await bus.read({ topics: [topic], group, from: "earliest" });
      assert.deepEqual(sorted(recordsOf(await take(after, 100, log))), sortedOut(sent));
      await after.close();
    },
    breakIt: (bus) =>
      onReader(bus, (reader) => ({
        ...reader,
        next: async () => {
          const batch = await reader.next();
          if (batch) await reader.commit(batch);
          return batch;
        },
      })),
  },
  {
    name: "a reader of a group goes back to where it is told to",
    async run(log) {
      const [bus, topic, group] = [
        await log.connect(),
        await log.topic("append-only"),
        log.group(),
      ];
      const back = 7;
      const first = numbered(400, 40);
      await bus.publish(topic, first);
      const reader = await bus.read({ topics: [topic], group, from: "earliest" });
      const ends = new Map<number, Batch>();
      for (const batch of await take(reader, first.length, log)) {
        await reader.commit(batch);
        ends.set(batch.partition, batch);
      }
      await bus.publish(topic, numbered(400, 40, 400));
      for (const batch of ends.values()) await reader.rewind(batch, back);
      const left = first.length * 2 - ends.size * back;
      const again = await take(reader, left, log);
      assert.equal(recordsOf(again).length, left);
      const next = new Map([...ends.keys()].map((partition) => [partition, back]));
      for (const { partition, from, records } of again) {
        assert.equal(from, next.get(partition), "where it goes on from");
        assert.equal(records[0]!.offset, from);
        next.set(partition, records.at(-1)!.offset + 1);
      }
      await reader.close();
    },
    breakIt: (bus) =>
      onReader(bus, (reader) => ({
        ...reader,
        rewind: (batch, offset) => reader.rewind(batch, offset + 1),
      })),
  },
  {
    name: "the readers of a group share the partitions",
    async run(log) {
      const [one, two, topic, group] = [
        await log.connect(),
        await log.connect(),
        await log.topic("append-only"),
        log.group(),
      ];
      const readers = [
        await one.read({ topics: [topic], group, from: "earliest" }),
        await two.read({ topics: [topic], group, from: "earliest" }),
      ];
      await assigned(readers, log);
      const sent = numbered(400, 40);
      await one.publish(topic, sent);
      const got: BusRecord[][] = [[], []];
      await Promise.all(readers.map(async (reader, i) => {
        while (got.flat().length < sent.length) {
          const batch = await reader.next();
          if (!batch) return;
          got[i]!.push(...batch.records);
          await reader.commit(batch);
          if (got.flat().length >= sent.length) {
            await Promise.all(readers.map((reader) => reader.close()));
          }
        }
      }));
      assert.deepEqual(sorted(got.flat()), sortedOut(sent));
      assert(got.every((some) => some.length > 0), "both had something to do");
    },
    breakIt: (bus) => ({ ...methods(bus), read: ({ topics, from }) => bus.read({ topics, from }) }),
  },
  {
    name: "one reader of a group that reads as a whole has all partitions, and another after it",
    async run(log) {
      const [one, two, topic, group] = [
        await log.connect(),
        await log.connect(),
        await log.topic("append-only"),
        log.group(),
      ];
      const options = { topics: [topic], group, from: "earliest", isWhole: true } as const;
      const readers = [await one.read(options), await two.read(options)];
      const got = readers.map(() => new Set<string>());
      const reading = readers.map(async (reader, i) => {
        for (let batch = await reader.next(); batch; batch = await reader.next()) {
          for (const record of batch.records) got[i]!.add(`${record.key} ${text(record)}`);
          await reader.commit(batch);
        }
      });
      const partitions = async (i: number) => (await readers[i]!.lag()).length;
      const until = async (isSo: () => Promise<boolean>) => {
        const deadline = performance.now() + log.patienceMs;
        while (!await isSo()) {
          assert(performance.now() < deadline, "it did not come to that");
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      };
      await one.publish(topic, numbered(200, 20));
      await until(() => Promise.resolve(got[0]!.size === 200 || got[1]!.size === 200));
      await until(async () => (await partitions(0) === 0) !== (await partitions(1) === 0));
      const holder = await partitions(0) > 0 ? 0 : 1;
      await readers[holder]!.close();
      await one.publish(topic, numbered(200, 20, 200));
      const [first, standby] = [got[holder]!, got[1 - holder]!];
      await until(() => Promise.resolve(new Set([...first, ...standby]).size === 400));
      assert(first.size >= 200 && standby.size >= 200);
      await readers[1 - holder]!.close();
      await Promise.all(reading);
    },
    breakIt: (bus) => ({
      ...methods(bus),
      read: (options) => bus.read({ ...options, isWhole: false }),
    }),
  },
  {
    name: "when a reader leaves, another of its group takes over from its commits",
    async run(log) {
      const [one, two, topic, group] = [
        await log.connect(),
        await log.connect(),
        await log.topic("append-only"),
        log.group(),
      ];
      const leaving = await one.read({ topics: [topic], group, from: "earliest" });
      await one.publish(topic, numbered(200, 20));
      for (const batch of await take(leaving, 200, log)) await leaving.commit(batch);
      const staying = await two.read({ topics: [topic], group, from: "earliest" });
      await leaving.close();
      const more = numbered(200, 20, 200);
      await one.publish(topic, more);
      assert.deepEqual(sorted(recordsOf(await take(staying, 200, log))), sortedOut(more));
      await staying.close();
    },
    breakIt: (bus) => onReader(bus, (reader) => ({ ...reader, close: () => Promise.resolve() })),
  },
  {
    name: "groups do not disturb one another, and a reader without one gets everything",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      const sent = numbered(100, 10);
      await bus.publish(topic, sent);
      for (const group of [log.group(), log.group(), undefined, undefined]) {
        const reader = await bus.read({ topics: [topic], group, from: "earliest" });
        const batches = await take(reader, 100, log);
        assert.deepEqual(sorted(recordsOf(batches)), sortedOut(sent));
        for (const batch of batches) await reader.commit(batch);
        await reader.close();
      }
    },
    breakIt: (bus) => ({
      ...methods(bus),
      read: (options) => bus.read({ ...options, group: "the only one" }),
    }),
  },
  {
    name: "from the latest means only what comes after",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      await bus.publish(topic, numbered(100, 10));
      const reader = await bus.read({ topics: [topic], from: "latest" });
      await assigned([reader], log);
      await bus.publish(topic, [{ key: "key-1", value: bytes("after") }]);
      assert.deepEqual(sorted(recordsOf(await take(reader, 1, log))), ["key-1 after"]);
    },
    breakIt: (bus) => ({
      ...methods(bus),
      read: (options) => bus.read({ ...options, from: "earliest" }),
    }),
  },
  {
    name: "a compacted topic has the newest of each key, and forgets behind a tombstone",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("compacted")];
      await bus.publish(topic, numbered(300, 10));
      await bus.publish(topic, [{ key: "key-3", value: null }]);
      await log.compact(topic);
      await bus.publish(topic, [{ key: "key-4", value: bytes("newest") }]);
      await log.compact(topic);
      const reader = await bus.read({ topics: [topic], from: "earliest" });
      const state = new Map<string | null, string | null>();
      const deadline = performance.now() + log.patienceMs;
      while ((await reader.lag()).reduce((sum, { lag }) => sum + lag, 0) > 0 || !state.size) {
        assert(performance.now() < deadline, "the compacted topic was not read to its end");
        for (const record of (await nextWithin(reader, log.patienceMs)).records) {
          if (record.value === null) state.delete(record.key);
          else state.set(record.key, text(record));
        }
      }
      const expected = Array.from({ length: 10 }, (_, n) => [`key-${n}`, "29"]);
      expected[4] = ["key-4", "newest"];
      assert.deepEqual([...state].sort(), expected.filter(([key]) => key !== "key-3"));
    },
    breakIt: (bus) =>
      onPublish(bus, (records) => records.map((r) => ({ ...r, value: r.value ?? bytes("") }))),
  },
  {
    name: "a reader that fell behind is told how many it missed",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      const reader = await bus.read({ topics: [topic], from: "earliest" });
      await assigned([reader], log);
      await bus.publish(topic, [{ key: "key-0", value: bytes("read at once") }]);
      await take(reader, 1, log);
      const sent = 400;
      for (let i = 0; i < sent; i++) {
        await bus.publish(topic, [{ key: "key-0", value: new Uint8Array(100).fill(i) }]);
      }
      await log.dropOldest(topic);
      let [got, missed] = [0, 0];
      while (got + missed < sent) {
        const batch = await nextWithin(reader, log.patienceMs);
        got += batch.records.length;
        missed += batch.missed;
      }
      assert.equal(got + missed, sent);
      assert(missed > 0, "something was dropped");
    },
    breakIt: (bus) => onBatch(bus, (batch) => ({ ...batch, missed: 0 })),
  },
  {
    name: "lag is what is left to read",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      await bus.publish(topic, numbered(200, 20));
      const reader = await bus.read({ topics: [topic], from: "earliest" });
      await assigned([reader], log);
      const total = async (of: "lag" | "endOffset") =>
        (await reader.lag()).reduce((sum, partition) => sum + partition[of]!, 0);
      assert.deepEqual([await total("lag"), await total("endOffset")], [200, 200]);
      await take(reader, 200, log);
      assert.deepEqual([await total("lag"), await total("endOffset")], [0, 200]);
    },
    breakIt: (bus) =>
      onReader(bus, (reader) => ({
        ...reader,
        lag: async () => (await reader.lag()).map((partition) => ({ ...partition, lag: 0 })),
      })),
  },
  {
    name: "closing ends a waiting reader",
    async run(log) {
      const [bus, topic] = [await log.connect(), await log.topic("append-only")];
      const reader = await bus.read({ topics: [topic], from: "earliest" });
      const waiting = reader.next().then((batch) => ({ ended: batch === undefined }));
      await reader.close();
      const late = Promise.withResolvers<{ ended: boolean }>();
      const timer = setTimeout(() => late.resolve({ ended: false }), log.patienceMs);
      assert.deepEqual(
        await Promise.race([waiting, late.promise]).finally(() => clearTimeout(timer)),
        { ended: true },
      );
    },
    breakIt: (bus) => onReader(bus, (reader) => ({ ...reader, close: () => Promise.resolve() })),
  },
];

/** The bus's methods as an object's own, so that some of them can be replaced. */
function methods(bus: Bus): Bus {
  return {
    publish: (topic, records) => bus.publish(topic, records),
    read: (options) => bus.read(options),
    status: () => bus.status(),
    close: () => bus.close(),
  };
}

function onPublish(bus: Bus, change: (records: readonly OutRecord[]) => OutRecord[]): Bus {
  return { ...methods(bus), publish: (topic, records) => bus.publish(topic, change(records)) };
}

function onReader(bus: Bus, change: (reader: Reader) => Reader): Bus {
  return { ...methods(bus), read: async (options) => change(await bus.read(options)) };
}

function onBatch(bus: Bus, change: (batch: Batch) => Batch): Bus {
  return onReader(bus, (reader) => ({
    ...reader,
    next: async () => {
      const batch = await reader.next();
      return batch && change(batch);
    },
  }));
}
