import type { AnomalyType } from "../contracts/constants.ts";

/** What a detector notices of an aircraft now: it stands as long as the detector goes on saying so. */
export interface Finding {
  readonly type: AnomalyType;
  /** Event time in ms at which it began, which may be before it was certain. */
  readonly startedAtMs: number;
  /** The detector's own figures against its thresholds, units in the names. */
  readonly details: Readonly<Record<string, unknown>>;
}
