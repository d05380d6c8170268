/**
 * How long it takes from the start of the whole program to the first aircraft over the WebSocket and
 * on the screen, and the memory of its process. Prints a table; the first round fills the caches.
 */
import { findChromium, launch } from "../tests/browser/browser.ts";
import { eventually } from "../services/testing/deadline.ts";
import { startProgram } from "../tests/program.ts";
import { processUsage } from "./process_usage.ts";

const ROUNDS = 4;
/** Long enough for the replay and a client to have settled. */
const SETTLED_MS = 20_000;

interface Round {
  readonly socketS: number;
  readonly screenS: number;
  readonly memoryMb: number;
}

async function round(chromium: string): Promise<Round> {
  const browser = await launch(chromium, true);
  const startedMs = performance.now();
  const program = await startProgram();
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
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const { memoryMb } = await processUsage(program.pid);
    return { socketS, screenS, memoryMb };
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
const rounds: Round[] = [];
for (let i = 0; i < ROUNDS; i++) rounds.push(await round(chromium));
const warm = rounds.slice(1);
const row = (name: string, pick: (round: Round) => number, digits: number, unit: string) => {
  const values = warm.map(pick).sort((a, b) => a - b).map((value) => value.toFixed(digits));
  // deno-lint-ignore no-console -- the table is the result
  console.log(`${name.padEnd(34)} ${values[1]} ${unit} (${values[0]} to ${values.at(-1)})`);
};
row("first aircraft over the WebSocket", ({ socketS }) => socketS, 1, "s");
row("first aircraft on the screen", ({ screenS }) => screenS, 1, "s");
row("memory of the whole process", ({ memoryMb }) => memoryMb, 0, "MB");
