/** What a person sees and does on the page, in a real browser, with a hub that says what the test wants. */
import assert from "node:assert/strict";
import { FakeHub } from "./fake_hub.ts";
import {
  air,
  box,
  browserTest,
  clickMiddleOfGlobe,
  label,
  list,
  low,
  onGlobe,
  panel,
  parked,
  row,
  search,
  START_MS,
  still,
  until,
} from "./stage.ts";

browserTest("aircraft are in the list and on the globe, with figures and units", {
  flights: [air, low, parked],
}, async ({ page, hub }) => {
  await onGlobe(page, 3);
  await row(page, "AFR1234").getByText("32,000").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  assert.equal(await list(page).getByRole("option").count(), 3);
  hub.tick(1, [], [low.icao24]);
  await onGlobe(page, 2);
  await row(page, "BAW308").waitFor({ state: "detached" });
});

browserTest("an aircraft that is clicked on the globe is selected, and Esc lets it go", {
  // It stands still: a busy machine takes its time to the click.
  flights: [{ ...air, velocity_mps: 0 }],
}, async ({ page }) => {
  await onGlobe(page, 1);
  await clickMiddleOfGlobe(page);
  await panel(page).getByRole("heading", { name: "AFR1234" }).waitFor();
  await panel(page).getByText("3944EF").waitFor();
  assert.equal(await row(page, "AFR1234").getAttribute("aria-selected"), "true");
  await page.locator("[data-label=selected]").getByText("AFR1234").waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  await page.locator("[data-label=selected]").waitFor({ state: "hidden" });
});

browserTest("an aircraft flies on between messages: its label moves east", {
  flights: [air],
}, async ({ page }) => {
  await row(page, "AFR1234").click();
  const name = label(page);
  await name.waitFor();
  const before = await box(name);
  await until("the label has moved", async () => (await box(name)).x > before.x + 4);
  assert.ok(Math.abs((await box(name)).y - before.y) < 3, "east is to the right");
});

browserTest("a correction takes the aircraft where the hub says", {
  flights: [still],
}, async ({ page, hub }) => {
  await row(page, "AFR1234").click();
  const name = label(page);
  await name.waitFor();
  const before = await box(name);
  hub.tick(1, [{ ...still, position: { lat: 49, lon: 2.3522 } }]);
  await until("the label is further north", async () => (await box(name)).y < before.y - 20);
});

browserTest("search, chips and the altitude range filter the list and the globe alike", {
  flights: [air, low, parked],
}, async ({ page }) => {
  await onGlobe(page, 3);
  await page.keyboard.press("/");
  assert.ok(await search(page).evaluate((field) => field === document.activeElement));
  await page.keyboard.type("afr");
  await onGlobe(page, 1);
  await page.getByText("1 of 3 aircraft").waitFor();
  await search(page).fill("nobody");
  await page.getByText("No aircraft match").waitFor();
  await onGlobe(page, 0);
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await onGlobe(page, 3);

  await page.getByRole("radio", { name: "On ground" }).check();
  await onGlobe(page, 1);
  await row(page, "DAH1011").waitFor();
  await page.getByRole("radio", { name: "All" }).check();

  const lowest = page.getByRole("slider", { name: "Lowest altitude" });
  await lowest.fill("20000");
  await onGlobe(page, 1);
  await page.getByText("above 20,000 ft").waitFor();
  await row(page, "AFR1234").waitFor();
});

browserTest("the list works with the keyboard alone, and sorts", {
  flights: [air, low, parked],
}, async ({ page }) => {
  const names = () => list(page).getByRole("option").evaluateAll((rows) => rows.map((r) => r.id));
  assert.deepEqual(await names(), ["row-3944ef", "row-400804", "row-0a0042"]);
  await list(page).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await panel(page).getByRole("heading", { name: "BAW308" }).waitFor();
  await page.getByRole("button", { name: /^Altitude/ }).click();
  await until("the highest is first", async () => (await names())[0] === "row-3944ef");
  await page.getByRole("button", { name: /^Altitude/ }).click();
  await until("the lowest is first", async () => (await names())[0] === "row-0a0042");
});

browserTest("only the rows in sight are in the document, and scrolling brings the others", {
  flights: Array.from({ length: 2000 }, (_, i) => ({
    ...air,
    icao24: i.toString(16).padStart(6, "0"),
    callsign: `TST${String(i).padStart(4, "0")}`,
  })),
}, async ({ page }) => {
  await row(page, "TST0000").waitFor();
  assert.ok(await list(page).getByRole("option").count() < 40);
  await list(page).focus();
  await page.keyboard.press("End");
  await row(page, "TST1999").waitFor();
});

