/** Query parameters: what each may be, and the answer to one that is not. */
import type { Context } from "hono";
import { z } from "zod";
import {
  ANOMALY_TYPES,
  type AnomalyType,
  SEVERITIES,
  type Severity,
} from "../../contracts/constants.ts";
import { Icao24 } from "../../contracts/flight.ts";
import { parseCursor } from "../../db/reads.ts";
import { bboxText } from "../bbox_text.ts";
import { isNear, nearest } from "../nearest.ts";

/**
 * A parameter's schema, and what completes "NAME is VALUE, but must be …". What a parameter is in
 * JSON Schema is told from what its schema makes of the text, or by `meta` where that is an object.
 */
export interface Parameter<T extends z.ZodType> {
  readonly schema: T;
  readonly right: string;
  /** What holds when nothing is said. */
  readonly preset?: string;
}

const parameter = <T extends z.ZodType>(schema: T, right: string): Parameter<T> => ({
  schema,
  right,
});
export type Parameters = Readonly<Record<string, Parameter<z.ZodType>>>;
const preset = <T extends z.ZodType>(schema: T, right: string, preset: string) => ({
  schema,
  right,
  preset,
});
type WithPreset<P extends Parameters> = {
  [Name in keyof P]: P[Name] extends { readonly preset: string } ? Name : never;
}[keyof P];
export type Values<P extends Parameters> =
  & { readonly [Name in keyof P]?: z.output<P[Name]["schema"]> }
  & { readonly [Name in WithPreset<P>]: z.output<P[Name]["schema"]> };

const number = z.string().regex(/^-?\d{1,15}(\.\d+)?$/).transform(Number).pipe(z.number());
const flag = z.string().toLowerCase().pipe(z.enum(["true", "false", "1", "0"]))
  .transform((word) => word === "true" || word === "1").meta({ type: "boolean" });
const from = (least: number, most: number) => number.pipe(z.number().min(least).max(most));
const whole = (least: number, most: number) => number.pipe(z.int().min(least).max(most));
const listOf = <T extends string>(known: readonly T[]) =>
  z.string().transform((text) => text.split(",").map((word) => word.toUpperCase()))
    .pipe(z.array(z.string().refine((word) => known.some((one) => one === word))))
    .transform((words) => words as T[])
    .meta({ type: "string", examples: [known.slice(0, 2).join(",")] });
/** The earliest and the latest moment of the contract's clocks. */
const MOMENTS_MS = [0, 4_102_444_800_000] as const;
const ISO =
  /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|([-+ ])(\d\d):?(\d\d))?)?$/i;
/** ISO 8601, UTC where no zone is said; a plus that nobody escaped has become a space. */
function isoMs(text: string): number {
  const [, day, time = "00:00", sign, hours, minutes] = ISO.exec(text) ?? [];
  const zone = sign ? `${sign === "-" ? "-" : "+"}${hours}:${minutes}` : "Z";
  return Date.parse(`${day}T${time}${zone}`);
}
const moment = z.string().transform((text) =>
  /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : isoMs(text)
).pipe(z.number().min(MOMENTS_MS[0]).max(MOMENTS_MS[1])).transform((ms) => new Date(ms))
  .meta({ type: "string", examples: ["2021-10-07T12:30:00Z", "1633609800"] });
const bbox = bboxText.meta({ type: "string", examples: ["1.4,48.1,3.4,49.6"] });

const MOMENT = "a moment, such as 2021-10-07T12:30:00Z or Unix seconds";
const BBOX = parameter(bbox, "minLon,minLat,maxLon,maxLat in degrees, such as 1.4,48.1,3.4,49.6");

const ALTITUDES = {
  min_altitude_m: parameter(number, "a number of metres"),
  max_altitude_m: parameter(number, "a number of metres"),
} as const satisfies Parameters;
const MOST_ADDRESSES = 1000;
const ADDRESSES = parameter(
  z.string().transform((text) => text.toLowerCase().split(","))
    .refine((list) => z.array(Icao24).max(MOST_ADDRESSES).safeParse(list).success)
    .meta({ type: "string", examples: ["3944ee,4ca7b5"] }),
  `ICAO addresses of six hex digits, comma-separated, ${MOST_ADDRESSES} at most`,
);

export const FLIGHTS_QUERY = {
  bbox: BBOX,
  ...ALTITUDES,
  on_ground: parameter(flag, "true or false"),
  callsign: parameter(z.string().max(16), "a callsign, or the beginning of one and *"),
} as const satisfies Parameters;

