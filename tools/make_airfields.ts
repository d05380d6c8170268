/**
 * Makes `static/airfields.csv`, the small airfields of the world, from the table "airport-codes" that
 * datahub.io makes of OurAirports (both public domain; here as in the npm package all-airports 0.1.3,
 * lib/assets/airports-datahub.json): deno run -R -W tools/make_airfields.ts airports-datahub.json
 */
const OUT = new URL("../static/airfields.csv", import.meta.url);
const KINDS = new Set(["small_airport", "seaplane_base"]);
/** Four decimals are about ten metres. */
const DECIMALS = 4;
const FOOT_M = 0.3048;

interface Row {
  readonly ident: string;
  readonly type: string;
  readonly elevation_ft: string | null;
  /** "longitude, latitude". */
  readonly coordinates: string;
}

/** A line an airfield, by code: code, latitude, longitude (degrees), elevation (m, empty when unknown). */
export function makeAirfields(rows: readonly Row[]): string {
  const lines = rows.filter(({ type }) => KINDS.has(type)).flatMap((row) => {
    const [lon, lat] = row.coordinates.split(",").map(Number);
    // Where nobody knows the place, the table says 0, 0.
    if (!lon && !lat) return [];
    const elevationM = row.elevation_ft ? Math.round(Number(row.elevation_ft) * FOOT_M) : "";
    return `${row.ident},${lat!.toFixed(DECIMALS)},${lon!.toFixed(DECIMALS)},${elevationM}`;
  });
  return "code,lat,lon,elevation_m\n" + lines.sort().join("\n") + "\n";
}

if (import.meta.main) {
  const [file] = Deno.args;
  if (!file) throw new Error("Say where airports-datahub.json is");
  const rows: Row[] = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(OUT, makeAirfields(rows));
}
