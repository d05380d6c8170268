/** The one place where SI becomes what people read: feet, knots, feet a minute, words. */
import { known } from "./known.ts";

/** Feet and knots as aviation has them, metres and km/h, or feet and miles an hour. */
export type Units = "aviation" | "metric" | "imperial";

/** Shown for a figure that nobody sent. */
export const UNKNOWN = "—";

const M_PER_FT = 0.3048;
const M_PER_NM = 1852;

type Maybe = number | null | undefined;

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Metres to feet. */
export function metresToFeet(altitudeM: number): number {
  return altitudeM / M_PER_FT;
}

/** Feet to metres. */
export function feetToMetres(altitudeFt: number): number {
  return altitudeFt * M_PER_FT;
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

/** Metres as feet without the unit, for a column that names it: `32,200`. */
export function feet(altitudeM: Maybe): string {
  return known(altitudeM) ? signed(whole.format(metresToFeet(altitudeM))) : UNKNOWN;
}

/** Metres per second as knots without the unit: `217`. */
export function knots(speedMps: Maybe): string {
  return known(speedMps) ? whole.format(speedMps * 3600 / M_PER_NM) : UNKNOWN;
}

/** Metres per second as feet a minute with a sign and without the unit: `+1,250`. */
export function feetPerMinute(rateMps: Maybe): string {
  if (!known(rateMps)) return UNKNOWN;
  const figure = signed(whole.format(rateMps * 60 / M_PER_FT));
  return rateMps > 0 && figure !== "0" ? `+${figure}` : figure;
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
  return figure === "-0" ? "0" : figure.replace("-", "−");
}
