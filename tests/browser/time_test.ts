/** Time travel, anomalies and their evidence. */
import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { air, browserTest, list, low, panel, row, START_MS, until } from "./stage.ts";
import type { FakeHub } from "./fake_hub.ts";

const S = START_MS / 1000;
const iso = (agoS: number) => new Date(START_MS - agoS * 1000).toISOString();

/** An hour in which AFR1234 climbs by 1 m/s, and OLD1 is there for the first half hour alone. */
function fillHour(hub: FakeHub) {
  for (let s = 3600; s >= 0; s -= 10) {
    const at = { last_contact_unix: S - s, time_position_unix: S - s };
    hub.past.push({ ...air, altitude_m: 9753.6 - s, velocity_mps: 200, ...at });
    if (s > 1800) hub.past.push({ ...low, icao24: "0000aa", callsign: "OLD1", ...at });
  }
}

const goAround: AnomalyPayload = {
  anomaly_id: "3944ef-GO_AROUND-1",
  icao24: "3944ef",
  callsign: "AFR1234",
  anomaly_type: "GO_AROUND",
  severity: "MEDIUM",
  state: "RESOLVED",
  started_at: iso(2400),
  detected_at: iso(2390),
  resolved_at: iso(2300),
  position: air.position,
  altitude_m: 500,
  near_airport: "LFPG",
  details: {
    airport: "LFPG",
    lowest_height_m: 60.96,
    low_below_m: 500,
    climbed_m: 152.4,
    least_climbed_m: 121.92,
    evidence: { from: iso(2400), to: iso(2300) },
  },
};
const squawk: AnomalyPayload = {
  ...goAround,
  anomaly_id: "400804-SQUAWK_7700-2",
  icao24: "400804",
  callsign: "BAW308",
  anomaly_type: "SQUAWK_7700",
  severity: "HIGH",
  state: "ACTIVE",
  started_at: iso(60),
  detected_at: iso(55),
  resolved_at: null,
  details: { squawk: "7700", meaning: "emergency", reports: 5, confirmed_after_reports: 3 },
};

browserTest("a moment that is picked is played back, and LIVE returns", {
  flights: [air],
  webGl: false,
  fill: fillHour,
}, async ({ page, hub }) => {
  const moment = page.getByRole("slider", { name: "Moment" });
  // The line spans two hours: 40 minutes before its end.
  await moment.fill(String(7200 - 2400));
  await page.getByText(/^Past: 7 Oct 2021, 11:5\d:\d\d UTC/).waitFor();
  await row(page, "OLD1").waitFor();
  await row(page, "AFR1234").getByText(/^↑?\s*24,\d{3}/).waitFor();
  // What the hub says meanwhile is not mixed into it.
  hub.tick(1, [low]);
  assert.equal(await row(page, "BAW308").count(), 0);
  await page.getByRole("button", { name: "LIVE", exact: true }).click();
  await row(page, "OLD1").waitFor({ state: "detached" });
  await row(page, "BAW308").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
});

browserTest("the past plays on at the speed that is set, and space pauses it", {
  flights: [air],
  webGl: false,
  fill: fillHour,
}, async ({ page }) => {
  await page.getByRole("combobox", { name: "Speed of the past" }).selectOption("60");
  await page.getByRole("slider", { name: "Moment" }).fill(String(7200 - 2400));
  const minute = async () => (await page.locator(".pill strong").innerText()).slice(-12, -7);
  await page.getByText(/^Past:/).waitFor();
  const before = await minute();
  await until("minutes have passed", async () => await minute() > before);
  await page.locator("body").press(" ");
  await page.getByRole("button", { name: "Play" }).waitFor();
  const paused = await page.locator(".pill strong").innerText();
  await page.getByRole("button", { name: "Play" }).click();
  await until("it goes on", async () => await page.locator(".pill strong").innerText() !== paused);
});

browserTest("a link to a moment shows it, and the address says it", {
  flights: [air],
  webGl: false,
  fill: fillHour,
  path: `/?t=${iso(2400)}&sel=0000aa`,
}, async ({ page }) => {
  await page.getByText(/^Past: 7 Oct 2021, 11:5\d/).waitFor();
  await panel(page).getByRole("heading", { name: "OLD1" }).waitFor();
  await panel(page).getByText("history of 7 Oct 2021").waitFor();
  await until("it is in the address", () => /t=2021-10-07T11:54/.test(page.url()));
});

browserTest("a past that catches up with now goes live by itself", {
  flights: [air],
  webGl: false,
  fill: fillHour,
  path: `/?t=${iso(4)}`,
}, async ({ page }) => {
  await page.getByText("Caught up: this is now").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
});

