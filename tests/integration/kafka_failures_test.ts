/** A Kafka that is not there yet, dies, comes back, refuses us, or deals its partitions out anew. */
import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import type { Bus, BusRecord, Reader } from "../../services/bus/bus.ts";
import { KafkaBus } from "../../services/bus/kafka.ts";
import { loadConfig, SettingError } from "../../services/config.ts";
import { createLog } from "../../services/log.ts";
import { eventually, within } from "../../services/testing/deadline.ts";
import { KAFKA_USER, type KafkaServer, kafkaTest, startKafka } from "../servers/kafka.ts";

const PATIENCE_MS = 180_000;
const PARTITIONS = 4;
const KEYS = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let running: KafkaServer | undefined;

/** One for all tests, so that each brings it back to life. */
async function kafka(): Promise<KafkaServer> {
  return running ??= await startKafka();
}

Deno.test.afterAll(async () => await running?.close());

/** What the bus said in its log. */
const said: string[] = [];

function connect(broker: string, settings: Record<string, string> = {}): Bus {
  const log = createLog({ role: "test", level: "info", format: "text" }, (line) => said.push(line));
  return new KafkaBus(loadConfig({ REDPANDA_BROKER: broker, ...settings }), log);
}

async function createTopic(broker: string, topic: string): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
  await admin.disconnect();
}

/** The numbers first..last of each key, a record each, number by number. */
function numbered(first: number, last: number) {
  const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return numbers.flatMap((n) =>
    Array.from({ length: KEYS }, (_, key) => ({
      key: `key-${key}`,
      value: encoder.encode(String(n)),
    }))
  );
}

/** The numbers that came, by key, in the order in which they came. */
class Seen {
  readonly #numbers = new Map<string, number[]>();

  note(records: readonly BusRecord[]): void {
    for (const { key, value } of records) {
      const before = this.#numbers.get(key!) ?? [];
      before.push(Number(decoder.decode(value!)));
      this.#numbers.set(key!, before);
    }
  }

