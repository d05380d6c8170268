/** How long to wait before connecting anew. */

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * Milliseconds before attempt number `attempt` (from 0): doubles from 0.5 s up to 15 s. `random`, in
 * [0, 1), takes up to half of it away, so that the pages of a hub that restarts do not all come at once.
 */
export function backoffMs(attempt: number, random: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(most * (1 - random / 2));
}
