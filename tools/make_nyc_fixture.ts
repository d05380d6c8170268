/**
 * Makes `fixtures/opensky_nyc_sample.jsonl`, 25 simulated minutes over New York as messages on the
 * wire, and `fixtures/opensky_nyc_sample.expected.json`, what a reader must make of it.
 *
 *     deno run -W tools/make_nyc_fixture.ts [--seed N]
 */
import type { ReasonCode } from "../contracts/constants.ts";
import type { FlightEnvelope, FlightPayload } from "../contracts/flight.ts";
import type { AircraftState } from "./simulated_flight.ts";
import { fly } from "./simulated_flight.ts";
import { type Flight, FLIGHTS } from "./nyc_flights.ts";
import { seededRandom } from "../core/seeded_random.ts";

export const DEFAULT_SEED = 20240601;
/** 2024-06-01T14:00:00Z. */
const START_UNIX = 1_717_250_400;
const DURATION_S = 1500;
const SOURCE: FlightEnvelope["source"] = {
  provider: "opensky",
  mode: "replay",
  bbox: { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 },
  poll_interval_s: 10,
};
/** 25 ft, the step of the altitudes that transponders send. */
const ALTITUDE_STEP_M = 7.62;
/** 64 ft/min, the step of the vertical rates. */
const RATE_STEP_MPS = 0.32512;
/** GNSS altitude above barometric altitude on this day. */
const GEO_ABOVE_BARO_M = 38;
const POSITION_NOISE_M = 4;
const METRES_PER_DEGREE = 111_195;
/** The contract's definition of low. */
const LOW_ALTITUDE_M = 300;
const LATE_REPORTS = 8;
const DUPLICATE_REPORTS = 8;

export interface Expected {
  /** Lines of the file, the blank one included; the first is 1. */
  readonly lines: number;
  readonly accepted: number;
  readonly refused: readonly { readonly line: number; readonly reason_code: ReasonCode }[];
  /** Skipped without a word. */
  readonly blank: readonly number[];
  /** Valid, but older than a report of the same aircraft before them. */
  readonly late: readonly number[];
  /** Valid, and the same as a report before them. */
  readonly duplicate: readonly number[];
  readonly aircraft: Readonly<Record<string, string>>;
  readonly events: readonly TrueEvent[];
}

/** Unix seconds, from the simulation's own knowledge. */
export interface TrueEvent {
  readonly icao24: string;
  readonly event: string;
  readonly start: number;
  readonly stop: number;
}

interface Line {
  readonly text: string;
  readonly kind: "report" | "late" | "duplicate" | "blank" | ReasonCode;
}

interface Report {
  readonly flight: Flight;
  readonly envelope: FlightEnvelope;
}

/** The two files, as text: the same for the same seed, byte for byte. */
export function makeNycFixture(seed: number): { jsonl: string; expected: string } {
  const random = seededRandom(seed);
  const events: TrueEvent[] = [];
  const reports = FLIGHTS.flatMap((flight) => reportsOf(flight, random, events));
  // Stable: aircraft of the same second stay in the order of the list.
  reports.sort((a, b) => lastContact(a) - lastContact(b));
  const lines = reports.map(({ envelope }): Line => ({ text: json(envelope), kind: "report" }));
  addLate(lines, reports, random);
  addDuplicates(lines, random);
  addRefused(lines, reports);

  const linesOf = (kind: Line["kind"]) =>
    lines.flatMap((line, index) => line.kind === kind ? [index + 1] : []);
  const refused = lines.flatMap(({ kind }, index) =>
    isRefused(kind) ? [{ line: index + 1, reason_code: kind }] : []
  );
  const blank = linesOf("blank");
  const expected: Expected = {
    lines: lines.length,
    accepted: lines.length - refused.length - blank.length,
    refused,
    blank,
    late: linesOf("late"),
    duplicate: linesOf("duplicate"),
    aircraft: Object.fromEntries(FLIGHTS.map(({ icao24, role }) => [icao24, role])),
    events: events.sort((a, b) => a.start - b.start),
  };
  return {
    jsonl: lines.map(({ text }) => text + "\n").join(""),
    expected: JSON.stringify(expected, null, 2) + "\n",
  };
}

