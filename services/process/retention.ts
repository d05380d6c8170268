/** What is too old goes: by stream time, so that a replay keeps what a live feed would. */
import { type Database, DatabaseUnavailable } from "../../db/database.ts";
import { cleanUp } from "../../db/retention.ts";
import type { Log } from "../log.ts";
import type { Table } from "./metrics.ts";

/** In stream time. */
const STALE_EVERY_MS = 30_000;
const HISTORY_EVERY_MS = 3_600_000;
const ANOMALIES_EVERY_MS = 86_400_000;
/** A time so far ahead of all before it may be one report's wrong clock: the next one has to agree. */
const JUMP_MS = 3_600_000;

export class Retention {
  readonly #database: Database;
  readonly #log: Log;
  #newestMs = -Infinity;
  /** A time that nobody has agreed with yet. */
  #aheadMs: number | undefined;
  readonly #tasks: { readonly table: Table; readonly everyMs: number; lastMs: number }[] = [
    { table: "flights_current", everyMs: STALE_EVERY_MS, lastMs: -Infinity },
    { table: "flights_history", everyMs: HISTORY_EVERY_MS, lastMs: -Infinity },
    { table: "anomalies", everyMs: ANOMALIES_EVERY_MS, lastMs: -Infinity },
  ];

  constructor(database: Database, log: Log) {
    this.#database = database;
    this.#log = log;
  }

  /** Runs what is due at `streamMs`, the newest event time. A database that is away is asked next time. */
  async keep(streamMs: number): Promise<void> {
    this.#believe(streamMs);
    // Nothing was new yet, as when what is read after a crash is known already.
    if (this.#newestMs === -Infinity) return;
    for (const task of this.#tasks) {
      if (this.#newestMs - task.lastMs < task.everyMs) continue;
      try {
        const removed = await this.#database.use((sql) =>
          cleanUp(sql, task.table, new Date(this.#newestMs))
        );
        task.lastMs = this.#newestMs;
        // Aircraft leave all the time: that is no news.
        const level = task.table === "flights_current" ? "debug" : "info";
        if (removed > 0) this.#log[level]("Removed old rows", { table: task.table, removed });
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
      }
    }
  }

  /** Rows that a wrong clock takes away do not come back. */
  #believe(streamMs: number): void {
    if (streamMs === -Infinity) return;
    if (streamMs <= this.#newestMs + JUMP_MS) {
      this.#newestMs = Math.max(this.#newestMs, streamMs);
      this.#aheadMs = undefined;
    } else if (this.#aheadMs !== undefined && Math.abs(streamMs - this.#aheadMs) <= JUMP_MS) {
      this.#newestMs = Math.min(streamMs, this.#aheadMs);
      this.#aheadMs = undefined;
    } else this.#aheadMs = streamMs;
  }
}
