/**
 * Flights whose truth is known, and the same with seeded noise of the kinds that tracks are measured on:
 * those that come with a truth, and flights of recordings, smoothed to one.
 */
import { LocalFrame, type Planar } from "../core/track/frame.ts";
import type { Motion } from "../core/track/smoother.ts";
import { seededRandom } from "../core/seeded_random.ts";
import { readLines } from "../services/ingest/lines.ts";
import type { TrackLine } from "./score.ts";

export interface Flight {
  readonly name: string;
  readonly truth: readonly TrackLine[];
}

/** Standard deviations, and how often reports are lost or false: parts of all reports. */
export interface Noise {
  readonly positionM: number;
  readonly altitudeM: number;
  readonly speedMps: number;
  readonly rateMps: number;
  readonly lost: number;
  readonly falsePositions: number;
  readonly falseOthers: number;
}

/** The cases of the recordings that tracks are measured on. */
export const NOISES: Readonly<Record<"A" | "B", Noise>> = {
  A: {
    positionM: 30,
    altitudeM: 8,
    speedMps: 1,
    rateMps: 0.5,
    lost: 0.1,
    falsePositions: 0.01,
    falseOthers: 0.005,
  },
  B: {
    positionM: 100,
    altitudeM: 8,
    speedMps: 2,
    rateMps: 1,
    lost: 0.2,
    falsePositions: 0.02,
    falseOthers: 0.01,
  },
};
/** Silences besides: one begins in every so many seconds, and lasts from 15 to 42 s. */
const SILENCE_EVERY_S = 1700;
/** Of reported altitudes: 25 ft. */
export const STEP_M = 7.62;

const RAD = Math.PI / 180;

/** A flight with noise: what is reported, and the truth at the same times. */
export interface NoisyFlight {
  readonly reports: Motion[];
  readonly truth: TrackLine[];
}

export function withNoise(flight: readonly TrackLine[], noise: Noise, seed: number): NoisyFlight {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const reports: Motion[] = [], truth: TrackLine[] = [];
  let silentS = 0;
  for (const line of flight) {
    if (silentS > 0) silentS--;
    else if (random() < 1 / SILENCE_EVERY_S) silentS = 15 + Math.floor(28 * random());
    if (silentS > 0 || random() < noise.lost) continue;
    let eastM = noise.positionM * normal(), northM = noise.positionM * normal();
    let altitudeM = line.baro_altitude + noise.altitudeM * normal();
    let speedMps = line.velocity + noise.speedMps * normal();
    let trackDeg = line.true_track + noise.speedMps * normal() / Math.max(10, line.velocity) / RAD;
    if (random() < noise.falsePositions) {
      const [farM, towards] = [2000 + 18_000 * random(), 2 * Math.PI * random()];
      eastM += farM * Math.sin(towards);
      northM += farM * Math.cos(towards);
    }
    if (random() < noise.falseOthers) {
      altitudeM += (random() < 0.5 ? -1 : 1) * (300 + 2700 * random());
    }
    if (random() < noise.falseOthers) {
      speedMps += 60 * normal();
      trackDeg += 20 * normal();
    }
    const where = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
    new LocalFrame(line.lat, line.lon).toDegrees(eastM, northM, where);
    truth.push(line);
    reports.push({
      atMs: line.time * 1000,
      lat: where.lat,
      lon: where.lon,
      altitudeM: Math.round(altitudeM / STEP_M) * STEP_M,
      speedMps: Math.max(0, speedMps),
      trackDeg: (trackDeg % 360 + 360) % 360,
      verticalRateMps: line.vertical_rate + noise.rateMps * normal(),
    });
  }
  return { reports, truth };
}

/** The flights that come with a truth, which has every second where there is no noise but on values. */
export async function trueFlights(folder: URL): Promise<Flight[]> {
  return await Promise.all(["training", "shorthaul", "parabolic"].map(async (name) => ({
    name,
    truth: await linesOf(new URL(`${name}_C_truth.jsonl.gz`, folder)) as TrackLine[],
  })));
}

/** Airliners and a survey aircraft: whole flights, a report a second. */
const RECORDED: readonly (readonly [dataset: string, icao24: string])[] = [
  ["rs1090_full_flight", "393322"],
  ["savan", "39b415"],
  ["quickstart", "400804"],
  ["quickstart", "3964f4"],
  ["quickstart", "3aabfc"],
  ["quickstart", "4400ec"],
];

/** The flights of a folder's recordings, each as far as it is recorded without a gap. */
export async function recordedFlights(recordings: URL): Promise<Flight[]> {
  const flights: Flight[] = [];
  for (const [dataset, icao24] of RECORDED) {
    const lines = await linesOf(new URL(`${dataset}.jsonl.gz`, recordings)) as Recorded[];
    const own = lines.filter((line) =>
      line.icao24 === icao24 && line.lat !== null && line.baro_altitude !== null
    );
    flights.push({ name: `${dataset} ${icao24}`, truth: smoothed(longestRun(own)) });
  }
  return flights;
}

