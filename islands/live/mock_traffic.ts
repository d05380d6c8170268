/** Made-up traffic of any size, the same for the same number of aircraft: to look at, and to measure by. */
import type { Flight } from "../../contracts/flight.ts";
import { bearingDeg, destination, distanceM, type LatLon, normalDeg } from "../../core/geodesy.ts";
import { seededRandom } from "../../core/seeded_random.ts";

/** Where it flies from and to: code, place, and how busy. From OurAirports, public domain. */
const AIRPORTS: readonly (readonly [code: string, lat: number, lon: number, weight: number])[] = [
  ["LHR", 51.4706, -0.4619, 9],
  ["CDG", 49.0128, 2.55, 9],
  ["AMS", 52.3086, 4.7639, 8],
  ["FRA", 50.0264, 8.5431, 8],
  ["MUC", 48.3538, 11.7861, 6],
  ["MAD", 40.4936, -3.5668, 7],
  ["BCN", 41.2971, 2.0785, 5],
  ["FCO", 41.8045, 12.2508, 5],
  ["ZRH", 47.4647, 8.5492, 4],
  ["VIE", 48.1103, 16.5697, 4],
  ["CPH", 55.6179, 12.656, 4],
  ["ARN", 59.6519, 17.9186, 4],
  ["WAW", 52.1657, 20.9671, 4],
  ["ATH", 37.9364, 23.9445, 4],
  ["LIS", 38.7813, -9.1359, 4],
  ["DUB", 53.4213, -6.2701, 4],
  ["IST", 41.2753, 28.7519, 7],
  ["DXB", 25.2528, 55.3644, 7],
  ["DOH", 25.2731, 51.6081, 4],
  ["DEL", 28.5665, 77.1031, 6],
  ["BOM", 19.0887, 72.8679, 4],
  ["SIN", 1.3502, 103.9944, 5],
  ["HKG", 22.3089, 113.9146, 5],
  ["PVG", 31.1434, 121.8052, 6],
  ["PEK", 40.0801, 116.5846, 6],
  ["CAN", 23.3924, 113.2988, 5],
  ["ICN", 37.4691, 126.4505, 5],
  ["HND", 35.5523, 139.7797, 7],
  ["BKK", 13.6811, 100.7473, 4],
  ["SYD", -33.9461, 151.1772, 4],
  ["AKL", -37.0081, 174.7917, 2],
  ["JNB", -26.1392, 28.246, 3],
  ["CAI", 30.1219, 31.4056, 3],
  ["NBO", -1.3192, 36.9278, 2],
  ["LOS", 6.5774, 3.3212, 2],
  ["JFK", 40.6398, -73.7789, 8],
  ["ATL", 33.6367, -84.4281, 9],
  ["ORD", 41.9786, -87.9048, 9],
  ["DFW", 32.8968, -97.038, 8],
  ["DEN", 39.8617, -104.6732, 7],
  ["LAX", 33.9425, -118.4081, 8],
  ["SFO", 37.619, -122.3749, 6],
  ["SEA", 47.449, -122.3093, 5],
  ["MIA", 25.7932, -80.2906, 6],
  ["YYZ", 43.6772, -79.6306, 5],
  ["MEX", 19.4363, -99.0721, 4],
  ["BOG", 4.7016, -74.1469, 3],
  ["GRU", -23.4319, -46.4698, 4],
  ["EZE", -34.8222, -58.5358, 3],
  ["SCL", -33.393, -70.7858, 3],
  ["ANC", 61.1744, -149.9963, 2],
  ["KEF", 63.985, -22.6056, 1],
];
const AIRLINES = [
  "AFR",
  "BAW",
  "DLH",
  "KLM",
  "IBE",
  "UAE",
  "THY",
  "SWR",
  "AAL",
  "DAL",
  "UAL",
  "ANA",
];
const AIRLINERS: readonly (readonly [type: string, category: string])[] = [
  ["A320", "A3"],
  ["B738", "A3"],
  ["A21N", "A3"],
  ["E190", "A3"],
  ["CRJ9", "A2"],
  ["A359", "A5"],
  ["B77W", "A5"],
  ["B789", "A5"],
  ["A388", "A5"],
  ["C56X", "A2"],
];
/** What circles around a town: light aircraft, helicopters, gliders, a balloon. */
const LOCALS: readonly (readonly [type: string, category: string, speedMps: number])[] = [
  ["C172", "A1", 55],
  ["SR22", "A1", 75],
  ["EC35", "A7", 60],
  ["R44", "A7", 50],
  ["ASK21", "B1", 28],
  ["BALL", "B2", 5],
];
const KM = 1000;

