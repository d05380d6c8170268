/** What the browser tests share: a page that is open and fed, and ways to look at it. */
import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Flight } from "../../contracts/flight.ts";
import { flight } from "../../islands/testing.ts";
import { uiApp } from "../../services/ui/app.ts";
import { bundleIslands } from "../../services/ui/bundle.ts";
import { findChromium, launch } from "./browser.ts";
import { FakeHub } from "./fake_hub.ts";

/** Small where there is a globe: software draws every pixel. */
const SMALL = { width: 900, height: 460 };
const WIDE = { width: 1300, height: 800 };

export const START_MS = Date.UTC(2021, 9, 7, 12, 34, 56);
const SECONDS = START_MS / 1000;
/** Software rendering needs its time, and the machine may be busy. */
const PATIENCE_MS = 120_000;

const chromium = await findChromium();

/** Flies east over Paris, fast enough that a second is a few pixels. */
export const air = flight({
  icao24: "3944ef",
  callsign: "AFR1234",
  velocity_mps: 700,
  heading_deg: 90,
  altitude_m: 9753.6,
  time_position_unix: SECONDS,
  last_contact_unix: SECONDS,
});
/** The same where it stays. */
export const still = { ...air, velocity_mps: 0 };
export const low = flight({
  ...air,
  icao24: "400804",
  callsign: "BAW308",
  position: { lat: 48.95, lon: 2.1 },
  altitude_m: 914.4,
  velocity_mps: 80,
});
export const parked = flight({
  ...air,
  icao24: "0a0042",
  callsign: "DAH1011",
  position: { lat: 49.01, lon: 2.55 },
  on_ground: true,
  velocity_mps: 0,
});

export interface Stage {
  readonly page: Page;
  readonly hub: FakeHub;
}
export interface StageOptions {
  readonly flights: readonly Flight[];
  readonly webGl?: boolean;
  readonly mode?: "live" | "replay";
  readonly context?: BrowserContextOptions;
  /** By how much the newest data is older than the hub's clock. */
  readonly hubAheadS?: number;
  readonly protocol?: "json" | "columns";
  /** Where the page is opened. */
  readonly path?: string;
  /** Whether there is a list to wait for. */
  readonly waitForList?: boolean;
  /** What the hub has before the page comes. */
  readonly fill?: (hub: FakeHub) => void;
  /** Before the page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** A test on a page of its own, open and fed; the globe is drawn, unless there is no WebGL. */
export function browserTest(
  name: string,
  options: StageOptions,
  act: (stage: Stage) => Promise<void>,
) {
  const { flights, webGl = true, mode = "live", context = {}, path = "/" } = options;
  const { hubAheadS = 0, protocol, fill, prepare } = options;
  const { waitForList = flights.length > 0 } = options;
  Deno.test({
    name,
    ignore: !chromium,
    // The driver keeps its pipes and timers to the browser beyond a single test.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const hub = new FakeHub({ mode, streamMs: START_MS, aheadS: hubAheadS, flights, protocol });
      fill?.(hub);
      const hubUrl = `http://127.0.0.1:${hub.port}`;
      const { fetch } = uiApp({ hubUrl, backendPort: 0, assets: bundled() });
      const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, fetch);
      const browser = await sharedBrowser(webGl);
      const viewport = webGl ? SMALL : WIDE;
      const page = await newPage(browser, { viewport, ...context }, prepare);
      try {
        await page.goto(`http://127.0.0.1:${server.addr.port}${path}`);
        if (webGl) await page.waitForSelector("html[data-scene=ready]");
        if (waitForList) {
          await list(page).getByRole("option").first().waitFor();
          await awake(page);
        }
        await act({ page, hub });
      } finally {
        await page.context().close();
        await server.shutdown();
        await hub.close();
      }
    },
  });
}

let assets: ReturnType<typeof bundleIslands> | undefined;

/** Bundled once for all tests. */
function bundled(): ReturnType<typeof bundleIslands> {
  return assets ??= bundleIslands(Deno.makeTempDirSync({ prefix: "skysentinel-" }));
}

const browsers = new Map<boolean, Promise<Browser>>();

/** One with WebGL and one without, for all tests of a file. */
function sharedBrowser(webGl: boolean): Promise<Browser> {
  const known = browsers.get(webGl) ?? launch(chromium!, webGl);
  browsers.set(webGl, known);
  return known;
}

Deno.test.afterAll(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

async function newPage(
  browser: Browser,
  options: BrowserContextOptions,
  prepare: StageOptions["prepare"],
): Promise<Page> {
  const context = await browser.newContext({
    // No flights of the camera to wait for.
    reducedMotion: "reduce",
    deviceScaleFactor: 0.5,
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await prepare?.(page);
  return page;
}

/** What is beside the list comes to life after it: a click before that is nobody's. */
export const awake = (page: Page) => page.waitForSelector("html[data-islands=all]");
export const panel = (page: Page) => page.getByRole("region", { name: "Selected aircraft" });
/** The list of aircraft; a menu has options as well. */
export const list = (page: Page) => page.getByRole("listbox", { name: "Aircraft" });
export const row = (page: Page, name: string) => list(page).getByRole("option", { name });
/** The name at the selected aircraft, on the globe. */
export const label = (page: Page) => page.locator("[data-label=selected] strong");
/** What the cockpit shows. */
export const hud = (page: Page) => page.locator(".hud");
export const search = (page: Page) => page.getByRole("searchbox");

export async function clickMiddleOfGlobe(page: Page) {
  const { x, y, width, height } = await box(page.locator("#view"));
  await page.mouse.click(x + width / 2, y + height / 2);
}

export async function box(locator: Locator) {
  const found = await locator.boundingBox();
  assert.ok(found, "it is not on the screen");
  return found;
}

/** Asks anew until it is so: nothing here sleeps for a time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

export const onGlobe = (page: Page, count: number) =>
  page.waitForSelector(`#globe[data-aircraft="${count}"]`);
