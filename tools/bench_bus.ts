/**
 * Messages a second through the embedded log, from this worker to another: the bytes alone, and
 * decoded and validated as the roles do. Prints a table.
 */
import { Broker } from "../services/bus/broker.ts";
import { EmbeddedBus } from "../services/bus/memory.ts";
import { serveBroker } from "../services/bus/port.ts";
import type { ReadOrder } from "../services/testing/bus_worker.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const COUNT = 300_000;
const PER_PUBLISH = 500;
const ROUNDS = 3;

const example = await Deno.readFile(
  new URL("../contracts/examples/flight_envelope/flight_update.json", import.meta.url),
);
const message = new TextEncoder().encode(
  JSON.stringify(JSON.parse(new TextDecoder().decode(example))),
);
const keys = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(6, "0"));

async function round(validate: boolean): Promise<number> {
  const topic = "updates";
  // Everything stays in the log until it is read: this measures the way, not what is dropped.
  const broker = new Broker({ compactedTopics: [], maxPartitionBytes: 2 ** 30 });
  const bus = new EmbeddedBus(broker);
  const worker = new Worker(new URL("../services/testing/bus_worker.ts", import.meta.url), {
    type: "module",
  });
  const { port1, port2 } = new MessageChannel();
  const close = serveBroker(port1, broker);
  const said = (word: string) =>
    new Promise<void>((resolve) => {
      worker.addEventListener("message", ({ data }) => data === word && resolve());
    });
  const order: ReadOrder = { port: port2, topic, count: COUNT, validate };
  const reading = said("reading");
  const done = said("done");
  worker.postMessage(order, [port2]);
  await reading;
  const startedMs = performance.now();
  for (let i = 0; i < COUNT; i += PER_PUBLISH) {
    const records = Array.from({ length: PER_PUBLISH }, (_, j) => (
      { key: keys[(i + j) % keys.length]!, value: message }
    ));
    await bus.publish(topic, records);
  }
  await done;
  const tookMs = performance.now() - startedMs;
  close();
  worker.terminate();
  return COUNT / tookMs * 1000;
}

for (
  const [name, validate] of [["packed bytes", false], ["decoded and validated", true]] as const
) {
  const rates: number[] = [];
  for (let i = 0; i < ROUNDS; i++) rates.push(await round(validate));
  const [least, median, most] = rates.sort((a, b) => a - b).map((rate) => Math.round(rate / 1000));
  // deno-lint-ignore no-console -- the table is the result
  console.log(
    `${name.padEnd(22)} ${message.length} B a message: ${median} k/s (${least} to ${most} k/s)`,
  );
}
