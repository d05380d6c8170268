import assert from "node:assert/strict";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { AirportIndex } from "./context/airports.ts";
import { destination } from "./geodesy.ts";
import { seededRandom } from "./seeded_random.ts";
import { Sky } from "./sky.ts";
import { flown } from "./testing.ts";
import { Watch } from "./watch.ts";

const NOWHERE = new AirportIndex([]);

/** What is told of these when they come in so many partitions, in whatever order these are read. */
function told(
  reports: readonly FlightPayload[],
  partitions: number,
  seed: number,
): AnomalyPayload[] {
  const random = seededRandom(seed);
  const watches = Array.from({ length: partitions }, () => new Watch(NOWHERE));
  const queues: FlightPayload[][] = watches.map(() => []);
  for (const report of reports) queues[parseInt(report.icao24, 16) % partitions]!.push(report);
  const sky = new Sky(NOWHERE);
  const news: AnomalyPayload[] = [];
  const ends = queues.map(() => 0);
  // Partitions are read a piece at a time, one ahead of the other by up to half a minute.
  while (ends.some((end, i) => end < queues[i]!.length)) {
    const behind = Math.min(
      ...queues.map((queue, i) =>
        ends[i]! < queue.length ? lastContactMs(queue[ends[i]!]!) : Infinity
      ),
    );
    const i = Math.floor(random() * partitions);
    for (let k = 0; k < 20; k++) {
      const report = queues[i]![ends[i]!];
      if (!report || lastContactMs(report) > behind + 30_000) break;
      ends[i]!++;
      news.push(...watches[i]!.observe(report));
      sky.observe(report, i);
    }
    news.push(...sky.run());
  }
  news.push(...watches.flatMap((watch) => watch.close()), ...sky.close());
  return news.sort((a, b) => key(a) < key(b) ? -1 : 1);
}

const key = ({ anomaly_id, state, detected_at, details }: AnomalyPayload) =>
  `${anomaly_id} ${state} ${detected_at} ${JSON.stringify(details)}`;

/** Two that meet at the same height, and others around. */
function meeting(): FlightPayload[] {
  const legs = [{ seconds: 300, speedMps: 230 }];
  const middle = { lat: 49, lon: 3 };
  const east = { ...destination(middle, 270, 230 * 150), courseDeg: 90, altitudeM: 10_000 };
  const west = { ...destination(middle, 90, 230 * 150), courseDeg: 270, altitudeM: 10_000 };
  const above = { ...east, altitudeM: 10_600 };
  const flights = [
    flown(legs, { ...east, icao24: "a00001" }),
    flown(legs, { ...west, icao24: "a00002" }),
    flown(legs, { ...above, lat: 49.2, icao24: "a00003" }),
    flown(legs, { ...west, lat: 49.4, icao24: "a00004" }),
  ];
  return flights.flat().sort((a, b) => a.last_contact_unix - b.last_contact_unix);
}

/** Aircraft of one area that lose their integrity at the same second. */
function jammed(count: number): FlightPayload[] {
  return Array.from({ length: 6 }, (_, n) =>
    flown([{ seconds: 300, speedMps: 200 }], {
      lat: 48 + n * 0.3,
      altitudeM: 6000 + n * 600,
      icao24: `b0000${n}`,
    }).map((report, i) => ({
      ...report,
      nic: n < count && i > 150 && i < 250 ? 0 : 8,
      nac_p: n < count && i > 150 && i < 250 ? 0 : 9,
    }))).flat().sort((a, b) => a.last_contact_unix - b.last_contact_unix);
}

const types = (news: readonly AnomalyPayload[]) =>
  news.filter(({ state }) => state === "RESOLVED").map(({ anomaly_type, icao24 }) =>
    `${anomaly_type} ${icao24}`
  ).sort();

Deno.test("two that meet are told once, ahead of time; those above and beside are not", () => {
  const news = told(meeting(), 1, 1);
  assert.deepEqual(types(news), ["PROXIMITY a00001"]);
  const [opened] = news.filter(({ state }) => state === "ACTIVE");
  assert.equal(opened!.details.other_icao24, "a00002");
  // They meet after 150 seconds, and are 3 NM apart 12 seconds before.
  const aheadS = 1_700_000_150 - Date.parse(opened!.detected_at) / 1000;
  assert(aheadS >= 20 && aheadS <= 40, `${aheadS} s ahead`);
});

