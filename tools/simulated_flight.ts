/** A simple pilot: flies a list of legs, second by second, within what an aircraft can do. */
import {
  bearingDeg,
  destination,
  distanceM,
  type LatLon,
  normalDeg,
  signedDeg,
} from "../core/geodesy.ts";

export interface AircraftState extends LatLon {
  readonly altitudeM: number;
  readonly speedMps: number;
  readonly trackDeg: number;
  readonly verticalRateMps: number;
  readonly onGround: boolean;
}

/** Ends at the point `toward`, after the turn to `turnToDeg`, or after `forS` seconds. */
export interface Leg {
  readonly toward?: LatLon;
  readonly turnToDeg?: number;
  readonly right?: boolean;
  readonly forS?: number;
  /** What to climb or descend to. Towards a point it is reached there, unless a rate is given. */
  readonly altitudeM?: number;
  readonly rateMps?: number;
  readonly speedMps?: number;
  readonly onGround?: boolean;
  readonly squawk?: string;
  /** Events that last as long as the leg. */
  readonly events?: readonly string[];
}

export interface FlownSecond {
  readonly state: AircraftState;
  readonly leg: Leg;
}

/** A standard-rate turn. */
const TURN_DEG_PER_S = 3;
const ACCELERATION_MPS2 = 1.2;
const TAKEOFF_ACCELERATION_MPS2 = 2.4;
/** How fast a vertical rate changes, m/s per second: passengers notice more. */
const RATE_CHANGE_MPS2 = 1.5;
const MAX_RATE_MPS = 12;
const LONGEST_LEG_S = 3600;

/** Where the aircraft is in every second, from `start` to the end of the last leg. */
export function* fly(start: AircraftState, legs: readonly Leg[]): Generator<FlownSecond> {
  let state = start;
  for (const leg of legs) {
    for (let flownS = 0; flownS < LONGEST_LEG_S; flownS++) {
      yield { state, leg };
      const next = oneSecond(state, leg);
      const done = isFlown(next, leg, flownS + 1);
      state = next;
      if (done) break;
    }
  }
}

function isFlown(state: AircraftState, leg: Leg, flownS: number): boolean {
  if (leg.forS !== undefined) return flownS >= leg.forS;
  if (leg.turnToDeg !== undefined) return Math.abs(signedDeg(leg.turnToDeg - state.trackDeg)) < 0.5;
  return distanceM(state, leg.toward!) < state.speedMps;
}

function oneSecond(state: AircraftState, leg: Leg): AircraftState {
  const trackDeg = nextTrack(state, leg);
  const onGround = leg.onGround ?? false;
  const most = leg.onGround ? TAKEOFF_ACCELERATION_MPS2 : ACCELERATION_MPS2;
  const speedMps = stepTowards(state.speedMps, leg.speedMps ?? state.speedMps, most);
  const wantedRate = onGround ? 0 : wantedRateMps(state, leg);
  const change = Math.max(RATE_CHANGE_MPS2, Math.abs(leg.rateMps ?? 0) / 8);
  const verticalRateMps = onGround ? 0 : stepTowards(state.verticalRateMps, wantedRate, change);
  const point = destination(state, trackDeg, speedMps);
  const altitudeM = onGround
    ? leg.altitudeM ?? state.altitudeM
    : state.altitudeM + (state.verticalRateMps + verticalRateMps) / 2;
  return { ...point, altitudeM, speedMps, trackDeg, verticalRateMps, onGround };
}

function nextTrack(state: AircraftState, leg: Leg): number {
  const wantedDeg = leg.toward ? bearingDeg(state, leg.toward) : leg.turnToDeg ?? state.trackDeg;
  const left = signedDeg(wantedDeg - state.trackDeg);
  // A turn the long way round keeps its side until it is nearly there.
  const forced = leg.right !== undefined && Math.abs(left) > TURN_DEG_PER_S;
  const side = forced ? (leg.right ? 1 : -1) : Math.sign(left);
  return normalDeg(state.trackDeg + side * Math.min(TURN_DEG_PER_S, Math.abs(left)));
}

function wantedRateMps(state: AircraftState, leg: Leg): number {
  if (leg.altitudeM === undefined) return 0;
  const remainingM = leg.altitudeM - state.altitudeM;
  let rate = leg.rateMps ?? MAX_RATE_MPS;
  if (leg.toward && leg.rateMps === undefined) {
    const remainingS = Math.max(1, distanceM(state, leg.toward) / Math.max(1, state.speedMps));
    rate = Math.min(rate, Math.abs(remainingM) / remainingS);
  } else {
    // Levels off instead of shooting past.
    rate = Math.min(rate, Math.abs(remainingM) / 4);
  }
  return Math.sign(remainingM) * rate;
}

function stepTowards(value: number, wanted: number, most: number): number {
  return value + Math.max(-most, Math.min(most, wanted - value));
}
