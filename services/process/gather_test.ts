import assert from "node:assert/strict";
import type { Batch, Reader } from "../bus/bus.ts";
import { gather } from "./gather.ts";

/** A reader that gives these in turn, and then nothing. */
function readerOf(...next: readonly Promise<Batch | undefined>[]): Reader {
  const left = [...next];
  return { next: () => left.shift() ?? new Promise(() => {}) } as Partial<Reader> as Reader;
}

function batchOf(records: number): Batch {
  return { partition: 0, records: Array(records).fill({}) } as Partial<Batch> as Batch;
}

async function gathered(reader: Reader, most: number): Promise<number[][]> {
  const all: number[][] = [];
  for await (const batches of gather(reader)) {
    all.push(batches.map(({ records }) => records.length));
    if (all.length === most) break;
  }
  return all;
}

const there = (records: number) => Promise.resolve(batchOf(records));

Deno.test("what is there is taken together, up to what one write should have", async () => {
  const reader = readerOf(there(1), there(2), there(4000), there(5), Promise.resolve(undefined));
  assert.deepEqual(await gathered(reader, 9), [[1, 2, 4000], [5]]);
});

Deno.test("a reader that fails says why, after what it had given", async () => {
  const reader = readerOf(there(4000), Promise.reject(new Error("the log is gone")));
  const batches = gather(reader);
  assert.equal((await batches.next()).value?.length, 1);
  await assert.rejects(batches.next(), /the log is gone/);
});

Deno.test("a log that is idle says so each second, and waiting for it leaves nothing behind", async () => {
  const { promise, resolve } = Promise.withResolvers<Batch>();
  let waiting = 0;
  const counted = Object.assign(promise, {
    then(...handlers: Parameters<Promise<Batch>["then"]>) {
      waiting++;
      return Promise.prototype.then.apply(promise, handlers);
    },
  });
  const batches = gather(readerOf(counted as Promise<Batch>));
  for (let i = 0; i < 2; i++) assert.deepEqual((await batches.next()).value, []);
  assert.equal(waiting, 1);
  resolve(batchOf(3));
  assert.equal((await batches.next()).value?.length, 1);
});
