/**
 * What recordings have too little of, made from them with a seed: go-arounds spliced into approaches of
 * airliners, and descents to low height far from every airfield.
 */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { AnomalyType } from "../contracts/constants.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import type { AirportIndex } from "../core/context/airports.ts";
import { destination, normalDeg } from "../core/geodesy.ts";
import { seededRandom } from "../core/seeded_random.ts";
import { flown } from "../core/testing.ts";
import { Watch } from "../core/watch.ts";
import { readRecording } from "../services/ingest/sources/formats.ts";

/** A flight, and when what must be told of it happens: event time, ms. */
export interface Trial {
  readonly flights: readonly FlightPayload[];
  readonly eventMs: number;
}

/** How late what was to be told was told, s, of each trial; undefined where it was not. */
export function latenciesS(
  trials: readonly Trial[],
  type: AnomalyType,
  airports: AirportIndex,
): (number | undefined)[] {
  return trials.map(({ flights, eventMs }) => {
    const watch = new Watch(airports);
    const told: AnomalyPayload[] = flights.flatMap((flight) => watch.observe(flight));
    const found = told.concat(watch.close()).find(({ anomaly_type, detected_at }) =>
      anomaly_type === type && Date.parse(detected_at) >= eventMs
    );
    return found && (Date.parse(found.detected_at) - eventMs) / 1000;
  });
}

/** The reports of each aircraft of a recording. */
export async function flightsOf(file: string): Promise<Map<string, FlightPayload[]>> {
  const flights = new Map<string, FlightPayload[]>();
  for await (const entries of readRecording(file)) {
    for (const { parsed } of entries) {
      if (!parsed.ok) continue;
      const { flight } = parsed.value;
      const own = flights.get(flight.icao24);
      if (own) own.push(flight);
      else flights.set(flight.icao24, [flight]);
    }
  }
  return flights;
}

/** An airliner on its way down to a runway: speeds, m/s, and how it got there. */
const APPROACH_MPS = [55, 95] as const;
const FROM_HEIGHT_M = 700;
const WITHIN_S = 300;
const NEAR_M = 10_000;
/** Broken off at heights between these, and flown on for so long. */
const BROKEN_OFF_M = [60, 300] as const;
const FLOWN_ON_S = 150;

/** The last approach of each aircraft, broken off at a height that the seed says. */
export function splicedGoArounds(
  flights: Iterable<readonly FlightPayload[]>,
  airports: AirportIndex,
  seed: number,
): Trial[] {
  const random = seededRandom(seed);
  return [...flights].flatMap((own) => {
    const heightM = BROKEN_OFF_M[0] + (BROKEN_OFF_M[1] - BROKEN_OFF_M[0]) * random();
    const climbMps = 8 + 6 * random();
    const turnDegPerS = random() < 0.5 ? -1.5 : 1.5;
    const at = own.findLastIndex((_, i) => isOnApproach(own, i, heightM, airports));
    return at < 0 ? [] : [goAround(own.slice(0, at + 1), climbMps, turnDegPerS)];
  });
}

/** Whether the aircraft comes down through that height above the field, as one that lands does. */
function isOnApproach(
  own: readonly FlightPayload[],
  i: number,
  heightM: number,
  airports: AirportIndex,
): boolean {
  const { position, altitude_m, velocity_mps, heading_deg, vertical_rate_mps } = own[i]!;
  const before = own[i - 1]?.altitude_m;
  if (typeof altitude_m !== "number" || typeof before !== "number") return false;
  if (!(velocity_mps! > APPROACH_MPS[0] && velocity_mps! < APPROACH_MPS[1])) return false;
  if (typeof heading_deg !== "number" || !(vertical_rate_mps! < -1.5)) return false;
  const nearest = airports.nearest(position.lat, position.lon);
  if (!nearest || nearest.distanceM > NEAR_M) return false;
  const fieldM = nearest.airport.elevationM || 0;
  const isThrough = altitude_m - fieldM < heightM && before - fieldM >= heightM;
  return isThrough && cameDown(own, i, fieldM + FROM_HEIGHT_M);
}

