/** A hub that wants a token, and the page: with the token behind its address, and without. */
import assert from "node:assert/strict";
import { eventually } from "../../services/testing/deadline.ts";
import { startProgram } from "../program.ts";
import { findChromium, launch } from "./browser.ts";

const TOKEN = "correct-horse-battery-staple";
const AIRCRAFT = ".rows:not(.skeleton) .row";
const chromium = await findChromium();

Deno.test({
  name: "the page says the token it was given once, and talks to nobody but the hub",
  ignore: chromium === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const program = await startProgram({ BACKEND_TOKENS: TOKEN });
    await eventually(async () => (await fetch(`${program.page}/assets/main.js`)).ok, "the page");
    await eventually(async () => (await fetch(`${program.hub}/health`)).ok, "the hub");
    const browser = await launch(chromium!, false);
    try {
      const page = await browser.newPage();
      const refused: string[] = [];
      page.on("console", (message) => {
        if (/Content Security Policy/.test(message.text())) refused.push(message.text());
      });
      const statuses: number[] = [];
      page.on("response", (response) => {
        if (response.url().startsWith(program.hub)) statuses.push(response.status());
      });
      await page.goto(`${program.page}/#token=${TOKEN}`);
      await page.waitForSelector(AIRCRAFT, { timeout: 180_000 });
      assert(statuses.length > 0 && !statuses.includes(401), statuses.join());
      assert.equal(new URL(page.url()).hash, "", "it is not passed on with the address");
      await page.reload();
      await page.waitForSelector(AIRCRAFT, { timeout: 180_000 });
      assert.deepEqual(refused, []);

      const stranger = await (await browser.newContext()).newPage();
      const answer = stranger.waitForResponse((response) => response.url().includes("/health"));
      await stranger.goto(program.page);
      assert.deepEqual(Object.keys(await (await answer).json()), ["status"]);
      const elsewhere = await stranger.evaluate(() =>
        fetch("http://127.0.0.1:9/").then(() => "reached", (error) => String(error))
      );
      assert.match(elsewhere, /Failed to fetch/);
    } finally {
      await browser.close();
      await program.end();
    }
  },
});
