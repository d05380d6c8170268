/** Each detector: a flight that it must tell, and ones that it must leave alone. */
import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import { AirportIndex } from "../context/airports.ts";
import { destination, distanceM } from "../geodesy.ts";
import { anomaliesOf, changed, flown, typesOf } from "../testing.ts";

/** The hundredth second of a flight. */
const DESCENT_MS = 1_700_000_100_000;
const CRUISE = flown([{ seconds: 300, speedMps: 230 }], { altitudeM: 11_000 });
const FIELD = { code: "LFXX", lat: 49, lon: 4, elevationM: 100 };
const AIRPORTS = new AirportIndex([FIELD]);

Deno.test("a flight in cruise is nothing, at one report a second and in ten", () => {
  assert.deepEqual(typesOf(CRUISE), []);
  const slow = flown([{ seconds: 3000, speedMps: 230 }], { altitudeM: 11_000 }, 10);
  assert.deepEqual(typesOf(slow), []);
});

Deno.test("a turn, a climb and a descent in service are nothing", () => {
  const legs = [
    { seconds: 200 },
    { seconds: 90, turnDegPerS: 1 },
    { seconds: 200, climbMps: 12 },
    { seconds: 60, turnDegPerS: -1.5 },
    { seconds: 200, climbMps: -12 },
  ];
  assert.deepEqual(typesOf(flown(legs)), []);
});

Deno.test("one false position, altitude, speed or squawk is nothing", () => {
  const faults: Partial<FlightPayload>[] = [
    { position: { lat: 51, lon: 3 } },
    { altitude_m: 3000 },
    { velocity_mps: 400 },
    { squawk: "7700" },
  ];
  for (const fault of faults) assert.deepEqual(typesOf(changed(CRUISE, 150, 151, () => fault)), []);
});

Deno.test("EMERGENCY_DESCENT: from cruise at 6 000 ft/min, within ten seconds; one from 5 000 m is none", () => {
  const legs = [{ seconds: 100, speedMps: 220 }, { seconds: 200, speedMps: 220, climbMps: -30 }, {
    seconds: 60,
    speedMps: 200,
  }];
  for (const everyS of [1, 10]) {
    const found = anomaliesOf(flown(legs, { altitudeM: 11_000 }, everyS));
    const descent = found.find(({ anomaly_type }) => anomaly_type === "EMERGENCY_DESCENT")!;
    const latencyMs = Date.parse(descent.detected_at) - DESCENT_MS;
    assert(latencyMs <= 10_000, `${latencyMs} ms`);
    assert.equal(descent.state, "RESOLVED");
  }
  const low = flown([{ seconds: 60 }, { seconds: 100, climbMps: -30 }], { altitudeM: 5000 });
  assert.deepEqual(typesOf(low), ["RAPID_ALTITUDE_CHANGE"]);
});

Deno.test("EMERGENCY_DESCENT: without a word of the rate; a descent in service that begins between two reports is none", () => {
  const cruise = { seconds: 100, speedMps: 220 };
  const level = { seconds: 60, speedMps: 220 };
  for (const [climbMps, type] of [[-26, "EMERGENCY_DESCENT"], [-17, undefined]] as const) {
    const legs = [cruise, { seconds: 200, speedMps: 220, climbMps }, level];
    for (const everyS of [1, 4, 10]) {
      for (const known of [0, 0.5, 1]) {
        const flight = flown(legs, { altitudeM: 11_000 }, everyS).map((report, i) =>
          Math.floor((i + 1) * known) > Math.floor(i * known)
            ? report
            : { ...report, vertical_rate_mps: null }
        );
        const descents = anomaliesOf(flight)
          .filter(({ anomaly_type }) => anomaly_type === "EMERGENCY_DESCENT");
        const how = `${climbMps} m/s every ${everyS} s, rates ${known}`;
        assert.deepEqual(descents.map(({ anomaly_type }) => anomaly_type), type ? [type] : [], how);
        const latenciesS = descents.map(({ detected_at }) =>
          (Date.parse(detected_at) - DESCENT_MS) / 1000
        );
        assert(latenciesS.every((s) => s <= 20), `${latenciesS} s, ${how}`);
      }
    }
  }
  // Heard every second, one report after some that were lost, wrong in both, can wait for the next.
  const lost = CRUISE.filter((_, i) => i < 150 || i >= 160);
  const wrong = { altitude_m: 10_750, vertical_rate_mps: -35 };
  assert.deepEqual(typesOf(changed(lost, 150, 151, () => wrong)), []);
  // Neither one altitude that is wrong, nor a step to another one.
  for (const [everyS, until] of [[1, 151], [1, 300], [10, 16], [10, 300]] as const) {
    const cruise = CRUISE.filter((_, i) => i % everyS === 0)
      .map((report) => ({ ...report, vertical_rate_mps: null }));
    const from = 150 / everyS;
    assert.deepEqual(typesOf(changed(cruise, from, until, () => ({ altitude_m: 10_500 }))), []);
    assert.deepEqual(typesOf(changed(cruise, from, until, () => ({ altitude_m: 6000 }))), []);
  }
});

