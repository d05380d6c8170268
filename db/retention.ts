/** What is forgotten, and when: the database's own functions, told the time of the stream. */
import type { Sql } from "./database.ts";

/** How long rows are kept: the defaults of the functions, which the contract fixes. */
const CLEANUPS = {
  flights_current: "cleanup_stale_flights(as_of => $1::text::timestamptz)",
  flights_history: "cleanup_old_history(as_of => $1::text::timestamptz)",
  anomalies: "cleanup_old_anomalies(as_of => $1::text::timestamptz)",
} as const;

/**
 * Forgets what is past its time in one table (2 minutes, 24 hours, 30 days); the number of rows
 * removed. `asOf` is the time of the stream, which on a replay is the recording's.
 */
export async function cleanUp(
  sql: Sql,
  table: keyof typeof CLEANUPS,
  asOf: Date,
): Promise<number> {
  const [row] = await sql.unsafe<{ removed: number }[]>(
    `select ${CLEANUPS[table]} as removed`,
    [asOf.toISOString()],
    { prepare: true },
  );
  return row!.removed;
}
