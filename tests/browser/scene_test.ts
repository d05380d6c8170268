/** What a person sees on the globe. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Flight } from "../../contracts/flight.ts";
import {
  air,
  box,
  browserTest,
  clickMiddleOfGlobe,
  hud,
  label,
  list,
  low,
  onGlobe,
  parked,
  row,
  START_MS,
  still,
  until,
} from "./stage.ts";

interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The mean brightness, 0 to 255, of a part of the screen. */
async function brightness(page: Page, clip: Clip): Promise<number> {
  const png = (await page.screenshot({ clip })).toString("base64");
  return await page.evaluate(async (png) => {
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
    return sum / (data.length / 4);
  }, png);
}

/** Resolves when the page has drawn so many more. */
const frames = (page: Page, count: number) =>
  page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame);
  }, count);

browserTest("L names the aircraft, no label over another, and L again takes the labels away", {
  flights: Array.from({ length: 40 }, (_, i) => ({
    ...still,
    icao24: (0x400000 + i).toString(16),
    callsign: `TST${String(i).padStart(3, "0")}`,
    position: { lat: 48.5 + (i % 8) * 0.1, lon: 1.8 + Math.floor(i / 8) * 0.25 },
  })),
}, async ({ page }) => {
  await onGlobe(page, 40);
  assert.equal(await page.locator("[data-label=one]:visible").count(), 0);
  await page.keyboard.press("l");
  const labels = page.locator("[data-label=one]:visible");
  await labels.first().waitFor();
  await until("there are several", async () => await labels.count() > 4);
  const boxes = (await Promise.all((await labels.all()).map((one) => one.boundingBox())))
    .filter((one) => one !== null);
  boxes.forEach((a, i) =>
    boxes.slice(i + 1).forEach((b) =>
      assert.ok(
        a.x + a.width <= b.x + 1 || b.x + b.width <= a.x + 1 || a.y + a.height <= b.y + 1 ||
          b.y + b.height <= a.y + 1,
        "two labels overlap",
      )
    )
  );
  await page.keyboard.press("l");
  await until("they are gone", async () => await labels.count() === 0);
});

browserTest("F keeps the aircraft where it is on the screen while the ground goes by", {
  flights: [air, { ...parked, position: { lat: 48.8566, lon: 2.36 } }],
}, async ({ page, hub }) => {
  await row(page, "AFR1234").click();
  await page.keyboard.press("f");
  await label(page).waitFor();
  const free = await box(page.locator("#view"));
  const isCentred = async () => {
    const { x, y } = await box(label(page));
    return Math.hypot(x - free.x - free.width / 2, y - free.y - free.height / 2) < 60;
  };
  await until("it is in the middle", isCentred);
  // A minute later it is 42 km further east.
  hub.tick(60, [{
    ...air,
    position: { lat: 48.8566, lon: 2.93 },
    time_position_unix: START_MS / 1000 + 60,
    last_contact_unix: START_MS / 1000 + 60,
  }]);
  await until("it is in the middle again", isCentred);
});

browserTest("an aircraft that is not heard of flies on, as what it was, until the hub lets it go", {
  flights: [
    { ...air, status: "STALE" },
    { ...still, icao24: "400804", callsign: "MARK1", last_contact_unix: START_MS / 1000 },
  ],
}, async ({ page, hub }) => {
  await onGlobe(page, 2);
  hub.tick(80);
  await row(page, "AFR1234").click();
  await page.locator("[data-label=selected]").getByText("AFR1234").waitFor();
  const before = await box(label(page));
  await row(page, "MARK1").click();
  await page.locator("[data-label=selected]").getByText("MARK1").waitFor();
  await until(
    "its label stands where it was heard of",
    async () => (await box(label(page))).x < before.x - 20,
  );
  hub.tick(1, [], [air.icao24]);
  await onGlobe(page, 1);
});