Deno.test("RAPID_ALTITUDE_CHANGE: eight seconds at 5 500 ft/min; a rate that the altitude denies is none", () => {
  const climb = flown([{ seconds: 60 }, { seconds: 15, climbMps: 28 }, { seconds: 60 }]);
  assert.deepEqual(typesOf(climb), ["RAPID_ALTITUDE_CHANGE"]);
  const denied = changed(CRUISE, 100, 130, () => ({ vertical_rate_mps: 30 }));
  assert.deepEqual(typesOf(denied), []);
  // One report with both wrong, after which a few are lost and the others have no rate.
  const wrong = { altitude_m: 14_000, vertical_rate_mps: -35 };
  const mute = CRUISE.filter((_, i) => i % 5 === 0 && (i <= 150 || i > 160))
    .map((report) => ({ ...report, vertical_rate_mps: null }));
  assert.deepEqual(typesOf(changed(mute, 30, 31, () => wrong)), []);
});

Deno.test("UNUSUAL_SPEED: too fast, or slow all of a sudden up high, within five seconds", () => {
  for (const speed of [330, 70]) {
    const found = anomaliesOf(changed(CRUISE, 150, 250, () => ({ velocity_mps: speed })));
    const unusual = found.filter(({ anomaly_type }) => anomaly_type === "UNUSUAL_SPEED");
    assert.equal(unusual.length, 1, `at ${speed} m/s`);
    const [one] = unusual;
    assert(Date.parse(one!.detected_at) - Date.parse(one!.started_at) <= 5000);
  }
  // A turboprop into the wind.
  const slow = flown([{ seconds: 300, speedMps: 110 }, { seconds: 300, speedMps: 80 }], {
    altitudeM: 8000,
  });
  assert.deepEqual(typesOf(slow), []);
});

Deno.test("UNUSUAL_SPEED: where reports come seldom one is told at once, and taken back if the next denies it", () => {
  const seldom = CRUISE.filter((_, i) => i % 10 === 0);
  const [fast, ...others] = anomaliesOf(changed(seldom, 15, 20, () => ({ velocity_mps: 400 })));
  assert.equal(fast!.detected_at, fast!.started_at);
  assert.equal(fast!.details.withdrawn, undefined);
  assert.deepEqual(others, []);
  const [glitch] = anomaliesOf(changed(seldom, 15, 16, () => ({ velocity_mps: 400 })));
  assert.equal(glitch!.state, "RESOLVED");
  assert.equal(typeof glitch!.details.withdrawn, "string");
  // Heard every second, one report after a few that were lost can wait for the next.
  const lost = CRUISE.filter((_, i) => i < 150 || i >= 160);
  assert.deepEqual(typesOf(changed(lost, 150, 151, () => ({ velocity_mps: 400 }))), []);
});

Deno.test("UNUSUAL_SPEED: one report after a longer silence, and a speed that is held, are none", () => {
  const silent = CRUISE.filter((_, i) => i < 150 || i >= 180);
  assert.deepEqual(typesOf(changed(silent, 150, 151, () => ({ velocity_mps: 60 }))), []);
  const cruise = flown([{ seconds: 100, speedMps: 230 }, { seconds: 200, speedMps: 60 }], {
    altitudeM: 9000,
  });
  // The speed is old when the altitude is heard again.
  const held = changed(cruise, 100, 160, () => ({ altitude_m: null, geo_altitude_m: null }));
  assert.deepEqual(typesOf(held), []);
});

Deno.test("FROZEN_POSITION: over twenty seconds, once; held for less it is nothing", () => {
  const hold = (seconds: number) =>
    changed(CRUISE, 100, 100 + seconds, () => ({ position: CRUISE[99]!.position }));
  const [frozen, ...others] = anomaliesOf(hold(60));
  assert.equal(frozen!.anomaly_type, "FROZEN_POSITION");
  assert.deepEqual(others, []);
  const latencyMs = Date.parse(frozen!.detected_at) - Date.parse(frozen!.started_at);
  assert(latencyMs > 20_000 && latencyMs <= 25_000, `${latencyMs} ms`);
  assert.deepEqual(typesOf(hold(19)), []);
  // Some of its reports have no speed.
  const mute = hold(60).map((report, i) =>
    i % 3 === 2 ? { ...report, velocity_mps: null } : report
  );
  assert.equal(anomaliesOf(mute).length, 1);
});

