import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import {
  type FlightEnvelope,
  FlightEnvelope as FlightEnvelopeSchema,
} from "../contracts/flight.ts";
import { parseMessage } from "../contracts/parse.ts";
import { distanceM } from "../core/geodesy.ts";
import { implausible } from "../core/plausibility.ts";
import { DEFAULT_SEED, type Expected, flownSeconds, makeNycFixture } from "./make_nyc_fixture.ts";
import { compactLine, gzipPlain } from "./make_paris_fixture.ts";
import { FLIGHTS } from "./nyc_flights.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);
const README = Deno.readTextFileSync(new URL("README.md", FIXTURES));
const jsonl = Deno.readTextFileSync(new URL("opensky_nyc_sample.jsonl", FIXTURES));
const expectedText = Deno.readTextFileSync(new URL("opensky_nyc_sample.expected.json", FIXTURES));
const expected: Expected = JSON.parse(expectedText);

/** Proximity as it is labelled between airliners: 3 nautical miles and 1000 ft. */
const APART_M = 5556;
const APART_VERTICAL_M = 304.8;

interface Read {
  readonly line: number;
  readonly message: FlightEnvelope;
}

/** The lines of a sample as a reader takes them: parsed, checked, blank ones skipped. */
function readSample(text: string) {
  const accepted: Read[] = [];
  const refused: { line: number; reason_code: string }[] = [];
  const lines = text.split("\n").slice(0, -1);
  lines.forEach((bytes, index) => {
    const line = index + 1;
    if (bytes.trim() === "") return;
    const parsed = parseMessage(FlightEnvelopeSchema, bytes);
    const reason = parsed.ok ? implausible(parsed.value.payload) : parsed;
    if (reason) refused.push({ line, reason_code: reason.reason_code });
    else if (parsed.ok) accepted.push({ line, message: parsed.value });
  });
  return { lines, accepted, refused };
}

const sample = readSample(jsonl);

function payloadsOf(icao24: string) {
  return sample.accepted.map(({ message }) => message.payload)
    .filter((payload) => payload.icao24 === icao24)
    .sort((a, b) => a.last_contact_unix - b.last_contact_unix);
}

function eventOf(event: string, icao24?: string) {
  const found = expected.events.filter((one) =>
    one.event === event && (icao24 === undefined || one.icao24 === icao24)
  );
  assert.equal(found.length, 1, `${event} ${icao24 ?? ""}`);
  return found[0]!;
}

function during({ icao24, start, stop }: { icao24: string; start: number; stop: number }) {
  return payloadsOf(icao24).filter(({ last_contact_unix: at }) => at >= start && at <= stop);
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number";
}

Deno.test("the New York sample is what its generator makes, byte for byte", () => {
  const made = makeNycFixture(DEFAULT_SEED);
  assert(made.jsonl === jsonl, "opensky_nyc_sample.jsonl: run tools/make_nyc_fixture.ts");
  assert(made.expected === expectedText, "the expected file: run tools/make_nyc_fixture.ts");
  assert(jsonl.length < 3e6, `${jsonl.length} bytes`);
});

Deno.test("parsing and plausibility refuse exactly the lines that are meant to be", () => {
  assert.deepEqual(sample.refused, expected.refused);
  assert.equal(sample.accepted.length, expected.accepted);
  assert.equal(sample.lines.length, expected.lines);
  const blank = sample.lines.flatMap((text, index) => text === "" ? [index + 1] : []);
  assert.deepEqual(blank, expected.blank);
});

Deno.test("another seed gives another sample, of which the same is true", () => {
  const other = makeNycFixture(7);
  assert.notEqual(other.jsonl, jsonl);
  assert.deepEqual(readSample(other.jsonl).refused, JSON.parse(other.expected).refused);
});

Deno.test("late and doubled lines are those where a clock does not go forward", () => {
  const newest = new Map<string, number>();
  const [late, duplicate]: [number[], number[]] = [[], []];
  const before = new Set<string>();
  for (const { line, message: { payload } } of sample.accepted) {
    const at = newest.get(payload.icao24) ?? -Infinity;
    if (before.has(sample.lines[line - 1]!)) duplicate.push(line);
    else if (payload.last_contact_unix < at) late.push(line);
    before.add(sample.lines[line - 1]!);
    newest.set(payload.icao24, Math.max(at, payload.last_contact_unix));
  }
  assert.deepEqual({ late, duplicate }, { late: expected.late, duplicate: expected.duplicate });
});

Deno.test("every aircraft is in the sample and in the table of the README", () => {
  const seen = new Set(sample.accepted.map(({ message }) => message.payload.icao24));
  assert.deepEqual([...seen].sort(), FLIGHTS.map(({ icao24 }) => icao24).sort());
  for (const { icao24, callsign, role } of FLIGHTS) {
    assert(README.includes(`| ${icao24} | ${callsign} | ${role} |`), `${icao24} ${role}`);
    assert.equal(expected.aircraft[icao24], role);
  }
});

Deno.test("reports of an aircraft are 5 to 10 s apart and as far as its speed goes", () => {
  for (const { icao24 } of FLIGHTS) {
    const reports = payloadsOf(icao24);
    for (const [i, next] of reports.entries()) {
      const last = reports[i - 1];
      if (!last || last.last_contact_unix === next.last_contact_unix) continue;
      const apartS = next.last_contact_unix - last.last_contact_unix;
      assert(apartS >= 5 && apartS <= 10, `${icao24}: ${apartS} s`);
      const { time_position_unix: from, velocity_mps: slow } = last;
      const { time_position_unix: to, velocity_mps: fast } = next;
      if (!from || !to || !isNumber(slow) || !isNumber(fast)) continue;
      const flownM = distanceM(last.position, next.position);
      const most = Math.max(slow, fast) + 1;
      assert(flownM <= most * (to - from) + 40, `${icao24}: ${flownM} m in ${to - from} s`);
    }
  }
});

