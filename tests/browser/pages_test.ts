/** The pages beside the globe: anomalies, one anomaly, status, about. */
import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { SystemStatus } from "../../contracts/status.ts";
import { air, browserTest, START_MS, until } from "./stage.ts";

const S = START_MS / 1000;
const iso = (agoS: number) => new Date(START_MS - agoS * 1000).toISOString();

const goAround: AnomalyPayload = {
  anomaly_id: `3944ef-GO_AROUND-${START_MS - 600_000}`,
  icao24: "3944ef",
  callsign: "AFR1234",
  anomaly_type: "GO_AROUND",
  severity: "MEDIUM",
  state: "RESOLVED",
  started_at: iso(600),
  detected_at: iso(590),
  resolved_at: iso(540),
  position: air.position,
  altitude_m: 500,
  near_airport: "LFPG",
  details: {
    airport: "LFPG",
    lowest_height_m: 60.96,
    low_below_m: 500,
    evidence: { from: iso(600), to: iso(540) },
  },
};
const squawk: AnomalyPayload = {
  ...goAround,
  anomaly_id: `400804-SQUAWK_7700-${START_MS - 60_000}`,
  icao24: "400804",
  callsign: "<img src=x onerror=alert(1)>".repeat(4).slice(0, 100),
  anomaly_type: "SQUAWK_7700",
  severity: "HIGH",
  state: "ACTIVE",
  started_at: iso(60),
  detected_at: iso(55),
  resolved_at: null,
  details: { squawk: "7700", meaning: "emergency", reports: 5 },
};

browserTest("anomalies can be sorted and filtered, and the address says how", {
  flights: [],
  webGl: false,
  path: "/anomalies",
  fill: (hub) => hub.anomalies.push(goAround, squawk),
}, async ({ page }) => {
  const kinds = () => page.locator("tbody th").allInnerTexts();
  await page.getByRole("link", { name: "Go-around" }).waitFor();
  assert.deepEqual(await kinds(), ["Squawk 7700", "Go-around"]);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  await page.getByRole("button", { name: /^Severity/ }).click();
  await page.getByRole("button", { name: /^Severity/ }).click();
  await until("the least grave is first", async () => (await kinds())[0] === "Go-around");
  assert.equal(
    await page.getByRole("columnheader", { name: /^Severity/ }).getAttribute("aria-sort"),
    "ascending",
  );
  await page.getByRole("combobox", { name: "Severity" }).selectOption("HIGH");
  await page.getByText("1 anomaly").waitFor();
  await until("the address says so", () => page.url().includes("severity=HIGH&sort=severity"));
  await page.reload();
  await page.getByText("1 anomaly").waitFor();
  assert.deepEqual(await kinds(), ["Squawk 7700"]);
});

browserTest(
  "an anomaly has its own address with evidence and track, and is replayed on the globe",
  {
    flights: [air],
    webGl: false,
    path: `/anomalies/${goAround.anomaly_id}`,
    // The address leads to a page without a list.
    waitForList: false,
    fill: (hub) => {
      hub.anomalies.push(goAround);
      for (let s = 900; s >= 0; s -= 10) hub.past.push({ ...air, last_contact_unix: S - s });
    },
  },
  async ({ page }) => {
    await page.getByRole("heading", { name: "Go-around, 3944EF", level: 1 }).waitFor();
    await page.getByText("Broke off its approach to LFPG at 200 ft above the field.").waitFor();
    await page.getByRole("row", { name: /^Lowest above the field 200 ft at most 1,640 ft/ })
      .waitFor();
    await page.getByRole("img", { name: /track from above/ }).waitFor();
    await page.getByRole("link", { name: "Replay on the globe" }).click();
    await page.getByText(/^Past: 7 Oct 2021, 12:2\d/).waitFor();
    await page.getByRole("heading", { name: "AFR1234" }).waitFor();
  },
);

browserTest("an anomaly is found by its address, whatever its aircraft has done since", {
  flights: [],
  webGl: false,
  path: `/anomalies/${goAround.anomaly_id}`,
  fill: (hub) => {
    hub.anomalies.push(goAround);
    for (let i = 0; i < 1001; i++) {
      hub.anomalies.push({ ...goAround, anomaly_id: `3944ef-HOLDING-${i}`, detected_at: iso(-i) });
    }
  },
}, async ({ page }) => {
  await page.getByRole("heading", { name: /^AFR1234/ }).waitFor();
  await page.getByText("Broke off its approach to LFPG").first().waitFor();
});