browserTest("a trail joins where the selected aircraft was, and T takes it away", {
  flights: [still],
}, async ({ page, hub }) => {
  await row(page, "AFR1234").click();
  await label(page).waitFor();
  let s = 0;
  /** Out to the west and back: the way lies left of where it stands. */
  const goAndReturn = () => {
    for (const lon of [1.8, 2.3522]) {
      const seconds = START_MS / 1000 + (s += 10);
      const at = { time_position_unix: seconds, last_contact_unix: seconds };
      hub.tick(10, [{ ...still, position: { lat: 48.8566, lon }, ...at }]);
    }
  };
  /** Left of the ring around it: the aircraft itself is left below the label. */
  const brightnessOfWay = async () => {
    await frames(page, 3);
    const at = await box(label(page));
    return await brightness(page, { x: at.x - 95, y: at.y + 9, width: 30, height: 16 });
  };
  const switchTo = async (which: string) => {
    await page.keyboard.press("t");
    await page.getByText(`Trails: ${which}`).waitFor();
  };
  // The pictures of the ground come one after the other: with and without are looked at side by side.
  await until("there is a line, and none when trails are off", async () => {
    goAndReturn();
    const before = await brightnessOfWay();
    await switchTo("selected");
    const selected = await brightnessOfWay();
    await switchTo("none");
    const none = await brightnessOfWay();
    await switchTo("all");
    const after = await brightnessOfWay();
    return Math.min(before, selected, after) > none + 4;
  });
});

browserTest("by day the ground is bright, N makes it night, and N again day", {
  flights: [still],
}, async ({ page }) => {
  await onGlobe(page, 1);
  const view = await box(page.locator("#view"));
  const clip = { x: view.x + 20, y: view.y + 20, width: 120, height: 80 };
  // The pictures of the earth come one after the other.
  let day = 0;
  await until(
    "it is day over Paris at noon",
    async () => (day = await brightness(page, clip)) > 30,
  );
  await page.keyboard.press("n");
  await until("it is night", async () => await brightness(page, clip) < day * 0.7);
  await page.keyboard.press("n");
  await until("it is day again", async () => await brightness(page, clip) > day * 0.9);
});

browserTest("a callsign of a hundred characters with markup in it is text, and cut short", {
  flights: [{ ...still, callsign: "<img src=x onerror=alert(1)>".padEnd(100, "A") }, low],
}, async ({ page }) => {
  let alerted = false;
  page.on("dialog", (dialog) => {
    alerted = true;
    return dialog.dismiss();
  });
  await row(page, "<img").click();
  await label(page).waitFor();
  assert.ok((await box(label(page))).width < 260, "the label is no wider than a label");
  await page.keyboard.press("c");
  await hud(page).waitFor();
  await page.keyboard.press("Escape");
  await clickMiddleOfGlobe(page);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.equal(alerted, false);
});

browserTest("?mock shows made-up traffic without a hub", {
  flights: [],
  path: "/?mock=1500",
}, async ({ page, hub }) => {
  await onGlobe(page, 1500);
  await page.getByText("1,500 aircraft").first().waitFor();
  await page.getByText("Live", { exact: true }).first().waitFor();
  assert.equal(hub.pages, 0);
});

browserTest("graphics that the browser takes away come back as they were; the list goes on", {
  flights: [still],
}, async ({ page, hub }) => {
  const spot = () => box(page.locator("[data-label=selected]"));
  await page.locator("body").press("ArrowLeft");
  await row(page, "AFR1234").click();
  await page.locator("body").press("e");
  await label(page).waitFor();
  let before = await spot();
  await until("the view rests", async () => {
    // On a slow machine a picture stands for longer than it takes to look twice.
    await frames(page, 5);
    const now = await spot();
    const rests = now.x === before.x && now.y === before.y;
    before = now;
    return rests && page.url().includes("d=");
  });
  const lose = await page.evaluateHandle(() => {
    const context = document.querySelector("canvas")!.getContext("webgl2")!;
    return context.getExtension("WEBGL_lose_context")!;
  });
  const said = page.getByText("The browser took the globe's graphics away");
  await lose.evaluate((extension) => extension.loseContext());
  await said.waitFor();
  hub.tick(1, [low]);
  await row(page, "BAW308").waitFor();
  await lose.evaluate((extension) => extension.restoreContext());
  await page.waitForSelector("html[data-scene=ready]");
  await onGlobe(page, 2);
  await said.waitFor({ state: "detached" });
  await until("it is where it was", async () => {
    const { x, y } = await spot();
    return Math.hypot(x - before.x, y - before.y) < 3;
  });
});

