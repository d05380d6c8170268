import type { Batch, Reader } from "../bus/bus.ts";

/** A write of this many rows is as fast per row as a longer one. */
const MOST_RECORDS = 4000;
/** How long the first record may wait for others. */
const LINGER_MS = 50;

/** Batches taken together: what is there now, up to what one write should have. */
export async function* gather(reader: Reader): AsyncGenerator<Batch[]> {
  let next = reader.next();
  for (;;) {
    const first = await next;
    if (!first) return;
    const batches = [first];
    let records = first.records.length;
    next = reader.next();
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), LINGER_MS);
    while (records < MOST_RECORDS) {
      const batch = await Promise.race([next, late.promise]);
      if (batch === "late" || !batch) break;
      batches.push(batch);
      records += batch.records.length;
      next = reader.next();
    }
    clearTimeout(timer);
    yield batches;
  }
}
