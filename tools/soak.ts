/**
 * A long run at 5 000 aircraft through Kafka and PostGIS, with a hundred clients of whom ten never read:
 * the memory of each role by the minute, and whether it is flat. Exit code 1 when it is not, or when
 * something was lost. `deno task soak --minutes=60 --aircraft=5000 --per-second=1000`
 */
import { Broker } from "../services/bus/broker.ts";
import { connectBus } from "../services/bus/connect.ts";
import { loadConfig } from "../services/config.ts";
import { createLog } from "../services/log.ts";
import { metricSum } from "../services/metrics_text.ts";
import { eventually } from "../services/testing/deadline.ts";
import { hubUrl, startCluster } from "../tests/cluster.ts";
import { answerHelp, numberArgument } from "./arguments.ts";
import { processUsage } from "./process_usage.ts";
import { startTraffic } from "./traffic.ts";

answerHelp();

const minutes = numberArgument("minutes", 60);
const aircraft = numberArgument("aircraft", 5000);
const perSecond = numberArgument("per-second", 1000);
const CLIENTS = 100;
const IDLE = 10;
/** The crowd is ended by us, not by its own time. */
const SPARE_S = 600;
const LOOKS_PER_MINUTE = 6;
/** What the last quarter may have more than those before it: a heap breathes. */
const FLAT_SHARE = 1.1;
const PATIENCE_MS = 120_000;

function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

const cluster = await startCluster({ KAFKA_PARTITIONS: "6" });
const config = loadConfig(cluster.settings);
const log = createLog({ role: "soak", level: "warn", format: "text" });
const bus = await connectBus(config, log, () => new Broker({ compactedTopics: [] }));
let code = 0;
try {
  const roles = { process: await cluster.start("process"), hub: await cluster.start("hub") };
  const hub = hubUrl(cluster);
  const processUrl = `http://127.0.0.1:${cluster.settings.PROCESS_METRICS_PORT}`;
  await eventually(async () => (await fetch(`${hub}/health`)).ok, "hub", PATIENCE_MS);
  const traffic = startTraffic(bus, config, { aircraft, perSecond, updates: true });
  const crowd = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tools/crowd.ts", hub, CLIENTS, Math.ceil(minutes * 60) + SPARE_S, IDLE]
      .map(String),
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const sum = async (url: string, name: string) =>
    metricSum(await (await fetch(`${url}/metrics`)).text(), name) ?? NaN;
  const samples: Record<keyof typeof roles, number[]> = { process: [], hub: [] };
  print("minute  process MB  hub MB  lag  clients  aircraft");
  for (let look = 1; look <= minutes * LOOKS_PER_MINUTE; look++) {
    await new Promise((resolve) => setTimeout(resolve, 60_000 / LOOKS_PER_MINUTE));
    for (const role of ["process", "hub"] as const) {
      samples[role].push((await processUsage(roles[role].pid)).memoryMb);
    }
    if (look % LOOKS_PER_MINUTE !== 0) continue;
    const cells = [
      look / LOOKS_PER_MINUTE,
      ...[samples.process, samples.hub].map((all) => Math.round(all.at(-1)!)),
      await sum(processUrl, "processing_kafka_consumer_lag"),
      await sum(hub, "backend_websocket_connections"),
      await sum(hub, "backend_flights_cached"),
    ];
    print(cells.map((cell, i) => String(cell).padStart([6, 12, 8, 5, 9, 10][i]!)).join(""));
  }
  await traffic.stop();
  await eventually(
    async () => await sum(processUrl, "processing_messages_processed_total") >= traffic.published,
    "every update",
    PATIENCE_MS,
  );
  print(`${traffic.published} updates published and processed`);
  for (const [role, all] of Object.entries(samples)) {
    const quarter = Math.floor(all.length / 4);
    const [second, third, last] = [3, 2, 1].map((n) =>
      median(all.slice(-n * quarter).slice(0, quarter))
    );
    const isFlat = last! <= Math.max(second!, third!) * FLAT_SHARE;
    const mb = [second, third, last].map((value) => Math.round(value!)).join(", ");
    print(`${role}: ${mb} MB in the last three quarters: ${isFlat ? "flat" : "IT GROWS"}`);
    if (!isFlat) code = 1;
  }
  crowd.kill("SIGKILL");
} finally {
  await bus.close();
  await cluster.close();
}
Deno.exit(code);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
