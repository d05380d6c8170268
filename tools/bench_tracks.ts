/**
 * Reports a second from parsed update to findings, every detector on, and memory per aircraft once all that
 * is remembered is full: 10 000 simulated aircraft on one core. Run with --v8-flags=--expose-gc, as `deno task bench` does.
 */
import process from "node:process";
import { FlightPayload } from "../contracts/flight.ts";
import { destination } from "../core/geodesy.ts";
import { seededRandom } from "../core/seeded_random.ts";
import { Sky } from "../core/sky.ts";
import { HorizontalFilter } from "../core/track/horizontal.ts";
import { Watch } from "../core/watch.ts";
import { loadAirportIndex } from "../services/airports.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const AIRCRAFT = 10_000;
const SECONDS = 60;
/** Then on for longer than the longest window, a tenth of them heard each second. */
const FULL_AFTER_S = 1600;
const EVERY_S = 10;
const T0_S = 1_700_000_000;

/** Who flies over Europe and its seas, straight and turning, at every height. */
function traffic(): FlightPayload[] {
  const random = seededRandom(1);
  return Array.from({ length: AIRCRAFT }, (_, i) => ({
    icao24: i.toString(16).padStart(6, "0"),
    callsign: `SIM${i}`,
    position: { lat: 36 + 24 * random(), lon: -10 + 40 * random() },
    altitude_m: 500 + 11_000 * random(),
    geo_altitude_m: 600 + 11_000 * random(),
    velocity_mps: 80 + 160 * random(),
    heading_deg: 360 * random(),
    vertical_rate_mps: 0,
    on_ground: false,
    squawk: "1000",
    spi: false,
    last_contact_unix: T0_S,
  }));
}

function moved(flight: FlightPayload, random: () => number, dtS = 1): FlightPayload {
  const { position, heading_deg, velocity_mps } = flight;
  return {
    ...flight,
    position: destination(position, heading_deg!, velocity_mps! * dtS),
    heading_deg: (heading_deg! + random() * 0.4 * dtS) % 360,
    last_contact_unix: flight.last_contact_unix + dtS,
  };
}

/** As it is when it has been read: nothing in it is anybody else's. */
function read(flight: FlightPayload): FlightPayload {
  return FlightPayload.parse(JSON.parse(JSON.stringify(flight)));
}

const gc = (globalThis as { gc?: () => void }).gc ?? (() => {});
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
const heapBytes = () => {
  gc();
  // Deno says 0 for `arrayBuffers`: the windows' numbers are in `external`.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const airports = await loadAirportIndex();
const random = seededRandom(2);
const before = heapBytes();
let flights = traffic();
const watch = new Watch(airports);
const sky = new Sky(airports);
let [anomalies, cpuUs] = [0, 0];
for (let s = 0; s < SECONDS; s++) {
  flights = flights.map((flight) => moved(flight, random));
  const from = process.cpuUsage();
  for (const flight of flights) {
    anomalies += watch.observe(flight).length;
    sky.observe(flight, 0);
  }
  anomalies += sky.run().length;
  const { user, system } = process.cpuUsage(from);
  if (s >= SECONDS / 2) cpuUs += user + system;
}
const perUpdateUs = cpuUs / (AIRCRAFT * SECONDS / 2);
say(
  `update to findings: ${Math.round(1e6 / perUpdateUs).toLocaleString("en")}/s (${
    perUpdateUs.toFixed(1)
  } µs of processor each)`,
);

for (let s = 0; s < FULL_AFTER_S; s++) {
  const dtS = Math.min(s + 1, EVERY_S);
  for (let i = s % EVERY_S; i < AIRCRAFT; i += EVERY_S) {
    const flight = flights[i] = read(moved(flights[i]!, random, dtS));
    anomalies += watch.observe(flight).length;
    sky.observe(flight, 0);
  }
  anomalies += sky.run().length;
}
flights = [];
const perAircraft = (heapBytes() - before) / AIRCRAFT;
say(
  `memory, the newest report and full windows of 25 minutes included: ${
    (perAircraft / 1024).toFixed(1)
  } kB per aircraft; ${anomalies} anomalies of ${watch.size}`,
);

let some = traffic().slice(0, 1000);
const filters = some.map(() => new HorizontalFilter());
const rounds = 100;
let filterUs = 0;
for (let r = 0; r < rounds; r++) {
  some = some.map((flight) => moved(flight, random));
  const from = process.cpuUsage();
  some.forEach(({ position, velocity_mps, heading_deg, last_contact_unix }, i) =>
    filters[i]!.update(
      last_contact_unix * 1000,
      position.lat,
      position.lon,
      velocity_mps!,
      heading_deg!,
    )
  );
  const { user, system } = process.cpuUsage(from);
  if (r >= rounds / 2) filterUs += user + system;
}
const perFilterUs = filterUs / (1000 * rounds / 2);
say(
  `position filter alone: ${Math.round(1e6 / perFilterUs).toLocaleString("en")}/s (${
    perFilterUs.toFixed(1)
  } µs each)`,
);
