import assert from "node:assert/strict";
import type { FlightPayload } from "../../contracts/flight.ts";
import { destination } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { anomaliesOf, changed, flown, typesOf } from "../testing.ts";

const CRUISE = flown([{ seconds: 300, speedMps: 230 }], { altitudeM: 11_000 });

Deno.test("GNSS_SPOOFING: a position that jumps and stays away, one that drifts; not one held and let go", () => {
  const away = changed(CRUISE, 150, 250, ({ position }) => ({
    position: destination(position, 200, 150_000),
  }));
  assert.deepEqual(typesOf(away), ["GNSS_SPOOFING"]);
  const long = flown([{ seconds: 900, speedMps: 230 }], { altitudeM: 11_000 });
  const drift = changed(long, 300, 700, ({ position }, i) => ({
    position: destination(position, 0, (i - 300) * 12),
  }));
  assert(typesOf(drift).includes("GNSS_SPOOFING"));
  const late = changed(long, 300, 315, () => ({ position: long[299]!.position }));
  assert.deepEqual(typesOf(late), []);
});

Deno.test("GNSS_SPOOFING: a jump as far as an aircraft flies in a minute, heard every ten seconds; from there back, one", () => {
  const long = flown([{ seconds: 900, speedMps: 230 }], { altitudeM: 11_000 }, 10);
  const away = changed(long, 40, 60, ({ position }) => ({
    position: destination(position, 200, 20_000),
  }));
  const [jump, ...others] = anomaliesOf(away);
  assert.equal(jump!.anomaly_type, "GNSS_SPOOFING");
  assert.deepEqual(others, []);
  const lastedS = (Date.parse(jump!.resolved_at!) - Date.parse(jump!.started_at)) / 1000;
  assert(Math.abs(lastedS - 200) <= 40, `${lastedS} s`);
});

Deno.test("GNSS_SPOOFING: a position that never comes back is believed in the end, and one that jumps anew is told", () => {
  const long = flown([{ seconds: 5400, speedMps: 230 }], { altitudeM: 11_000 }, 10);
  const away = changed(long, 40, 500, ({ position }, i) => ({
    position: destination(position, 200, i < 400 ? 20_000 : 60_000),
  }));
  const jumps = anomaliesOf(away);
  const lastedS = jumps.map(({ started_at, resolved_at }) =>
    (Date.parse(resolved_at!) - Date.parse(started_at)) / 1000
  );
  assert.deepEqual(jumps.map(({ anomaly_type }) => anomaly_type), [
    "GNSS_SPOOFING",
    "GNSS_SPOOFING",
  ]);
  assert(Math.abs(lastedS[0]! - 1800) <= 40 && Math.abs(lastedS[1]! - 1000) <= 40, `${lastedS} s`);
});

Deno.test("GNSS_SPOOFING: courses that turn while the positions go straight on are no jump", () => {
  const long = flown([{ seconds: 900, speedMps: 250 }], { altitudeM: 11_000 }, 10);
  const turning = changed(long, 30, 60, (_, i) => ({ heading_deg: (i * 343 + 90) % 360 }));
  assert.deepEqual(typesOf(turning).filter((type) => type === "GNSS_SPOOFING"), []);
});

Deno.test("GNSS_SPOOFING: two aircraft with one address, heard in turn, are none", () => {
  const far = ({ position }: FlightPayload) => ({ position: destination(position, 200, 60_000) });
  const inTurn = CRUISE.map((report, i) =>
    i % 2 === 0 && i > 50 ? { ...report, ...far(report) } : report
  );
  // In the end the first falls silent.
  const flight = inTurn.filter((_, i) => i < 200 || i % 2 === 0);
  assert.deepEqual(typesOf(flight), []);
});

Deno.test("GNSS_SPOOFING: a jump of 10 km within a second; not one of 5 km, by which positions come late", () => {
  const away = (m: number) =>
    changed(CRUISE, 150, 250, ({ position }) => ({ position: destination(position, 200, m) }));
  assert.deepEqual(typesOf(away(10_000)), ["GNSS_SPOOFING"]);
  assert.deepEqual(typesOf(away(5_000)), []);
});

Deno.test("GNSS_SPOOFING: a drift where the aircraft is heard every twenty seconds", () => {
  const long = flown([{ seconds: 1800, speedMps: 230 }], { altitudeM: 11_000 }, 20);
  const drift = changed(long, 30, 60, ({ position }, i) => ({
    position: destination(position, 0, (i - 30) * 20 * 12),
  }));
  assert(typesOf(drift).includes("GNSS_SPOOFING"));
});

Deno.test("GNSS_SPOOFING: the first position, also after a silence, may be the false one", () => {
  for (const everyS of [1, 10]) {
    const long = flown([{ seconds: 900, speedMps: 230 }], { altitudeM: 11_000 }, everyS);
    const off = ({ position }: FlightPayload) => ({ position: destination(position, 200, 50_000) });
    const silent = long.filter((_, i) => i * everyS <= 400 || i * everyS >= 700);
    const first = changed(silent, 0, 1, off);
    const after = silent.findIndex(({ last_contact_unix: s }) => s >= 1_700_000_700);
    const types = typesOf(changed(first, after, after + 1, off));
    assert.deepEqual(types, ["SIGNAL_LOSS"]);
  }
});

Deno.test("GNSS_SPOOFING: false positions here and there, while a feed holds the true one, are none", () => {
  const long = flown([{ seconds: 400, speedMps: 120 }]);
  const held = long[100]!.position;
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededRandom(seed);
    const off = () => destination(held, random() * 360, 10_000 + random() * 10_000);
    const heard = changed(long, 101, 400, () => ({ position: random() < 0.2 ? off() : held }));
    assert.deepEqual(typesOf(heard).filter((type) => type === "GNSS_SPOOFING"), []);
  }
});
