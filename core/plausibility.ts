import type { FlightPayload } from "../contracts/flight.ts";

/** What no aircraft in the feed can exceed (contract, "Plausibility"): metres and metres/second. */
const POSSIBLE = {
  altitude_m: [-500, 40_000],
  geo_altitude_m: [-500, 40_000],
  velocity_mps: [0, 700],
} as const satisfies Partial<Record<keyof FlightPayload, readonly [number, number]>>;

/** The fields that are looked at. */
type Plausible = Pick<FlightPayload, keyof typeof POSSIBLE>;

const FIELDS = Object.keys(POSSIBLE) as (keyof typeof POSSIBLE)[];

/** Why a report is to be refused: a word for the metric, a sentence with field, value and range. */
export interface Implausible {
  readonly reason_code: "impossible_value";
  readonly reason: string;
}

/**
 * Why this report cannot be true, or undefined where it can. Wide on purpose: what is odd but
 * possible is for the detectors. Unknown values are plausible.
 */
export function implausible(flight: Plausible): Implausible | undefined {
  for (const field of FIELDS) {
    const value = flight[field];
    const [least, most] = POSSIBLE[field];
    if (value === null || value === undefined || (value >= least && value <= most)) continue;
    return {
      reason_code: "impossible_value",
      reason: `payload.${field} is ${value}, but must be from ${least} to ${most}`,
    };
  }
  return undefined;
}
