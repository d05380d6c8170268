/** How well events and tracks agree with labels and truth, by the rules of docs/scorecard.md. */
import { distanceM } from "../core/geodesy.ts";

export interface Span {
  readonly icao24: string;
  readonly event: string;
  readonly start: number;
  readonly stop: number;
}

export interface Predicted extends Span {
  readonly detected_at: number;
}

export interface Label extends Span {
  readonly dataset: string;
  readonly trust: string;
  /** The moment that latency counts from, where that is not the start. */
  readonly t_event?: number;
}

export interface EventScore {
  hits: number;
  falseAlarms: number;
  misses: number;
  /** False alarms on what is there to be left alone. */
  onNegatives: number;
  /** Overlap (intersection over union) and latency, s, of each hit. */
  readonly overlaps: number[];
  readonly latenciesS: number[];
}

/** Labels are widened by this, s, before a prediction is looked for. */
const TOLERANCE_S: Readonly<Record<string, number>> = {
  emergency_squawk: 5,
  go_around: 120,
  proximity: 10,
};
const USUAL_TOLERANCE_S = 30;

/** Whether a prediction and a widened label share a moment. */
function meets(predicted: Span, label: Span, toleranceS: number): boolean {
  return predicted.start <= label.stop + toleranceS && predicted.stop >= label.start - toleranceS;
}

function overlap(a: Span, b: Span): number {
  const shared = Math.max(0, Math.min(a.stop, b.stop) - Math.max(a.start, b.start));
  const all = Math.max(a.stop, b.stop) - Math.min(a.start, b.start);
  return all > 0 ? shared / all : 0;
}

const isNegative = ({ event }: Label) => event.startsWith("NEG_");
const isTrusted = ({ event, trust }: Label) =>
  /^(high|exact)/.test(trust) && !event.endsWith("_candidate") && !event.startsWith("NEG_");

/**
 * Scores predictions of one recording by its labels, per event: one prediction a label, the best overlap
 * first. A second hit, a hit on a doubtful label, and, on an aircraft into which a fault was put, an alarm
 * of another kind at the same time count neither way.
 */
export function scoreEvents(
  predictions: readonly Predicted[],
  labels: readonly Label[],
): Map<string, EventScore> {
  const scores = new Map<string, EventScore>();
  const events = [...predictions, ...labels.filter(isTrusted)].map(({ event }) => event);
  for (const event of new Set(events)) {
    const score: EventScore = {
      hits: 0,
      falseAlarms: 0,
      misses: 0,
      onNegatives: 0,
      overlaps: [],
      latenciesS: [],
    };
    scores.set(event, score);
    const toleranceS = TOLERANCE_S[event] ?? USUAL_TOLERANCE_S;
    const mine = predictions.filter((predicted) => predicted.event === event);
    const truth = labels.filter((label) => label.event === event && isTrusted(label));
    const pairs = mine.flatMap((predicted) =>
      truth.filter((label) => label.icao24 === predicted.icao24)
        .filter((label) => meets(predicted, label, toleranceS))
        .map((label) => ({ predicted, label, share: overlap(predicted, label) }))
    ).sort((a, b) => b.share - a.share);
    const [used, found] = [new Set<Predicted>(), new Set<Label>()];
    for (const { predicted, label, share } of pairs) {
      if (used.has(predicted) || found.has(label)) continue;
      used.add(predicted);
      found.add(label);
      score.hits++;
      score.overlaps.push(share);
      score.latenciesS.push(predicted.detected_at - (label.t_event ?? label.start));
    }
    score.misses = truth.length - found.size;
    const touching = new Set(pairs.map(({ predicted }) => predicted));
    for (const predicted of mine) {
      const own = labels.filter(({ icao24 }) => icao24 === predicted.icao24);
      const isExcused = touching.has(predicted) ||
        own.some((label) =>
          isDoubtful(label, event) && meets(predicted, label, toleranceS) ||
          label.trust.includes("injected") && !isNegative(label) && label.event !== event &&
            meets(predicted, label, USUAL_TOLERANCE_S)
        );
      if (isExcused) continue;
      score.falseAlarms++;
      const isOnNegative = own.some((label) =>
        isNegative(label) && meets(predicted, label, USUAL_TOLERANCE_S)
      );
      if (isOnNegative) score.onNegatives++;
    }
  }
  return scores;
}

function isDoubtful(label: Label, event: string): boolean {
  return label.event === `${event}_candidate` || (label.event === event && !isTrusted(label));
}

/** Precision, recall and their harmonic mean. */
export function rates({ hits, falseAlarms, misses }: EventScore) {
  const precision = hits / Math.max(1, hits + falseAlarms);
  const recall = hits / Math.max(1, hits + misses);
  return { precision, recall, f1: 2 * precision * recall / Math.max(precision + recall, 1e-9) };
}

/** A state with the keys of the recordings. */
export interface TrackLine {
  readonly time: number;
  readonly lat: number;
  readonly lon: number;
  readonly baro_altitude: number;
  readonly velocity: number;
  readonly true_track: number;
  readonly vertical_rate: number;
}

/** The first points are the filter's to warm up on; below this speed there is no track angle. */
export const WARM_UP_POINTS = 20;
const SLOWEST_MPS = 20;

/** Root mean square errors of a track that has the truth's times: m, m/s, degrees. */
export function scoreTrack(output: readonly TrackLine[], truth: readonly TrackLine[]) {
  const pairs = truth.map((line, i) => [output[i]!, line] as const).slice(WARM_UP_POINTS);
  const moving = pairs.filter(([, { velocity }]) => velocity > SLOWEST_MPS);
  return {
    positionM: rms(pairs.map(([mine, line]) => distanceM(mine, line))),
    altitudeM: rms(pairs.map(([mine, line]) => mine.baro_altitude - line.baro_altitude)),
    speedMps: rms(pairs.map(([mine, line]) => mine.velocity - line.velocity)),
    trackDeg: rms(
      moving.map(([mine, line]) => ((mine.true_track - line.true_track + 540) % 360) - 180),
    ),
    verticalRateMps: rms(pairs.map(([mine, line]) => mine.vertical_rate - line.vertical_rate)),
  };
}

function rms(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
