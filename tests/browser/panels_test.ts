/** What stands around the globe: search, units, filters, details, links, keys, themes. */
import assert from "node:assert/strict";
import { flight } from "../../islands/testing.ts";
import {
  air,
  browserTest,
  list,
  low,
  panel,
  parked,
  row,
  search,
  START_MS,
  until,
} from "./stage.ts";

const S = START_MS / 1000;
const described = {
  ...air,
  registration: "F-GKXA",
  aircraft_type: "A320",
  origin_country: "France",
  position_source: "ADS-B",
};

browserTest("search finds callsign, address, registration and type, and Enter takes the first", {
  flights: [described, low, parked],
  webGl: false,
}, async ({ page }) => {
  for (const text of ["afr 12", "3944EF", "fgkxa", "a320"]) {
    await search(page).fill(text);
    await page.getByText("1 of 3 aircraft").waitFor();
    await row(page, "AFR1234").waitFor();
  }
  await page.keyboard.press("Escape");
  await page.getByText("3 aircraft", { exact: true }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  assert.ok(await search(page).evaluate((field) => field === document.activeElement));
  await page.keyboard.type("baw");
  await page.getByText("1 of 3 aircraft").waitFor();
  await page.keyboard.press("Enter");
  await panel(page).getByRole("heading", { name: "BAW308" }).waitFor();
});

browserTest("search finds airports, and choosing one clears the text", {
  flights: [air],
  webGl: false,
}, async ({ page }) => {
  await search(page).fill("lfpg");
  await page.getByText("No aircraft match").waitFor();
  await page.getByRole("button", { name: /^LFPG Charles de Gaulle/ }).click();
  await row(page, "AFR1234").waitFor();
  assert.equal(await search(page).inputValue(), "");
});

browserTest("units go round for every figure, and are kept", {
  flights: [air],
  webGl: false,
}, async ({ page }) => {
  await row(page, "AFR1234").click();
  await panel(page).getByText("32,000").first().waitFor();
  await page.keyboard.press("u");
  await panel(page).getByText("9,754").first().waitFor();
  await panel(page).getByText("km/h").waitFor();
  await row(page, "AFR1234").getByText("2,520").waitFor();
  await page.getByRole("slider", { name: "Lowest altitude" }).fill("3000");
  await page.getByText("above 3,000 m").waitFor();
  await until("the address says so", () => page.url().includes("units=metric"));
  await page.goto(new URL("/", page.url()).href);
  await row(page, "AFR1234").getByText("9,754").waitFor();
  await page.getByRole("button", { name: /^Units: metric/ }).click();
  await row(page, "AFR1234").getByText("32,000").waitFor();
});

browserTest("chips hold back by emergency, airline and speed, and Clear filters shows all", {
  flights: [{ ...air, squawk: "7700" }, low, parked],
  webGl: false,
}, async ({ page }) => {
  const shows = (text: string) =>
    page.getByRole("group", { name: "Filters" }).getByText(text).waitFor();
  await page.getByRole("button", { name: "Emergency" }).click();
  await shows("1 of 3 aircraft");
  await row(page, "AFR1234").waitFor();
  await page.getByRole("button", { name: "Emergency" }).click();
  await page.getByRole("combobox", { name: "Airline" }).selectOption("BAW");
  await shows("1 of 3 aircraft");
  await row(page, "BAW308").waitFor();
  await page.getByRole("combobox", { name: "Airline" }).selectOption("");
  await page.getByRole("button", { name: "Speed", exact: true }).click();
  await page.getByRole("slider", { name: "Lowest speed" }).fill("200");
  await page.getByRole("button", { name: "Speed above 200 kt" }).waitFor();
  await shows("1 of 3 aircraft");
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await shows("3 aircraft");
});

browserTest("the two handles of the altitude range cannot pass each other, by keyboard too", {
  flights: [air],
  webGl: false,
}, async ({ page }) => {
  const lowest = page.getByRole("slider", { name: "Lowest altitude" });
  const highest = page.getByRole("slider", { name: "Highest altitude" });
  await highest.fill("10000");
  await lowest.fill("30000");
  assert.equal(await lowest.inputValue(), "9500");
  await lowest.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await lowest.inputValue(), "9500");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await lowest.inputValue(), "9000");
  await page.getByText("9,000 to 10,000 ft").waitFor();
});

