/** Who may speak to the embedded database: its socket server has one session for all connections. */
import type { PGlite } from "@electric-sql/pglite";

/** What pglite-socket 0.2.11 uses of it. */
type Served = Pick<
  PGlite,
  "waitReady" | "runExclusive" | "exec" | "isInTransaction" | "execProtocolRawStream"
>;

/** Parse, Bind, Describe, Execute, Close, Flush: a Sync is still to come (PostgreSQL, 55.2.3). */
const BEFORE_SYNC = new Set([..."PBDECH"].map((letter) => letter.charCodeAt(0)));

/**
 * `db` for its socket server, which keeps to one connection within a transaction alone: here from the
 * first message of a query to its Sync as well. Else another's Parse comes between, and one gets the
 * other's rows (electric-sql/pglite#1046).
 * @param onBroken told when the database itself fails: the server answers nobody after that
 */
export function inTurns(db: PGlite, onBroken: (error: unknown) => void): PGlite {
  let isWithinQuery = false;
  const served: Served = {
    waitReady: db.waitReady,
    runExclusive: (work) => db.runExclusive(work),
    isInTransaction: () => isWithinQuery || db.isInTransaction(),
    async execProtocolRawStream(message, options) {
      isWithinQuery = BEFORE_SYNC.has(message[0]!);
      try {
        await db.execProtocolRawStream(message, options);
      } catch (error) {
        onBroken(error);
        throw error;
      }
    },
    // A ROLLBACK for who is gone in the middle; after it the server lets everyone speak.
    exec: (query, options) => db.exec(query, options),
  };
  return served as PGlite;
}