interface Recorded {
  readonly icao24: string;
  readonly time: number;
  readonly lat: number;
  readonly lon: number;
  readonly baro_altitude: number;
}

const LONGEST_GAP_S = 15;
/** Flights are cut here: no one of them is to outweigh the others. */
const LONGEST_S = 4000;

function longestRun(lines: readonly Recorded[]): Recorded[] {
  let [longest, run]: Recorded[][] = [[], []];
  for (const line of lines) {
    const last = run!.at(-1);
    if (last && line.time - last.time > LONGEST_GAP_S) run = [];
    // Positions that are said again are old ones.
    else if (last && (line.time - last.time < 0.4 || line.lat === last.lat)) continue;
    run!.push(line);
    if (run!.length > longest!.length) longest = run;
  }
  return longest!;
}

/** How far the smoothing reaches, s: positions and altitudes. */
const POSITION_REACH_S = 2.5;
const ALTITUDE_REACH_S = 4;
/** Harder, and the recording jumps there. */
const HARDEST_MPS2 = 9;

/**
 * A flight as it may have been: positions and altitudes a second apart, smoothed, and the velocities that
 * they come to; courses are against a projection's north, as those of the flights that come with a truth.
 */
function smoothed(lines: readonly Recorded[]): TrackLine[] {
  const from = Math.ceil(lines[0]!.time);
  const seconds = Math.min(LONGEST_S, Math.floor(lines.at(-1)!.time) - from);
  const every = (value: (line: Recorded) => number, reachS: number) => {
    let k = 0;
    const values = Array.from({ length: seconds }, (_, s) => {
      while (lines[k + 1]!.time < from + s) k++;
      const [a, b] = [lines[k]!, lines[k + 1]!];
      const part = (from + s - a.time) / (b.time - a.time);
      return value(a) + part * (value(b) - value(a));
    });
    return blurred(values, reachS);
  };
  const lat = every((line) => line.lat, POSITION_REACH_S);
  const lon = every((line) => line.lon, POSITION_REACH_S);
  const altitude = every((line) => line.baro_altitude, ALTITUDE_REACH_S);
  const middleLon = (Math.min(...lon) + Math.max(...lon)) / 2;
  const cone = Math.sin((Math.min(...lat) + Math.max(...lat)) / 2 * RAD);
  const [a, b]: Planar[] = [0, 0].map(() => ({ eastM: NaN, northM: NaN, convergenceRad: NaN }));
  const flown: TrackLine[] = [];
  for (let s = 1; s < seconds - 1; s++) {
    const frame = new LocalFrame(lat[s]!, lon[s]!);
    frame.toPlane(lat[s - 1]!, lon[s - 1]!, a!);
    frame.toPlane(lat[s + 1]!, lon[s + 1]!, b!);
    const east = (b!.eastM - a!.eastM) / 2, north = (b!.northM - a!.northM) / 2;
    const courseDeg = Math.atan2(east, north) / RAD - cone * (lon[s]! - middleLon);
    flown.push({
      time: from + s,
      lat: lat[s]!,
      lon: lon[s]!,
      baro_altitude: altitude[s]!,
      velocity: Math.hypot(east, north),
      true_track: (courseDeg + 360) % 360,
      vertical_rate: (altitude[s + 1]! - altitude[s - 1]!) / 2,
    });
  }
  return longestSteady(flown);
}

/** The longest part in which the speed does not jump. */
function longestSteady(flown: readonly TrackLine[]): TrackLine[] {
  const jumps = flown.flatMap((line, i) =>
    i > 0 && Math.abs(line.velocity - flown[i - 1]!.velocity) > HARDEST_MPS2 ? [i] : []
  );
  let longest: TrackLine[] = [];
  let from = 0;
  for (const jump of [...jumps, flown.length]) {
    if (jump - from > longest.length) longest = flown.slice(from, jump);
    from = jump;
  }
  return longest;
}

/** A mean with normal weights. */
function blurred(values: readonly number[], reach: number): number[] {
  const widest = Math.ceil(3 * reach);
  return values.map((_, i) => {
    let sum = 0, weights = 0;
    for (let k = Math.max(0, i - widest); k <= Math.min(values.length - 1, i + widest); k++) {
      const weight = Math.exp(-((k - i) ** 2) / (2 * reach * reach));
      sum += weight * values[k]!;
      weights += weight;
    }
    return sum / weights;
  });
}

/** The lines of a recording, plain or gzip, as objects. */
export async function linesOf(url: URL): Promise<unknown[]> {
  const text = new TextDecoder();
  const parsed: unknown[] = [];
  for await (const lines of readLines(url.pathname)) {
    for (const line of lines) if (line.length > 0) parsed.push(JSON.parse(text.decode(line)));
  }
  return parsed;
}