browserTest("the details say who it is, its figures, their age and their source", {
  flights: [described],
  webGl: false,
  fill: (hub) => {
    for (let s = 600; s >= 0; s -= 10) {
      // Nothing for two minutes: a gap.
      if (s > 200 && s < 320) continue;
      hub.past.push({ ...described, altitude_m: 9753.6 - s * 5, last_contact_unix: S - s });
    }
  },
}, async ({ page, hub }) => {
  await row(page, "AFR1234").click();
  for (
    const text of ["3944EF", "F-GKXA", "A320", "France", "32,000", "1,361", "090°", "ADS-B, live"]
  ) {
    await panel(page).getByText(text).first().waitFor();
  }
  await panel(page).getByRole("img", {
    name: /^Altitude over the last 10 min: 22,157 to 32,000 ft/,
  })
    .waitFor();
  await panel(page).getByText("Last 10 min").waitFor();
  const gap = await panel(page).locator(".spark.altitude .spark-gap").getAttribute("d");
  assert.match(gap!, /^M.*L/, "the gap is drawn as one");
  hub.tick(30);
  await panel(page).getByText(/^[2-9]\d s ago$/).waitFor();
});

browserTest("without a history the curves begin when it is selected, and say why", {
  flights: [air],
  webGl: false,
  fill: (hub) => hub.history = "off",
}, async ({ page, hub }) => {
  await row(page, "AFR1234").click();
  await panel(page).getByText("No history is kept here: since it was selected").waitFor();
  for (let s = 1; s < 4; s++) hub.tick(1, [{ ...air, last_contact_unix: S + s, altitude_m: 9000 }]);
  await panel(page).getByRole("img", { name: /^Altitude over the last \d s/ }).waitFor();
});

browserTest("a track is saved as GeoJSON and as CSV under a harmless name", {
  flights: [{ ...air, callsign: "../A<b>F" }],
  webGl: false,
  fill: (hub) => {
    for (const s of [20, 10, 0]) hub.past.push({ ...air, last_contact_unix: S - s });
  },
}, async ({ page }) => {
  await list(page).getByRole("option").first().click();
  await panel(page).getByText("Last 20 s").waitFor();
  const save = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      panel(page).getByRole("button", { name }).click(),
    ]);
    const text = await Deno.readTextFile(await download.path());
    return { name: download.suggestedFilename(), text };
  };
  const geo = await save("GeoJSON");
  assert.equal(geo.name, "AbF_3944ef.geojson");
  assert.deepEqual(JSON.parse(geo.text).features[0].geometry.coordinates[0], [
    2.3522,
    48.8566,
  ]);
  const csv = await save("CSV");
  assert.equal(csv.name, "AbF_3944ef.csv");
  assert.equal(csv.text.trim().split("\r\n").length, 4);
});

browserTest("a link shows the same selection, filters and units to someone else", {
  flights: [air, low, parked],
  webGl: false,
  path: "/?sel=400804&alt=-5000&q=b&units=metric&where=airborne",
}, async ({ page }) => {
  await panel(page).getByRole("heading", { name: "BAW308" }).waitFor();
  assert.equal(await search(page).inputValue(), "b");
  assert.ok(await page.getByRole("radio", { name: "Airborne" }).isChecked());
  await page.getByText("below 5,000 m").waitFor();
  await panel(page).getByText(/^914/).first().waitFor();
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await page.keyboard.press("Escape");
  await until("the address is short", () => new URL(page.url()).search === "?units=metric");
});

browserTest("a link to an aircraft that is not there says so, and waits for it", {
  flights: [air],
  webGl: false,
  path: "/?sel=400804",
}, async ({ page, hub }) => {
  await panel(page).getByText("Not heard now.").waitFor();
  hub.tick(1, [low]);
  await panel(page).getByRole("heading", { name: "BAW308" }).waitFor();
});

