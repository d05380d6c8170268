/** Who flies where in the New York sample. Aircraft, callsigns and flights are made up. */
import { bearingDeg, destination, type LatLon } from "../core/geodesy.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import type { AircraftState, Leg } from "./simulated_flight.ts";

export interface Flight {
  readonly icao24: string;
  readonly callsign: string;
  readonly squawk: string;
  /** What it is there for, for the reader. */
  readonly role: string;
  /** Seconds after the sample's start; before it where negative. */
  readonly startS: number;
  readonly start: AircraftState;
  readonly legs: readonly Leg[];
  /** Keys that are null in all its reports, and keys that are not there at all. */
  readonly unknown?: readonly NullableKey[];
  readonly missing?: readonly NullableKey[];
  /** A squawk that appears in one report only: a misread reply. */
  readonly glitchSquawk?: string;
}

/** The keys of a report that may be null or missing. */
type NullableKey =
  & {
    [Key in keyof FlightPayload]: null extends FlightPayload[Key] ? Key : never;
  }[keyof FlightPayload]
  & string;

interface Runway {
  readonly threshold: LatLon;
  /** True, not magnetic. */
  readonly headingDeg: number;
  readonly elevationM: number;
}

const JFK_22L: Runway = {
  threshold: { lat: 40.6452, lon: -73.7549 },
  headingDeg: 211,
  elevationM: 4,
};
const JFK_22R: Runway = {
  threshold: { lat: 40.6507, lon: -73.7637 },
  headingDeg: 211,
  elevationM: 4,
};
const LGA_22: Runway = {
  threshold: { lat: 40.7855, lon: -73.8705 },
  headingDeg: 212,
  elevationM: 4,
};
const LGA_31: Runway = {
  threshold: { lat: 40.7722, lon: -73.8573 },
  headingDeg: 302,
  elevationM: 4,
};
const EWR_22L: Runway = {
  threshold: { lat: 40.7024, lon: -74.1622 },
  headingDeg: 206,
  elevationM: 5,
};
const EWR_22R: Runway = {
  threshold: { lat: 40.7012, lon: -74.1666 },
  headingDeg: 206,
  elevationM: 5,
};
const TEB_19: Runway = {
  threshold: { lat: 40.8582, lon: -74.0613 },
  headingDeg: 176,
  elevationM: 3,
};
const TEB_24: Runway = {
  threshold: { lat: 40.8552, lon: -74.0542 },
  headingDeg: 227,
  elevationM: 3,
};
const HPN_16: Runway = {
  threshold: { lat: 41.0752, lon: -73.7125 },
  headingDeg: 150,
  elevationM: 134,
};
/** West 30th Street. */
const HELIPORT = { lat: 40.7545, lon: -74.0071 };

const APPROACH_MPS = 72;
/** Height over the threshold on a three-degree glide path, and its slope. */
const THRESHOLD_M = 15;
const SLOPE = Math.tan(3 * Math.PI / 180);

/** The point on a runway's glide path that far before its threshold. */
function onFinal(runway: Runway, beforeM: number): LatLon & { altitudeM: number } {
  const point = destination(runway.threshold, runway.headingDeg + 180, beforeM);
  return { ...point, altitudeM: runway.elevationM + THRESHOLD_M + beforeM * SLOPE };
}

function airborne(at: LatLon, to: LatLon, altitudeM: number, speedMps: number): AircraftState {
  const { lat, lon } = at;
  const trackDeg = bearingDeg(at, to);
  return { lat, lon, altitudeM, speedMps, trackDeg, verticalRateMps: 0, onGround: false };
}

function parked(at: LatLon, trackDeg: number, altitudeM: number): AircraftState {
  const { lat, lon } = at;
  return { lat, lon, altitudeM, speedMps: 0, trackDeg, verticalRateMps: 0, onGround: true };
}

function landing(runway: Runway): Leg[] {
  const { altitudeM: _, ...threshold } = onFinal(runway, 0);
  const altitudeM = runway.elevationM;
  return [
    { toward: threshold, altitudeM: altitudeM + THRESHOLD_M, speedMps: APPROACH_MPS },
    { forS: 6, altitudeM, rateMps: 3.5, speedMps: 68 },
    { forS: 35, onGround: true, altitudeM, speedMps: 8 },
    { turnToDeg: runway.headingDeg + 90 - (runway.headingDeg >= 270 ? 360 : 0), onGround: true },
    { forS: 60, onGround: true, speedMps: 6 },
  ];
}