browserTest("a replay says so, and of when; an emergency code says what it means", {
  flights: [{ ...air, squawk: "7700" }],
  mode: "replay",
}, async ({ page, hub }) => {
  await page.getByText("Replay of 7 Oct 2021, 12:34:56 UTC").waitFor();
  hub.tick(4);
  await page.getByText("Replay of 7 Oct 2021, 12:35:00 UTC").waitFor();
  await row(page, "AFR1234").click();
  await panel(page).getByText("Squawk 7700: emergency").waitFor();
  await panel(page).getByText("replay of 7 Oct 2021").waitFor();
});

browserTest("the page finds back to a hub that was restarted", {
  flights: [air],
}, async ({ page, hub }) => {
  const { port } = hub;
  await hub.close();
  await page.getByText(/Reconnecting in \d+ s/).waitFor();
  await row(page, "AFR1234").waitFor();
  const anew = new FakeHub({ mode: "live", streamMs: START_MS + 9000, flights: [low], port });
  try {
    await row(page, "BAW308").waitFor();
    await row(page, "AFR1234").waitFor({ state: "detached" });
    await page.getByText("Live", { exact: true }).waitFor();
  } finally {
    await anew.close();
  }
});

browserTest("after a gap in the sequence the page asks for everything", {
  flights: [air],
  // A silence of ten seconds, while the globe is painted, would bring a new connection and no gap.
  webGl: false,
}, async ({ page, hub }) => {
  hub.loseTick([low]);
  hub.tick(1, [parked]);
  await row(page, "BAW308").waitFor();
  await row(page, "DAH1011").waitFor();
  assert.equal(hub.resyncs, 1);
});

browserTest("a hub that knows no columns is understood too", {
  flights: [air],
  webGl: false,
  protocol: "json",
}, async ({ page, hub }) => {
  hub.tick(1, [low]);
  await row(page, "BAW308").waitFor();
  hub.tick(1, [], [low.icao24]);
  await row(page, "BAW308").waitFor({ state: "detached" });
});

browserTest("a frame that cannot be read is dropped, said once, and what it said comes anyway", {
  flights: [air],
  webGl: false,
}, async ({ page, hub }) => {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  for (let i = 0; i < 3; i++) {
    hub.flights.set(low.icao24, low);
    // The version is one that nobody has heard of.
    hub.tickWith((frame) => frame[1] = 99, [low]);
  }
  hub.tick(1, [parked]);
  await row(page, "BAW308").waitFor();
  await row(page, "DAH1011").waitFor();
  assert.equal(said.filter((text) => text.includes("frame of the hub was dropped")).length, 1);
  assert.equal(hub.resyncs, 1);
});

browserTest("an aircraft that is nowhere is left out; so is one that is not there to be removed", {
  flights: [air],
  webGl: false,
}, async ({ page, hub }) => {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  const nowhere = { ...low, position: { lat: 400, lon: 2 } };
  hub.tick(1, [nowhere, parked], ["ffffff"]);
  hub.tick(1, [nowhere]);
  await row(page, "DAH1011").waitFor();
  assert.equal(await row(page, "BAW308").count(), 0);
  assert.equal(said.filter((text) => text.includes("dropped an aircraft 400804")).length, 1);
});

browserTest("a selected aircraft that leaves is said to have left", {
  flights: [air, low],
}, async ({ page, hub }) => {
  await row(page, "BAW308").click();
  hub.tick(1, [], [low.icao24]);
  await panel(page).getByText(/^Left:/).waitFor();
  await panel(page).getByRole("heading", { name: "BAW308" }).waitFor();
});

browserTest("a callsign is never markup", {
  flights: [{ ...air, callsign: "<img src=x onerror=alert(1)>" }],
}, async ({ page }) => {
  let alerted = false;
  page.on("dialog", (dialog) => {
    alerted = true;
    return dialog.dismiss();
  });
  await row(page, "<img").click();
  await panel(page).getByRole("heading", { name: "<img" }).waitFor();
  await page.locator("[data-label=selected]").getByText("<img").waitFor();
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.equal(alerted, false);
});

browserTest("without WebGL the list, the search and the details work, and the page says why", {
  flights: [air, low],
  webGl: false,
}, async ({ page }) => {
  await page.getByText("The globe needs WebGL 2").waitFor();
  await search(page).fill("baw");
  await row(page, "AFR1234").waitFor({ state: "detached" });
  await row(page, "BAW308").click();
  await panel(page).getByText("3,000").first().waitFor();
});

