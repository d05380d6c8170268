/**
 * A thousand WebSocket clients of one hub, fed through a real Kafka: 2 000 aircraft, of whom 500 change
 * a tick, two ticks a second. The clients are a process of their own (`tools/crowd.ts`). Then the same
 * with some who never read. Prints a table: the hub's processor and memory, and who fell behind.
 */
import { connectBus } from "../services/bus/connect.ts";
import { loadConfig } from "../services/config.ts";
import { encodeEnvelope } from "../services/envelope.ts";
import { createLog } from "../services/log.ts";
import { eventually } from "../services/testing/deadline.ts";
import { report } from "../core/testing.ts";
import { Broker } from "../services/bus/broker.ts";
import { hubUrl, startCluster } from "../tests/cluster.ts";
import type { CrowdReport } from "./crowd.ts";
import { processUsage } from "./process_usage.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const AIRCRAFT = 2000;
const CHANGES = 500;
const TICK_MS = 500;
const SECONDS = 20;
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
  const flight = report(key, Math.floor(nowMs / 1000), {
    last_contact_ms: nowMs,
    geo_altitude_m: 3050.5,
    squawk: "2346",
    origin_country: "United States",
  });
  return { key, value: encodeEnvelope("flight_state", SOURCE, flight) };
}

/** Runs the crowd against the hub, and takes the hub's measure meanwhile. */
async function measure(hub: string, pid: number, clients: number, idle: number) {
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tools/crowd.ts", hub, clients, SECONDS, idle].map(String),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const connections = async () => {
    const metrics = await (await fetch(`${hub}/metrics`)).text();
    return Number(/^backend_websocket_connections (\d+)$/m.exec(metrics)?.[1]);
  };
  await eventually(async () => await connections() === clients, "the crowd", 60_000);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = await processUsage(pid);
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, (SECONDS - 2) * 1000));
  const after = await processUsage(pid);
  const cores = (after.cpuMs - before.cpuMs) / (performance.now() - startedMs);
  const crowd: CrowdReport = await new Response(stdout).json();
  const { latencyMs } = crowd;
  print(
    `${clients} clients, ${idle} of them never read: hub ${cores.toFixed(2)} cores, ` +
      `${Math.round(after.memoryMb)} MB (at most ${Math.round(after.peakMb)}); ` +
      `${crowd.deltas} deltas of ${Math.round(crowd.bytes / crowd.deltas / 1000)} kB, ` +
      `${crowd.behind} about more than a tick, ${crowd.lost} connections lost; ` +
      `read after ${latencyMs.median} ms, 95 % ${latencyMs.p95} ms, at most ${latencyMs.most} ms`,
  );
  await eventually(async () => await connections() === 0, "the crowd's end", 60_000);
}

const cluster = await startCluster({ HISTORY: "off", WS_DELTA_INTERVAL_MS: String(TICK_MS) });
const config = loadConfig(cluster.settings);
const log = createLog({ role: "bench", level: "warn", format: "text" });
const bus = await connectBus(config, log, () => new Broker({ compactedTopics: [] }));
let isOver = false;
let feeding: Promise<void> | undefined;
try {
  const { pid } = await cluster.start("hub");
  const hub = hubUrl(cluster);
  await eventually(async () => (await fetch(`${hub}/health`)).ok, "hub");
  feeding = (async () => {
    const startedMs = performance.now();
    for (let tick = 0; !isOver; tick++) {
      const waitMs = startedMs + tick * TICK_MS - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const records = Array.from(
        { length: CHANGES },
        (_, i) => update((tick * CHANGES + i) % AIRCRAFT),
      );
      await bus.publish(config.KAFKA_TOPIC_STATE, records);
    }
  })();
  for (const [clients, idle] of [[100, 0], [1000, 0], [1000, 1]] as const) {
    await measure(hub, pid, clients, idle);
  }
} finally {
  isOver = true;
  await feeding;
  await bus.close();
  await cluster.close();
}
