/**
 * Ten thousand aircraft once a second from three receivers that hear the same: what the ingest role
 * takes of a processor from the answers over HTTP to the log, and whether it keeps up. Prints a table.
 *
 *     deno run -A tools/bench_feeds.ts [seconds] [aircraft]
 */
import { TOPICS } from "../contracts/constants.ts";
import { metricSum } from "../services/metrics_text.ts";
import { aircraftItem, serveFeed } from "../services/ingest/sources/testing.ts";
import { eventually } from "../services/testing/deadline.ts";
import { startProgram } from "../tests/program.ts";
import { processUsage } from "./process_usage.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const AIRCRAFT = Number(Deno.args[1] ?? 10_000);
const RECEIVERS = 3;
const SECONDS = Number(Deno.args[0] ?? 20);
/** 450 kt to the east at 40 N, degrees a second. */
const EAST_DEG = 0.00272;

function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

/** What is before and after the position in each aircraft's JSON, written once. */
const texts = Array.from({ length: AIRCRAFT }, (_, i) => {
  const { lon, ...item } = aircraftItem(i);
  return { text: JSON.stringify({ ...item, seen: 0, seen_pos: 0 }).slice(0, -1), lon: Number(lon) };
});
let built = { second: 0, aircraft: "" };

/** The sky of this second, the same for every receiver. */
function sky(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== built.second) {
    const east = second % 3600 * EAST_DEG;
    const aircraft = texts.map(({ text, lon }) => `${text},"lon":${(lon + east).toFixed(6)}}`);
    built = { second, aircraft: `[${aircraft.join()}]` };
  }
  return `{"now":${second + 0.1},"messages":1,"aircraft":${built.aircraft}}`;
}

const feeds = Array.from({ length: RECEIVERS }, () => serveFeed(sky));
const program = await startProgram({
  SOURCES: feeds.map(({ url }) => `readsb:${url}`).join(),
  POLL_INTERVAL_SECONDS: "1",
  LOG_LEVEL: "warn",
}, ["ingest"]);
const metrics = async () => await (await fetch(`${program.ingest}/metrics`)).text();
const published = (text: string) =>
  metricSum(text, "producer_flights_published_total", { topic: TOPICS.updates }) ?? 0;

await eventually(async () => published(await metrics()) > 5 * AIRCRAFT, "a few seconds of traffic");
const [before, textBefore, startedMs] = [
  await processUsage(program.pid),
  await metrics(),
  performance.now(),
];
await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
const [after, textAfter] = [await processUsage(program.pid), await metrics()];
const tookS = (performance.now() - startedMs) / 1000;
const rate = (name: string) =>
  ((metricSum(textAfter, name) ?? 0) - (metricSum(textBefore, name) ?? 0)) / tookS;

print(`${RECEIVERS} receivers, ${AIRCRAFT} aircraft, ${tookS.toFixed(0)} s`);
print(`reports read         ${rate("producer_reports_received_total").toFixed(0)}/s`);
print(
  `flights published    ${((published(textAfter) - published(textBefore)) / tookS).toFixed(0)}/s`,
);
print(`polls                ${rate("producer_polls_total").toFixed(2)}/s`);
print(`dropped              ${rate("producer_reports_dropped_total").toFixed(0)}/s`);
print(`processor            ${((after.cpuMs - before.cpuMs) / tookS / 1000).toFixed(2)} of a core`);
print(
  `memory               ${after.memoryMb.toFixed(0)} MB, ${after.peakMb.toFixed(0)} MB at most`,
);
await program.end();
for (const feed of feeds) await feed[Symbol.asyncDispose]();
