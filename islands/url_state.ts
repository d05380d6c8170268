/** The page's address: view, selection, filters, moment and units, so that a link shows the same. */
import { HIGHEST_M } from "./altitude_colour.ts";
import { FASTEST_MPS, type FlightFilter, NO_FILTER } from "./filters.ts";
import { UNITS, type Units } from "./format.ts";
import type { View } from "./state.ts";

/** What a link holds. */
export interface LinkState {
  readonly view?: View;
  readonly selectedId?: string;
  readonly filter: FlightFilter;
  readonly inViewOnly: boolean;
  /** Stream time, ms; missing: live. */
  readonly atMs?: number;
  readonly cockpit: boolean;
  readonly units: Units;
}

/** What a link's query is made of. Whatever else stands in an address is left there. */
const NAMES = ["lat", "lon", "d", "sel", "alt", "speed", "q", "where", "emergency"]
  .concat("airline", "inview", "t", "cockpit", "units");

/** Reads an address's query; what is not as we write it counts as missing. */
export function readLink(query: string): LinkState {
  const parameters = new URLSearchParams(query);
  const text = (name: string) => parameters.get(name) ?? "";
  const [lowestM, highestM] = range(text("alt"), HIGHEST_M);
  const [slowestMps, fastestMps] = range(text("speed"), FASTEST_MPS);
  const where = text("where");
  const selected = text("sel").toLowerCase();
  const atMs = Date.parse(text("t"));
  const units = text("units");
  return {
    view: readView(text("lat"), text("lon"), text("d")),
    selectedId: /^[0-9a-f]{6}$/.test(selected) ? selected : undefined,
    filter: {
      text: text("q").slice(0, 40),
      where: where === "airborne" || where === "ground" ? where : "all",
      emergency: text("emergency") === "1",
      airline: /^[A-Z]{3}$/.test(text("airline")) ? text("airline") : "",
      lowestM,
      highestM,
      slowestMps,
      fastestMps,
    },
    inViewOnly: text("inview") === "1",
    atMs: Number.isNaN(atMs) ? undefined : atMs,
    cockpit: text("cockpit") === "1",
    units: Object.hasOwn(UNITS, units) ? units as Units : "aviation",
  };
}

/**
 * The query of such a state, with what differs from a fresh page alone; empty, or beginning with `?`.
 * What was in the address before and is not ours stays in it.
 */
export function writeLink(state: LinkState, before = ""): string {
  const { view, filter } = state;
  const others = [...new URLSearchParams(before)].filter(([name]) => !NAMES.includes(name));
  const parts: readonly (readonly [string, string | undefined])[] = [
    ...others,
    ["lat", view?.lat.toFixed(4)],
    ["lon", view?.lon.toFixed(4)],
    ["d", view && String(Math.round(view.distanceM))],
    ["sel", state.selectedId],
    ["alt", rangeText(filter.lowestM, filter.highestM, HIGHEST_M)],
    ["speed", rangeText(filter.slowestMps, filter.fastestMps, FASTEST_MPS)],
    ["q", filter.text.trim() || undefined],
    ["where", filter.where === NO_FILTER.where ? undefined : filter.where],
    ["emergency", filter.emergency ? "1" : undefined],
    ["airline", filter.airline || undefined],
    ["inview", state.inViewOnly ? "1" : undefined],
    ["t", state.atMs === undefined ? undefined : new Date(state.atMs).toISOString()],
    ["cockpit", state.cockpit ? "1" : undefined],
    ["units", state.units === "aviation" ? undefined : state.units],
  ];
  const said = parts.filter((part): part is readonly [string, string] => part[1] !== undefined)
    // Colons and plus signs are allowed in a query, and a link is read by people.
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%3A", ":")}`);
  return said.length > 0 ? `?${said.join("&")}` : "";
}

function readView(latText: string, lonText: string, distanceText: string): View | undefined {
  const [lat, lon, distanceM] = [latText, lonText, distanceText].map((text) =>
    text === "" ? NaN : Number(text)
  ) as [number, number, number];
  const fits = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && distanceM > 0 && distanceM < 1e9;
  return fits ? { lat, lon, distanceM } : undefined;
}

/** `1000-5000` in SI, either end may be missing: `1000-`. */
function range(text: string, most: number): [number, number] {
  const [, low, high] = /^(\d{0,6}(?:\.\d+)?)-(\d{0,6}(?:\.\d+)?)$/.exec(text) ?? [];
  const [from, to] = [Number(low || 0), high ? Math.min(Number(high), most) : most];
  return from < to ? [from, to] : [0, most];
}

function rangeText(low: number, high: number, most: number): string | undefined {
  if (low <= 0 && high >= most) return undefined;
  const short = (value: number) => String(Number(value.toFixed(1)));
  return `${low > 0 ? short(low) : ""}-${high < most ? short(high) : ""}`;
}
