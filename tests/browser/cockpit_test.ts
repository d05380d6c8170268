/** What a person sees from the cockpit. */
import { air, box, browserTest, hud, label, panel, row, START_MS, still, until } from "./stage.ts";

browserTest(
  "C sits in the aircraft: its figures in tapes, the attitude called derived; Esc leaves",
  {
    flights: [{ ...air, velocity_mps: 231.5, vertical_rate_mps: 5.08, heading_deg: 90 }],
  },
  async ({ page }) => {
    await row(page, "AFR1234").click();
    await panel(page).getByRole("heading", { name: "AFR1234" }).waitFor();
    await page.keyboard.press("c");
    await hud(page).waitFor();
    await hud(page).getByText("GS kt").waitFor();
    await hud(page).getByText("ALT ft").waitFor();
    // 231.5 m/s is 450 kt, 5.08 m/s is 1 000 ft/min; it climbs, so the altitude only begins with 32.
    await until(
      "the speed is shown",
      async () => (await hud(page).locator(".number").allTextContents()).includes("450"),
    );
    await hud(page).getByText("+1,000").waitFor();
    await hud(page).getByText(/^3[23],\d{3}$/).first().waitFor();
    await hud(page).getByText("090°").waitFor();
    await hud(page).getByText(/derived/).waitFor();
    await page.keyboard.press("u");
    await hud(page).getByText("GS km/h").waitFor();
    await hud(page).getByRole("button", { name: "Sit in the nose" }).click();
    await hud(page).getByRole("button", { name: "Fly behind it" }).waitFor();
    await hud(page).getByRole("button", { name: "Leave the cockpit" }).click();
    await hud(page).waitFor({ state: "hidden" });
    await label(page).waitFor();
    await page.keyboard.press("c");
    await hud(page).waitFor();
    await page.keyboard.press("Escape");
    await hud(page).waitFor({ state: "hidden" });
  },
);

browserTest("in the cockpit the traffic ahead stands with its height above or below", {
  flights: [
    { ...still, heading_deg: 90, velocity_mps: 200, position: { lat: 48.8, lon: 2 } },
    // Fifteen kilometres ahead and 914.4 m, 3 000 ft, higher.
    {
      ...still,
      icao24: "400804",
      callsign: "BAW308",
      velocity_mps: 200,
      altitude_m: 10_668,
      position: { lat: 48.8, lon: 2.2 },
    },
  ],
}, async ({ page }) => {
  await row(page, "AFR1234").click();
  await page.keyboard.press("c");
  await hud(page).getByText(/BAW308 +\+30/).waitFor();
});

browserTest("a climb raises the flight path above the horizon, a descent lowers it", {
  flights: [{ ...air, velocity_mps: 150, vertical_rate_mps: 20 }],
}, async ({ page, hub }) => {
  await row(page, "AFR1234").click();
  await page.keyboard.press("c");
  const path = hud(page).locator(".path circle");
  const horizon = hud(page).locator(".ladder .level");
  await path.waitFor();
  const above = async () => {
    const [marker, level] = [await box(path), await box(horizon)];
    return level.y - (marker.y + marker.height / 2);
  };
  await until("it is above", async () => await above() > 5);
  const seconds = START_MS / 1000 + 2;
  hub.tick(2, [{
    ...air,
    velocity_mps: 150,
    vertical_rate_mps: -20,
    time_position_unix: seconds,
    last_contact_unix: seconds,
  }]);
  await until("it is below", async () => await above() < -5);
});