  /** Whether every key has come up to `last`. */
  reached(last: number): boolean {
    const all = [...this.#numbers.values()];
    return all.length === KEYS && all.every((numbers) => numbers.includes(last));
  }

  /** Each number from 0 to `last` once and in order. */
  assertOnce(last: number): void {
    const expected = Array.from({ length: last + 1 }, (_, n) => n);
    for (const [key, numbers] of this.#numbers) assert.deepEqual(numbers, expected, key);
    assert.equal(this.#numbers.size, KEYS);
  }

  /** None is missing; what comes again comes in order from there on. */
  assertAtLeastOnce(last: number): void {
    for (const [key, numbers] of this.#numbers) {
      assert.equal(new Set(numbers).size, last + 1, `${key} misses some`);
      let newest = -1;
      for (const [i, number] of numbers.entries()) {
        const isNext = i === 0 ? number === 0 : number === numbers[i - 1]! + 1;
        assert(isNext || number <= newest, `${key}: ${number} came too early`);
        newest = Math.max(newest, number);
      }
    }
    assert.equal(this.#numbers.size, KEYS);
  }
}

/** Reads until every key has come up to `last`. */
async function follow(reader: Reader, seen: Seen, last: number): Promise<void> {
  while (!seen.reached(last)) {
    const batch = await reader.next();
    if (!batch) return;
    seen.note(batch.records);
    await reader.commit(batch);
  }
}

kafkaTest("a broker that is not there yet is waited for, and nothing is dropped", async () => {
  const server = await kafka();
  await createTopic(server.broker, "not-yet");
  await server.kill();

  const impatient = connect(server.broker);
  const waiting = [
    impatient.publish("not-yet", numbered(7, 7)),
    impatient.read({ topics: ["not-yet"], from: "earliest" }),
    impatient.read({ topics: ["not-yet"], group: "not-yet", from: "earliest" }),
  ];
  const ended = Promise.all(waiting.map((one) => assert.rejects(one, /closed/i)));
  await impatient.close();
  await within(ended, "end of what waited");

  const bus = connect(server.broker);
  try {
    const order: number[] = [];
    const published = [0, 1, 2].map((n) =>
      bus.publish("not-yet", numbered(n, n)).then(() => order.push(n))
    );
    const opening = bus.read({ topics: ["not-yet"], from: "earliest" });
    await eventually(() => bus.status().detail !== undefined, "its trouble");
    const { kind, status, detail } = bus.status();
    assert.deepEqual([kind, status], ["kafka", "connecting"]);
    assert(detail!.startsWith(server.broker), detail);
    assert.match(detail!, /ECONNREFUSED/);
    assert.deepEqual(order, []);

    await server.start();
    await within(Promise.all(published), "publishing", PATIENCE_MS);
    assert.deepEqual(order, [0, 1, 2]);
    const reader = await within(opening, "reader", PATIENCE_MS);
    const seen = new Seen();
    await within(follow(reader, seen, 2), "records", PATIENCE_MS);
    seen.assertOnce(2);
    assert.deepEqual(bus.status(), { kind: "kafka", status: "ok" });
  } finally {
    await bus.close();
  }
}, "own");

kafkaTest("a broker that dies twice in the middle costs nothing", async () => {
  const server = await kafka();
  await createTopic(server.broker, "dies");
  const [writing, reading] = [connect(server.broker), connect(server.broker)];
  let following: Promise<unknown> | undefined;
  try {
    const all = await reading.read({ topics: ["dies"], from: "earliest" });
    const shared = [
      await reading.read({ topics: ["dies"], group: "dies", from: "earliest" }),
      await reading.read({ topics: ["dies"], group: "dies", from: "earliest" }),
    ];
    const last = 899;
    const [once, together] = [new Seen(), new Seen()];
    following = Promise.all([
      follow(all, once, last),
      ...shared.map((reader) => follow(reader, together, last)),
    ]);
    let done = -1;
    const publishing = (async () => {
      // Several calls under way at once, as the roles have them.
      for (let n = 0; n <= last; n += 15) {
        await Promise.all(
          [0, 5, 10].map((i) => writing.publish("dies", numbered(n + i, n + i + 4))),
        );
        done = n + 14;
      }
    })();
    for (const after of [200, 500]) {
      await eventually(() => Promise.resolve(done > after), `${after} published`);
      await server.kill();
      const stopped = done;
      await eventually(() => writing.status().status === "down", "the trouble");
      assert.match(writing.status().detail!, /trying again$/);
      assert(done <= stopped + 15, "it went on publishing to nobody");
      await server.start();
      await eventually(() => done > stopped + 15, "publishing again");
    }
    await within(publishing, "all published", PATIENCE_MS);
    // The second member may have nothing more to come.
    await eventually(() => once.reached(last) && together.reached(last), "all read");
    once.assertOnce(last);
    together.assertAtLeastOnce(last);
    // A line when it went and one when it came back, for each part of the bus, each time; a broker that
    // has much to do may go once more.
    const lines = said.filter((line) => line.includes("publishing to dies"));
    assert(lines.length >= 4 && lines.length % 2 === 0, lines.join(""));
    for (const [i, line] of lines.entries()) {
      assert.match(
        line,
        i % 2 === 0 ? /^\S+ WARN .*: .*; trying again\n$/ : /^\S+ INFO .* goes on\n$/,
      );
    }
  } finally {
    await Promise.all([writing.close(), reading.close()]);
    await following;
  }
}, "own");

kafkaTest("members that come and go in the middle lose nothing", async () => {
  const server = await kafka();
  await createTopic(server.broker, "members");
  const writing = connect(server.broker);
  const buses: Bus[] = [];
  const seen = new Seen();
  const last = 599;
  const join = async () => {
    const bus = connect(server.broker);
    buses.push(bus);
    const reader = await bus.read({ topics: ["members"], group: "members", from: "earliest" });
    void follow(reader, seen, last);
    return reader;
  };
  try {
    const readers = [await join()];
    const publishing = (async () => {
      for (let n = 0; n <= last; n += 5) await writing.publish("members", numbered(n, n + 4));
    })();
    readers.push(await join(), await join());
    await readers[0]!.close();
    readers.push(await join());
    await readers[2]!.close();
    await within(publishing, "all published", PATIENCE_MS);
    await eventually(() => seen.reached(last), "all read");
    seen.assertAtLeastOnce(last);
  } finally {
    for (const bus of [writing, ...buses]) await bus.close();
  }
}, "own");

const SIGN_IN = {
  KAFKA_SASL_MECHANISM: "plain",
  KAFKA_SASL_USERNAME: KAFKA_USER.username,
  KAFKA_SASL_PASSWORD: KAFKA_USER.password,
};

for (const mechanism of ["plain", "scram-sha-256"]) {
  kafkaTest(`signs in with ${mechanism}`, async () => {
    const server = await kafka();
    const topic = `sign-in-${mechanism}`;
    await createTopic(server.broker, topic);
    const bus = connect(server.saslBroker, { ...SIGN_IN, KAFKA_SASL_MECHANISM: mechanism });
    await within(bus.publish(topic, numbered(0, 9)), "publishing");
    for (const group of [undefined, topic]) {
      const seen = new Seen();
      const reader = await bus.read({ topics: [topic], group, from: "earliest" });
      await within(follow(reader, seen, 9), "records");
      seen.assertOnce(9);
    }
    await bus.close();
  }, "own");
}

kafkaTest("a sign-in that is refused is one sentence about the setting, at once", async () => {
  const { saslBroker } = await kafka();
  const refused: readonly (readonly [Record<string, string>, string])[] = [
    [
      { KAFKA_SASL_PASSWORD: "hunter2" },
      `KAFKA_SASL_PASSWORD is "(hidden)", but ${saslBroker} does not accept it with ` +
      "KAFKA_SASL_USERNAME skysentinel",
    ],
    [
      { KAFKA_SASL_PASSWORD: "hunter2", KAFKA_SASL_MECHANISM: "scram-sha-256" },
      `KAFKA_SASL_PASSWORD is "(hidden)", but ${saslBroker} does not accept it with ` +
      "KAFKA_SASL_USERNAME skysentinel",
    ],
    [
      { KAFKA_SASL_MECHANISM: "scram-sha-512" },
      `KAFKA_SASL_MECHANISM is "scram-sha-512", but ${saslBroker} does not offer it`,
    ],
  ];
  for (const [settings, sentence] of refused) {
    const bus = connect(saslBroker, { ...SIGN_IN, ...settings });
    const isSaid = (error: unknown) => error instanceof SettingError && error.message === sentence;
    await within(assert.rejects(bus.publish("any", numbered(0, 0)), isSaid), "refusal");
    await assert.rejects(bus.read({ topics: ["any"], from: "earliest" }), isSaid);
    assert.deepEqual(bus.status(), { kind: "kafka", status: "down", detail: sentence });
    await bus.close();
  }
}, "own");

kafkaTest("a broker that wants a sign-in and gets none is understood as one", async () => {
  const { saslBroker } = await kafka();
  const bus = connect(saslBroker);
  await eventually(() => bus.status().detail !== undefined, "its trouble");
  assert.match(bus.status().detail!, /it may want KAFKA_SASL_\* or KAFKA_TLS/);
  await bus.close();
}, "own");

kafkaTest(
  "speaks TLS with a broker whose certificate it was given, and with no other",
  async () => {
    const server = await kafka();
    await createTopic(server.broker, "tls");
    const trusting = { KAFKA_TLS: "on", KAFKA_TLS_CA_FILE: server.certificateFile };
    const bus = connect(server.tlsBroker, trusting);
    await within(bus.publish("tls", numbered(0, 9)), "publishing");
    const seen = new Seen();
    await follow(await bus.read({ topics: ["tls"], from: "earliest" }), seen, 9);
    seen.assertOnce(9);
    await bus.close();

    const wary = connect(server.tlsBroker, { KAFKA_TLS: "on" });
    const isSaid = (error: unknown) =>
      error instanceof SettingError &&
      /^KAFKA_TLS_CA_FILE is "", but .*certificate/.test(error.message);
    await within(assert.rejects(wary.publish("tls", numbered(0, 0)), isSaid), "refusal");
    await wary.close();
    assert.throws(
      () => connect(server.tlsBroker, { KAFKA_TLS: "on", KAFKA_TLS_CA_FILE: "nowhere.pem" }),
      /^SettingError: KAFKA_TLS_CA_FILE is "nowhere.pem", but it cannot be read: /,
    );
  },
  "own",
);
