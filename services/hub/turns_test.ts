import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { Turns } from "./turns.ts";

Deno.test("two at a time, in the order they asked, and one that fails gives its turn on", async () => {
  const turns = new Turns(2);
  let [running, most] = [0, 0];
  const begun: number[] = [];
  const works = Array.from({ length: 20 }, (_, i) =>
    turns.take(async () => {
      begun.push(i);
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      if (i % 3 === 0) throw new Error("it fails");
      return i;
    }));
  const ends = await Promise.allSettled(works);
  assert.equal(most, 2);
  assert.deepEqual(begun, Array.from({ length: 20 }, (_, i) => i));
  assert.deepEqual(
    ends.map((end) => end.status === "fulfilled" ? end.value : undefined),
    Array.from({ length: 20 }, (_, i) => i % 3 === 0 ? undefined : i),
  );
});

Deno.test("what else the thread has to do comes between two of many", async () => {
  const turns = new Turns(1);
  let done = 0;
  const works = Array.from({ length: 100 }, () =>
    turns.take(() => {
      done++;
      return Promise.resolve();
    }));
  const doneBefore = await new Promise<number>((resolve) => setImmediate(() => resolve(done)));
  assert(doneBefore < 100, `all ${doneBefore} came first`);
  await Promise.all(works);
});
