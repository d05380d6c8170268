/**
 * Fits the position filter's tuning to flights with seeded noise: `deno task fit-tracks` prints it. A search
 * along one parameter after the other, by factors that grow where they help and shrink where they do not
 * (Hooke and Jeeves, "Direct search solution of numerical and statistical problems", 1961), bounded by the
 * number of trials: the same on every machine.
 */
import { distanceM } from "../core/geodesy.ts";
import { HorizontalFilter } from "../core/track/horizontal.ts";
import type { HorizontalTuning } from "../core/track/tuning.ts";
import {
  type Flight,
  NOISES,
  type NoisyFlight,
  recordedFlights,
  trueFlights,
  withNoise,
} from "./noisy_flights.ts";
import { WARM_UP_POINTS } from "./score.ts";
import { answerHelp } from "./arguments.ts";

const QUALITY = new URL("../../shared/quality/", import.meta.url);

/** Where every search begins: round numbers of how aircraft fly and of what is reported. */
export const BEGINNING: HorizontalTuning = {
  manoeuvres: [
    { alongMps2: 1, acrossMps2: 0.01, lastsS: 5, staysS: 1000 },
    { alongMps2: 1, acrossMps2: 0.1, lastsS: 5, staysS: 100 },
    { alongMps2: 2, acrossMps2: 2, lastsS: 20, staysS: 100 },
    { alongMps2: 8, acrossMps2: 4, lastsS: 0.5, staysS: 10 },
  ],
  positionNoiseM: 30,
  velocityNoiseMps: 1,
  noiseStep: 0.004,
  firstStep: 0.5,
  offsetRad: 0.01,
  offsetRad2PerS: 1e-11,
  gridShare: 1,
  falsePosition: 1e-12,
  falseVelocity: 1e-8,
};
/** No flight is looked at for longer, s. */
const LONGEST_S = 4000;
const TRIALS = 160;
const FIRST_FACTOR = 1.8;
/** Only what errors speak for by this part, for each squared logarithm, leaves its beginning: flights differ. */
const DOUBT = 0.002;

/** So many manoeuvres are fitted: what is harder is flown too seldom. */
const FITTED = 3;

/** What is fitted: not where noise is learnt from, nor how fast, which is a matter of sources. */
function numbersOf(tuning: HorizontalTuning): number[] {
  const { manoeuvres, offsetRad, offsetRad2PerS, gridShare, falsePosition, falseVelocity } = tuning;
  return [
    ...manoeuvres.slice(0, FITTED).flatMap((
      one,
    ) => [one.alongMps2, one.acrossMps2, one.lastsS, one.staysS]),
    ...[offsetRad, offsetRad2PerS, gridShare, falsePosition, falseVelocity],
  ];
}

function tuningOf(numbers: readonly number[]): HorizontalTuning {
  const manoeuvres = BEGINNING.manoeuvres.map((harder, m) => {
    if (m >= FITTED) return harder;
    const [alongMps2, acrossMps2, lastsS, staysS] = numbers.slice(4 * m);
    return { alongMps2: alongMps2!, acrossMps2: acrossMps2!, lastsS: lastsS!, staysS: staysS! };
  });
  const [offsetRad, offsetRad2PerS, gridShare, falsePosition, falseVelocity] = numbers.slice(
    4 * FITTED,
  );
  return {
    ...BEGINNING,
    manoeuvres,
    offsetRad: offsetRad!,
    offsetRad2PerS: offsetRad2PerS!,
    gridShare: gridShare!,
    falsePosition: falsePosition!,
    falseVelocity: falseVelocity!,
  };
}

/** The tuning that a search of so many trials finds best for these flights, each with noise of every kind. */
export function fit(flights: readonly Flight[], trials = TRIALS): HorizontalTuning {
  const noisy = flights.flatMap(({ truth }, i) =>
    Object.values(NOISES).map((noise, k) =>
      withNoise(truth.slice(0, LONGEST_S), noise, 100 * i + k + 1)
    )
  );
  const first = numbersOf(BEGINNING);
  const costOf = (numbers: readonly number[]) => {
    const far = numbers.reduce((sum, number, i) => sum + Math.log(number / first[i]!) ** 2, 0);
    return meanError(noisy, tuningOf(numbers)) * (1 + DOUBT * far);
  };
  let best = first;
  let least = costOf(best);
  const factors = best.map(() => FIRST_FACTOR);
  for (let trial = 0, at = 0; trial < trials; at = (at + 1) % best.length) {
    let helps = false;
    for (const factor of [factors[at]!, 1 / factors[at]!]) {
      if (helps || trial++ >= trials) break;
      const tried = best.with(at, best[at]! * factor);
      const cost = costOf(tried);
      helps = cost < least;
      if (helps) [best, least] = [tried, cost];
    }
    factors[at] = helps ? factors[at]! * 1.2 : Math.sqrt(factors[at]!);
  }
  return tuningOf(best);
}

/** The geometric mean of the flights' position errors, m: none of them outweighs the others. */
export function meanError(flights: readonly NoisyFlight[], tuning: HorizontalTuning): number {
  const logs = flights.map((flight) => Math.log(positionError(flight, tuning)));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

/** The root mean square error of the filtered positions, m. */
function positionError({ reports, truth }: NoisyFlight, tuning: HorizontalTuning): number {
  const filter = new HorizontalFilter(tuning);
  let squares = 0;
  for (const [i, { atMs, lat, lon, speedMps, trackDeg }] of reports.entries()) {
    filter.update(atMs, lat, lon, speedMps, trackDeg);
    if (i >= WARM_UP_POINTS) squares += distanceM(filter, truth[i]!) ** 2;
  }
  return Math.sqrt(squares / (reports.length - WARM_UP_POINTS));
}

if (import.meta.main) {
  answerHelp();
  const isThere = await Deno.stat(QUALITY).then(() => true, () => false);
  if (!isThere) {
    const text =
      `The flights to fit to are not part of this repository: put them into ${QUALITY.pathname}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
    Deno.exit(1);
  }
  const recorded = await recordedFlights(new URL("recordings/", QUALITY));
  const flights = [...await trueFlights(new URL("kalman/", QUALITY)), ...recorded];
  const rounded = (_: string, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(3)) : value;
  const text = JSON.stringify(fit(flights), rounded, 2) + "\n";
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
