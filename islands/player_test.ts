import assert from "node:assert/strict";
import { inParts } from "./player.ts";
import { flight } from "./testing.ts";

const frame = (count: number) => ({
  endMs: 1_000_000,
  everyMs: 10_000,
  flights: Array.from(
    { length: count },
    (_, i) => flight({ icao24: i.toString(16).padStart(6, "0") }),
  ),
});

Deno.test("a small frame is one part, at its own time", () => {
  assert.deepEqual(inParts(frame(2500)), [frame(2500)]);
  assert.deepEqual(inParts(frame(0)), []);
});

Deno.test("a large one comes in parts before the next frame, everybody once", () => {
  const parts = inParts(frame(10_001));
  assert.deepEqual(parts.map(({ endMs }) => endMs - 1_000_000), [0, 2000, 4000, 6000, 8000]);
  assert.ok(parts.every(({ flights }) => flights.length <= 2500));
  assert.deepEqual(parts.flatMap(({ flights }) => flights), frame(10_001).flights);
});
