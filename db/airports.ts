/** Airports, from the file that tools/make_airports.ts makes into the table of the contract. */
import type { Sql } from "./database.ts";
import { arrayLiteral } from "./rows.ts";

export interface AirportFeature {
  readonly type: "Feature";
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: {
    readonly code: string;
    readonly name: string;
    readonly type: string;
    readonly elevation_m?: number;
    readonly runway_heading_primary?: number;
    readonly country?: string;
  };
}

export interface AirportCollection {
  readonly type: "FeatureCollection";
  readonly properties: { readonly version: string };
  readonly features: readonly AirportFeature[];
}

const FILE = new URL("../static/airports.geojson", import.meta.url);

const GIVEN = [
  { name: "code", type: "text", value: ({ properties }: AirportFeature) => properties.code },
  { name: "name", type: "text", value: ({ properties }: AirportFeature) => properties.name },
  { name: "type", type: "text", value: ({ properties }: AirportFeature) => properties.type },
  {
    name: "geom",
    type: "text",
    value: ({ geometry }: AirportFeature) => JSON.stringify(geometry),
  },
  {
    name: "elevation_m",
    type: "float8",
    value: ({ properties }: AirportFeature) => properties.elevation_m,
  },
  {
    name: "runway_heading_primary",
    type: "float8",
    value: ({ properties }: AirportFeature) => properties.runway_heading_primary,
  },
  { name: "country", type: "text", value: ({ properties }: AirportFeature) => properties.country },
] as const;

/** The airports of the repository. */
export async function readAirportsFile(): Promise<AirportCollection> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

/** Loads these airports if the table has none or others; true when it did. */
export async function loadAirports(sql: Sql, airports: AirportCollection): Promise<boolean> {
  const { version } = airports.properties;
  const [loaded] = await sql.unsafe<{ version: string | null; there: boolean }[]>(
    `select (select version from loaded_data where name = 'airports') as version,
       exists (select from airports) as there`,
  );
  if (loaded?.there && loaded.version === version) return false;
  await replaceAirports(sql, airports);
  return true;
}

/** One statement, so that nobody ever sees half of them. */
async function replaceAirports(sql: Sql, { properties, features }: AirportCollection) {
  const names = GIVEN.map(({ name }) => name);
  const updates = names.filter((name) => name !== "code").map((name) =>
    `${name} = excluded.${name}`
  );
  await sql.unsafe(
    `with given as (
       select code, name, type, st_geomfromgeojson(geom)::geography as geom, elevation_m,
         runway_heading_primary, country
       from unnest(${GIVEN.map(({ type }, i) => `$${i + 2}::${type}[]`).join(", ")})
         as given(${names.join(", ")})
     ), gone as (
       delete from airports where code not in (select code from given)
     ), kept as (
       insert into airports (${names.join(", ")}) select ${names.join(", ")} from given
       on conflict (code) do update set ${updates.join(", ")}
     )
     insert into loaded_data (name, version) values ('airports', $1::text)
     on conflict (name) do update set version = excluded.version, loaded_at = now()`,
    [properties.version, ...GIVEN.map((column) => arrayLiteral(column, features))],
  );
}

/** The nearest airport within 10 km, as `get_nearby_airport` of the contract finds it. */
export async function readNearbyAirport(
  sql: Sql,
  lat: number,
  lon: number,
): Promise<{ airport_code: string; airport_name: string; distance_m: number } | undefined> {
  const [row] = await sql.unsafe<
    { airport_code: string; airport_name: string; distance_m: number }[]
  >(
    "select airport_code, airport_name, distance_m from get_nearby_airport($1::float8, $2::float8)",
    [lat, lon],
    { prepare: true },
  );
  return row;
}
