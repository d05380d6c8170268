/** axe-core finds nothing serious on any page, in any of their states, dark and light; CSP blocks nothing. */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { FakeHub } from "./fake_hub.ts";
import { air, awake, browserTest, list, low, parked, START_MS } from "./stage.ts";

const S = START_MS / 1000;
const iso = (agoS: number) => new Date(START_MS - agoS * 1000).toISOString();

const anomaly: AnomalyPayload = {
  anomaly_id: `3944ef-SQUAWK_7700-${START_MS - 60_000}`,
  icao24: "3944ef",
  callsign: "AFR1234",
  anomaly_type: "SQUAWK_7700",
  severity: "HIGH",
  state: "ACTIVE",
  started_at: iso(60),
  detected_at: iso(55),
  details: { squawk: "7700", meaning: "emergency", reports: 5, confirmed_after_reports: 3 },
};
const over: AnomalyPayload = {
  ...anomaly,
  anomaly_id: "400804-HOLDING-1",
  icao24: "400804",
  callsign: "BAW308",
  anomaly_type: "HOLDING",
  severity: "LOW",
  state: "RESOLVED",
  detected_at: iso(300),
  resolved_at: iso(10),
  details: {},
};

function fill(hub: FakeHub) {
  hub.anomalies.push(anomaly, over);
  for (let s = 900; s >= 0; s -= 10) hub.past.push({ ...air, last_contact_unix: S - s });
}

/** What is serious or worse, a line each. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<import("axe-core").AxeResults> };
    };
    const { violations } = await axe.run();
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`)
      );
  });
}

const flights = [{ ...air, squawk: "7700" }, { ...low, status: "STALE" as const }, parked];
const STATES: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  "at first": () => Promise.resolve(),
  "with an aircraft selected": async (page) => {
    await list(page).getByRole("option").first().click();
    await page.getByText("Last 15 min").waitFor();
  },
  "with evidence open": async (page) => {
    await page.keyboard.press("]");
    await page.getByRole("img", { name: /track from above/ }).waitFor();
  },
  "where nothing matches": async (page) => {
    await page.getByRole("searchbox").fill("nobody");
    await page.getByText("No aircraft match").waitFor();
  },
  "with airports found": async (page) => {
    await page.getByRole("searchbox").fill("lfpg");
    await page.getByRole("button", { name: /^LFPG/ }).waitFor();
  },
  "with help": async (page) => {
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
  },
  "in the past": async (page) => {
    await page.getByRole("slider", { name: "Moment" }).fill("6900");
    await page.getByText(/^Past:/).waitFor();
  },
};
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

for (const theme of ["dark", "light"] as const) {
  const prepare = (page: Page) =>
    page.addInitScript((name) => localStorage.setItem("skysentinel.theme", name), theme);
  browserTest(`nothing serious on the page in any state, ${theme}`, {
    flights,
    webGl: false,
    prepare,
    fill,
  }, async ({ page }) => {
    await page.getByText("Squawk 7700 · AFR1234").waitFor();
    for (const [state, enter] of Object.entries(STATES)) {
      await enter(page);
      assert.deepEqual(await findings(page), [], state);
      await page.goto(new URL("/", page.url()).href);
      await page.getByText("Squawk 7700 · AFR1234").waitFor();
      await awake(page);
    }
  });
  browserTest(`nothing serious on a phone, ${theme}`, {
    flights,
    webGl: false,
    prepare,
    fill,
    context: PHONE,
  }, async ({ page }) => {
    assert.deepEqual(await findings(page), []);
    await page.getByRole("button", { name: "Menu" }).click();
    assert.deepEqual(await findings(page), [], "with the menu");
    await list(page).getByRole("option").first().click();
    await page.getByText("Last 15 min").waitFor();
    assert.deepEqual(await findings(page), [], "with details");
  });
  browserTest(`nothing serious on the other pages, ${theme}`, {
    flights: [],
    webGl: false,
    path: "/about",
    prepare,
    fill,
  }, async ({ page }) => {
    assert.deepEqual(await findings(page), [], "about");
    for (
      const [path, text] of [
        ["/anomalies", "2 anomalies"],
        [`/anomalies/${anomaly.anomaly_id}`, "What the rule saw"],
        ["/status", "The hub refused"],
      ] as const
    ) {
      await page.goto(new URL(path, page.url()).href);
      await page.getByText(text).first().waitFor();
      assert.deepEqual(await findings(page), [], path);
    }
  });
}

browserTest("nothing on any page is against its content policy", {
  flights,
  fill,
  prepare: async (page) => {
    await page.addInitScript(() => {
      const blocked: string[] = [];
      Object.assign(globalThis, { blocked });
      addEventListener(
        "securitypolicyviolation",
        ({ violatedDirective, blockedURI, sample }) =>
          blocked.push(`${violatedDirective} ${blockedURI} ${sample}`),
      );
    });
  },
}, async ({ page }) => {
  const blocked = () =>
    page.evaluate(() => (globalThis as unknown as { blocked: string[] }).blocked);
  const headers = (await page.reload())!.headers();
  assert.doesNotMatch(headers["content-security-policy"]!, /unsafe-inline|unsafe-eval/);
  await page.waitForSelector("html[data-scene=ready]");
  await list(page).getByRole("option").first().click();
  await page.getByText("Last 15 min").waitFor();
  await page.getByText("Squawk 7700 · AFR1234").first().waitFor({ state: "attached" });
  await page.keyboard.press("]");
  await page.getByRole("img", { name: /track from above/ }).waitFor();
  assert.deepEqual(await blocked(), []);
  for (const path of ["/anomalies", `/anomalies/${anomaly.anomaly_id}`, "/status", "/about"]) {
    await page.goto(new URL(path, page.url()).href);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(await blocked(), [], path);
  }
});