browserTest("everybody has a trail, or the selected one, or nobody", {
  flights: [still],
}, async ({ page, hub }) => {
  const trails = () => page.evaluate(() => document.getElementById("globe")!.dataset.trails);
  for (let i = 1; i <= 10; i++) {
    const position = { lat: 48.8566, lon: 2.3522 + 0.01 * i };
    const atUnix = START_MS / 1000 + 10 * i;
    hub.tick(10, [{ ...still, position, time_position_unix: atUnix, last_contact_unix: atUnix }]);
    await until(`there are ${i} pieces`, async () => await trails() === String(i));
  }
  await page.locator("body").press("t");
  await page.getByText("Trails: selected").waitFor();
  await until("there are none", async () => await trails() === "0");
  await page.locator("body").press("t");
  await page.getByText("Trails: none").waitFor();
  await page.locator("body").press("t");
  await page.getByText("Trails: all").waitFor();
  await until("they are back", async () => await trails() === "10");
});

browserTest("waves go out from an aircraft with a grave anomaly, until it is over", {
  flights: [still],
  context: { reducedMotion: "no-preference" },
}, async ({ page, hub }) => {
  const waves = (count: number) => page.waitForSelector(`#globe[data-waves="${count}"]`);
  await waves(0);
  const at = new Date(START_MS).toISOString();
  const squawk = {
    anomaly_id: `${still.icao24}-SQUAWK_7700-1`,
    icao24: still.icao24,
    callsign: still.callsign,
    anomaly_type: "SQUAWK_7700",
    severity: "HIGH",
    state: "ACTIVE",
    started_at: at,
    detected_at: at,
    position: still.position,
    altitude_m: still.altitude_m,
    details: {},
  } as const;
  hub.tell(squawk);
  await waves(1);
  hub.tell({ ...squawk, state: "RESOLVED", resolved_at: at });
  await waves(0);
});

browserTest(
  "a page that nobody sees draws nothing, asks for less, and is up to date when seen again",
  {
    flights: [air],
    prepare: (page) =>
      page.addInitScript(() => {
        const page = Object.assign(globalThis, { isHidden: false, drawn: 0 });
        Object.defineProperty(document, "hidden", { get: () => page.isHidden });
        const draw = WebGL2RenderingContext.prototype.drawElementsInstanced;
        WebGL2RenderingContext.prototype.drawElementsInstanced = function (...what) {
          page.drawn++;
          draw.apply(this, what);
        };
      }),
  },
  async ({ page, hub }) => {
    const see = (isHidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.assign(globalThis, { isHidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isHidden);
    const drawn = () => page.evaluate(() => (globalThis as unknown as { drawn: number }).drawn);
    await see(true);
    // After ten silent seconds it connects anew, and asks again.
    const asks = (what: Record<string, unknown>) => () =>
      JSON.stringify(hub.subscriptions.at(-1)) === JSON.stringify({ type: "subscribe", ...what });
    await until("it asks for less", asks({ max_hz: 0.2 }));
    const before = await drawn();
    assert.ok(before > 0);
    for (let i = 0; i < 5; i++) hub.tick(1, [low, parked]);
    // The page has had them by the time it answers, and a frame's time after that.
    await frames(page, 1);
    assert.equal(await drawn(), before);
    assert.equal(await list(page).getByRole("option").count(), 1);
    await see(false);
    await until("it asks for all", asks({}));
    await row(page, "BAW308").waitFor();
    await onGlobe(page, 3);
  },
);

browserTest(
  "of thousands that move, leave and come at once the globe has each once, as the list has",
  {
    flights: Array.from({ length: 3000 }, (_, i) => numbered(i)),
  },
  async ({ page, hub }) => {
    await onGlobe(page, 3000);
    const moved = Array.from({ length: 2400 }, (_, i) => numbered(i, 49));
    const come = Array.from({ length: 500 }, (_, i) => numbered(5000 + i));
    const left = Array.from({ length: 600 }, (_, i) => numbered(2400 + i).icao24);
    hub.tick(1, [...moved, ...come], left);
    await onGlobe(page, 2900);
    await page.getByText("2,900 aircraft").first().waitFor();
    // Those that came took the rows of those that left.
    await page.getByRole("searchbox").fill("TST5");
    await onGlobe(page, 500);
    await page.getByRole("searchbox").fill("TST01");
    await onGlobe(page, 100);
  },
);

function numbered(i: number, lat = 48.8566): Flight {
  const callsign = `TST${String(i).padStart(4, "0")}`;
  const position = { lat, lon: 2.3522 + i / 10_000 };
  return { ...still, icao24: i.toString(16).padStart(6, "0"), callsign, position };
}
