/** What panels and globe do together: keys, buttons, the view in the address, what is in view. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { air, browserTest, list, low, onGlobe, panel, row, until } from "./stage.ts";

const inAddress = (page: Page, name: string) =>
  Number(new URL(page.url()).searchParams.get(name) ?? NaN);

browserTest("keys pan and zoom from anywhere, and the address has the view", {
  flights: [air, low],
  path: "/?lat=48.8&lon=2.3&d=400000",
}, async ({ page }) => {
  await onGlobe(page, 2);
  await until("the link's view is shown", () => inAddress(page, "d") === 400_000);
  await page.locator("body").press("ArrowRight");
  await until("it looks further east", () => inAddress(page, "lon") > 2.4);
  const east = inAddress(page, "lon");
  await page.locator("body").press("ArrowUp");
  await until("it looks further north", () => inAddress(page, "lat") > 48.9);
  assert.equal(inAddress(page, "lon"), east);
  await page.locator("body").press("e");
  await until("it is nearer", () => inAddress(page, "d") < 400_000);
  await page.locator("body").press("q");
  await until("it is as far as before", () => Math.abs(inAddress(page, "d") - 400_000) < 10);
});

browserTest("what the globe draws is switched by keys and by buttons alike", {
  flights: [air],
}, async ({ page }) => {
  for (const [key, name] of [["l", "Labels"], ["n", "Day and night"]] as const) {
    const button = page.getByRole("button", { name, exact: true });
    const before = await button.getAttribute("aria-pressed");
    const after = before === "true" ? "false" : "true";
    await page.locator("body").press(key);
    await page.getByText(`${name} ${after === "true" ? "on" : "off"}`).waitFor();
    assert.equal(await button.getAttribute("aria-pressed"), after);
    await button.click();
    assert.equal(await button.getAttribute("aria-pressed"), before);
  }
});

browserTest("F and C want an aircraft, follow it and sit in it; Esc goes back step by step", {
  flights: [air],
}, async ({ page }) => {
  await page.locator("body").press("f");
  await page.getByText("Select an aircraft first").waitFor();
  await row(page, "AFR1234").click();
  await page.locator("body").press("f");
  await panel(page).getByRole("button", { name: "Follow", pressed: true }).waitFor();
  await page.locator("body").press("c");
  // On a screen of this size the panels make way.
  await page.getByRole("button", { name: "Leave the cockpit" }).waitFor();
  await until("the address says so", () => page.url().includes("cockpit=1"));
  await page.keyboard.press("Escape");
  await panel(page).getByRole("button", { name: "Cockpit", pressed: false }).waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
});

browserTest("In view leaves the list with what is on the screen", {
  flights: [air, { ...low, position: { lat: -33.9, lon: 151.2 } }],
  path: "/?lat=48.8&lon=2.3&d=400000",
}, async ({ page }) => {
  await row(page, "BAW308").waitFor();
  await page.getByRole("switch", { name: "In view" }).check();
  await row(page, "BAW308").waitFor({ state: "detached" });
  assert.equal(await list(page).getByRole("option").count(), 1);
  await page.getByText("1 of 2 aircraft").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await row(page, "BAW308").waitFor();
});
