import assert from "node:assert/strict";
import { MemoryWatch } from "./memory_watch.ts";

const MB = 2 ** 20;

/** At which of these looks, MB each, clients are closed. */
function closedAt(looksMb: readonly number[]): number[] {
  let at = 0;
  const closed: number[] = [];
  const watch = new MemoryWatch(
    { closeSilent: () => void closed.push(at) },
    () => looksMb[at]! * MB,
  );
  for (; at < looksMb.length; at++) watch.look();
  return closed;
}

Deno.test("clients are closed while memory has grown by one and a half gigabytes and goes on growing", () => {
  assert.deepEqual(closedAt([200, 900, 1600, 1800, 2000, 1900, 900]), [3, 4]);
});

Deno.test("much memory that does not grow, or a crowd's, closes nobody", () => {
  assert.deepEqual(closedAt([1500, 1500, 1505, 1510, 1500]), []);
  assert.deepEqual(closedAt([200, 500, 800, 1200, 1600]), []);
  assert.deepEqual(closedAt([200, 1800, 1805, 1810, 1815]), [1]);
});