/** Two that fly the same way at this height and speed, so far apart. */
function sideBySide(apartM: number, altitudeM: number): FlightPayload[] {
  const legs = [{ seconds: 180, speedMps: 120 }];
  const one = { lat: 49, lon: 3, altitudeM, courseDeg: 90 };
  const other = { ...one, ...destination(one, 0, apartM) };
  return [flown(legs, { ...one, icao24: "a00001" }), flown(legs, { ...other, icao24: "a00002" })]
    .flat().sort((a, b) => a.last_contact_unix - b.last_contact_unix);
}

Deno.test("two that meet are told where everybody is heard every ten seconds, all at the same ones", () => {
  const news = told(
    meeting().filter(({ last_contact_unix }) => last_contact_unix % 10 === 0),
    1,
    1,
  );
  assert.deepEqual(types(news), ["PROXIMITY a00001"]);
  const [opened] = news;
  const aheadS = 1_700_000_150 - Date.parse(opened!.detected_at) / 1000;
  assert(aheadS >= 20, `${aheadS} s ahead`);
});

Deno.test("two that meet are told though some of their reports have no altitude or no velocity", () => {
  const reports = meeting().map((report, i) =>
    i % 3 === 0
      ? { ...report, altitude_m: null }
      : i % 5 === 0
      ? { ...report, velocity_mps: null, heading_deg: null }
      : report
  );
  assert.deepEqual(types(told(reports, 1, 1)), ["PROXIMITY a00001"]);
});

Deno.test("1 000 ft apart by what altimeters say, within 200 ft, is apart where both are level", () => {
  const upM = (ft: number) =>
    meeting().filter(({ icao24 }) => icao24 <= "a00002").map((report) =>
      report.icao24 === "a00002" ? { ...report, altitude_m: 10_000 + ft * 0.3048 } : report
    );
  for (const ft of [1000, 975, 900, 825]) assert.deepEqual(types(told(upM(ft), 1, 1)), []);
  for (const ft of [700, 300]) assert.deepEqual(types(told(upM(ft), 1, 1)), ["PROXIMITY a00001"]);
});

Deno.test("side by side within 3 NM: told up high, lower down only from half of that on", () => {
  const toldAt = (apartM: number, altitudeM: number) =>
    types(told(sideBySide(apartM, altitudeM), 1, 1));
  assert.deepEqual(toldAt(5000, 4000), ["PROXIMITY a00001"]);
  assert.deepEqual(toldAt(5000, 1200), []);
  assert.deepEqual(toldAt(2000, 1200), ["PROXIMITY a00001"]);
});

Deno.test("an airliner on its approach is kept apart from one that crosses; two light aircraft keep themselves apart", () => {
  const passed = (mps: number, otherMps: number) => {
    const middle = { lat: 49, lon: 3, altitudeM: 700 };
    const from = (courseDeg: number, speedMps: number, icao24: string) =>
      flown([{ seconds: 200, speedMps }], {
        ...middle,
        ...destination(middle, courseDeg + 180, speedMps * 100),
        courseDeg,
        icao24,
      });
    const other = from(0, otherMps, "a00002").map((report) => ({
      ...report,
      position: destination(report.position, 90, 1200),
    }));
    return types(told(
      [...from(90, mps, "a00001"), ...other]
        .sort((a, b) => a.last_contact_unix - b.last_contact_unix),
      1,
      1,
    ));
  };
  assert.deepEqual(passed(80, 130), ["PROXIMITY a00001"]);
  assert.deepEqual(passed(80, 80), []);
});

Deno.test("who come close again within a minute are told of once", () => {
  const apart = (i: number) => i > 120 && i < 220;
  const flights = sideBySide(2000, 4000).map((report, i) =>
    report.icao24 === "a00002" && apart(i) ? { ...report, altitude_m: 5000 } : report
  );
  assert.deepEqual(types(told(flights, 1, 1)), ["PROXIMITY a00001"]);
});

Deno.test("jamming: four together are told, each; one alone is a bad transponder", () => {
  const expected = ["0", "1", "2", "3"].map((n) => `GNSS_JAMMING b0000${n}`);
  assert.deepEqual(types(told(jammed(4), 1, 1)), expected);
  assert.deepEqual(types(told(jammed(1), 1, 1)), []);
});

