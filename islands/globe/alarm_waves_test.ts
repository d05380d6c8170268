import assert from "node:assert/strict";
import { WaveOrigins } from "./alarm_waves.ts";

Deno.test("an aircraft keeps its origin and moves it; without a place it has none", () => {
  const places = new Map([["a", { lat: 1, lon: 2 }], ["b", { lat: 0, lon: 0 }]]);
  const origins = new WaveOrigins();
  const of = (...icao24s: string[]) => origins.of(new Set(icao24s), (id) => places.get(id));
  const first = of("a", "b", "nowhere");
  assert.deepEqual(first, [{ lat: 1, lng: 2 }, { lat: 0, lng: 0 }]);
  places.set("a", { lat: 3, lon: 4 });
  const then = of("a", "b");
  assert.equal(then[0], first[0]);
  assert.deepEqual(then[0], { lat: 3, lng: 4 });
  places.delete("a");
  assert.deepEqual(of("a", "b"), [{ lat: 0, lng: 0 }]);
});

Deno.test("who no longer alarms is forgotten", () => {
  const origins = new WaveOrigins();
  const place = () => ({ lat: 5, lon: 6 });
  const [first] = origins.of(new Set(["a"]), place);
  assert.deepEqual(origins.of(new Set(), place), []);
  assert.notEqual(origins.of(new Set(["a"]), place)[0], first);
});
