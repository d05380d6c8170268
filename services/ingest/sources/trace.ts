/**
 * A day of one aircraft as tar1090 keeps it in globe_history
 * (https://github.com/wiedehopf/readsb/blob/dev/README-json.md): `trace` has rows of
 * [seconds after timestamp, lat, lon, altitude, speed, track, flags, rate, aircraft, type, geometric
 * altitude, geometric rate, IAS, roll], the last ones missing in old files.
 */
import { LATEST_UNIX } from "../../../contracts/flight.ts";
import type { Parsed } from "../../../contracts/parse.ts";
import { number, refusalOf, refuse } from "./fields.ts";

/** A moment of the trace, as aircraft.json would have it. */
export interface TraceItem {
  readonly atMs: number;
  readonly item: Readonly<Record<string, unknown>>;
}

export function traceItems(value: unknown): Parsed<TraceItem[]> {
  try {
    const { icao, r, t, timestamp, trace } = value as Readonly<Record<string, unknown>>;
    const startS = number("timestamp", timestamp, 0, LATEST_UNIX);
    if (startS === undefined || !Array.isArray(trace)) {
      refuse("wrong_shape", "a trace must have a timestamp and rows");
    }
    // Who it is is said now and then, and holds until it is said anew.
    let known: Readonly<Record<string, unknown>> = {};
    const items = trace.flatMap((row): TraceItem[] => {
      if (!Array.isArray(row)) refuse("wrong_shape", "a row of a trace must be an array");
      const [afterS, lat, lon, altitude, gs, track, , rate, aircraft, type, geometric] = row;
      const [ias, roll] = [row[12], row[13]];
      if (typeof aircraft === "object" && aircraft !== null) known = aircraft;
      const { flight, squawk, emergency, category, nic, nac_p } = known;
      const item = {
        ...{ hex: icao, r, t, flight, squawk, emergency, category, nic, nac_p, type },
        ...{ lat, lon, alt_baro: altitude, alt_geom: geometric, gs, track, ias, roll },
        baro_rate: rate,
      };
      const atS = startS + (number("the time of a row", afterS, 0) ?? 0);
      return [{ atMs: Math.round(atS * 1000), item }];
    });
    return { ok: true, value: items };
  } catch (thrown) {
    return refusalOf(thrown);
  }
}
