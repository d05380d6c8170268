/** Whether the hub answers as it says it does, by a validator of JSON Schema that is not ours. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type JsonSchema, openApi } from "../openapi.ts";

const doc = openApi();
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false, allErrors: true });
ajv.addSchema({ $id: "openapi", components: { schemas: closed(doc.components.schemas) } });
ajv.addKeyword("components");

/** A field that is not described is an error here, though a reader passes over it. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, closed(inner)]),
  );
  const isOpen = copy.type === "object" && copy.properties && !copy.additionalProperties;
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}

/** Asks for `url` and holds the answer against what is said of `path`; returns the status. */
export async function describedBy(
  path: string,
  request: (url: string, init?: RequestInit) => Promise<Response>,
  url: string,
  accept?: string,
): Promise<number> {
  const response = await request(url, accept ? { headers: { accept } } : undefined);
  const { responses } = doc.paths[path]!.get;
  const said = responses[response.status] ?? responses.default!;
  const type = response.headers.get("content-type")!.split(";")[0]!;
  const media = said.content?.[type];
  assert(media, `GET ${url} is ${response.status} ${type}, which is not described`);
  if (!type.includes("json")) await response.body?.cancel();
  else if (media.schema.$ref) assertIs(media.schema, await response.json(), url);
  else await response.text();
  return response.status;
}

function assertIs({ $ref }: JsonSchema, value: unknown, url: string): void {
  const validate = ajv.compile({ $ref: `openapi${$ref}` });
  assert(
    validate(value),
    `GET ${url}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 600)}`,
  );
}

const PARTS: Readonly<Record<string, string>> = {
  icao24: "a00001",
  lat: "40.7",
  lon: "-74",
  radius: "50",
  hex: "a00001,ffffff",
  callsign: "DAL2300",
  squawk: "7000",
};
const QUERY: Readonly<Record<string, string>> = {
  start_ts: "2024-06-01T13:55:00Z",
  end_ts: "2024-06-01T14:05:00Z",
};

/** The path with something for each of its parts, and for the parameters that are needed. */
export function samplePath(path: string, needed: readonly string[] = []): string {
  const query = needed.map((name) => `${name}=${QUERY[name]}`).join("&");
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => PARTS[name]!);
  return query ? `${filled}?${query}` : filled;
}
