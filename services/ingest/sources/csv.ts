/** Recordings as CSV: a header names the columns, in the words of OpenSky's dumps, readsb or the contract. */
import { FT_M, FT_PER_MIN_MPS, KT_MPS } from "../../../core/units.ts";

const MS_S = 0.001;

/** A plain report's key, what a value is to be multiplied by, and how others call the column. */
const COLUMNS: readonly (readonly [key: string, unit: number, names: readonly string[]])[] = [
  ["icao24", NaN, ["icao24", "hex", "icao", "address", "icao_address"]],
  ["time", 1, ["time", "timestamp", "last_contact", "last_contact_unix"]],
  ["time", MS_S, ["last_contact_ms"]],
  ["lat", 1, ["lat", "latitude"]],
  ["lon", 1, ["lon", "longitude", "lng"]],
  ["callsign", NaN, ["callsign", "flight"]],
  ["baro_altitude", 1, ["baro_altitude", "baroaltitude", "altitude_m"]],
  ["baro_altitude", FT_M, ["alt_baro", "altitude_ft"]],
  ["geo_altitude", 1, ["geo_altitude", "geoaltitude", "geo_altitude_m"]],
  ["geo_altitude", FT_M, ["alt_geom", "geo_altitude_ft"]],
  ["velocity", 1, ["velocity", "velocity_mps"]],
  ["velocity", KT_MPS, ["gs", "speed_kt", "groundspeed_kt"]],
  ["true_track", 1, ["true_track", "track", "heading", "heading_deg"]],
  ["vertical_rate", 1, ["vertical_rate", "vertrate", "vertical_rate_mps"]],
  ["vertical_rate", FT_PER_MIN_MPS, ["baro_rate", "vertical_rate_fpm"]],
  ["on_ground", NaN, ["on_ground", "onground"]],
  ["squawk", NaN, ["squawk"]],
  ["spi", NaN, ["spi"]],
  ["nic", 1, ["nic"]],
  ["nac_p", 1, ["nac_p"]],
];
const NEEDED = ["icao24", "time", "lat", "lon"];
const FLAGS = ["on_ground", "spi"];

type Column = { readonly key: string; readonly unit: number } | undefined;

export class CsvReader {
  readonly #columns: readonly Column[];

  private constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  /** A reader of what follows this line; undefined where it is no header. */
  static of(header: string): CsvReader | undefined {
    // A report that lost its brace has names and commas, too.
    if (header.includes(":")) return undefined;
    const columns = cells(header).map((cell): Column => {
      const name = cell.trim().toLowerCase();
      const known = COLUMNS.find(([, , names]) => names.includes(name));
      return known && { key: known[0], unit: known[1] };
    });
    const has = (key: string) => columns.some((column) => column?.key === key);
    // Where it lacks one, every row says which.
    return NEEDED.filter(has).length >= 2 ? new CsvReader(columns) : undefined;
  }

  /** A row as a plain report; empty cells are unknown. Cells that are no number stay text. */
  read(row: string): Record<string, unknown> {
    const report: Record<string, unknown> = {};
    for (const [i, cell] of cells(row).entries()) {
      const column = this.#columns[i];
      const text = cell.trim();
      if (!column || text === "") continue;
      // Of two columns for the same the first that says something; of an export's clocks the finer.
      if (report[column.key] !== undefined && column.unit !== MS_S) continue;
      report[column.key] = valueOf(column, text);
    }
    return report;
  }
}

function valueOf({ key, unit }: NonNullable<Column>, text: string): unknown {
  if (/^(null|none|nan)$/i.test(text)) return undefined;
  if (FLAGS.includes(key)) {
    const isYes = /^(true|1|t|yes)$/i.test(text);
    return isYes || /^(false|0|f|no)$/i.test(text) ? isYes : text;
  }
  // A table of numbers has 1200.0 for 1200, and 21 for 0021.
  if (key === "squawk") return text.replace(/\.0+$/, "").padStart(4, "0");
  if (Number.isNaN(unit)) return text;
  const value = Number(text);
  if (Number.isFinite(value)) return value * unit;
  const ms = key === "time" ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? text : ms / 1000;
}

/** The cells of a line (RFC 4180): one in quotes may have commas, and "" for a quote. */
function cells(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  return Array.from(
    line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g),
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  );
}