/** Every second of a flight in the area within the time, its own clock from the sample's start. */
export function flownSeconds(flight: Flight): { atS: number; state: AircraftState }[] {
  return withinArea(flight).map(({ atS, state }) => ({ atS, state }));
}

function withinArea(flight: Flight) {
  const { lat_min, lat_max, lon_min, lon_max } = SOURCE.bbox;
  return [...fly(flight.start, flight.legs)]
    .map((second, index) => ({ ...second, atS: flight.startS + index }))
    .filter(({ atS, state: { lat, lon } }) =>
      atS >= 0 && atS < DURATION_S &&
      lat >= lat_min && lat <= lat_max && lon >= lon_min && lon <= lon_max
    );
}

function reportsOf(flight: Flight, random: () => number, events: TrueEvent[]): Report[] {
  const seconds = withinArea(flight);
  for (const event of new Set(seconds.flatMap(({ leg }) => leg.events ?? []))) {
    const during = seconds.filter(({ leg, state }) =>
      leg.events?.includes(event) &&
      (event !== "low_altitude_warning" || state.altitudeM < LOW_ALTITUDE_M)
    );
    const [start, stop] = [during[0]!.atS, during.at(-1)!.atS].map((atS) => START_UNIX + atS);
    events.push({ icao24: flight.icao24, event, start: start!, stop: stop! });
  }
  const reports: Report[] = [];
  for (let i = Math.floor(random() * 8); i < seconds.length; i += 5 + Math.floor(random() * 6)) {
    // Now and then the newest message was not the one with the position.
    const positionAge = i > 0 && random() < 0.2 ? 1 : 0;
    const { atS, state, leg } = seconds[i]!;
    const at = seconds[i - positionAge]!.state;
    const payload = payloadOf(flight, state, at, random, {
      squawk: leg.squawk ?? flight.squawk,
      time_position_unix: START_UNIX + atS - positionAge,
      last_contact_unix: START_UNIX + atS,
    });
    reports.push({ flight, envelope: envelopeOf(payload) });
  }
  if (flight.glitchSquawk) {
    reports[Math.floor(reports.length / 2)]!.envelope.payload.squawk = flight.glitchSquawk;
  }
  return reports;
}

type Times = Pick<FlightPayload, "squawk" | "time_position_unix" | "last_contact_unix">;

function payloadOf(
  flight: Flight,
  state: AircraftState,
  at: AircraftState,
  random: () => number,
  { squawk, time_position_unix, last_contact_unix }: Times,
): FlightPayload {
  const noise = () => (random() + random() + random() - 1.5) * 2 * POSITION_NOISE_M;
  const lat = at.lat + noise() / METRES_PER_DEGREE;
  const lon = at.lon + noise() / (METRES_PER_DEGREE * Math.cos(at.lat * Math.PI / 180));
  const { onGround } = state;
  const payload: FlightPayload = {
    icao24: flight.icao24,
    callsign: flight.callsign,
    position: { lat: round(lat, 1e-5), lon: round(lon, 1e-5) },
    altitude_m: onGround ? null : round(state.altitudeM, ALTITUDE_STEP_M),
    geo_altitude_m: onGround ? null : round(state.altitudeM + GEO_ABOVE_BARO_M, ALTITUDE_STEP_M),
    velocity_mps: round(Math.max(0, state.speedMps + (random() - 0.5)), 0.01),
    heading_deg: round((state.trackDeg + random() * 0.6) % 360, 0.01) % 360,
    vertical_rate_mps: onGround ? null : round(state.verticalRateMps, RATE_STEP_MPS),
    on_ground: onGround,
    squawk,
    spi: false,
    time_position_unix,
    last_contact_unix,
    origin_country: "United States",
  };
  for (const key of flight.unknown ?? []) Object.assign(payload, { [key]: null });
  for (const key of flight.missing ?? []) delete payload[key];
  return payload;
}

function envelopeOf(payload: FlightPayload): FlightEnvelope {
  return {
    schema_version: 1,
    type: "flight_update",
    produced_at: new Date(payload.last_contact_unix * 1000).toISOString(),
    source: SOURCE,
    payload,
  };
}

