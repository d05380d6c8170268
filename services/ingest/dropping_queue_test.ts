import assert from "node:assert/strict";
import { seededRandom } from "../../core/seeded_random.ts";
import { DroppingQueue } from "./dropping_queue.ts";

Deno.test("who comes when it is full takes the place of the oldest", () => {
  const queue = new DroppingQueue<number>(3);
  const dropped = [1, 2, 3, 4, 5].map((item) => queue.push(item));
  assert.deepEqual(dropped, [undefined, undefined, undefined, 1, 2]);
  assert.deepEqual([queue.take(2), queue.length, queue.take(9), queue.take(9)], [
    [3, 4],
    1,
    [5],
    [],
  ]);
});

Deno.test("what goes in comes out or is dropped, in order, however it is used", () => {
  const random = seededRandom(3);
  const queue = new DroppingQueue<number>(50);
  const out: number[] = [];
  let pushed = 0;
  for (let i = 0; i < 5000; i++) {
    if (random() < 0.9) {
      const dropped = queue.push(pushed++);
      if (dropped !== undefined) out.push(dropped);
    } else out.push(...queue.take(Math.floor(random() * 20)));
    assert(queue.length <= 50);
  }
  out.push(...queue.take(50));
  assert.deepEqual(out, Array.from({ length: pushed }, (_, i) => i));
});