Deno.test("the emergency descent loses 8 km at over 3000 ft/min, far above an approach", () => {
  const reports = during(eventOf("emergency_descent"));
  const steep = reports.filter(({ vertical_rate_mps }) => vertical_rate_mps! < -15.24);
  assert(steep.length >= reports.length * 0.85, `${steep.length} of ${reports.length}`);
  assert(reports[0]!.altitude_m! - reports.at(-1)!.altitude_m! > 8000);
});

Deno.test("the go-around comes below 600 m on final, climbs at over 1500 ft/min, and lands", () => {
  const event = eventOf("go_around");
  const before = payloadsOf(event.icao24).filter(({ last_contact_unix }) =>
    last_contact_unix < event.start
  );
  assert(before.at(-1)!.altitude_m! < 200);
  const climbing = during(event).filter(({ vertical_rate_mps }) => vertical_rate_mps! > 7.62);
  assert(climbing.length >= 4, `${climbing.length} reports of the climb`);
  assert.equal(payloadsOf(event.icao24).at(-1)!.on_ground, true);
});

Deno.test("the hold turns three times round within 15 km for over five minutes, level", () => {
  const event = eventOf("holding");
  assert(event.stop - event.start > 300);
  const reports = during(event);
  let turnedDeg = 0;
  for (const [i, { heading_deg, position, altitude_m }] of reports.entries()) {
    assert(distanceM(position, reports[0]!.position) < 15_000);
    assert(Math.abs(altitude_m! - 3048) < 60);
    if (i > 0) turnedDeg += ((heading_deg! - reports[i - 1]!.heading_deg! + 540) % 360) - 180;
  }
  assert(Math.abs(turnedDeg - 1080) < 40, `${turnedDeg}°`);
});

Deno.test("each emergency squawk is in many reports, but for the one that is a glitch", () => {
  for (const [icao24, squawk] of [["a6e175", "7500"], ["a6e176", "7600"], ["a6e177", "7700"]]) {
    const reports = during(eventOf("emergency_squawk", icao24));
    assert(reports.length > 20 && reports.every((report) => report.squawk === squawk), icao24);
  }
  const glitches = payloadsOf("a6e178").filter(({ squawk }) => squawk === "7700");
  assert.equal(glitches.length, 1);
});

Deno.test("the low flyer is below 300 m and over 15 km from JFK for minutes", () => {
  const reports = during(eventOf("low_altitude_warning"));
  assert(reports.length > 40);
  for (const { altitude_m, on_ground, position } of reports) {
    assert(altitude_m! < 308 && !on_ground);
    assert(distanceM(position, { lat: 40.6398, lon: -73.7789 }) > 15_000);
  }
});

Deno.test("no two airborne aircraft come within 3 nautical miles and 1000 ft", () => {
  const flown = FLIGHTS.map((flight) => ({
    flight,
    bySecond: new Map(flownSeconds(flight).map(({ atS, state }) => [atS, state])),
  }));
  for (const [i, one] of flown.entries()) {
    for (const other of flown.slice(i + 1)) {
      for (const [atS, a] of one.bySecond) {
        const b = other.bySecond.get(atS);
        if (!b || a.onGround || b.onGround) continue;
        const apart = Math.abs(a.altitudeM - b.altitudeM) >= APART_VERTICAL_M ||
          distanceM(a, b) >= APART_M;
        assert(apart, `${one.flight.icao24} and ${other.flight.icao24} at ${atS} s`);
      }
    }
  }
});

Deno.test("the Paris recording is what the README says of it", () => {
  const packed = Deno.readFileSync(new URL("paris_2021-10-07.jsonl.gz", FIXTURES));
  assert.deepEqual([...packed.subarray(4, 8)], [0, 0, 0, 0], "a time in the gzip header");
  const lines = new TextDecoder().decode(gunzipSync(packed)).trimEnd().split("\n");
  const aircraft = new Set<string>();
  const [lats, lons, times] = [new Range(), new Range(), new Range()];
  for (const line of lines) {
    const report = JSON.parse(line);
    assert(!line.includes("null"), line);
    assert(report.time >= times.most, `out of order: ${line}`);
    aircraft.add(report.icao24);
    lats.add(report.lat);
    lons.add(report.lon);
    times.add(report.time);
  }
  const [first, last] = [times.least, times.most].map((s) => new Date(s * 1000).toISOString());
  for (
    const fact of [
      `| reports | ${lines.length} |`,
      `| aircraft | ${aircraft.size} |`,
      `| time | ${first} to ${last}`,
      `latitude ${lats.least} to ${lats.most}, longitude ${lons.least} to ${lons.most} |`,
      `| bytes | ${packed.length} |`,
    ]
  ) {
    assert(README.includes(fact), `the README does not say: ${fact}`);
  }
});

class Range {
  least = Infinity;
  most = -Infinity;

  add(value: number) {
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
  }
}

Deno.test("a compact line leaves out what is unknown and writes whole numbers whole", () => {
  const line = '{"icao24":"398564","time":1633608001.0,"geo_altitude":null,"on_ground":false}';
  assert.equal(compactLine(line), '{"icao24":"398564","time":1633608001,"on_ground":false}');
});

Deno.test("gzip packs the same text to the same bytes and back", () => {
  assert.deepEqual(gzipPlain("text"), gzipPlain("text"));
  assert.equal(new TextDecoder().decode(gunzipSync(gzipPlain("text"))), "text");
});
