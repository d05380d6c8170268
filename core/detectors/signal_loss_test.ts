/** Silences: which are told, when, and what becomes of them. */
import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { BoundingBox, FlightPayload } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import { AirportIndex } from "../context/airports.ts";
import { flown } from "../testing.ts";
import { Watch } from "../watch.ts";

const CRUISE = flown([{ seconds: 300, speedMps: 230 }], { altitudeM: 11_000 });
const START_MS = lastContactMs(CRUISE[0]!);
/** Another aircraft, on the ground, that is heard all the time: the stream goes on. */
const OTHER = flown([{ seconds: 3000 }], { icao24: "b00002" })
  .map((report): FlightPayload => ({ ...report, on_ground: true }));

/** What is told of these, how it stood at last, and after how many seconds of the flight it was told first. */
function told(flights: readonly FlightPayload[], within?: BoundingBox) {
  const watch = new Watch(new AirportIndex([]));
  const last = new Map<string, AnomalyPayload>();
  const openedAtS = new Map<string, number>();
  const take = (news: readonly AnomalyPayload[], atMs: number) => {
    for (const anomaly of news.filter(({ anomaly_type }) => anomaly_type === "SIGNAL_LOSS")) {
      const { anomaly_id } = anomaly;
      if (!openedAtS.has(anomaly_id)) openedAtS.set(anomaly_id, (atMs - START_MS) / 1000);
      last.set(anomaly_id, anomaly);
    }
  };
  for (const flight of flights) take(watch.observe(flight, within), lastContactMs(flight));
  take(watch.close(), NaN);
  return [...last.values()].map((anomaly) => ({
    fromS: (Date.parse(anomaly.started_at) - START_MS) / 1000,
    toS: (Date.parse(anomaly.resolved_at!) - START_MS) / 1000,
    toldS: openedAtS.get(anomaly.anomaly_id)!,
    detectedS: (Date.parse(anomaly.detected_at) - START_MS) / 1000,
    state: anomaly.state,
    withdrawn: anomaly.details.withdrawn,
  }));
}

/** Both, in the order of their times. */
function together(one: readonly FlightPayload[], other: readonly FlightPayload[]) {
  return [...one, ...other].sort((a, b) => lastContactMs(a) - lastContactMs(b));
}

const silentFrom = (flight: readonly FlightPayload[], from: number, to: number) =>
  flight.filter((_, i) => i <= from || i >= to);
const WHOLE = { state: "RESOLVED", withdrawn: undefined };

Deno.test("told by the clock once a minute has passed, by the next report of anybody; over when it is heard", () => {
  const flights = together(silentFrom(CRUISE, 99, 250), OTHER.slice(0, 300));
  assert.deepEqual(told(flights), [
    { fromS: 99, toS: 250, toldS: 160, detectedS: 159, ...WHOLE },
  ]);
});

Deno.test("who has left the map in between is told of by the clock all the same", () => {
  const long = flown([{ seconds: 1500, speedMps: 230 }], { altitudeM: 11_000 });
  assert.deepEqual(told(together(silentFrom(long, 99, 1000), OTHER.slice(0, 1500))), [
    { fromS: 99, toS: 1000, toldS: 160, detectedS: 159, ...WHOLE },
  ]);
});

Deno.test("with nobody else on the stream, the same is told when it is heard again", () => {
  assert.deepEqual(told(silentFrom(CRUISE, 99, 250)), [
    { fromS: 99, toS: 250, toldS: 250, detectedS: 159, ...WHOLE },
  ]);
});

Deno.test("who is not heard of again within half an hour has left, and what was told is withdrawn", () => {
  const [loss, ...others] = told(together(CRUISE.slice(0, 100), OTHER));
  assert.deepEqual(others, []);
  assert.deepEqual([loss!.state, loss!.toldS], ["RESOLVED", 160]);
  assert.match(String(loss!.withdrawn), /left/);
});

Deno.test("who was about to fly out of what is looked at is told of when it is heard again, or never", () => {
  const at = (i: number) => CRUISE[i]!.position;
  const box = { lat_min: 40, lat_max: 60, lon_min: 0, lon_max: at(150).lon };
  const flights = together(silentFrom(CRUISE, 99, 250), OTHER.slice(0, 300));
  assert.deepEqual(told(flights, box).map(({ toldS }) => toldS), [250]);
  assert.deepEqual(told(flights, { ...box, lon_max: 10 }).map(({ toldS }) => toldS), [160]);
  assert.deepEqual(told(together(CRUISE.slice(0, 100), OTHER), box), []);
});

Deno.test("not on the ground, not near it, not within a minute", () => {
  const low = flown([{ seconds: 300 }], { altitudeM: 500 });
  const ground = CRUISE.map((report) => ({ ...report, on_ground: true }));
  for (const flight of [low, ground]) {
    assert.deepEqual(told(together(silentFrom(flight, 99, 250), OTHER)), []);
  }
  assert.deepEqual(told(silentFrom(CRUISE, 99, 159)), []);
});

Deno.test("two in a row are two; what is usual must be known, and then older ones are judged", () => {
  const twice = CRUISE.filter((_, i) => i < 100 || i === 170 || i > 240);
  assert.deepEqual(told(twice).map(({ fromS, toS }) => [fromS, toS]), [[99, 170], [170, 241]]);
  const early = silentFrom(CRUISE, 2, 71);
  assert.deepEqual(told(early), [{ fromS: 2, toS: 71, toldS: 87, detectedS: 87, ...WHOLE }]);
  assert.deepEqual(told(early.slice(0, 15)), []);
});

Deno.test("where reports are seldom, a silence is judged by what is usual in the end", () => {
  // Every 20 s at first, and every 30 s later on: 115 s was too long by the first only.
  const seldom = (slower: number) => {
    const flight = flown([{ seconds: 2400, speedMps: 60 }], { altitudeM: 2000 });
    return flight.filter((
      _,
      i,
    ) => (i <= 600 ? i % 20 === 0 : i >= 715 && (i - 715) % slower === 0));
  };
  assert.deepEqual(told(seldom(30)), []);
  const [loss] = told(seldom(20));
  assert.deepEqual([loss!.fromS, loss!.toS], [600, 715]);
  // Nobody could know before it had left.
  assert.equal(loss!.toldS, NaN);
});

Deno.test("what was heard of it in time, and came late, takes it back", () => {
  const flights = together(silentFrom(CRUISE, 99, 200), OTHER.slice(0, 300));
  const late = CRUISE[130]!;
  const at = flights.findIndex((flight) => lastContactMs(flight) > START_MS + 165_000);
  const [loss] = told([...flights.slice(0, at), late, ...flights.slice(at)]);
  assert.match(String(loss!.withdrawn), /late/);
});
