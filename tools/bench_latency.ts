/**
 * From publication to a WebSocket client, through a real Kafka and the hub: 2 000 aircraft, each once
 * a second, spread over the second. The time is the producer's own, in `last_contact_ms`. Prints a table.
 */
import { connectBus } from "../services/bus/connect.ts";
import { loadConfig } from "../services/config.ts";
import { encodeEnvelope } from "../services/envelope.ts";
import { createLog } from "../services/log.ts";
import { eventually } from "../services/testing/deadline.ts";
import { report } from "../core/testing.ts";
import { Broker } from "../services/bus/broker.ts";
import { hubUrl, startCluster } from "../tests/cluster.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const AIRCRAFT = 2000;
const SECONDS = 30;
/** The first ones find cold code and an empty cache. */
const WARM_UP_S = 5;
const PER_PUBLISH = 40;
const SOURCE = {
  provider: "bench",
  mode: "live",
  bbox: { lat_min: 40, lat_max: 41, lon_min: -75, lon_max: -74 },
  poll_interval_s: 1,
};

function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

function update(n: number) {
  const nowMs = Date.now();
  const key = n.toString(16).padStart(6, "0");
  const flight = report(key, Math.floor(nowMs / 1000), { last_contact_ms: nowMs });
  return { key, value: encodeEnvelope("flight_state", SOURCE, flight) };
}

const cluster = await startCluster({ HISTORY: "off" });
const config = loadConfig(cluster.settings);
const log = createLog({ role: "bench", level: "warn", format: "text" });
const bus = await connectBus(config, log, () => new Broker({ compactedTopics: [] }));
try {
  await cluster.start("hub");
  const hub = hubUrl(cluster);
  await eventually(async () => (await fetch(`${hub}/health`)).ok, "hub");
  const socket = new WebSocket(`${hub.replace("http", "ws")}/ws/flights`);
  await new Promise((resolve) => socket.onopen = resolve);
  const latenciesMs: number[] = [];
  const countFromMs = Date.now() + WARM_UP_S * 1000;
  socket.onmessage = ({ data }) => {
    const nowMs = Date.now();
    for (const { last_contact_ms } of JSON.parse(data).upserts ?? []) {
      if (nowMs >= countFromMs) latenciesMs.push(nowMs - last_contact_ms);
    }
  };
  const groups = AIRCRAFT / PER_PUBLISH;
  const startedMs = performance.now();
  for (let turn = 0; turn < SECONDS * groups; turn++) {
    const waitMs = startedMs + turn * 1000 / groups - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const first = turn % groups * PER_PUBLISH;
    const records = Array.from({ length: PER_PUBLISH }, (_, i) => update(first + i));
    await bus.publish(config.KAFKA_TOPIC_STATE, records);
  }
  latenciesMs.sort((a, b) => a - b);
  const at = (part: number) => latenciesMs[Math.floor(latenciesMs.length * part)];
  print(
    `${latenciesMs.length} updates: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, 99 % ${at(0.99)} ms`,
  );
  socket.close();
} finally {
  await bus.close();
  await cluster.close();
}
