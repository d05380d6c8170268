import assert from "node:assert/strict";
import { AnomalyPayload } from "../contracts/anomaly.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import { AirportIndex } from "./context/airports.ts";
import { flown, report } from "./testing.ts";
import { Watch } from "./watch.ts";

const NOWHERE = new AirportIndex([]);
const T0_S = 1_717_250_400;
const EMERGENCY = "a00001";

function squawking(atS: number, squawk: string, icao24 = EMERGENCY): FlightPayload {
  return report(icao24, T0_S + atS, { squawk });
}

/** What a watch says to these, in brief: type and state. */
function told(flights: readonly FlightPayload[]): string[] {
  const watch = new Watch(NOWHERE);
  return flights.flatMap((flight) => watch.observe(flight)).map((anomaly) => {
    AnomalyPayload.parse(anomaly);
    return `${anomaly.icao24} ${anomaly.anomaly_type} ${anomaly.state}`;
  });
}

Deno.test("an emergency opens once and resolves once", () => {
  const codes = [..."000", ..."777777", ..."000"].map((c) => c === "7" ? "7700" : "1000");
  assert.deepEqual(told(codes.map((code, i) => squawking(i, code))), [
    "a00001 SQUAWK_7700 ACTIVE",
    "a00001 SQUAWK_7700 RESOLVED",
  ]);
});

Deno.test("late and repeated reports are no news", () => {
  const flights = [0, 1, 1, 1, 0, 0].map((atS) => squawking(atS, "7700"));
  assert.deepEqual(told(flights), []);
});

Deno.test("who leaves in an emergency has it resolved with the last that was heard", () => {
  const watch = new Watch(NOWHERE);
  for (const atS of [0, 10, 20]) watch.observe(squawking(atS, "7700"));
  for (const atS of [60, 140]) watch.observe(squawking(atS, "1000", "b00002"));
  const news = watch.observe(squawking(141, "1000", "b00002"))
    .filter(({ anomaly_type }) => anomaly_type === "SQUAWK_7700");
  assert.deepEqual(news.map(({ state, resolved_at }) => [state, resolved_at]), [
    ["RESOLVED", new Date((T0_S + 20) * 1000).toISOString()],
  ]);
  assert.equal(watch.size, 1);
});

Deno.test("the same input gives the same anomalies, ids included", () => {
  const flights = [0, 10, 20, 30].map((atS) => squawking(atS, "7500"));
  const [one, two] = [new Watch(NOWHERE), new Watch(NOWHERE)];
  assert.deepEqual(
    flights.flatMap((flight) => one.observe(flight)),
    flights.flatMap((flight) => two.observe(flight)),
  );
  assert.equal(
    one.observe(squawking(40, "1000")).concat(one.observe(squawking(50, "1000")))[0]!.anomaly_id,
    `a00001-SQUAWK_7500-${T0_S * 1000}`,
  );
});

Deno.test("a stream that goes back begins anew, and tells the same as the first time", () => {
  const once = [
    ...[0, 10, 20, 30].map((atS) => squawking(atS, "7700")),
    ...[40, 100, 160, 220, 280, 340, 400, 460, 520, 580].map((atS) =>
      squawking(atS, "1000", "b00002")
    ),
  ];
  const emergencies = (flights: FlightPayload[]) =>
    told(flights).filter((line) => line.includes("SQUAWK"));
  const first = emergencies(once);
  assert.deepEqual(first, ["a00001 SQUAWK_7700 ACTIVE", "a00001 SQUAWK_7700 RESOLVED"]);
  assert.deepEqual(emergencies([...once, ...once]), [...first, ...first]);
});

Deno.test("what was open when a log ended is over on the next one, unless that tells it again", () => {
  const before = new Watch(NOWHERE);
  const isEmergency = ({ anomaly_type }: AnomalyPayload) => anomaly_type === "SQUAWK_7700";
  const open = [0, 10, 20, 30].flatMap((atS) => before.observe(squawking(atS, "7700")))
    .filter(isEmergency);
  assert.deepEqual(open.map(({ state }) => state), ["ACTIVE"]);
  const told = (flights: readonly FlightPayload[]) => {
    const watch = Watch.after(NOWHERE, structuredClone(before.stored()));
    const lines = flights.flatMap((flight) => watch.observe(flight))
      .filter(isEmergency).map(({ anomaly_id, state }) =>
        `${anomaly_id === open[0]!.anomaly_id} ${state}`
      );
    return [...new Set(lines)];
  };
  // A live source an hour later, and a recording that is played again.
  assert.deepEqual(told([3600, 3610].map((atS) => squawking(atS, "1000"))), ["true RESOLVED"]);
  const again = [0, 10, 20, 30].map((atS) => squawking(atS, "7700"));
  assert.deepEqual(told(again), ["true ACTIVE"]);
  const [over] = [40, 50].map((atS) => squawking(atS, "1000"));
  assert.deepEqual(told([...again, over!, squawking(50, "1000")]), [
    "true ACTIVE",
    "true RESOLVED",
  ]);
});

Deno.test("a single report from long ago is late, whoever it is of", () => {
  const now = Array.from({ length: 20 }, (_, i) => squawking(5000 + i, "1000", "b00002"));
  const late = [0, 10, 20, 30].map((atS) => squawking(atS, "7700"));
  assert.deepEqual(told(now.flatMap((flight, i) => late[i] ? [flight, late[i]!] : [flight])), []);
});

Deno.test("a report that comes twice does not mean that somebody is still there", () => {
  const watch = new Watch(NOWHERE);
  watch.observe(squawking(0, "1000"));
  for (const atS of [60, 110]) watch.observe(squawking(atS, "1000", "b00002"));
  watch.observe(squawking(0, "1000"));
  for (const atS of [115, 125]) watch.observe(squawking(atS, "1000", "b00002"));
  assert.equal(watch.size, 1);
});

Deno.test("time that passes without a report tells what a report of somebody else would", () => {
  const flight = flown([{ seconds: 300, speedMps: 230 }]);
  const lastS = flight.at(-1)!.last_contact_unix;
  const isOf = ({ icao24 }: AnomalyPayload) => icao24 === flight[0]!.icao24;
  const silentS = [30, 70, 130, 1700, 1830];
  const run = (pass: (watch: Watch, atS: number) => AnomalyPayload[]) => {
    const watch = new Watch(NOWHERE);
    for (const one of flight) assert.deepEqual(watch.observe(one), []);
    return silentS.map((s) => pass(watch, lastS + s).filter(isOf));
  };
  const passed = run((watch, atS) => watch.passTo(atS * 1000));
  assert.deepEqual(passed, run((watch, atS) => watch.observe(report("b00002", atS))));
  assert.deepEqual(
    passed.map((told) => told.map(({ anomaly_type, state }) => [anomaly_type, state])),
    [[], [["SIGNAL_LOSS", "ACTIVE"]], [], [], [["SIGNAL_LOSS", "RESOLVED"]]],
  );
});

Deno.test("time goes on for who is known only, and never back", () => {
  const watch = new Watch(NOWHERE);
  assert.deepEqual(watch.passTo((T0_S + 1000) * 1000), []);
  for (const atS of [0, 10, 20]) watch.observe(squawking(atS, "7700"));
  assert.equal(watch.size, 1, "where nobody had been heard, time had not begun");
  assert.deepEqual(watch.passTo(T0_S * 1000), []);
  assert.equal(watch.passTo((T0_S + 200) * 1000)[0]?.state, "RESOLVED");
  assert.equal(watch.size, 0);
});
