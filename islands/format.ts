/** The one place where SI becomes what people read: feet, knots, feet a minute, words. */
import { known } from "./known.ts";

/** Feet and knots as aviation has them, metres and km/h, or feet and miles an hour. */
export type Units = "aviation" | "metric" | "imperial";

/** Shown for a figure that nobody sent. */
export const UNKNOWN = "—";

const M_PER_FT = 0.3048;
const M_PER_NM = 1852;
const M_PER_MILE = 1609.344;

type Maybe = number | null | undefined;

/** What figures are of: each has a unit in every system. */
export type Quantity = "altitude" | "speed" | "rate" | "distance";

interface Unit {
  readonly name: string;
  /** In words, for a screen reader. */
  readonly spoken: string;
  /** How many of it make one in SI: a metre, or a metre a second. */
  readonly perSi: number;
  /** Digits behind the point; distances have one while they are short. */
  readonly digits?: number;
}

const FEET: Unit = { name: "ft", spoken: "feet", perSi: 1 / M_PER_FT };
const FEET_PER_MINUTE: Unit = {
  name: "ft/min",
  spoken: "feet a minute",
  perSi: 60 / M_PER_FT,
};

/** The units of every system, the first being the default. */
export const UNITS: Readonly<Record<Units, Readonly<Record<Quantity, Unit>>>> = {
  aviation: {
    altitude: FEET,
    speed: { name: "kt", spoken: "knots", perSi: 3600 / M_PER_NM },
    rate: FEET_PER_MINUTE,
    distance: { name: "NM", spoken: "nautical miles", perSi: 1 / M_PER_NM },
  },
  metric: {
    altitude: { name: "m", spoken: "metres", perSi: 1 },
    speed: { name: "km/h", spoken: "kilometres an hour", perSi: 3.6 },
    rate: { name: "m/s", spoken: "metres a second", perSi: 1, digits: 1 },
    distance: { name: "km", spoken: "kilometres", perSi: 0.001 },
  },
  imperial: {
    altitude: FEET,
    speed: { name: "mph", spoken: "miles an hour", perSi: 3600 / M_PER_MILE },
    rate: FEET_PER_MINUTE,
    distance: { name: "mi", spoken: "miles", perSi: 1 / M_PER_MILE },
  },
};

/** The system of units after this one, round and round. */
export function nextUnits(units: Units): Units {
  const all = Object.keys(UNITS) as Units[];
  return all[(all.indexOf(units) + 1) % all.length]!;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** A shorter distance is told in tenths. */
const SHORT = 100;

/** A figure in SI in the units asked for, without the unit: `32,200`; rates have their sign. */
export function figure(si: Maybe, quantity: Quantity, units: Units): string {
  if (!known(si) || !Number.isFinite(si)) return UNKNOWN;
  const { perSi, digits } = UNITS[units][quantity];
  const value = si * perSi;
  const fine = digits === 1 || (quantity === "distance" && Math.abs(value) < SHORT);
  const text = signed((fine ? tenths : whole).format(value));
  return quantity === "rate" && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** The same with its unit: `32,200 ft`; the dash alone for what nobody sent. */
export function figureWithUnit(si: Maybe, quantity: Quantity, units: Units): string {
  return withUnit(figure(si, quantity, units), UNITS[units][quantity].name);
}

/** A count: `12,345`. */
export function count(n: number): string {
  return whole.format(n);
}

/** `1 aircraft`, `12,345 aircraft`, or with a filter on `12 of 345 aircraft`. */
export function aircraftCount(shown: number, total: number): string {
  return shown === total
    ? `${count(total)} aircraft`
    : `${count(shown)} of ${count(total)} aircraft`;
}

/** A figure with its unit, or the dash alone. */
export function withUnit(figure: string, unit: string): string {
  return figure === UNKNOWN ? figure : `${figure} ${unit}`;
}

/** Degrees from true north as three digits: `007°`. */
export function track(headingDeg: Maybe): string {
  if (!known(headingDeg)) return UNKNOWN;
  return `${String(Math.round(headingDeg) % 360).padStart(3, "0")}°`;
}

/** Degrees as `48.8566° N, 2.3522° E`. */
export function position({ lat, lon }: { readonly lat: number; readonly lon: number }): string {
  const part = (degrees: number, positive: string, negative: string) =>
    `${Math.abs(degrees).toFixed(4)}° ${degrees < 0 ? negative : positive}`;
  return `${part(lat, "N", "S")}, ${part(lon, "E", "W")}`;
}

/** Seconds as `42 s`, `2 min 5 s` or `1 h 2 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (n: number) => String(n).padStart(2, "0");

/** Milliseconds since the epoch as `7 Oct 2021`, in UTC. */
export function utcDate(ms: number): string {
  const at = new Date(ms);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** Milliseconds since the epoch as `12:34:56 UTC`. */
export function utcTime(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} UTC`;
}

/** The transponder codes that mean trouble everywhere: ICAO Annex 10 vol. IV. */
const SQUAWK_MEANINGS: Readonly<Record<string, string>> = {
  "7500": "unlawful interference",
  "7600": "radio failure",
  "7700": "emergency",
};

/** What an emergency code says, or undefined for an ordinary one. */
export function squawkMeaning(squawk: string | null | undefined): string | undefined {
  return SQUAWK_MEANINGS[squawk ?? ""];
}

/** With a minus sign instead of a hyphen, and none before zero. */
function signed(figure: string): string {
  return /^-[0.]+$/.test(figure) ? figure.slice(1) : figure.replace("-", "−");
}