/** It was that high some minutes before, and has been heard all the way. */
function cameDown(own: readonly FlightPayload[], from: number, altitudeM: number): boolean {
  for (let i = from; i > 0; i--) {
    const ms = lastContactMs(own[i]!) - lastContactMs(own[i - 1]!);
    if (ms > 15_000 || lastContactMs(own[from]!) - lastContactMs(own[i]!) > WITHIN_S * 1000) break;
    if ((own[i]!.altitude_m ?? 0) > altitudeM) return true;
  }
  return false;
}

function goAround(own: readonly FlightPayload[], climbMps: number, turnDegPerS: number): Trial {
  const last = own.at(-1)!;
  const everyS = Math.max(1, Math.round((lastContactMs(last) - lastContactMs(own.at(-2)!)) / 1000));
  const flights = [...own];
  let { position, heading_deg: courseDeg, velocity_mps: mps, altitude_m: altitudeM } = last;
  let rateMps = last.vertical_rate_mps!;
  for (let s = 1; s <= FLOWN_ON_S; s++) {
    // It takes a few seconds from the decision to the climb.
    rateMps = s < 6 ? rateMps * 0.6 : Math.min(climbMps, rateMps + 2);
    mps = Math.min(95, mps! + 0.3);
    courseDeg = normalDeg(courseDeg! + (s > 60 && s < 120 ? turnDegPerS : 0));
    position = destination(position, courseDeg, mps);
    altitudeM = altitudeM! + rateMps;
    if (s % everyS !== 0) continue;
    flights.push({
      ...last,
      position,
      heading_deg: courseDeg,
      velocity_mps: mps,
      altitude_m: Math.round(altitudeM / 7.62) * 7.62,
      vertical_rate_mps: rateMps,
      geo_altitude_m: null,
      ...later(last, s),
    });
  }
  const lowest = flights.slice(own.length - 1)
    .reduce((a, b) => b.altitude_m! < a.altitude_m! ? b : a);
  return { flights, eventMs: lastContactMs(lowest) };
}

function later(flight: FlightPayload, s: number): Partial<FlightPayload> {
  const atS = flight.last_contact_unix + s;
  const clocks = { last_contact_unix: atS, time_position_unix: atS };
  if (typeof flight.last_contact_ms !== "number") return clocks;
  const atMs = flight.last_contact_ms + s * 1000;
  return { ...clocks, last_contact_ms: atMs, time_position_ms: atMs };
}

/** Descents end so high above the nearest airfield, and no airfield is so near all the way. */
const LOW_M = [60, 250] as const;
const AWAY_M = 17_000;

/** Flights that come down to low height away from all airfields, at one report a second or in ten. */
export function seededDescents(count: number, airports: AirportIndex, seed: number): Trial[] {
  const random = seededRandom(seed);
  const between = ([least, most]: readonly [number, number]) => least + (most - least) * random();
  const trials: Trial[] = [];
  while (trials.length < count) {
    const from = { lat: between([36, 60]), lon: between([-10, 30]), courseDeg: between([0, 360]) };
    const speedMps = between([60, 150]);
    const sinkMps = between([4, 20]);
    const lowM = between(LOW_M);
    const everyS = random() < 0.5 ? 1 : 10;
    const downS = Math.round((2500 - lowM) / sinkMps);
    const end = destination(from, from.courseDeg, speedMps * downS);
    const groundM = airports.nearest(end.lat, end.lon)?.airport.elevationM || 0;
    const legs = [
      { seconds: 60, speedMps },
      { seconds: downS, speedMps, climbMps: -sinkMps },
      { seconds: 90, speedMps },
    ];
    const flights = flown(legs, { ...from, altitudeM: groundM + 2500 }, everyS);
    const low = flights.findIndex(({ altitude_m }) => altitude_m! - groundM < 290);
    const isAway = flights.slice(low).every(({ position: { lat, lon } }) => {
      const nearest = airports.nearest(lat, lon);
      const elevationM = nearest?.airport.elevationM || 0;
      // Where the nearest airfield changes, so does the ground that is known of.
      return !(nearest && nearest.distanceM < AWAY_M) && Math.abs(elevationM - groundM) < 30;
    });
    if (isAway) trials.push({ flights, eventMs: lastContactMs(flights[low]!) });
  }
  return trials;
}