browserTest("an anomaly that is not there is said not to be", {
  flights: [],
  webGl: false,
  path: "/anomalies/abcdef-HOLDING-1",
}, async ({ page }) => {
  await page.getByText("There is no such anomaly").waitFor();
});

browserTest("a history that is starting is waited for", {
  flights: [],
  webGl: false,
  path: "/anomalies",
  fill: (hub) => {
    hub.anomalies.push(goAround);
    hub.history = "starting";
  },
  prepare: (page) => page.clock.install(),
}, async ({ page, hub }) => {
  await page.getByText("History is starting: asked again in a moment.").waitFor();
  hub.history = "ok";
  await page.clock.fastForward(11_000);
  await page.getByRole("link", { name: "Go-around" }).waitFor();
});

const role = {
  status: "running",
  restarts: 0,
  last_error: null,
  lag: null,
  updates_per_s: null,
} as const;
const status = {
  timestamp: iso(-3),
  status: "degraded",
  stream_time: iso(0),
  mode: "live",
  aircraft: 1234,
  connections: 3,
  roles: {
    ingest: role,
    process: {
      ...role,
      status: "restarting",
      restarts: 2,
      last_error: "it <b>fell</b>",
      lag: 4321,
    },
    hub: role,
    ui: role,
  },
  broker: { kind: "memory", status: "up" },
  database: { status: "starting", detail: "not connected yet" },
  sources: [{
    producer_id: "ingest-1",
    name: "opensky",
    timestamp: iso(0),
    poll_latency_ms: 612,
    api_status: "rate_limited",
    flights_count: 0,
    bbox: { lat_min: 0, lat_max: 1, lon_min: 0, lon_max: 1 },
    retry_at_unix: Date.UTC(2021, 9, 7, 14, 5) / 1000,
    problem: "opensky has no credits left",
    rejected: { duplicate: 1200, impossible_value: 3 },
  }],
  drops: { ticks_skipped: 0, messages_missed: 0, messages_refused: 37, requests_refused: 0 },
  verify: [{
    at: iso(60),
    passed: false,
    took_ms: 10,
    checks: [
      { check: "the stream flows", status: "pass", took_ms: 5, cause: null, seen: "3.9 a second" },
      { check: "history answers", status: "fail", took_ms: 5, cause: "it is starting", seen: null },
    ],
  }],
} as const satisfies SystemStatus;

browserTest("the status page says how roles, sources and promises are", {
  flights: [],
  webGl: false,
  path: "/status",
  fill: (hub) => hub.status = status,
}, async ({ page }) => {
  await page.getByText("The system is degraded.").waitFor();
  const line = (name: RegExp) => page.getByRole("row", { name }).innerText();
  assert.match(await line(/^process/), /restarting\s+4,321\s+—\s+2\s+it <b>fell<\/b>/);
  assert.match(
    await line(/^opensky/),
    /rate limited\s+until 14:05:00 UTC\s+opensky has no credits left\s+duplicate 1,200\s+impossible value 3/,
  );
  assert.match(await line(/^Lines and messages/), /37/);
  await page.getByRole("heading", { name: /^Promises: 1 of 2 held/ }).waitFor();
  assert.match(await line(/^history answers/), /fail\s+—\s+it is starting/);
});

browserTest("a hub that is away is said to be away", {
  flights: [],
  webGl: false,
  path: "/status",
  prepare: (page) =>
    page.route(/\/status$/, (route) => {
      const isHub = route.request().resourceType() === "fetch";
      return isHub ? route.abort() : route.continue();
    }),
}, async ({ page }) => {
  await page.getByText("The hub cannot be reached").waitFor();
});

browserTest("about names every origin and its terms, without script too", {
  flights: [],
  webGl: false,
  path: "/about",
  context: { javaScriptEnabled: false },
}, async ({ page }) => {
  for (const text of ["The OpenSky Network", "OurAirports", "Natural Earth", "CC BY 4.0", "MIT"]) {
    await page.getByText(text).first().waitFor();
  }
});
