/** The state of the connection, as seen by all that use it, and the patience to wait for a broker. */
import type { Log } from "../log.ts";
import { sleep } from "../wait.ts";
import type { BusStatus } from "./bus.ts";
import { explain } from "./kafka_errors.ts";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 3000;

/** How long to wait before attempt `attempt` + 1, ms: from 100, doubling, up to 3000. */
export function backoffMs(attempt: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

/** What is thrown at those who wait when the bus or the reader is closed. */
export class ClosedError extends Error {
  override name = "ClosedError";
}

export class Link {
  readonly #log: Log;
  readonly #brokers: string;
  /** What is wrong now, by the part of the bus that it keeps from its work. */
  readonly #troubles = new Map<string, string>();
  #wasWell = false;

  constructor(brokers: string, log: Log) {
    this.#brokers = brokers;
    this.#log = log;
  }

  status(): BusStatus {
    const [detail] = this.#troubles.values();
    if (this.#wasWell && detail === undefined) return { kind: "kafka", status: "ok" };
    return { kind: "kafka", status: this.#wasWell ? "down" : "connecting", detail };
  }

  /** `part` does its work. */
  well(part: string): void {
    this.#wasWell = true;
    if (!this.#troubles.delete(part)) return;
    this.#log.info(`${this.#brokers} is there again: ${part} goes on`);
  }

  /** `part` cannot do its work for now. Said in the log once, until it is well again. */
  trouble(part: string, error: unknown): void {
    const why = explain(error, !this.#wasWell);
    const detail = `${this.#brokers} cannot be used for ${part}: ${why}; trying again`;
    if (!this.#troubles.has(part)) this.#log.warn(detail);
    this.#troubles.set(part, detail);
  }

  /** `part` is no more, and so is its trouble. */
  forget(part: string): void {
    this.#troubles.delete(part);
  }

  /**
   * Tries until it works.
   * @throws ClosedError once `closed`; what `finalError` makes of a failure that no waiting mends
   */
  async persist<T>(
    part: string,
    closed: AbortSignal,
    attempt: () => Promise<T>,
    finalError: (error: unknown) => Error | undefined = () => undefined,
  ): Promise<T> {
    for (let tries = 0;; tries++) {
      if (closed.aborted) throw new ClosedError(`The bus was closed before ${part} was done`);
      try {
        const result = await attempt();
        this.well(part);
        return result;
      } catch (error) {
        const final = finalError(error);
        if (final) throw final;
        if (!closed.aborted) this.trouble(part, error);
        await sleep(backoffMs(tries), closed);
      }
    }
  }
}
