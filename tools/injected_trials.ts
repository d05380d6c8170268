/** How faults that are put into recorded flights are told. */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import type { AirportIndex } from "../core/context/airports.ts";
import { seededRandom } from "../core/seeded_random.ts";
import { Sky } from "../core/sky.ts";
import { Watch } from "../core/watch.ts";
import { type Event, isWithdrawn, toEvent } from "../services/offline/detect.ts";
import { Bases, type Faulty, type Recording } from "./injected_bases.ts";
import { type Fault, FAULTS } from "./injected_faults.ts";
import { scoreEvents } from "./score.ts";

/** Of all trials of one fault: what must be told, what was, and what was that must not be. */
export interface FaultScore {
  readonly fault: Fault;
  readonly toTell: number;
  readonly told: number;
  readonly falseAlarms: number;
  readonly trials: number;
  /** In order, s. */
  readonly latenciesS: readonly number[];
}

/** So many trials of each fault, made from these flights with that seed. */
export function injectedTrials(
  recordings: readonly Recording[],
  airports: AirportIndex,
  trials: number,
  seed: number,
): FaultScore[] {
  return FAULTS.map((fault) => {
    const bases = new Bases(recordings, seededRandom(seed));
    const scores = Array.from({ length: trials }, () => tried(fault, fault.make(bases), airports));
    const sum = (of: (score: typeof scores[number]) => number) =>
      scores.reduce((total, score) => total + of(score), 0);
    return {
      fault,
      toTell: sum(({ hits, misses }) => hits + misses),
      told: sum(({ hits }) => hits),
      falseAlarms: sum(({ falseAlarms }) => falseAlarms),
      trials,
      latenciesS: scores.flatMap(({ latenciesS }) => latenciesS).sort((a, b) => a - b),
    };
  });
}

/** What is told of one trial; where nothing must be, all that is not told without the fault is false. */
function tried({ event }: Fault, { flights, truth, without }: Faulty, airports: AirportIndex) {
  const found = eventsOf(flights, airports);
  if (without) {
    const known = new Set(eventsOf(without, airports).map((one) => one.event));
    const falseAlarms = found.filter((one) => !known.has(one.event)).length;
    return { hits: 0, misses: 0, falseAlarms, latenciesS: [] };
  }
  const labels = truth.map(({ icao24, fromMs, toMs }) => ({
    icao24,
    event,
    start: fromMs / 1000,
    stop: toMs / 1000,
    dataset: "",
    trust: "exact",
  }));
  return scoreEvents(found.filter((one) => one.event === event), labels).get(event)!;
}

/** What is told of these reports, and not taken back. */
function eventsOf(flights: readonly FlightPayload[], airports: AirportIndex): Event[] {
  const [watch, sky] = [new Watch(airports), new Sky(airports)];
  const told: AnomalyPayload[] = [];
  for (const flight of flights) {
    told.push(...watch.observe(flight));
    sky.observe(flight, 0);
    told.push(...sky.run());
  }
  told.push(...watch.close(), ...sky.close());
  return told.filter((anomaly) => anomaly.state === "RESOLVED" && !isWithdrawn(anomaly))
    .map(toEvent);
}