browserTest("a replay that has ended says so, and nothing moves on", {
  flights: [air],
  webGl: false,
  mode: "replay",
  prepare: (page) => page.clock.install(),
}, async ({ page, hub }) => {
  for (let i = 0; i < 5; i++) hub.tick(1);
  hub.replayEnded = true;
  hub.tick(0);
  await page.getByText("The replay has ended").first().waitFor();
  await page.clock.fastForward(42_000);
  assert.equal(await page.getByText(/No new data/).count(), 0);
  await row(page, "AFR1234").click();
  assert.equal(await panel(page).getByText(/\b(4\d|min)\b.* ago/).count(), 0);
});

browserTest("data that was old when the page came is as old as it is", {
  flights: [air],
  webGl: false,
  prepare: (page) => page.clock.install(),
  hubAheadS: 75,
}, async ({ page }) => {
  await page.getByText(/No new data for 1 min \d+ s/).waitFor();
});

browserTest("data that stops coming is amber, with how long it has been", {
  flights: [air],
  webGl: false,
  // The browser's clock is the test's.
  prepare: (page) => page.clock.install(),
}, async ({ page, hub }) => {
  await page.getByText("Live", { exact: true }).waitFor();
  const silence = setInterval(() => hub.tick(0), 200);
  try {
    await page.clock.fastForward(42_000);
    await page.getByText(/No new data for \d+ s/).waitFor();
  } finally {
    clearInterval(silence);
  }
});

/** A hundred characters, with markup in them. */
const LONG = "<b>AFR</b>&amp;".repeat(7).slice(0, 100);

/** What may not lie over one another, by how wide the screen is. */
const PARTS = [".brand img", ".search", ".pill", ".tools", ".bottom"];
const LAYOUTS = [
  { width: 390, height: 844, parts: [...PARTS, ".sheet-bar", ".side"], isPhone: true },
  {
    width: 390,
    height: 844,
    parts: [...PARTS, ".sheet-bar", ".detail"],
    isPhone: true,
    open: true,
  },
  { width: 768, height: 1024, parts: [...PARTS, ".side", ".detail"], isPhone: false },
  { width: 1440, height: 900, parts: [...PARTS, ".side", ".detail"], isPhone: false, open: true },
] as const;

for (const { width, height, parts, isPhone, ...rest } of LAYOUTS) {
  const open = "open" in rest;
  browserTest(`nothing overlaps at ${width} x ${height}${open ? ", with details" : ""}`, {
    flights: [{ ...air, callsign: LONG }, low, parked],
    mode: "replay",
    webGl: false,
    context: { viewport: { width, height }, hasTouch: isPhone, isMobile: isPhone },
  }, async ({ page }) => {
    await page.getByRole("button", { name: "REPLAY", exact: true }).waitFor();
    if (open) {
      await row(page, "<b>AFR").click();
      await panel(page).getByRole("heading", { name: "<b>AFR" }).waitFor();
    }
    const boxes = await Promise.all(parts.map((part) => box(page.locator(part))));
    boxes.forEach((a, i) => {
      assert.ok(a.x >= 0 && a.x + a.width <= width, `${parts[i]} is beyond the screen`);
      assert.ok(a.y >= 0 && a.y + a.height <= height, `${parts[i]} is beyond the screen`);
      boxes.slice(i + 1).forEach((b, k) => {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x ||
          a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, `${parts[i]} and ${parts[i + 1 + k]} overlap`);
      });
    });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `it is ${wide} px wide`);
    if (!isPhone) return;
    const small = await page.locator("button, select, a, [role=option], .segments label")
      .evaluateAll((targets) =>
        targets.filter((target) => {
          const { width, height } = target.getBoundingClientRect();
          // Ticks on the line of time can be reached through the feed as well.
          return width > 0 && height < 44 && !target.matches(".line-tick");
        }).map((target) => target.outerHTML.slice(0, 120))
      );
    assert.deepEqual(small, [], "a finger needs 44 px");
  });
}

browserTest("on a phone the sheet is drawn up and put down, and shows what is selected", {
  flights: [air, low],
  webGl: false,
  context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
}, async ({ page }) => {
  const height = async () => (await box(page.locator(".side"))).height;
  const half = await height();
  await page.getByRole("button", { name: "Draw the sheet up fully" }).click();
  await until("it is higher", async () => await height() > half + 100);
  await page.getByRole("button", { name: "Put the sheet down" }).click();
  await list(page).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Draw the sheet up" }).click();
  await row(page, "AFR1234").click();
  await panel(page).getByRole("heading", { name: "AFR1234" }).waitFor();
  await list(page).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Aircraft", exact: true }).click();
  await row(page, "BAW308").waitFor();
});