browserTest("Share puts the link on the clipboard and says so", {
  flights: [air],
  webGl: false,
  context: { permissions: ["clipboard-read", "clipboard-write"] },
}, async ({ page }) => {
  await row(page, "AFR1234").click();
  await panel(page).getByRole("button", { name: "Share" }).click();
  await page.getByText("Link copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(new URL(link).search, "?sel=3944ef");
});

browserTest("? opens the help with every key, Esc closes it, and the focus returns", {
  flights: [air],
  webGl: false,
}, async ({ page }) => {
  await list(page).focus();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Help" });
  await dialog.getByText("Follow the selected aircraft").waitFor();
  for (const key of ["Ctrl K", "Q", "F", "C", "T", "L", "U", "N", "Space", "[", "?", "Esc"]) {
    assert.ok(await dialog.getByText(key, { exact: true }).isVisible(), key);
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await list(page).evaluate((element) => element === document.activeElement));
});

browserTest("the theme is dark, light, or the system's, and is kept", {
  flights: [air],
  webGl: false,
  context: { colorScheme: "light" },
}, async ({ page }) => {
  const isDark = () =>
    page.locator(".side").evaluate((element) => {
      const [red] = getComputedStyle(element).backgroundColor.match(/\d+/g)!;
      return Number(red) < 100;
    });
  assert.ok(await isDark());
  await page.getByRole("button", { name: /^Theme: dark/ }).click();
  await until("it is light", async () => !await isDark());
  await page.reload();
  await until("it is light again", async () => !await isDark());
  await page.getByRole("button", { name: /^Theme: light/ }).click();
  await page.getByRole("button", { name: /^Theme: system/ }).waitFor();
  assert.equal(await isDark(), false);
  await page.emulateMedia({ colorScheme: "dark" });
  await until("it is dark with the system", isDark);
});

browserTest("letters typed into the search are no commands", {
  flights: [air],
  webGl: false,
}, async ({ page }) => {
  await page.keyboard.press("/");
  await page.keyboard.type("u?tf[");
  assert.equal(await search(page).inputValue(), "u?tf[");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.getByRole("button", { name: /^Units: aviation/ }).waitFor();
});

browserTest("a source that is limited is named, with when it is asked again", {
  flights: [air],
  webGl: false,
  fill: (hub) =>
    hub.sources = [{
      producer_id: "ingest-1",
      name: "opensky",
      api_status: "rate_limited",
      retry_at_unix: Date.UTC(2021, 9, 7, 14, 5) / 1000,
    }],
}, async ({ page }) => {
  await page.getByText("opensky: rate-limited until 14:05 UTC").first().waitFor();
});

browserTest("where a source is asked so seldom that the sky empties, it is said when it fills", {
  flights: [air],
  webGl: false,
  fill: (hub) =>
    hub.sources = [{
      producer_id: "ingest-1",
      name: "opensky",
      api_status: "ok",
      timestamp: new Date(START_MS - 60_000).toISOString(),
      poll_interval_s: 216,
    }],
}, async ({ page, hub }) => {
  await page.getByText(/, next poll in [12] min \d+ s/).waitFor();
  hub.tick(1, [], [air.icao24]);
  await page.getByText(/opensky is asked every 3 min 36 s\. Next poll in [12] min \d+ s\./)
    .waitFor();
});

browserTest("an empty sky is not an error, and missing figures are dashes", {
  flights: [
    flight({
      ...air,
      callsign: null,
      altitude_m: null,
      geo_altitude_m: null,
      velocity_mps: null,
      heading_deg: null,
      vertical_rate_mps: null,
      squawk: null,
    }),
  ],
  webGl: false,
}, async ({ page, hub }) => {
  await row(page, "3944EF").click();
  await panel(page).getByRole("heading", { name: "3944EF" }).waitFor();
  assert.doesNotMatch(await panel(page).innerText(), /NaN|undefined|null/);
  hub.tick(1, [], ["3944ef"]);
  await page.getByText("No aircraft are heard").waitFor();
});

browserTest("a hub whose clock is hours off does not make ages negative or the page stop", {
  flights: [air, low],
  webGl: false,
  hubAheadS: -7200,
}, async ({ page, hub }) => {
  await page.getByText("Live", { exact: true }).waitFor();
  hub.tick(1);
  await row(page, "AFR1234").click();
  assert.doesNotMatch(await page.locator("body").innerText(), /-\d+ s|−\d+ s|NaN/);
});

browserTest("a browser whose clock is years off shows the stream's time and true ages", {
  flights: [air, low],
  webGl: false,
  prepare: (page) => page.clock.install({ time: new Date("2001-02-03T04:05:06Z") }),
}, async ({ page, hub }) => {
  hub.tick(4, [air]);
  await page.getByText("12:35:00 UTC").first().waitFor();
  await row(page, "AFR1234").click();
  await panel(page).getByText(/^\d+ s ago$/).waitFor();
  assert.doesNotMatch(await page.locator("body").innerText(), /2001|NaN|\d years/);
});
