/** Reads the values of what others send: each has its type and its range, null and missing are unknown. */
import type { ReasonCode } from "../../../contracts/constants.ts";
import type { Refusal } from "../../../contracts/parse.ts";

/** A value that is wrong; `refusalOf` makes of it what is told. */
class WrongField {
  constructor(readonly reason_code: ReasonCode, readonly reason: string) {}
}

/** The refusal that a reader below has thrown. */
export function refusalOf(thrown: unknown): Refusal {
  if (!(thrown instanceof WrongField)) throw thrown;
  return { ok: false, reason_code: thrown.reason_code, reason: thrown.reason };
}

export function refuse(reason_code: ReasonCode, reason: string): never {
  throw new WrongField(reason_code, reason);
}

const SHOWN_CHARACTERS = 80;

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, SHOWN_CHARACTERS);
}

export function number(
  name: string,
  value: unknown,
  least = -Infinity,
  most = Infinity,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") {
    refuse("wrong_shape", `${name} is ${shown(value)}, but must be a number`);
  }
  // JSON can say 1e999.
  if (!(value >= least && value <= most && Number.isFinite(value))) {
    refuse("impossible_value", `${name} is ${value}, but must be from ${least} to ${most}`);
  }
  return value;
}

/** A text without what pads it; undefined where nothing is left. */
export function text(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    refuse("wrong_shape", `${name} is ${shown(value)}, but must be a string`);
  }
  return value.trim() || undefined;
}

export function flag(name: string, value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  // readsb writes alert and spi as 0 and 1.
  if (value === 0 || value === 1) return value === 1;
  refuse("wrong_shape", `${name} is ${shown(value)}, but must be true or false`);
}

const SQUAWK = /^[0-7]{4}$/;

export function squawk(name: string, value: unknown): string | undefined {
  const code = text(name, value);
  if (code === undefined || SQUAWK.test(code)) return code;
  refuse("impossible_value", `${name} is ${shown(code)}, but must be four octal digits`);
}

const ADDRESS = /^[0-9a-fA-F]{6}$/;

/** An ICAO address, in lower case. */
export function address(name: string, value: unknown): string {
  if (typeof value === "string" && ADDRESS.test(value)) return value.toLowerCase();
  if (typeof value === "string") {
    refuse("impossible_value", `${name} is ${shown(value)}, but must be six hex digits`);
  }
  refuse("wrong_shape", `${name} is ${shown(value)}, but must be a string`);
}

/** A callsign; what has neither a letter nor a digit is padding. */
export function callsign(name: string, value: unknown): string | undefined {
  const said = text(name, value);
  return said !== undefined && /[A-Za-z0-9]/.test(said) ? said : undefined;
}

/** Both or neither: half a position is wrong. */
export function position(
  lat: unknown,
  lon: unknown,
): { lat: number; lon: number } | undefined {
  const [latDeg, lonDeg] = [number("lat", lat, -90, 90), number("lon", lon, -180, 180)];
  if (latDeg === undefined && lonDeg === undefined) return undefined;
  if (latDeg === undefined) refuse("wrong_shape", "lat is missing, but lon is there");
  if (lonDeg === undefined) refuse("wrong_shape", "lon is missing, but lat is there");
  return { lat: latDeg, lon: lonDeg };
}

/** To so many decimals: what a conversion adds beyond the source's own precision is noise. */
export function rounded(value: number | undefined, scale: number): number | undefined {
  return value === undefined ? undefined : Math.round(value * scale) / scale;
}