browserTest("a moment before the history says that nothing is recorded", {
  flights: [air],
  waitForList: false,
  webGl: false,
  fill: fillHour,
  path: `/?t=${iso(40_000)}`,
}, async ({ page }) => {
  await page.getByText("Nothing is recorded around this moment").first().waitFor();
  await page.getByRole("button", { name: "Back to live" }).click();
  await row(page, "AFR1234").waitFor();
});

for (
  const [history, text] of [
    ["starting", "History is starting: asking again"],
    ["off", "No history is kept here"],
  ] as const
) {
  browserTest(`a history that is ${history} says so, and LIVE still returns`, {
    flights: [air],
    webGl: false,
    fill: (hub) => {
      fillHour(hub);
      hub.history = history;
    },
  }, async ({ page, hub }) => {
    await page.getByRole("slider", { name: "Moment" }).fill(String(7200 - 2400));
    await page.getByText(text).first().waitFor();
    if (history === "starting") {
      hub.history = "ok";
      await row(page, "OLD1").waitFor();
    }
    await page.getByRole("button", { name: "LIVE", exact: true }).click();
    await page.getByText("Live", { exact: true }).waitFor();
    await row(page, "AFR1234").waitFor();
  });
}

browserTest("anomalies from before come when a history that is starting is there", {
  flights: [air],
  webGl: false,
  fill: (hub) => {
    hub.anomalies.push(goAround);
    hub.history = "starting";
  },
}, async ({ page, hub }) => {
  await page.getByText("what was before comes with the history").waitFor();
  hub.history = "ok";
  // It is looked at every ten seconds, and when somebody comes back to the page.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByRole("button", { name: /Go-around · AFR1234/ }).last().waitFor();
});

browserTest("an anomaly opens with its evidence against the thresholds, and its track", {
  flights: [air, low],
  webGl: false,
  fill: (hub) => {
    fillHour(hub);
    hub.anomalies.push(goAround, squawk);
  },
}, async ({ page }) => {
  await page.getByRole("button", { name: /Go-around · AFR1234/ }).last().click();
  const evidence = page.getByRole("region", { name: "Evidence" });
  await evidence.getByText("Broke off its approach to LFPG at 200 ft above the field.").waitFor();
  const climbed = evidence.getByRole("row", { name: /^Climbed by/ });
  assert.equal(await climbed.innerText(), "Climbed by\t500 ft\tat least 400 ft");
  await evidence.getByRole("img", { name: /track from above/ }).waitFor();
  await panel(page).getByRole("heading", { name: "AFR1234" }).waitFor();
  await evidence.getByRole("button", { name: "Play it back" }).click();
  await page.getByText(/^Past: 7 Oct 2021, 11:54/).waitFor();
  await page.keyboard.press("Escape");
  await evidence.waitFor({ state: "detached" });
});

browserTest("[ and ] step through the anomalies", {
  flights: [air, low],
  webGl: false,
  fill: (hub) => hub.anomalies.push(goAround, squawk),
}, async ({ page }) => {
  await page.getByText("Squawk 7700 · BAW308").waitFor();
  const evidence = page.getByRole("region", { name: "Evidence" });
  await list(page).focus();
  await page.keyboard.press("[");
  await evidence.getByRole("heading", { name: "Squawk 7700" }).waitFor();
  await page.keyboard.press("[");
  await evidence.getByRole("heading", { name: "Go-around" }).waitFor();
  await page.keyboard.press("[");
  await page.getByText("That was the first anomaly").waitFor();
  await page.keyboard.press("]");
  await evidence.getByRole("heading", { name: "Squawk 7700" }).waitFor();
});

browserTest("a grave anomaly is said at once, by word and shape and not by colour alone", {
  flights: [air, low],
  webGl: false,
}, async ({ page, hub }) => {
  await page.getByText("Nothing odd has been noticed yet.").waitFor();
  hub.tell(squawk);
  await page.locator("[aria-live=assertive]").getByText("Squawk 7700: BAW308").waitFor();
  const entry = page.getByRole("button", { name: /^HIGH\s*Squawk 7700 · BAW308/ });
  await entry.waitFor();
  assert.equal(await entry.locator(".severity svg").count(), 1);
  await page.getByText("1 going on").waitFor();
  assert.equal(await page.title(), "⚠ Squawk 7700, BAW308 · SkySentinel");
  hub.tell({ ...squawk, state: "RESOLVED", resolved_at: iso(0) });
  await page.getByText("none going on").waitFor();
  assert.equal(await page.title(), "SkySentinel");
});
