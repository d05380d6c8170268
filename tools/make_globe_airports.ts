/**
 * Makes `static/earth/airports.json`, the airports on the globe, from `static/airports.geojson`:
 * `deno run -A tools/make_globe_airports.ts`. A line each: code, latitude, longitude, 1 for a large one;
 * large ones first.
 */
interface Airport {
  readonly geometry: { readonly coordinates: readonly number[]; readonly type: string };
  readonly properties: { readonly code: string; readonly type: string };
}

const folder = new URL("../static/", import.meta.url);
const { features }: { features: Airport[] } = JSON.parse(
  await Deno.readTextFile(new URL("airports.geojson", folder)),
);
const airports = features
  .filter(({ geometry, properties }) =>
    geometry.type === "Point" && /^(large|medium)_airport$/.test(properties.type)
  )
  .map(({ geometry: { coordinates: [lon, lat] }, properties: { code, type } }) =>
    [code, round(lat!), round(lon!), type === "large_airport" ? 1 : 0] as const
  )
  .sort((a, b) => b[3] - a[3]);
await Deno.writeTextFile(
  new URL("earth/airports.json", folder),
  `[\n${airports.map((airport) => JSON.stringify(airport)).join(",\n")}\n]\n`,
);

function round(deg: number): number {
  return Math.round(deg * 1e4) / 1e4;
}
