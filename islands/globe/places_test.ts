import assert from "node:assert/strict";
import { placeOf, type Vec3 } from "./geo.ts";
import { readPlaces } from "./places.ts";
import type { NamedPlace } from "./place_names.ts";

const file = (name: string) => new URL(`../../static/earth/${name}`, import.meta.url);

Deno.test("Paris is a large light where Paris is, and the sea beside it is dark", async () => {
  const { points, sizes } = readPlaces(await Deno.readFile(file("places.bin")));
  const near = (lat: number, lon: number) =>
    Array.from(sizes.keys()).filter((i) => {
      const there = placeOf([...points.subarray(i * 3, i * 3 + 3)] as Vec3);
      return Math.abs(there.lat - lat) < 0.02 && Math.abs(there.lon - lon) < 0.02;
    }).map((i) => sizes[i]!);
  // Two million people: 2 to the power of 11 thousands.
  assert.equal(Math.max(...near(48.853, 2.349)), 11);
  assert.deepEqual(near(46, -6), []);
});

Deno.test("cities have names and places, the largest first", async () => {
  const cities: NamedPlace[] = JSON.parse(await Deno.readTextFile(file("cities.json")));
  const places = new Map(cities.map(([name, lat, lon], i) => [name, { lat, lon, i }]));
  const [tokyo, orleans] = [places.get("Tokyo")!, places.get("Orléans")!];
  assert.ok(Math.abs(tokyo.lat - 35.69) < 0.05 && Math.abs(tokyo.lon - 139.69) < 0.05);
  assert.ok(tokyo.i < orleans.i);
});
