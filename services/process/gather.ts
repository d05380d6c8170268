import type { Batch, Reader } from "../bus/bus.ts";

/** A write of this many rows is as fast per row as a longer one. */
const MOST_RECORDS = 4000;
/** How long the first record may wait for others. */
const LINGER_MS = 50;
/** After so long with nothing new there are no batches: what is due by the clock wants to be done. */
const IDLE_MS = 1000;

/** Batches taken together: what is there now, up to what one write should have. */
export async function* gather(reader: Reader): AsyncGenerator<Batch[]> {
  let next = new Pending(reader.next());
  for (;;) {
    if (!await next.isThere(IDLE_MS)) {
      yield [];
      continue;
    }
    const first = await next.promise;
    if (first === undefined) return;
    const batches = [first];
    let records = first.records.length;
    next = new Pending(reader.next());
    const untilMs = performance.now() + LINGER_MS;
    while (records < MOST_RECORDS && await next.isThere(untilMs - performance.now())) {
      const batch = await next.promise;
      if (batch === undefined) break;
      batches.push(batch);
      records += batch.records.length;
      next = new Pending(reader.next());
    }
    yield batches;
  }
}

/**
 * Something that is waited for a while, and again. A race with it would leave something behind each time,
 * which for a log that is idle all night adds up.
 */
class Pending<T> {
  readonly promise: Promise<T>;
  #isThere = false;
  #wake = () => {};

  constructor(promise: Promise<T>) {
    this.promise = promise;
    const settled = () => {
      this.#isThere = true;
      this.#wake();
    };
    // How it failed is for whoever takes it.
    promise.then(settled, settled);
  }

  /** Whether it is there, or comes within this time. */
  async isThere(ms: number): Promise<boolean> {
    if (this.#isThere) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, Math.max(ms, 0));
    await promise;
    clearTimeout(timer);
    return this.#isThere;
  }
}
