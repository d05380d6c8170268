/** The airports that the page's search knows: code, name and place, as small as they come. */
import { gzip } from "./assets.ts";

const AIRPORTS = new URL("../../static/airports.geojson", import.meta.url);

interface Feature {
  readonly geometry: { readonly coordinates: unknown };
  readonly properties: { readonly code: string; readonly name: string; readonly type: string };
}

interface Airports {
  readonly json: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

let made: Promise<Airports> | undefined;

/** `[[code, name, lat, lon], …]`, the large ones first; made once. */
export function airportsForSearch(): Promise<Airports> {
  return made ??= make();
}

async function make(): Promise<Airports> {
  const { features } = JSON.parse(await Deno.readTextFile(AIRPORTS)) as { features: Feature[] };
  const isLarge = ({ properties }: Feature) => properties.type === "large_airport";
  const rows = features.filter(({ properties }) => properties.type !== "heliport")
    .sort((a, b) => Number(isLarge(b)) - Number(isLarge(a)))
    .map(({ geometry, properties: { code, name } }) => {
      const [lon, lat] = firstPlace(geometry.coordinates);
      return [code, name, Number(lat.toFixed(3)), Number(lon.toFixed(3))];
    });
  const json = new TextEncoder().encode(JSON.stringify(rows));
  return { json, gzip: await gzip(json) };
}

/** A point, or the first corner of an outline. */
function firstPlace(coordinates: unknown): [lon: number, lat: number] {
  const inner = (coordinates as unknown[])[0];
  return Array.isArray(inner) ? firstPlace(inner) : coordinates as [number, number];
}