/** From somewhere over the last fix before the runway and down to it; `fixM` before the threshold. */
function arrival(runway: Runway, from: LatLon, altitudeM: number, fixM = 17_000) {
  const fix = onFinal(runway, fixM);
  return {
    start: airborne(from, fix, altitudeM, 125),
    legs: [{ toward: fix, altitudeM: fix.altitudeM, speedMps: 95 }, ...landing(runway)],
  };
}

/** Take-off, straight out to 500 m, then on the course to `altitudeM`. */
function departure(runway: Runway, courseDeg: number, altitudeM: number) {
  const lineUp = destination(runway.threshold, runway.headingDeg, 60);
  return {
    start: parked(lineUp, runway.headingDeg, runway.elevationM),
    legs: [
      { forS: 20, onGround: true },
      { forS: 32, onGround: true, speedMps: 77 },
      { forS: 55, altitudeM: 500, rateMps: 11, speedMps: 85 },
      { turnToDeg: courseDeg, altitudeM, rateMps: 10, speedMps: 125 },
      { forS: 900, altitudeM, rateMps: 10, speedMps: 190 },
    ],
  };
}

/** Straight on at one altitude, out of the area. */
function overflight(from: LatLon, to: LatLon, altitudeM: number, speedMps: number) {
  return { start: airborne(from, to, altitudeM, speedMps), legs: [{ toward: to, altitudeM }] };
}

function taxiing(at: LatLon, headingDeg: number, elevationM: number) {
  return {
    start: parked(at, headingDeg, elevationM),
    legs: [
      { forS: 120, onGround: true },
      { forS: 150, onGround: true, speedMps: 7 },
      { turnToDeg: (headingDeg + 90) % 360, onGround: true, speedMps: 5 },
      { forS: 100, onGround: true, speedMps: 7 },
      { forS: 200, onGround: true, speedMps: 0 },
    ],
  };
}

/** Twice down the final of 22L; in between a climb-out and a circuit to the left. */
function goAround() {
  const fix = onFinal(JFK_22L, 14_000);
  const minimum = onFinal(JFK_22L, 1600);
  const abeam = destination(JFK_22L.threshold, 121, 7500);
  return {
    start: airborne(fix, minimum, fix.altitudeM, 85),
    legs: [
      { toward: minimum, altitudeM: minimum.altitudeM, speedMps: APPROACH_MPS },
      {
        forS: 65,
        altitudeM: 750,
        rateMps: 11.5,
        speedMps: 90,
        events: ["go_around"],
      },
      { turnToDeg: 121, right: false, altitudeM: 900, rateMps: 4, speedMps: 100 },
      { toward: abeam, altitudeM: 914 },
      { toward: destination(abeam, 31, 15_500), altitudeM: 914, speedMps: 100 },
      { toward: onFinal(JFK_22L, 13_500), altitudeM: 735, speedMps: 90 },
      { toward: onFinal(JFK_22L, 9500), altitudeM: onFinal(JFK_22L, 9500).altitudeM, speedMps: 80 },
      ...landing(JFK_22L),
    ],
  };
}

const HOLD_FIX = { lat: 40.5, lon: -73.66 };
const HOLDING = ["holding", "circling"];

/** Three times round a racetrack of one-minute legs over the sea, then on to the east. */
function hold() {
  const inbound = 60;
  const level = { altitudeM: 3048, events: HOLDING };
  const lap: Leg[] = [
    { turnToDeg: inbound + 180, right: true, ...level },
    { forS: 60, ...level },
    { turnToDeg: inbound, right: true, ...level },
    { forS: 60, ...level },
  ];
  const from = destination(HOLD_FIX, inbound + 180, 14_000);
  return {
    start: airborne(from, HOLD_FIX, 3300, 118),
    legs: [
      { toward: HOLD_FIX, altitudeM: 3048, speedMps: 110 },
      ...lap,
      ...lap,
      ...lap,
      { forS: 300, altitudeM: 2400, rateMps: 5, speedMps: 120 },
    ],
  };
}

