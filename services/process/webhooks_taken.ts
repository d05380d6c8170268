/** What each receiver has taken, kept in the database: without one it is forgotten with the role. */
import {
  type Database,
  DatabaseRefused,
  DatabaseUnavailable,
  type Sql,
} from "../../db/database.ts";
import { hasTaken, rememberTaken } from "../../db/webhooks.ts";
import { sleep } from "../wait.ts";

/** A database that only starts is waited for this long; an alarm does not wait for one that is down. */
const DATABASE_WITHIN_MS = 10_000;

export class Taken {
  readonly #database: Database | undefined;
  readonly #stopped: AbortSignal;

  constructor(database: Database | undefined, stopped: AbortSignal) {
    this.#database = database;
    this.#stopped = stopped;
  }

  /** False as well where nobody knows: rather twice than never. */
  async has(receiver: string, delivery: string): Promise<boolean> {
    return await this.#ask((sql) => hasTaken(sql, receiver, delivery)) ?? false;
  }

  async add(receiver: string, delivery: string): Promise<void> {
    await this.#ask((sql) => rememberTaken(sql, receiver, delivery));
  }

  async #ask<T>(work: (sql: Sql) => Promise<T>): Promise<T | undefined> {
    if (!this.#database) return undefined;
    const enough = new AbortController();
    const waited = sleep(DATABASE_WITHIN_MS, AbortSignal.any([this.#stopped, enough.signal]));
    try {
      await Promise.race([this.#database.whenOk(), waited]);
      return await this.#database.use(work);
    } catch (error) {
      if (error instanceof DatabaseUnavailable || error instanceof DatabaseRefused) {
        return undefined;
      }
      throw error;
    } finally {
      enough.abort();
    }
  }
}