Deno.test("jamming: three are told among many that fly there and keep their integrity", () => {
  const others = Array.from({ length: 12 }, (_, n) =>
    flown([{ seconds: 300, speedMps: 200 }], {
      lat: 48 + n * 0.15,
      altitudeM: 9000,
      icao24: `c0000${n.toString(16)}`,
    }).map((report) => ({ ...report, nic: 8, nac_p: 9 }))).flat();
  const reports = [...jammed(3), ...others]
    .sort((a, b) => a.last_contact_unix - b.last_contact_unix);
  const expected = ["0", "1", "2"].map((n) => `GNSS_JAMMING b0000${n}`);
  assert.deepEqual(types(told(reports, 1, 1)), expected);
});

Deno.test("jamming: one that is heard only every half minute meanwhile is one anomaly", () => {
  const heard = jammed(4).filter(({ icao24, last_contact_unix, nic }) =>
    icao24 !== "b00001" || nic !== 0 || last_contact_unix % 30 === 0
  );
  const expected = ["0", "1", "2", "3"].map((n) => `GNSS_JAMMING b0000${n}`);
  assert.deepEqual(types(told(heard, 1, 1)), expected);
});

Deno.test("jamming: reports that say nothing of integrity leave what the ones before said", () => {
  const quiet = jammed(4).map((report) => {
    const isQuiet = (report.last_contact_unix + parseInt(report.icao24, 16)) % 4 !== 0;
    return isQuiet ? { ...report, nic: null, nac_p: null } : report;
  });
  const news = told(quiet, 1, 1);
  const expected = ["0", "1", "2", "3"].map((n) => `GNSS_JAMMING b0000${n}`);
  assert.deepEqual(types(news), expected);
  for (const { started_at, detected_at } of news) {
    assert(Date.parse(detected_at) - Date.parse(started_at) <= 10_000);
  }
});

Deno.test("the same is told of the same stream in one partition or twelve, however they are read", () => {
  const reports = [...meeting(), ...jammed(4)]
    .sort((a, b) => a.last_contact_unix - b.last_contact_unix);
  const one = told(reports, 1, 1).map(key);
  assert(one.length >= 10);
  for (const [partitions, seed] of [[1, 2], [3, 3], [12, 4], [12, 5]]) {
    assert.deepEqual(told(reports, partitions!, seed!).map(key), one);
  }
});

Deno.test("nulls, teleports, clocks that stand still or jump: nothing throws, and all goes on", () => {
  const random = seededRandom(9);
  const [watch, sky] = [new Watch(NOWHERE), new Sky(NOWHERE)];
  const odd = <T>(value: T, ...others: T[]): T =>
    random() < 0.8 ? value : others[Math.floor(random() * others.length)]!;
  let atS = 1_700_000_000;
  for (let i = 0; i < 20_000; i++) {
    atS += odd(1, 0, -5, 90, 4000);
    const flight: FlightPayload = {
      icao24: `c0000${Math.floor(random() * 8)}`,
      callsign: odd<string | null>("AAA", "BBB", null),
      position: { lat: odd(49, random() * 180 - 90), lon: odd(3, random() * 360 - 180) },
      altitude_m: odd<number | null>(9000, null, -400, 39_000),
      velocity_mps: odd<number | null | undefined>(200, null, undefined, 0, 700),
      heading_deg: odd<number | null>(90, null, 0, 359.9),
      vertical_rate_mps: odd<number | null>(0, null, 190, -190),
      on_ground: random() < 0.1,
      squawk: odd<string | null>("1000", null, "7700"),
      spi: false,
      last_contact_unix: atS,
      nic: odd(8, 0),
    };
    const news = watch.observe(flight);
    sky.observe(flight, 0);
    for (const { anomaly_id } of [...news, ...sky.run()]) assert(!/NaN|undefined/.test(anomaly_id));
  }
  // A plain flight afterwards is followed as if nothing had been.
  const flight = flown([{ seconds: 60 }], { icao24: "c00000" }).map((report, i) => ({
    ...report,
    last_contact_unix: atS + 1000 + i,
  }));
  for (const report of flight) watch.observe(report);
  const track = watch.track("c00000")!;
  assert(Math.abs(track.speedMps - 200) < 3);
});