/** Cruise, then 25 m/s down for five minutes, from 11 300 m to where one can breathe. */
function emergencyDescent() {
  const from = { lat: 40.42, lon: -74.48 };
  const to = { lat: 41.19, lon: -73.52 };
  return {
    start: airborne(from, to, 11_278, 205),
    legs: [
      { forS: 70, altitudeM: 11_278 },
      { forS: 335, altitudeM: 3050, rateMps: 26, speedMps: 190, events: ["emergency_descent"] },
      { forS: 400, altitudeM: 3050, speedMps: 140 },
    ],
  };
}

/** Level; the squawk is set after two minutes and stays. */
function squawking(squawk: string, from: LatLon, to: LatLon, altitudeM: number, speedMps: number) {
  return {
    start: airborne(from, to, altitudeM, speedMps),
    legs: [
      { forS: 120, altitudeM },
      { toward: to, altitudeM, squawk, events: ["emergency_squawk"] },
    ],
  };
}

/** Down the Hudson at 335 m, then down to the heliport and off again never. */
function helicopter() {
  const north = { lat: 40.87, lon: -73.945 };
  const landed: Leg = { onGround: true, altitudeM: 2, speedMps: 0, forS: 240 };
  return {
    start: airborne(north, HELIPORT, 335, 58),
    legs: [
      { toward: { lat: 40.815, lon: -73.973 }, altitudeM: 335 },
      { toward: destination(HELIPORT, 20, 2200), altitudeM: 320, speedMps: 50 },
      { toward: destination(HELIPORT, 20, 150), altitudeM: 30, speedMps: 14 },
      { forS: 14, altitudeM: 2, rateMps: 3, speedMps: 1 },
      landed,
    ],
  };
}

/** A banner tug over the sea, 180 m high, 20 km from the nearest airport. */
function lowFlyer() {
  const from = { lat: 40.425, lon: -73.9 };
  const to = { lat: 40.425, lon: -73.58 };
  return {
    start: airborne(from, to, 420, 38),
    legs: [
      { forS: 80, altitudeM: 400, rateMps: 2 },
      { forS: 420, altitudeM: 180, rateMps: 2.5, events: ["low_altitude_warning"] },
      { toward: to, altitudeM: 450, rateMps: 3, events: ["low_altitude_warning"] },
    ],
  };
}

const AT_JFK = { lat: 40.6432, lon: -73.7905 };
const AT_EWR = { lat: 40.6885, lon: -74.1762 };

