/**
 * The airports and airfields that tracks are seen against: the airports of the database's table, and the
 * small fields that only tracks need.
 */
import { type Airport, AirportIndex } from "../core/context/airports.ts";

const AIRPORTS = new URL("../static/airports.geojson", import.meta.url);
const AIRFIELDS = new URL("../static/airfields.csv", import.meta.url);

interface Feature {
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: {
    readonly code: string;
    readonly type: string;
    readonly elevation_m?: number;
  };
}

/** An index of all places with runways; fields drawn as outlines count with their middle. */
export async function loadAirportIndex(): Promise<AirportIndex> {
  const { features } = JSON.parse(await Deno.readTextFile(AIRPORTS)) as { features: Feature[] };
  const airports = features
    .filter(({ properties }) => properties.type !== "heliport").map(toAirport);
  const [, ...rows] = (await Deno.readTextFile(AIRFIELDS)).trimEnd().split("\n");
  return new AirportIndex([...airports, ...rows.map(toAirfield)]);
}

function toAirfield(row: string): Airport {
  const [code, lat, lon, elevationM] = row.split(",") as [string, string, string, string];
  const knownM = elevationM === "" ? NaN : Number(elevationM);
  return { code, lat: Number(lat), lon: Number(lon), elevationM: knownM };
}

function toAirport({ geometry, properties }: Feature): Airport {
  const { code, elevation_m } = properties;
  const points = geometry.type === "Point"
    ? [geometry.coordinates as number[]]
    : (geometry.coordinates as number[][][])[0]!;
  const mean = (i: number) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length;
  return { code, lon: mean(0), lat: mean(1), elevationM: elevation_m ?? NaN };
}
