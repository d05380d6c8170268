import type { Batch, Reader } from "../bus/bus.ts";

/** A write of this many rows is as fast per row as a longer one. */
const MOST_RECORDS = 4000;
/** How long the first record may wait for others. */
const LINGER_MS = 50;
/** After so long with nothing new there are no batches: what is due by the clock wants to be done. */
const IDLE_MS = 1000;

/** Batches taken together: what is there now, up to what one write should have. */
export async function* gather(reader: Reader): AsyncGenerator<Batch[]> {
  let next = reader.next();
  for (;;) {
    const first = await within(IDLE_MS, next);
    if (first === undefined) return;
    if (first === "late") {
      yield [];
      continue;
    }
    const batches = [first];
    let records = first.records.length;
    next = reader.next();
    const untilMs = performance.now() + LINGER_MS;
    while (records < MOST_RECORDS) {
      const batch = await within(untilMs - performance.now(), next);
      if (batch === "late" || batch === undefined) break;
      batches.push(batch);
      records += batch.records.length;
      next = reader.next();
    }
    yield batches;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | "late"> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), Math.max(ms, 0));
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
