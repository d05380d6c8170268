import type { AnomalyType } from "../contracts/constants.ts";

/** What a detector notices of an aircraft now: it stands as long as the detector goes on saying so. */
export interface Finding {
  readonly type: AnomalyType;
  /** What tells it from others of its type about the same aircraft: who else is in it. */
  readonly key?: string;
  /** Event time in ms at which it began, which may be before it was certain. */
  readonly startedAtMs: number;
  /** Event time in ms up to which it is known to have held: where it ends once it is no longer said. */
  readonly untilMs: number;
  /** Event time in ms at which it was certain, where that is not the newest report's. */
  readonly detectedAtMs?: number;
  /** The detector's own figures against its thresholds, units in the names. */
  readonly details: Readonly<Record<string, unknown>>;
}