Deno.test("CIRCLING, LOITERING: two circles in a quarter of an hour, four in 25 minutes; one is nothing", () => {
  const round = { seconds: 240, speedMps: 100, turnDegPerS: 1.5 };
  const out = { seconds: 300, speedMps: 100 };
  // One round is what controllers ask for when they want a little time: no racetrack.
  assert.deepEqual(typesOf(flown([out, round, out])), []);
  assert(typesOf(flown([out, { ...round, seconds: 540 }, out])).includes("CIRCLING"));
  const long = anomaliesOf(flown([out, { ...round, seconds: 1200 }, out, out, out]))
    .filter(({ anomaly_type }) => anomaly_type !== "HOLDING");
  assert.deepEqual(long.map(({ anomaly_type }) => anomaly_type).sort(), ["CIRCLING", "LOITERING"]);
  for (const { started_at, resolved_at } of long) {
    const lastedS = (Date.parse(resolved_at!) - Date.parse(started_at)) / 1000;
    assert(lastedS > 1100 && lastedS < 1900, `${lastedS} s`);
  }
});

Deno.test("CIRCLING: nothing is taken to have been flown in a silence", () => {
  const out = { seconds: 300, speedMps: 100 };
  const flight = flown([out, { seconds: 600, speedMps: 100, turnDegPerS: 1.5 }, out, out, out]);
  // A silence within the quarter of an hour in which the circles were flown, and one of a minute.
  assert(!typesOf(flight.filter((_, i) => i < 900 || i > 970)).includes("CIRCLING"));
  assert(typesOf(flight.filter((_, i) => i < 900 || i > 955)).includes("CIRCLING"));
});

Deno.test("LOITERING: of an aircraft that is not heard of again, in less than 25 minutes", () => {
  const out = { seconds: 100, speedMps: 100 };
  const flight = flown([out, { seconds: 1000, speedMps: 100, turnDegPerS: 1.5 }]);
  const loitering = anomaliesOf(flight).filter(({ anomaly_type }) => anomaly_type === "LOITERING");
  assert.equal(loitering.length, 1);
  const [{ detected_at, resolved_at }] = loitering as [AnomalyPayload];
  assert.equal(Date.parse(detected_at) - Date.parse(resolved_at!) >= 1_790_000, true);
  // Who comes back has not been seen in between.
  const back = flown([{ seconds: 1400, speedMps: 100 }]).slice(1300);
  assert(!typesOf([...flight, ...back]).includes("LOITERING"));
});

Deno.test("HOLDING: racetracks at holding speed; circles and long legs are none", () => {
  const lap = [{ seconds: 60, speedMps: 120, turnDegPerS: 3 }, { seconds: 60, speedMps: 120 }];
  const laps = [...lap, ...lap, ...lap, ...lap, ...lap, ...lap];
  const out = { seconds: 300, speedMps: 120 };
  assert(typesOf(flown([out, ...laps, out], { altitudeM: 3500 })).includes("HOLDING"));
  const seldom = flown([out, ...laps, out], { altitudeM: 3500 }, 40);
  assert(!typesOf(seldom).includes("HOLDING"));
  // For half an hour, and told all the time.
  const round = [...lap, ...lap].map((leg) => ({ ...leg, speedMps: 135 }));
  const long = anomaliesOf(flown([out, ...Array(8).fill(round).flat(), out], { altitudeM: 3500 }))
    .filter(({ anomaly_type }) => anomaly_type === "HOLDING");
  assert.equal(long.length, 1);
  const lastedS = (Date.parse(long[0]!.resolved_at!) - Date.parse(long[0]!.started_at)) / 1000;
  assert(lastedS > 1700, `${lastedS} s`);
  // Rounds with a longer leg in between are one, told without a break.
  const between = { seconds: 150, speedMps: 120 };
  const [one, ...others] = anomaliesOf(
    flown([out, ...lap, ...lap, ...lap, between, ...lap, ...lap, ...lap, out, out], {
      altitudeM: 3500,
    }),
  ).filter(({ anomaly_type }) => anomaly_type === "HOLDING");
  assert.equal(one?.state, "RESOLVED");
  assert.deepEqual(others, []);
  const legs = [{ seconds: 60, speedMps: 120, turnDegPerS: 3 }, { seconds: 400, speedMps: 120 }];
  assert.deepEqual(typesOf(flown([out, ...legs, ...legs], { altitudeM: 3500 })), []);
});

