/** The airports that tracks are seen against, from the file that the table is loaded from, too. */
import { type Airport, AirportIndex } from "../core/context/airports.ts";

const FILE = new URL("../static/airports.geojson", import.meta.url);

interface Feature {
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: {
    readonly code: string;
    readonly type: string;
    readonly elevation_m?: number;
  };
}

/** An index of all airports with runways; fields drawn as outlines count with their middle. */
export async function loadAirportIndex(): Promise<AirportIndex> {
  const { features } = JSON.parse(await Deno.readTextFile(FILE)) as { features: Feature[] };
  return new AirportIndex(
    features.filter(({ properties }) => properties.type !== "heliport").map(toAirport),
  );
}

function toAirport({ geometry, properties }: Feature): Airport {
  const { code, elevation_m } = properties;
  const points = geometry.type === "Point"
    ? [geometry.coordinates as number[]]
    : (geometry.coordinates as number[][][])[0]!;
  const mean = (i: number) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length;
  return { code, lon: mean(0), lat: mean(1), elevationM: elevation_m ?? NaN };
}
