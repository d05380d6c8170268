/**
 * How fast the bus is on a real Kafka beside it: `deno run -A tools/bench_kafka.ts [RECORDS]`, on the
 * main thread and in a worker, as roles have it. Starts a broker of its own, or takes
 * TEST_REDPANDA_BROKER.
 */
import kafkajs from "kafkajs";
import { KafkaBus } from "../services/bus/kafka.ts";
import { loadConfig } from "../services/config.ts";
import { createLog } from "../services/log.ts";
import { seededRandom } from "../core/seeded_random.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

/** As many as ingest publishes at once, and as many keys as aircraft over Europe. */
const BATCH = 500;
const KEYS = 2000;
const PARTITIONS = 12;

interface Order {
  readonly broker: string;
  readonly topic: string;
  readonly records: number;
}

/** Records a second, by what was done. */
type Rates = Readonly<Record<string, number>>;

const encoder = new TextEncoder();
const example = new URL(
  "../contracts/examples/flight_envelope/flight_update.json",
  import.meta.url,
);

/** What this file's worker is called: it is a main module as well. */
const WORKER = "measure";

if (self.name !== WORKER) {
  // Not in the worker: it waits for what it imports, and would miss what it is told meanwhile.
  const { externalBroker, startKafka } = await import("../tests/servers/kafka.ts");
  const records = Number(Deno.args[0] ?? 100_000);
  const server = externalBroker() === undefined ? await startKafka() : undefined;
  const broker = externalBroker() ?? server!.broker;
  print(["", "publish", "read", "read in a group", "per second"]);
  for (const where of ["main thread", "worker"] as const) {
    const topic = `bench-${Deno.pid}-${where.replace(" ", "-")}`;
    await createTopic(broker, topic);
    const order = { broker, topic, records };
    // Once for the compilers, ours and the broker's.
    await measure({ ...order, records: Math.min(records, 10_000) });
    const rates = where === "worker" ? await inWorker(order) : await measure(order);
    print([where, ...Object.values(rates).map((rate) => `${Math.round(rate / 1000)} k`)]);
  }
  await server?.close();
  Deno.exit(0);
} else {
  const worker = self as unknown as {
    onmessage: (event: MessageEvent<Order>) => void;
    postMessage(rates: Rates): void;
  };
  worker.onmessage = async ({ data }) => worker.postMessage(await measure(data));
}

function inWorker(order: Order): Promise<Rates> {
  const worker = new Worker(import.meta.url, { type: "module", name: WORKER });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Rates>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(order);
  });
}

async function measure({ broker, topic, records }: Order): Promise<Rates> {
  const log = createLog({ role: "bench", level: "warn", format: "text" });
  const bus = new KafkaBus(loadConfig({ REDPANDA_BROKER: broker }), log);
  const batches = flights(records);
  const [byAll, byGroup] = [
    await bus.read({ topics: [topic], from: "latest" }),
    await bus.read({ topics: [topic], group: `${topic}-${records}`, from: "latest" }),
  ];
  await bus.publish(topic, batches[0]!.slice(0, 1));
  const read = async (reader: typeof byAll, count: number) => {
    for (let got = 0; got < count;) {
      const batch = (await reader.next())!;
      got += batch.records.length;
      await reader.commit(batch);
    }
  };
  await Promise.all([read(byAll, 1), read(byGroup, 1)]);

  const rate = async (work: () => Promise<void>) => {
    const start = performance.now();
    await work();
    return records / (performance.now() - start) * 1000;
  };
  const rates = {
    publish: await rate(async () => {
      for (const batch of batches) await bus.publish(topic, batch);
    }),
    read: await rate(() => read(byAll, records)),
    readInGroup: await rate(() => read(byGroup, records)),
  };
  await bus.close();
  return rates;
}

/** Envelopes that differ as real ones do, in what compression feeds on. */
function flights(records: number) {
  const random = seededRandom(1);
  const envelope = JSON.parse(Deno.readTextFileSync(example));
  const all = Array.from({ length: records }, (_, i) => {
    const key = (0x4c0000 + i % KEYS).toString(16);
    Object.assign(envelope.payload, { icao24: key, altitude_m: Math.round(random() * 12_000) });
    envelope.payload.position = { lat: 48 + random() * 4, lon: 2 + random() * 8 };
    return { key, value: encoder.encode(JSON.stringify(envelope)) };
  });
  return Array.from(
    { length: Math.ceil(records / BATCH) },
    (_, i) => all.slice(i * BATCH, (i + 1) * BATCH),
  );
}

async function createTopic(broker: string, topic: string): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
  await admin.disconnect();
}

function print(columns: readonly string[]): void {
  const line = columns.map((column) => column.padEnd(16)).join("").trimEnd();
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