export const STREAM_QUERY = {
  bbox: BBOX,
  ...ALTITUDES,
  icao24: ADDRESSES,
  max_hz: parameter(from(0.1, 1000), "deltas a second, from 0.1"),
} as const satisfies Parameters;

export const EXPORT_FORMATS = ["csv", "jsonl", "geojson"] as const;
export const EXPORT_QUERY = {
  start_ts: parameter(moment, MOMENT),
  end_ts: parameter(moment, MOMENT),
  bbox: BBOX,
  icao24: ADDRESSES,
  format: preset(z.enum(EXPORT_FORMATS), "csv, jsonl or geojson", "csv"),
} as const satisfies Parameters;

export const TRACK_QUERY = {
  minutes: preset(from(0.1, 1440), "minutes from 0.1 to 1440", "10"),
  end_ts: parameter(moment, MOMENT),
  limit: preset(whole(1, 10_000), "a whole number from 1 to 10000", "100"),
} as const satisfies Parameters;

export const FRAMES_QUERY = {
  start_ts: parameter(moment, MOMENT),
  end_ts: parameter(moment, MOMENT),
  interval_s: preset(from(1, 3600), "seconds from 1 to 3600", "10"),
} as const satisfies Parameters;

export const ANOMALIES_QUERY = {
  type: parameter(
    listOf<AnomalyType>(ANOMALY_TYPES),
    `one or more of ${ANOMALY_TYPES.join(", ")}, comma-separated`,
  ),
  severity: parameter(
    listOf<Severity>(SEVERITIES),
    `one or more of ${SEVERITIES.join(", ")}, comma-separated`,
  ),
  active: parameter(flag, "true or false"),
  anomaly_id: parameter(z.string().min(1).max(200), "an anomaly's id"),
  bbox: BBOX,
  start_ts: parameter(moment, MOMENT),
  end_ts: parameter(moment, MOMENT),
  limit: preset(whole(1, 1000), "a whole number from 1 to 1000", "100"),
  before: parameter(
    z.string().transform(parseCursor).refine((cursor) => cursor !== undefined)
      .meta({ type: "string" }),
    "the `next` of the page before",
  ),
} as const satisfies Parameters;

/** A request that asks for something that cannot be; its message says what would be right. */
export class WrongRequest extends Error {
  override name = "WrongRequest";

  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** The parameters that were given. @throws WrongRequest naming the first that is wrong or unknown */
export function readQuery<P extends Parameters>(c: Context, parameters: P): Values<P> {
  refuseUnknown(c, Object.keys(parameters));
  const values: Record<string, unknown> = {};
  for (
    const [name, { schema, right, preset }] of Object.entries<Parameter<z.ZodType>>(parameters)
  ) {
    const given = c.req.query(name) ?? preset;
    if (given === undefined) continue;
    const parsed = schema.safeParse(given);
    if (!parsed.success) {
      const message = `${name} is ${JSON.stringify(given)}, but must be ${right}`;
      throw new WrongRequest("invalid_parameter", message);
    }
    values[name] = parsed.data;
  }
  return values as Values<P>;
}

/** A misspelt filter that were passed over would be answered with everything. */
function refuseUnknown(c: Context, known: readonly string[]): void {
  for (const [name, given] of Object.entries(c.req.queries())) {
    if (!known.includes(name)) {
      const meant = known.length > 0 ? nearest(name, known) : undefined;
      const remedy = meant === undefined
        ? `${c.req.path} takes no parameters`
        : isNear(name, meant)
        ? `did you mean ${meant}?`
        : `it takes ${known.join(", ")}`;
      const message = `There is no parameter ${JSON.stringify(name)} here: ${remedy}`;
      throw new WrongRequest("unknown_parameter", message);
    }
    if (given.length > 1) {
      throw new WrongRequest("repeated_parameter", `${name} is there twice: give it once`);
    }
  }
}

/** The address in the path, in lower case; `suffix` may be at its end. @throws WrongRequest */
export function readIcao24(c: Context, suffix = ""): string {
  const whole = c.req.param("icao24") ?? "";
  const given = suffix && whole.endsWith(suffix) ? whole.slice(0, -suffix.length) : whole;
  const icao24 = Icao24.safeParse(given.toLowerCase());
  if (icao24.success) return icao24.data;
  const message = `${JSON.stringify(given)} is no ICAO 24-bit address: give six hex digits`;
  throw new WrongRequest("invalid_icao24", message);
}
