/** Screenshots of the running pages for the README and for looking at: `docs/pictures/`. */
import type { Page } from "playwright-core";
import { findChromium, launch } from "../tests/browser/browser.ts";
import { eventually } from "../services/testing/deadline.ts";
import { startProgram } from "../tests/program.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

interface Picture {
  readonly name: string;
  readonly size: readonly [width: number, height: number];
  readonly path?: string;
  /** What is done before it is taken. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const DESKTOP = [1440, 900] as const;
const TABLET = [768, 1024] as const;
const PHONE = [390, 844] as const;

/** The demo over Paris, and the sample over New York, in which things happen. */
const RUNS: readonly (readonly [settings: Record<string, string>, pictures: readonly Picture[]])[] =
  [
    [{ REPLAY_SPEED: "3", HISTORY: "on" }, [
      { name: "desktop", size: DESKTOP, prepare: selectHighest },
      { name: "cockpit", size: DESKTOP, prepare: sitInHighest },
      { name: "tablet", size: TABLET, prepare: selectHighest },
      { name: "phone", size: PHONE },
      { name: "phone-details", size: PHONE, prepare: selectHighest },
    ]],
    [{
      REPLAY_FILE: "fixtures/opensky_nyc_sample.jsonl",
      REPLAY_SPEED: "10",
      HISTORY: "on",
    }, [
      { name: "evidence", size: DESKTOP, prepare: playAnomaly },
      { name: "evidence-light", size: DESKTOP, prepare: playAnomalyInDaylight },
      { name: "anomalies", size: DESKTOP, path: "/anomalies" },
      { name: "status", size: TABLET, path: "/status" },
    ]],
  ];
/** The database takes its time, the sample reaches its first grave anomaly after a minute. */
const PATIENCE_MS = 180_000;
/** The camera has arrived and labels stand still. */
const SETTLED_MS = 4000;
/** A picture of a night compresses well; text stays sharp. */
const QUALITY = 82;

const folder = new URL("../docs/pictures/", import.meta.url);
const chromium = await findChromium();
if (!chromium) Deno.exit(1);
await Deno.mkdir(folder, { recursive: true });
const browser = await launch(chromium, true);
try {
  for (const [settings, pictures] of RUNS) {
    const program = await startProgram(settings);
    try {
      await eventually(() => hasHistory(program.hub), "the history");
      for (const picture of pictures) await take(picture, program.page);
    } finally {
      await program.end();
    }
  }
} finally {
  await browser.close();
}

async function take({ name, size, path = "/", prepare }: Picture, base: string): Promise<void> {
  const [width, height] = size;
  const isPhone = size === PHONE;
  const page = await browser.newPage({
    viewport: { width, height },
    hasTouch: isPhone,
    isMobile: isPhone,
  });
  page.setDefaultTimeout(PATIENCE_MS);
  await eventually(() => page.goto(base + path).catch(() => undefined), "the page");
  if (path === "/") {
    await page.waitForSelector("html[data-scene=ready] [data-aircraft]:not([data-aircraft='0'])");
  } else await page.locator("tbody tr:not(.bones)").nth(2).waitFor();
  await page.waitForTimeout(SETTLED_MS);
  await prepare?.(page);
  // Nothing is pointed at.
  await page.mouse.move(width / 2, 4);
  await page.waitForTimeout(SETTLED_MS);
  await page.screenshot({
    path: new URL(`${name}.jpg`, folder).pathname,
    type: "jpeg",
    quality: QUALITY,
    // What fades in has faded in, however slow the machine is.
    animations: "disabled",
  });
  await page.close();
}

async function hasHistory(hub: string): Promise<true | undefined> {
  const health = await fetch(`${hub}/health`).then((answer) => answer.json(), () => undefined);
  return health?.database?.status === "ok" ? true : undefined;
}

async function selectHighest(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Altitude/ }).click();
  await page.getByRole("listbox", { name: "Aircraft" }).getByRole("option").nth(1).click();
}

async function sitInHighest(page: Page): Promise<void> {
  await selectHighest(page);
  await page.keyboard.press("c");
}

/** Waits for the first grave anomaly, opens its evidence and goes back to it. */
async function playAnomaly(page: Page): Promise<void> {
  await page.getByRole("region", { name: "Anomalies" }).getByRole("button", { name: /HIGH/ })
    .first().click();
  await page.getByRole("button", { name: "Play it back" }).click();
}

async function playAnomalyInDaylight(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Theme|Theme: dark/ }).click();
  await playAnomaly(page);
}
