import type { z } from "zod";
import { type ReasonCode, SCHEMA_VERSION } from "./constants.ts";

/** What was refused, as a dead letter says it: a word for the metric, a sentence for a person. */
export interface Refusal {
  readonly ok: false;
  readonly reason_code: ReasonCode;
  readonly reason: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | Refusal;

/** How much of a wrong value is repeated in a reason: the whole of it is in the dead letter. */
const SHOWN_CHARACTERS = 80;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON value of these bytes, or why there is none. */
export function parseJson(bytes: Uint8Array | string): Parsed<unknown> {
  try {
    return { ok: true, value: JSON.parse(typeof bytes === "string" ? bytes : utf8.decode(bytes)) };
  } catch (error) {
    if (error instanceof SyntaxError) return refuse("not_json", `not JSON: ${error.message}`);
    if (error instanceof TypeError) return refuse("not_json", "not JSON: the bytes are not UTF-8");
    throw error;
  }
}

/**
 * The message in these bytes, or why it is refused: `not_json`, `future_schema_version`,
 * `wrong_shape` or `impossible_value`, with the first field that is wrong and its value.
 */
export function parseMessage<T extends z.ZodType>(
  schema: T,
  bytes: Uint8Array | string,
): Parsed<z.output<T>> {
  const json = parseJson(bytes);
  return json.ok ? checkMessage(schema, json.value) : json;
}

/** The same for a value that is no longer JSON text. */
export function checkMessage<T extends z.ZodType>(schema: T, value: unknown): Parsed<z.output<T>> {
  const checked = schema.safeParse(value);
  if (checked.success) return { ok: true, value: checked.data };
  return explain(checked.error.issues, value);
}

function refuse(reason_code: ReasonCode, reason: string): Refusal {
  return { ok: false, reason_code, reason };
}

function explain(issues: readonly z.core.$ZodIssue[], message: unknown): Refusal {
  // A newer version may differ anywhere: whatever else is wrong with it is beside the point.
  const version = issues.find(({ path }) => path.length === 1 && path[0] === "schema_version");
  const given = version && valueAt(message, version.path);
  if (Number.isInteger(given) && (given as number) > SCHEMA_VERSION) {
    return refuse(
      "future_schema_version",
      `schema_version is ${given}, but the newest known here is ${SCHEMA_VERSION}`,
    );
  }
  const issue = issues[0]!;
  const field = issue.path.map(String).join(".").slice(0, SHOWN_CHARACTERS) || "the message";
  const value = valueAt(message, issue.path);
  const found = value === undefined ? "is missing" : `is ${shown(value)}`;
  return refuse(
    // The message of another type has another shape, though its `type` is a string all right.
    issue.path.join() === "type" ? "wrong_shape" : reasonCode(issue, value),
    `${field} ${found}, but must ${remedy(issue)}`,
  );
}

function reasonCode(issue: z.core.$ZodIssue, value: unknown): ReasonCode {
  switch (issue.code) {
    case "too_big":
    case "too_small":
    case "invalid_format":
      return "impossible_value";
    case "invalid_value":
      // Of the wrong type, or of the right one and none of the allowed values.
      return typeof value === typeof issue.values[0] ? "impossible_value" : "wrong_shape";
    default:
      return "wrong_shape";
  }
}

const TYPES: Readonly<Record<string, string>> = {
  number: "be a number",
  int: "be a whole number",
  string: "be a string",
  boolean: "be true or false",
  object: "be an object",
  record: "be an object",
  array: "be an array",
};

/** Completes "FIELD is VALUE, but must …". */
function remedy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? `be of type ${issue.expected}`;
    case "too_big":
      return bound(
        issue.origin,
        issue.inclusive === false ? "less than" : "at most",
        issue.maximum,
      );
    case "too_small":
      return bound(
        issue.origin,
        issue.inclusive === false ? "more than" : "at least",
        issue.minimum,
      );
    case "invalid_format":
      return `match ${issue.pattern ?? issue.format}`;
    case "invalid_value":
      return oneOf(issue.values);
    case "invalid_union":
      return "options" in issue && issue.options
        ? oneOf(issue.options)
        : "have one of the allowed shapes";
    default:
      return `be right: ${issue.message}`;
  }
}

function bound(origin: string, words: string, limit: number | bigint): string {
  if (origin === "string" && words === "at least" && limit === 1) return "not be empty";
  if (origin === "string") return `have ${words} ${limit} characters`;
  if (origin === "array") return `have ${words} ${limit} items`;
  return `be ${words} ${limit}`;
}

function oneOf(values: readonly unknown[]): string {
  const allowed = values.map((value) => JSON.stringify(value)).join(", ");
  return values.length === 1 ? `be ${allowed}` : `be one of ${allowed}`;
}

function valueAt(message: unknown, path: readonly PropertyKey[]): unknown {
  let value = message;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

/** A wrong value in a few words. Objects are not written out: they may be deep, or huge. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? "an empty object" : short(`an object of ${keys.join(", ")}`);
  }
  return typeof value === "string" ? JSON.stringify(short(value)) : String(value);
}

function short(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