/** Some reports come after the next one of their aircraft, as from a second, slower receiver. */
function addLate(lines: Line[], reports: readonly Report[], random: () => number) {
  const order = reports.map((report, index) => ({ report, line: lines[index]! }));
  for (let i = 0; i < LATE_REPORTS; i++) {
    const from = Math.floor((i + 0.2 + random() * 0.6) / LATE_REPORTS * order.length);
    const moved = order[from]!;
    const { icao24 } = moved.report.flight;
    const next = order.findIndex(({ report }, at) => at > from && report.flight.icao24 === icao24);
    if (next < 0) {
      throw new Error(`${icao24} has no report after its late one: choose another seed`);
    }
    order.splice(from, 1);
    order.splice(next, 0, { ...moved, line: { ...moved.line, kind: "late" } });
  }
  lines.splice(0, lines.length, ...order.map(({ line }) => line));
}

function addDuplicates(lines: Line[], random: () => number) {
  for (let i = 0; i < DUPLICATE_REPORTS; i++) {
    const from = Math.floor((i + 0.1 + random() * 0.8) / DUPLICATE_REPORTS * lines.length);
    const again: Line = { text: lines[from]!.text, kind: "duplicate" };
    lines.splice(from + 1 + Math.floor(random() * 3), 0, again);
  }
}

/** Copies of true reports, each spoiled in its own way, and a blank line, spread over the file. */
function addRefused(lines: Line[], reports: readonly Report[]) {
  const spoilt: [Line["kind"], (report: Report) => string][] = [
    ["not_json", () => "opensky: connection reset by peer"],
    ["wrong_shape", spoil((_, payload) => delete payload.position)],
    ["impossible_value", spoil((_, payload) => payload.position = { lat: 95, lon: -73.8 })],
    ["blank", () => ""],
    ["impossible_value", spoil((_, payload) => payload.heading_deg = 400)],
    ["not_json", ({ envelope }) => json(envelope).slice(0, 180)],
    ["wrong_shape", spoil((message) => message.payload = "flight_update")],
    ["impossible_value", spoil((_, payload) => payload.altitude_m = 60_000)],
    ["future_schema_version", spoil((message) => message.schema_version = 2)],
    ["wrong_shape", spoil((_, payload) => payload.velocity_mps = "221.4")],
    ["impossible_value", spoil((_, payload) => payload.velocity_mps = 900)],
    ["wrong_shape", ({ envelope }) => JSON.stringify([envelope.payload])],
    ["impossible_value", spoil((_, payload) => payload.squawk = "7800")],
    ["impossible_value", spoil((_, payload) => payload.geo_altitude_m = -700)],
    ["wrong_shape", spoil((message) => message.type = "heartbeat")],
  ];
  spoilt.forEach(([kind, write], i) => {
    const index = Math.floor((i + 1) / (spoilt.length + 1) * reports.length);
    lines.splice(index + i, 0, { text: write(reports[index]!), kind });
  });
}

type JsonObject = Record<string, unknown>;

function spoil(change: (message: JsonObject, payload: JsonObject) => void) {
  return ({ envelope }: Report): string => {
    const message: JsonObject = JSON.parse(json(envelope));
    change(message, message.payload as JsonObject);
    return JSON.stringify(message);
  };
}

function isRefused(kind: Line["kind"]): kind is ReasonCode {
  return kind !== "report" && kind !== "late" && kind !== "duplicate" && kind !== "blank";
}

function lastContact({ envelope }: Report): number {
  return envelope.payload.last_contact_unix;
}

function json(envelope: FlightEnvelope): string {
  return JSON.stringify(envelope);
}

function round(value: number, step: number): number {
  // + 0 makes -0 into 0; five digits hide what binary fractions add.
  return Number((Math.round(value / step) * step).toFixed(5)) + 0;
}

if (import.meta.main) {
  const at = Deno.args.indexOf("--seed");
  const seed = at < 0 ? DEFAULT_SEED : Number(Deno.args[at + 1]);
  if (!Number.isInteger(seed)) {
    Deno.stderr.writeSync(new TextEncoder().encode("--seed must be a whole number\n"));
    Deno.exit(2);
  }
  const { jsonl, expected } = makeNycFixture(seed);
  const folder = new URL("../fixtures/", import.meta.url);
  Deno.writeTextFileSync(new URL("opensky_nyc_sample.jsonl", folder), jsonl);
  Deno.writeTextFileSync(new URL("opensky_nyc_sample.expected.json", folder), expected);
}
