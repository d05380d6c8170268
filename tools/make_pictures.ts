/** Screenshots of the running page for the README and for looking at: `docs/pictures/`. */
import type { Page } from "playwright-core";
import { findChromium, launch } from "../tests/browser/browser.ts";
import { eventually } from "../services/testing/deadline.ts";
import { startProgram } from "../tests/program.ts";

const PICTURES: readonly (readonly [string, number, number, (page: Page) => Promise<void>])[] = [
  ["desktop", 1440, 900, selectFirst],
  ["tablet", 768, 1024, () => Promise.resolve()],
  ["phone", 390, 844, () => Promise.resolve()],
];
/** The camera has arrived and labels stand still. */
const SETTLED_MS = 4000;

const folder = new URL("../docs/pictures/", import.meta.url);
const chromium = await findChromium();
if (!chromium) Deno.exit(1);
await Deno.mkdir(folder, { recursive: true });
const program = await startProgram({ REPLAY_SPEED: "3" });
const browser = await launch(chromium, true);
try {
  for (const [name, width, height, prepare] of PICTURES) {
    const page = await browser.newPage({ viewport: { width, height } });
    await eventually(() => page.goto(program.page).catch(() => undefined), "the page");
    await page.waitForSelector("html[data-scene=ready] [data-aircraft]:not([data-aircraft='0'])");
    await page.waitForTimeout(SETTLED_MS);
    await prepare(page);
    await page.waitForTimeout(SETTLED_MS);
    await page.screenshot({ path: new URL(`${name}.png`, folder).pathname });
    await page.close();
  }
} finally {
  await browser.close();
  await program.end();
}

async function selectFirst(page: Page): Promise<void> {
  await page.getByRole("row").nth(3).or(page.locator(".row").nth(2)).first().click();
}
