/**
 * How long it takes from the start of the whole program to the first aircraft over the WebSocket and
 * on the screen, and the memory of its process, with the embedded history and without. Prints a table;
 * the first round of each fills the caches.
 */
import type { SystemStatus } from "../contracts/status.ts";
import { findChromium, launch } from "../tests/browser/browser.ts";
import { eventually } from "../services/testing/deadline.ts";
import { getJson, startProgram } from "../tests/program.ts";
import { processUsage } from "./process_usage.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const ROUNDS = 4;
/** Long enough for the replay and a client to have settled. */
const SETTLED_MS = 20_000;
/** The first start of the embedded database makes its tables. */
const HISTORY_WITHIN_MS = 120_000;

interface Round {
  readonly socketS: number;
  readonly screenS: number;
  readonly memoryMb: number;
  readonly peakMb: number;
}

async function round(chromium: string, HISTORY: "on" | "off"): Promise<Round> {
  const browser = await launch(chromium, true);
  const startedMs = performance.now();
  const program = await startProgram({ HISTORY });
  const sinceS = () => (performance.now() - startedMs) / 1000;
  try {
    const socket = firstAircraft(program.hub).then(sinceS);
    const page = await browser.newPage({ viewport: { width: 480, height: 300 } });
    // Asked by a fetch: navigations that fail would keep the browser busy.
    await eventually(async () => (await fetch(program.page)).ok, "the page");
    await page.goto(program.page);
    await page.waitForSelector("html[data-scene=ready] [data-aircraft]:not([data-aircraft='0'])");
    const screenS = sinceS();
    const socketS = await socket;
    if (HISTORY === "on") {
      await eventually(
        async () => (await getJson<SystemStatus>(`${program.hub}/status`)).database.status === "ok",
        "the history",
        HISTORY_WITHIN_MS,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const { memoryMb, peakMb } = await processUsage(program.pid);
    return { socketS, screenS, memoryMb, peakMb };
  } finally {
    await program.end();
    await browser.close();
  }
}

/** Resolves when a client of its own has been told of an aircraft. */
async function firstAircraft(hub: string): Promise<void> {
  await eventually(() =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(`${hub.replace("http", "ws")}/ws/flights`);
      socket.onerror = () => resolve(false);
      socket.onmessage = ({ data }) => {
        const { flights, upserts } = JSON.parse(data);
        if ((flights ?? upserts).length === 0) return;
        socket.close();
        resolve(true);
      };
    }), "the first aircraft");
}

const chromium = await findChromium();
if (!chromium) Deno.exit(1);
for (const history of ["off", "on"] as const) {
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(chromium, history));
  const warm = rounds.slice(1);
  const row = (name: string, pick: (round: Round) => number, digits: number, unit: string) => {
    const values = warm.map(pick).sort((a, b) => a - b).map((value) => value.toFixed(digits));
    // deno-lint-ignore no-console -- the table is the result
    console.log(
      `HISTORY=${history.padEnd(4)} ${name.padEnd(34)} ${values[1]} ${unit} (${values[0]} to ${
        values.at(-1)
      })`,
    );
  };
  row("first aircraft over the WebSocket", ({ socketS }) => socketS, 1, "s");
  row("first aircraft on the screen", ({ screenS }) => screenS, 1, "s");
  row("memory of the whole process", ({ memoryMb }) => memoryMb, 0, "MB");
  row("the most it ever had", ({ peakMb }) => peakMb, 0, "MB");
}
