/**
 * Colour by altitude, as the field does it: warm near the ground, green, blue, magenta in the cruise.
 * The list, the legend and the globe's shader all read this table.
 */
import { known } from "./known.ts";

type Rgb = readonly [red: number, green: number, blue: number];

/** Where the scale ends: 45,000 ft. Above it the colour stays. */
export const HIGHEST_M = 13_716;

/** Altitude in metres and its colour, from 0 to 255; between them it is mixed linearly. */
export const COLOUR_STOPS: readonly (readonly [altitudeM: number, colour: Rgb])[] = [
  [0, [255, 122, 56]],
  [900, [255, 168, 56]],
  [1_900, [246, 219, 74]],
  [3_400, [122, 226, 92]],
  [5_200, [56, 222, 172]],
  [7_000, [62, 205, 246]],
  [8_700, [96, 160, 255]],
  [10_300, [150, 122, 255]],
  [11_900, [216, 104, 250]],
  [HIGHEST_M, [255, 92, 205]],
];

/** Of an aircraft whose altitude nobody knows. */
export const UNKNOWN_COLOUR: Rgb = [150, 160, 175];

/** The colour of an altitude in metres as CSS; grey when it is unknown. */
export function altitudeColour(altitudeM: number | null | undefined): string {
  return css(known(altitudeM) ? mixed(altitudeM) : UNKNOWN_COLOUR);
}

function mixed(altitudeM: number): Rgb {
  const above = COLOUR_STOPS.findIndex(([stopM]) => stopM >= altitudeM);
  if (above === 0) return COLOUR_STOPS[0]![1];
  if (above === -1) return COLOUR_STOPS.at(-1)![1];
  const [lowM, low] = COLOUR_STOPS[above - 1]!;
  const [highM, high] = COLOUR_STOPS[above]!;
  const part = (altitudeM - lowM) / (highM - lowM);
  const channel = (i: 0 | 1 | 2) => low[i] + (high[i] - low[i]) * part;
  return [channel(0), channel(1), channel(2)];
}

/** A colour as CSS has it. */
export function css(colour: Rgb): string {
  return `rgb(${colour.map(Math.round).join(" ")})`;
}
