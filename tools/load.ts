/**
 * What clients can do to a hub at their worst, each on a hub of its own with 2 000 moving aircraft:
 * a thousand that connect at once; a thousand of which half never read; oversize frames; messages in
 * fragments that never end. Prints a table: who was served, how long it took, the hub's processor and
 * memory. `deno task load --clients=1000`
 */
import { Broker } from "../services/bus/broker.ts";
import { connectBus } from "../services/bus/connect.ts";
import { loadConfig } from "../services/config.ts";
import { createLog } from "../services/log.ts";
import { metricSum } from "../services/metrics_text.ts";
import { eventually } from "../services/testing/deadline.ts";
import { hubUrl, startCluster } from "../tests/cluster.ts";
import type { Program } from "../tests/program.ts";
import { RawClient } from "../tests/raw_client.ts";
import { answerHelp, numberArgument } from "./arguments.ts";
import type { CrowdReport } from "./crowd.ts";
import { processUsage } from "./process_usage.ts";
import { startTraffic } from "./traffic.ts";

answerHelp();

const PATIENCE_MS = 120_000;
const TRAFFIC = { aircraft: 2000, perSecond: 1000, updates: false };
const CROWD_S = 20;
const clients = numberArgument("clients", 1000);

function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const cluster = await startCluster({ HISTORY: "off" });
const config = loadConfig(cluster.settings);
const log = createLog({ role: "load", level: "warn", format: "text" });
const bus = await connectBus(config, log, () => new Broker({ compactedTopics: [] }));
const traffic = startTraffic(bus, config, TRAFFIC);
const hub = hubUrl(cluster);
const count = async (name: string, labels = {}) =>
  metricSum(await (await fetch(`${hub}/metrics`)).text(), name, labels) ?? 0;
try {
  await onHub(storm);
  await onHub(halfReads);
  await onHub(oversize);
  await onHub(fragments);
} finally {
  await traffic.stop();
  await bus.close();
  await cluster.close();
}
Deno.exit();

async function onHub(measure: (program: Program) => Promise<string>): Promise<void> {
  const program = await cluster.start("hub");
  await eventually(
    async () => await count("backend_flights_cached") >= TRAFFIC.aircraft,
    "every aircraft",
    PATIENCE_MS,
  );
  const before = await processUsage(program.pid);
  const startedMs = performance.now();
  const seen = await measure(program);
  const after = await processUsage(program.pid);
  const cores = (after.cpuMs - before.cpuMs) / (performance.now() - startedMs);
  print(
    `${seen}; hub ${cores.toFixed(2)} cores, ${Math.round(before.memoryMb)} MB before, ` +
      `${Math.round(after.memoryMb)} MB after, ${Math.round(after.peakMb)} MB at most`,
  );
  await program.end();
}

/** All at once: each is served when it has its whole snapshot. */
async function storm(): Promise<string> {
  const startedMs = performance.now();
  const tookMs: number[] = [];
  const sockets = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await RawClient.connect(hub).catch(() => undefined);
      const first = await client?.next().catch(() => undefined);
      if (first?.startsWith('{"type":"snapshot"')) tookMs.push(performance.now() - startedMs);
      return client;
    }),
  );
  tookMs.sort((a, b) => a - b);
  const at = (part: number) => Math.round(tookMs[Math.floor((tookMs.length - 1) * part)] ?? NaN);
  for (const socket of sockets) socket?.close();
  return `${clients} connect at once: ${tookMs.length} had a snapshot, half of them after ` +
    `${at(0.5)} ms, 95 % after ${at(0.95)} ms, all after ${at(1)} ms`;
}

async function halfReads(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tools/crowd.ts", hub, clients, CROWD_S, clients / 2].map(String),
    stderr: "inherit",
  }).output();
  const crowd: CrowdReport = JSON.parse(new TextDecoder().decode(stdout));
  const skipped = await count("backend_websocket_ticks_skipped_total");
  return `${clients}, of whom half never read: the others had ` +
    `${(crowd.deltas / (clients / 2) / CROWD_S).toFixed(1)} deltas a second each, after ` +
    `${crowd.latencyMs.median} ms, 95 % ${crowd.latencyMs.p95} ms; ${crowd.lost} lost their ` +
    `connection; ${skipped} deltas spared`;
}

async function oversize(): Promise<string> {
  const many = Math.min(clients, 200);
  let refused = 0;
  for (const bytes of [20_000, 2 ** 20, 30 * 2 ** 20]) {
    await Promise.all(
      Array.from({ length: bytes > 2 ** 20 ? 4 : many }, async () => {
        const client = await RawClient.connect(hub);
        // One that is refused before it has said all of it is cut off.
        await client.write(frame(bytes)).catch(() => {});
        for (let said: string | undefined = ""; said !== undefined;) {
          said = await client.next().catch(() => undefined);
          if (said?.includes("message_too_big")) refused++;
        }
        client.close();
      }),
    );
  }
  const counted = await count("backend_websocket_messages_refused_total", {
    code: "message_too_big",
  });
  return `frames of 20 kB and 1 MB from ${many} clients each, of 30 MB from 4: ${counted} refused, ` +
    `${refused} were told so`;
}

/** What Deno's server keeps until the message ends (docs/gotchas.md). */
async function fragments(program: Program): Promise<string> {
  const before = (await processUsage(program.pid)).memoryMb;
  const client = await RawClient.connect(hub);
  const sentMb = 100;
  for (let i = 0; i < sentMb; i++) {
    const part = frame(2 ** 20);
    part[0] = i === 0 ? 0x01 : 0x00;
    await client.write(part);
  }
  await pause(1000);
  const kept = (await processUsage(program.pid)).memoryMb - before;
  client.close();
  await eventually(async () => await count("backend_websocket_connections") === 0, "its end");
  return `${sentMb} MB in fragments of a message that does not end: ${Math.round(kept)} MB kept`;
}

/** A text message in one frame, masked with zeros (RFC 6455, 5.2). */
function frame(bytes: number): Uint8Array {
  const whole = new Uint8Array(14 + bytes).fill(97);
  whole.set([0x81, 0xff]);
  new DataView(whole.buffer).setBigUint64(2, BigInt(bytes));
  whole.fill(0, 10, 14);
  return whole;
}