/** Down to the field from the west, on three degrees. */
const approach = (downToM: number) => {
  const seconds = Math.round((1500 - downToM) / 3.7);
  const speedMps = 70;
  const threshold = destination(FIELD, 270, 1000 + (downToM - 100) / Math.tan(Math.PI / 60));
  const start = destination(threshold, 270, seconds * speedMps);
  return { from: { ...start, altitudeM: 1500 }, leg: { seconds, speedMps, climbMps: -3.7 } };
};

Deno.test("GO_AROUND: an approach that ends in a climb, within 45 s of its lowest point", () => {
  const { from, leg } = approach(180);
  const flight = flown([leg, { seconds: 90, speedMps: 75, climbMps: 10 }], from);
  const [found, ...others] = anomaliesOf(flight, AIRPORTS);
  assert.equal(found?.anomaly_type, "GO_AROUND");
  assert.equal(found.near_airport, "LFXX");
  assert(Date.parse(found.detected_at) - Date.parse(found.started_at) <= 45_000);
  assert.deepEqual(others, []);
});

Deno.test("GO_AROUND: not a pass along the runway that climbs in the end, nor a climb that is hardly one", () => {
  const { from, leg } = approach(130);
  const climb = { seconds: 120, speedMps: 75, climbMps: 8 };
  const along = (seconds: number) =>
    typesOf(flown([leg, { seconds, speedMps: 70 }, climb], from), AIRPORTS);
  assert.deepEqual(along(10), ["GO_AROUND"]);
  assert.deepEqual(along(40), []);
  // Low once, a little up, and low again is not level in between.
  const again = [
    leg,
    { seconds: 10, speedMps: 70, climbMps: 5 },
    { seconds: 20, speedMps: 70 },
    { seconds: 12, speedMps: 70, climbMps: -5 },
    climb,
  ];
  assert.deepEqual(typesOf(flown(again, from), AIRPORTS), ["GO_AROUND"]);
});

Deno.test("GO_AROUND: not a landing, a departure, or a level flight that climbs", () => {
  const { from, leg } = approach(110);
  assert.deepEqual(typesOf(flown([leg], from), AIRPORTS), []);
  // Down, along the runway, and off again, without a word of the ground.
  const stop = { seconds: 60, speedMps: 15 };
  const off = { seconds: 90, speedMps: 80, climbMps: 10 };
  assert.deepEqual(typesOf(flown([leg, stop, off], from), AIRPORTS), []);
  const departure = flown([{ seconds: 200, speedMps: 80, climbMps: 10 }], {
    ...FIELD,
    altitudeM: 100,
  });
  assert.deepEqual(typesOf(departure, AIRPORTS), []);
  const level = [{ seconds: 200, speedMps: 80 }, { seconds: 100, speedMps: 80, climbMps: 8 }];
  assert.deepEqual(typesOf(flown(level, { ...from, altitudeM: 700 }), AIRPORTS), []);
});

Deno.test("LOW_ALTITUDE_WARNING: low and far from every airport; not on an approach", () => {
  const down = [{ seconds: 300, climbMps: -10 }, { seconds: 100, climbMps: -3 }, { seconds: 60 }];
  const [warning] = anomaliesOf(flown(down, { lat: 30, lon: -40, altitudeM: 3500 }));
  assert.equal(warning?.anomaly_type, "LOW_ALTITUDE_WARNING");
  const { from, leg } = approach(110);
  assert(distanceM(from, FIELD) > 15_000);
  assert.deepEqual(typesOf(flown([leg], from), AIRPORTS), []);
});

Deno.test("LOW_ALTITUDE_WARNING: not on a wide circuit around a field, however low; after being high again", () => {
  const over = { ...FIELD, altitudeM: 500 };
  const out = { seconds: 300, speedMps: 75 };
  const down = { seconds: 60, speedMps: 75, climbMps: -5 };
  assert.deepEqual(typesOf(flown([out, down, out], over), AIRPORTS), []);
  const up = { seconds: 120, speedMps: 75, climbMps: 5 };
  const again = { seconds: 180, speedMps: 75, climbMps: -5 };
  assert.deepEqual(typesOf(flown([out, up, again, out], over), AIRPORTS), ["LOW_ALTITUDE_WARNING"]);
});