export const FLIGHTS: readonly Flight[] = [
  {
    icao24: "a1c0d1",
    callsign: "QSA101",
    squawk: "2411",
    role: "arrival, JFK 22L",
    startS: -250,
    ...arrival(JFK_22L, { lat: 40.98, lon: -73.51 }, 2400),
  },
  {
    icao24: "a1c0d2",
    callsign: "QSA102",
    squawk: "2412",
    role: "go-around at JFK 22L, a circuit to the left, then it lands",
    startS: 230,
    ...goAround(),
  },
  {
    icao24: "a1c0d3",
    callsign: "QSA103",
    squawk: "2413",
    role: "arrival, JFK 22L",
    startS: 160,
    ...arrival(JFK_22L, { lat: 40.98, lon: -73.51 }, 2400),
  },
  {
    icao24: "a1c0d4",
    callsign: "QSA104",
    squawk: "2414",
    role: "arrival, JFK 22L",
    startS: 400,
    ...arrival(JFK_22L, { lat: 40.98, lon: -73.51 }, 2400),
  },
  {
    icao24: "a1c0d5",
    callsign: "QSA105",
    squawk: "2415",
    role: "arrival, JFK 22L; it is on the final when the sample ends",
    startS: 1060,
    ...arrival(JFK_22L, { lat: 40.98, lon: -73.51 }, 2400),
  },
  {
    icao24: "a1c0d6",
    callsign: "QSA206",
    squawk: "2421",
    role: "departure, JFK 22R to the south-east",
    startS: 0,
    ...departure(JFK_22R, 150, 3900),
  },
  {
    icao24: "a1c0d7",
    callsign: "QSA207",
    squawk: "2422",
    role: "departure, JFK 22R to the south-west",
    startS: 640,
    ...departure(JFK_22R, 235, 4500),
  },
  {
    icao24: "a1c0d8",
    callsign: "QSA208",
    squawk: "2423",
    role: "departure, JFK 22R to the south-east; never says its vertical rate",
    startS: 1160,
    missing: ["vertical_rate_mps", "geo_altitude_m"],
    ...departure(JFK_22R, 160, 5100),
  },
  {
    icao24: "a2b7e1",
    callsign: "QSB301",
    squawk: "1531",
    role: "arrival, LGA 22",
    startS: -200,
    ...arrival(LGA_22, { lat: 41.12, lon: -73.6 }, 2100),
  },
  {
    icao24: "a2b7e2",
    callsign: "QSB302",
    squawk: "1532",
    role: "arrival, LGA 22",
    startS: 210,
    ...arrival(LGA_22, { lat: 41.12, lon: -73.6 }, 2100),
  },
  {
    icao24: "a2b7e3",
    callsign: "QSB303",
    squawk: "1533",
    role: "arrival, LGA 22; its callsign is never received",
    startS: 640,
    unknown: ["callsign"],
    ...arrival(LGA_22, { lat: 41.12, lon: -73.6 }, 2100),
  },
  {
    icao24: "a2b7e4",
    callsign: "QSB404",
    squawk: "1541",
    role: "departure, LGA 31 to the north",
    startS: 300,
    ...departure(LGA_31, 345, 4800),
  },
  {
    icao24: "a2b7e5",
    callsign: "QSB405",
    squawk: "1542",
    role: "departure, LGA 31 to the north",
    startS: 1170,
    ...departure(LGA_31, 345, 4800),
  },
  {
    icao24: "a3f201",
    callsign: "QSC501",
    squawk: "3611",
    role: "arrival, EWR 22L",
    startS: -160,
    ...arrival(EWR_22L, { lat: 41.1, lon: -74.2 }, 2500),
  },
  {
    icao24: "a3f202",
    callsign: "QSC502",
    squawk: "3612",
    role: "arrival, EWR 22L",
    startS: 250,
    ...arrival(EWR_22L, { lat: 41.1, lon: -74.2 }, 2500),
  },
  {
    icao24: "a3f203",
    callsign: "QSC503",
    squawk: "3613",
    role: "arrival, EWR 22L",
    startS: 760,
    ...arrival(EWR_22L, { lat: 41.1, lon: -74.2 }, 2500),
  },
  {
    icao24: "a3f204",
    callsign: "QSC604",
    squawk: "3621",
    role: "departure, EWR 22R to the west",
    startS: 60,
    ...departure(EWR_22R, 275, 4200),
  },
  {
    icao24: "a3f205",
    callsign: "QSC605",
    squawk: "3622",
    role: "departure, EWR 22R to the south",
    startS: 900,
    ...departure(EWR_22R, 190, 5400),
  },
  {
    icao24: "a44c31",
    callsign: "QSD71",
    squawk: "4651",
    role: "arrival, TEB 19, a business jet",
    startS: 480,
    ...arrival(TEB_19, { lat: 41.18, lon: -74.1 }, 1500, 13_000),
  },
  {
    icao24: "a44c32",
    callsign: "QSD72",
    squawk: "4652",
    role: "departure, TEB 24 to the north-west, a business jet",
    startS: 1150,
    ...departure(TEB_24, 300, 4500),
  },
  {
    icao24: "a44c33",
    callsign: "QSD73",
    squawk: "4653",
    role: "arrival, HPN 16",
    startS: 620,
    ...arrival(HPN_16, { lat: 41.195, lon: -73.83 }, 800, 11_000),
  },
  {
    icao24: "a5d901",
    callsign: "QSE801",
    squawk: "5011",
    role: "overflight in cruise, 11 890 m, to the north-east",
    startS: 0,
    ...overflight({ lat: 40.41, lon: -74.2 }, { lat: 41.25, lon: -73.45 }, 11_890, 238),
  },
  {
    icao24: "a5d902",
    callsign: "QSE802",
    squawk: "5012",
    role: "overflight in cruise, 10 670 m, to the south-west",
    startS: 420,
    ...overflight({ lat: 41.19, lon: -73.6 }, { lat: 40.35, lon: -74.45 }, 10_670, 226),
  },
  {
    icao24: "c06a17",
    callsign: "QSF17",
    squawk: "5013",
    role: "overflight in cruise, 11 280 m, to the south",
    startS: 840,
    ...overflight({ lat: 41.19, lon: -74.3 }, { lat: 40.35, lon: -74.1 }, 11_280, 231),
  },
  {
    icao24: "4b6c21",
    callsign: "QSG21",
    squawk: "5014",
    role: "overflight in cruise, 12 500 m, to the east",
    startS: 1080,
    ...overflight({ lat: 40.75, lon: -74.49 }, { lat: 40.95, lon: -73.4 }, 12_500, 246),
  },
  {
    icao24: "a6e175",
    callsign: "QSH75",
    squawk: "5175",
    role: "squawks 7500 after two minutes, in cruise at 10 060 m",
    startS: 140,
    ...squawking("7500", { lat: 40.9, lon: -74.49 }, { lat: 40.62, lon: -73.4 }, 10_060, 221),
  },
  {
    icao24: "a6e176",
    callsign: "QSH76",
    squawk: "5176",
    role: "squawks 7600 after two minutes, a turboprop at 4 880 m",
    startS: 560,
    ...squawking("7600", { lat: 41.19, lon: -74.44 }, { lat: 40.6, lon: -73.4 }, 4880, 138),
  },
  {
    icao24: "a6e177",
    callsign: "QSH77",
    squawk: "5177",
    role: "squawks 7700 after two minutes, level at 7 010 m",
    startS: 900,
    ...squawking("7700", { lat: 40.42, lon: -73.52 }, { lat: 40.99, lon: -74.6 }, 7010, 172),
  },
  {
    icao24: "a6e178",
    callsign: "QSH78",
    squawk: "5170",
    role: "squawks 7700 in one report only: a misread reply, nothing to say of it",
    startS: 800,
    glitchSquawk: "7700",
    ...overflight({ lat: 40.55, lon: -74.49 }, { lat: 40.85, lon: -73.4 }, 9450, 212),
  },
  {
    icao24: "a7700d",
    callsign: "QSI9",
    squawk: "5207",
    role: "emergency descent from 11 278 m at 26 m/s, levels off at 3 050 m",
    startS: 560,
    ...emergencyDescent(),
  },
  {
    icao24: "a80012",
    callsign: "QSJ12",
    squawk: "2431",
    role: "holds at 3 048 m over the sea: three times round, right turns",
    startS: 30,
    ...hold(),
  },
  {
    icao24: "a90b44",
    callsign: "QSK44",
    squawk: "1200",
    role: "low flyer: a banner tug at 180 m over the sea, far from every airport",
    startS: 350,
    ...lowFlyer(),
  },
  {
    icao24: "a90b45",
    callsign: "QSL45",
    squawk: "1277",
    role: "helicopter, down the Hudson at 335 m, lands at the West 30th Street heliport",
    startS: 100,
    ...helicopter(),
  },
  {
    icao24: "a90b46",
    callsign: "QSK46",
    squawk: "1200",
    role: "light aircraft under visual rules, 760 m, to the south",
    startS: 20,
    ...overflight({ lat: 41.15, lon: -74.42 }, { lat: 40.38, lon: -74.42 }, 760, 54),
  },
  {
    icao24: "ab0001",
    callsign: "QSA901",
    squawk: "2441",
    role: "taxiing at JFK",
    startS: 300,
    ...taxiing(AT_JFK, 121, 4),
  },
  {
    icao24: "ab0002",
    callsign: "QSC902",
    squawk: "3631",
    role: "taxiing at EWR",
    startS: 700,
    ...taxiing(AT_EWR, 26, 5),
  },
  {
    icao24: "ab1f01",
    callsign: "QSM1",
    squawk: "2000",
    role: "everything that may be null is null",
    startS: 1150,
    unknown: [
      "callsign",
      "altitude_m",
      "geo_altitude_m",
      "velocity_mps",
      "heading_deg",
      "vertical_rate_mps",
      "squawk",
      "time_position_unix",
      "origin_country",
    ],
    ...overflight({ lat: 41.0, lon: -74.45 }, { lat: 40.7, lon: -74.3 }, 1500, 62),
  },
  {
    icao24: "ab1f02",
    callsign: "QSM2",
    squawk: "2000",
    role: "everything that may be missing is missing",
    startS: 300,
    missing: [
      "callsign",
      "altitude_m",
      "geo_altitude_m",
      "velocity_mps",
      "heading_deg",
      "vertical_rate_mps",
      "squawk",
      "time_position_unix",
      "origin_country",
    ],
    ...overflight({ lat: 40.45, lon: -74.25 }, { lat: 40.6, lon: -74.49 }, 1800, 62),
  },
];
