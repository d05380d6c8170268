/** The longest that a source which fails is left alone: who restarts a receiver of theirs waits for it. */
const LONGEST_MS = { others: 300_000, own: 30_000 } as const;

/**
 * Milliseconds to wait after failure number `failures` (from 1): the usual interval, doubled with each
 * one more. `random`, in [0, 1), adds up to half of it, so that not all who lost a feed come back to it
 * at once.
 */
export function backoffMs(
  intervalMs: number,
  failures: number,
  random: number,
  whose: keyof typeof LONGEST_MS = "others",
): number {
  const most = Math.max(LONGEST_MS[whose], intervalMs);
  return Math.min(most, intervalMs * 2 ** (failures - 1)) * (1 + random / 2);
}
