/** The hub's interface as OpenAPI 3.1, made from the schemas that its messages are checked with. */
import { z } from "zod";
import { AnomalyPayload } from "../../contracts/anomaly.ts";
import { Flight, Icao24, Position, Timestamp } from "../../contracts/flight.ts";
import { SourceState } from "../../contracts/heartbeat.ts";
import * as answers from "../../contracts/http.ts";
import { SystemStatus } from "../../contracts/status.ts";
import { type Endpoint, ENDPOINTS, TAGS } from "./endpoints.ts";
import type { Parameter } from "./query.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

interface OpenApiParameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}
interface OpenApiResponse {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly OpenApiParameter[];
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}
export interface OpenApi {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  /** With a token or without one, as the hub's settings say. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

/** Parts of paths, as a sentence each. */
const PATH_PARTS: Readonly<Record<string, readonly [JsonSchema, string]>> = {
  icao24: [
    { type: "string", pattern: "^[0-9a-fA-F]{6}$" },
    "an ICAO 24-bit address, six hex digits",
  ],
  lat: [{ type: "number", minimum: -90, maximum: 90 }, "degrees from -90 to 90"],
  lon: [{ type: "number", minimum: -180, maximum: 180 }, "degrees from -180 to 180"],
  radius: [{ type: "number", minimum: 0, maximum: 250 }, "nautical miles from 0 to 250"],
  hex: [{ type: "string" }, "six hex digits, several comma-separated"],
  callsign: [{ type: "string" }, "callsigns, several comma-separated"],
  squawk: [{ type: "string", pattern: "^[0-7]{4}$" }, "four octal digits"],
};

const DESCRIPTION =
  "Units are in the names: metres (_m), metres a second (_mps), degrees (_deg), Unix seconds (_unix) " +
  "and milliseconds (_ms). What is unknown is null or missing. Times are event time, which on a replay " +
  "is the recording's. An unknown parameter is refused, except where other programs add some: below " +
  "/data and /v2. Fields may be added; read past those you do not know.";

/** Schemas that go by a name; the rest is written where it is used. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Icao24,
  Timestamp,
  Position,
  Flight,
  AnomalyPayload,
  SourceState,
  Error: answers.ErrorAnswer,
  FlightsAnswer: answers.FlightsAnswer,
  FlightCollection: answers.FlightCollection,
  HistoryAnswer: answers.HistoryAnswer,
  HistoryCollection: answers.HistoryCollection,
  FramesAnswer: answers.FramesAnswer,
  FramesCollection: answers.FramesCollection,
  AnomaliesAnswer: answers.AnomaliesAnswer,
  AnomalyCollection: answers.AnomalyCollection,
  RowCollection: answers.RowCollection,
  HealthAnswer: answers.HealthAnswer,
  AircraftJson: answers.AircraftJson,
  ReadsbAircraft: answers.ReadsbAircraft,
  ReceiverJson: answers.ReceiverJson,
  V2Answer: answers.V2Answer,
  SystemStatus,
  Index: answers.Index,
};

const nameOf = new Map(Object.entries(NAMED).map(([name, schema]) => [schema, name]));
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The whole document. */
export function openApi(): OpenApi {
  return {
    openapi: "3.1.0",
    info: {
      title: "SkySentinel",
      version: "1",
      summary:
        "Aircraft in real time: where they are, where they were, and what is odd about them.",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{}, { token: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(
      ENDPOINTS.map((endpoint) => [endpoint.path, { get: operation(endpoint) }]),
    ),
    components: {
      schemas: schemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function schemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  // As they are read: a reader passes over what it does not know.
  const made = z.toJSONSchema(registry, { io: "input", uri: (id) => reference(id).$ref });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $id: _id, $schema: _schema, ...schema }]) =>
      [name, schema as JsonSchema] as const
    ),
  );
}

function operation(endpoint: Endpoint): Operation {
  const { path, tag, summary, query = {}, needed = [], statuses = {} } = endpoint;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    const [schema, description] = PATH_PARTS[name!]!;
    return { name: name!, in: "path" as const, required: true, description, schema };
  });
  const inQuery = Object.entries(query).map(([name, parameter]) => ({
    name,
    in: "query" as const,
    required: needed.includes(name),
    description: parameter.right,
    schema: parameterSchema(parameter),
  }));
  return {
    operationId: path.replaceAll(/[^a-z0-9]+/gi, "_").replaceAll(/^_|_$/g, "") || "index",
    tags: [tag],
    summary,
    parameters: [...inPath, ...inQuery],
    responses: responses(endpoint, statuses),
  };
}

/** What JSON Schema has no words for; this document itself is an object. */
const TEXT: JsonSchema = { type: ["string", "object"] };

function responses(
  { answers }: Endpoint,
  statuses: Readonly<Record<number, string>>,
): Operation["responses"] {
  const error = { "application/json": { schema: reference("Error") } };
  const content = Object.fromEntries(
    Object.entries(answers).map(([type, schema]) => [
      type,
      { schema: schema ? reference(nameOf.get(schema)!) : TEXT },
    ]),
  );
  const said = Object.entries(statuses).map(([status, description]) => [
    status,
    { description, ...Number(status) >= 400 && { content: error } },
  ]);
  return {
    ...Object.keys(answers).length > 0 && { 200: { description: "The answer", content } },
    ...Object.fromEntries(said),
    default: { description: "An error: what it is, and what to change", content: error },
  };
}

/** What a parameter's text stands for. */
function parameterSchema({ schema, preset }: Parameter<z.ZodType>): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  return preset === undefined ? rest : { ...rest, default: schema.parse(preset) };
}