/** Where an aircraft is going; the rest follows from the time. */
interface Plan {
  readonly flight: Flight;
  readonly from: LatLon;
  readonly to: LatLon;
  readonly pathM: number;
  readonly startM: number;
  readonly cruiseM: number;
  readonly speedMps: number;
  /** Of those that go round in a circle; 0 for those that travel. */
  readonly radiusM: number;
}

export class MockTraffic {
  readonly #plans: readonly Plan[];

  constructor(count: number, startMs: number) {
    const random = seededRandom(20_000);
    this.#plans = Array.from({ length: count }, (_, i) => plan(i, random, startMs));
  }

  get size(): number {
    return this.#plans.length;
  }

  /** Where aircraft `i` is `seconds` after the start: the same object each time, with what is new in it. */
  at(i: number, seconds: number, nowMs: number): Flight {
    const plan = this.#plans[i]!;
    const flight = plan.flight as { -readonly [K in keyof Flight]: Flight[K] };
    if (plan.radiusM > 0) circle(plan, flight, seconds);
    else travel(plan, flight, seconds);
    flight.time_position_ms = flight.last_contact_ms = nowMs;
    flight.time_position_unix = flight.last_contact_unix = Math.floor(nowMs / 1000);
    return flight;
  }
}

function plan(i: number, random: () => number, startMs: number): Plan {
  const one = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)]!;
  const [, lat, lon] = airport(random);
  let [, toLat, toLon] = airport(random);
  while (toLat === lat) [, toLat, toLon] = airport(random);
  const isLocal = random() < 0.12;
  const local = one(LOCALS);
  const liner = one(AIRLINERS);
  const from = { lat, lon };
  const to = { lat: toLat, lon: toLon };
  const number = Math.floor(random() * 9000 + 100);
  const flight: Flight = {
    icao24: (0x3c0000 + i * 131 & 0xffffff).toString(16).padStart(6, "0"),
    callsign: isLocal ? `N${number}` : `${one(AIRLINES)}${number}`,
    position: from,
    altitude_m: 0,
    velocity_mps: 0,
    heading_deg: 0,
    vertical_rate_mps: 0,
    on_ground: false,
    squawk: random() < 0.0003 ? "7700" : "1000",
    spi: false,
    last_contact_unix: Math.floor(startMs / 1000),
    category: isLocal ? local[1] : liner[1],
    aircraft_type: isLocal ? local[0] : liner[0],
    status: "NORMAL",
  };
  const near = destination(from, random() * 360, (10 + random() * 150) * KM);
  const pathM = distanceM(from, to);
  return {
    flight,
    from: isLocal ? near : from,
    to,
    pathM,
    startM: random() * 2 * pathM,
    cruiseM: isLocal ? 300 + random() * 1500 : 9_500 + Math.floor(random() * 8) * 304.8,
    speedMps: isLocal ? local[2] : 215 + random() * 45,
    radiusM: isLocal ? 2000 + random() * 6000 : 0,
  };
}

const WEIGHT = AIRPORTS.reduce((sum, [, , , weight]) => sum + weight, 0);

function airport(random: () => number) {
  let left = random() * WEIGHT;
  return AIRPORTS.find(([, , , weight]) => (left -= weight) < 0) ?? AIRPORTS[0]!;
}

type Mutable = { -readonly [K in keyof Flight]: Flight[K] };

/** Back and forth between two airports: climb, cruise, descent. */
function travel({ from, to, pathM, startM, cruiseM, speedMps }: Plan, flight: Mutable, s: number) {
  const along = (startM + speedMps * s) % (2 * pathM);
  const isBack = along > pathM;
  const [begin, end] = isBack ? [to, from] : [from, to];
  const flown = isBack ? along - pathM : along;
  flight.position = destination(begin, bearingDeg(begin, end), flown);
  flight.heading_deg = flown < pathM - 1 ? bearingDeg(flight.position, end) : 0;
  // 1 m up for 18 m ahead, and 1 down for 19: about what airliners do.
  const [up, down] = [flown / 18, (pathM - flown) / 19];
  flight.altitude_m = Math.min(cruiseM, up, down);
  flight.vertical_rate_mps = flight.altitude_m === cruiseM
    ? 0
    : up < down
    ? speedMps / 18
    : -speedMps / 19;
  // Slower below 3 000 m, as everywhere.
  flight.velocity_mps = speedMps * Math.min(1, 0.4 + flight.altitude_m / 8000);
}

function circle({ from, radiusM, cruiseM, speedMps, startM }: Plan, flight: Mutable, s: number) {
  const turnedDeg = (startM + speedMps * s) / radiusM * 180 / Math.PI;
  flight.position = destination(from, normalDeg(turnedDeg), radiusM);
  flight.heading_deg = normalDeg(turnedDeg + 90);
  flight.altitude_m = cruiseM;
  flight.velocity_mps = speedMps;
}
