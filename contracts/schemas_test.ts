/**
 * The JSON Schemas lead: they are what other people validate with. The zod schemas, which our own
 * code validates with, mirror them; here both are held to the examples and to one another.
 */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import { seededRandom } from "../core/seeded_random.ts";
import { AnomalyEnvelope } from "./anomaly.ts";
import { DeadLetterEnvelope } from "./dead_letter.ts";
import { FlightEnvelope } from "./flight.ts";
import { HeartbeatEnvelope } from "./heartbeat.ts";
import { WebSocketMessage } from "./websocket.ts";

const MIRRORS: Readonly<Record<string, z.ZodType>> = {
  flight_envelope: FlightEnvelope,
  anomaly_envelope: AnomalyEnvelope,
  heartbeat_envelope: HeartbeatEnvelope,
  dead_letter_envelope: DeadLetterEnvelope,
  websocket_messages: WebSocketMessage,
};
/** Single mutations are tried in full; this many pairs of them per example on top. */
const MUTATION_PAIRS = 200;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };
type Facts = Map<string, JsonObject>;

function readJson(path: string): JsonObject {
  return JSON.parse(Deno.readTextFileSync(new URL(path, import.meta.url)));
}

const contracts = Object.entries(MIRRORS).map(([name, mirror]) => ({
  name,
  mirror,
  schema: readJson(`schemas/${name}.json`),
  examples: [...Deno.readDirSync(new URL(`examples/${name}/`, import.meta.url))]
    .map((entry) => entry.name).sort()
    .map((file) => ({ file: `${name}/${file}`, value: readJson(`examples/${name}/${file}`) })),
}));

function validator(schema: JsonObject) {
  return new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);
}

Deno.test("every schema file has a mirror, and every folder of examples a schema", () => {
  const files = [...Deno.readDirSync(new URL("schemas/", import.meta.url))].map(({ name }) => name);
  assert.deepEqual(files.sort(), Object.keys(MIRRORS).map((name) => `${name}.json`).sort());
  const folders = [...Deno.readDirSync(new URL("examples/", import.meta.url))];
  assert.deepEqual(folders.map(({ name }) => name).sort(), Object.keys(MIRRORS).sort());
});

for (const { name, mirror, schema, examples } of contracts) {
  Deno.test(`${name}: the JSON Schema accepts every example`, () => {
    const validate = validator(schema);
    for (const { file, value } of examples) {
      assert(validate(value), `${file}: ${JSON.stringify(validate.errors)}`);
    }
  });

  Deno.test(`${name}: zod accepts every example and changes no value in it`, () => {
    for (const { file, value } of examples) {
      const parsed = mirror.safeParse(value);
      assert(parsed.success, `${file}: ${parsed.error}`);
      if (!file.endsWith("/with_additions.json")) assert.deepEqual(parsed.data, value, file);
    }
  });

  Deno.test(`${name}: the examples show every field, and null where null is allowed`, () => {
    const shown = new Set<string>();
    for (const { value } of examples) collectPaths(value, "", shown);
    for (const [path, { type }] of factsOf(schema)) {
      if (type === undefined) continue;
      const plain = path.replaceAll(/\/\([^)]*\)/g, "");
      assert(shown.has(plain), `no example has ${plain}`);
      if ((type as string[]).includes("null")) {
        assert(shown.has(`${plain} null`), `no example has null in ${plain}`);
      }
    }
  });

  Deno.test(`${name}: zod says the same as the JSON Schema`, () => {
    assert.deepEqual(differences(`${name}.json`, schema, jsonSchemaOf(mirror)), []);
  });

  Deno.test(`${name}: additions are welcome everywhere`, () => {
    for (const [path, facts] of factsOf(schema)) {
      assert.equal(facts.additionalProperties ?? facts.unevaluatedProperties, undefined, path);
    }
  });

  Deno.test(`${name}: JSON Schema and zod agree on mutated examples`, () => {
    const validate = validator(schema);
    const random = seededRandom(20240601);
    let refused = 0;
    for (const { file, value } of examples) {
      const mutations = [...mutationsOf(value)];
      const pick = () => mutations[Math.floor(random() * mutations.length)]!;
      const trials = mutations.map((one) => [one]);
      for (let i = 0; i < MUTATION_PAIRS; i++) trials.push([pick(), pick()]);
      for (const trial of trials) {
        const mutated = structuredClone(value);
        for (const { apply } of trial) apply(mutated);
        const [ajv, zod] = [validate(mutated), mirror.safeParse(mutated).success];
        const what = trial.map(({ text }) => text).join(" and ");
        assert.equal(zod, ajv, `${file} with ${what}: schema ${verdict(ajv)}, zod ${verdict(zod)}`);
        if (!ajv) refused++;
      }
    }
    assert(refused > 100, `only ${refused} mutations were refused: they test nothing`);
  });
}

Deno.test("the comparison names the path and both sides of every kind of change", () => {
  const { schema, mirror } = contracts[0]!;
  const cases: [what: string, change: (schema: JsonObject) => void, said: string][] = [
    [
      "another limit",
      (s) => at(s, "$defs/FlightPayload/properties/velocity_mps").minimum = 10,
      "flight_envelope.json /payload/velocity_mps: schema says minimum 10, zod says minimum 0",
    ],
    [
      "no limit",
      (s) => delete at(s, "$defs/FlightPayload/properties/velocity_mps").minimum,
      "flight_envelope.json /payload/velocity_mps: schema says no minimum, zod says minimum 0",
    ],
    [
      "a changed definition that several fields refer to",
      (s) => at(s, "$defs/Icao24").pattern = "^[0-9A-F]{6}$",
      'flight_envelope.json /payload/icao24: schema says pattern "^[0-9A-F]{6}$", ' +
      'zod says pattern "^[0-9a-f]{6}$"',
    ],
    [
      "no longer nullable",
      (s) => at(s, "$defs/FlightPayload/properties/callsign").type = "string",
      'flight_envelope.json /payload/callsign: schema says type ["string"], ' +
      'zod says type ["null","string"]',
    ],
    [
      "no longer required",
      (s) => at(s, "$defs/Position").required = ["lat"],
      "flight_envelope.json /payload/position/lon: schema says required false, " +
      "zod says required true",
    ],
    [
      "a new field",
      (s) => at(s, "$defs/FlightPayload/properties").wake = { type: "string" },
      "flight_envelope.json /payload/wake: schema has it, zod does not",
    ],
    [
      "a lost field",
      (s) => delete at(s, "$defs/FlightPayload/properties").mach,
      "flight_envelope.json /payload/mach: zod has it, schema does not",
    ],
    [
      "a closed object",
      (s) => at(s, "$defs/FlightPayload").additionalProperties = false,
      "flight_envelope.json /payload: schema says additionalProperties false, " +
      "zod says no additionalProperties",
    ],
    [
      "another word",
      (s) => at(s, "properties/type").enum = ["flight_state"],
      'flight_envelope.json /type: schema says enum ["flight_state"], ' +
      'zod says enum ["flight_state","flight_update"]',
    ],
  ];
  for (const [what, change, said] of cases) {
    const copy = structuredClone(schema);
    change(copy);
    const found = differences("flight_envelope.json", copy, jsonSchemaOf(mirror));
    assert.deepEqual(found, [said], what);
  }
});

Deno.test("the comparison looks into arrays and alternatives", () => {
  const { schema, mirror } = contracts.find(({ name }) => name === "websocket_messages")!;
  const copy = structuredClone(schema);
  at(copy, "$defs/Subscribe/properties/icao24").maxItems = 10;
  at(copy, "$defs/Delta/properties/removed").items = { type: "integer" };
  assert.deepEqual(differences("websocket_messages.json", copy, jsonSchemaOf(mirror)), [
    'websocket_messages.json /(delta)/removed/[]: schema says type ["integer"], ' +
    'zod says type ["string"]',
    "websocket_messages.json /(delta)/removed/[]: schema says no pattern, " +
    'zod says pattern "^[0-9a-f]{6}$"',
    "websocket_messages.json /(subscribe)/icao24: schema says maxItems 10, " +
    "zod says maxItems 1000",
  ]);
});

function at(schema: JsonObject, path: string): JsonObject {
  return path.split("/").reduce((node, key) => node[key] as JsonObject, schema);
}

function verdict(accepted: boolean): string {
  return accepted ? "accepts it" : "refuses it";
}

function jsonSchemaOf(mirror: z.ZodType): JsonObject {
  return z.toJSONSchema(mirror, { io: "input" }) as JsonObject;
}

// --- Comparison: both schemas as a flat list of what they say of each field

/** Where the two schemas differ, one sentence each, in order of the path. */
function differences(file: string, schema: JsonObject, zodSchema: JsonObject): string[] {
  const [ours, zods] = [factsOf(schema), factsOf(zodSchema)];
  const found: string[] = [];
  for (const path of [...new Set([...ours.keys(), ...zods.keys()])].sort()) {
    const [our, zod] = [ours.get(path), zods.get(path)];
    if (!our || !zod) {
      const [has, hasNot] = our ? ["schema", "zod"] : ["zod", "schema"];
      found.push(`${file} ${path}: ${has} has it, ${hasNot} does not`);
      continue;
    }
    for (const keyword of new Set([...Object.keys(our), ...Object.keys(zod)])) {
      const [a, b] = [said(our, keyword), said(zod, keyword)];
      if (a !== b) found.push(`${file} ${path}: schema says ${a}, zod says ${b}`);
    }
  }
  return found;
}

function said(facts: JsonObject, keyword: string): string {
  return keyword in facts ? `${keyword} ${JSON.stringify(facts[keyword])}` : `no ${keyword}`;
}

/** Every field of a schema by its path, with what is said of it; alternatives are in parentheses. */
function factsOf(schema: JsonObject): Facts {
  const facts: Facts = new Map();
  collectFacts(schema, schema, "", {}, facts);
  return facts;
}

function collectFacts(
  node: JsonObject,
  root: JsonObject,
  path: string,
  given: JsonObject,
  facts: Facts,
) {
  const { nullable, ...rest } = withoutNull(resolved(node, root), root);
  const { properties = {}, required = [], items, anyOf, oneOf, ...own } = rest;
  facts.set(path, { ...given, ...plainFacts(own, nullable) });
  for (const [key, child] of Object.entries(properties as JsonObject)) {
    const needed = { required: (required as string[]).includes(key) };
    collectFacts(child as JsonObject, root, `${path}/${key}`, needed, facts);
  }
  if (items) collectFacts(items as JsonObject, root, `${path}/[]`, {}, facts);
  for (const [rule, options] of Object.entries({ anyOf, oneOf })) {
    for (const option of (options ?? []) as JsonObject[]) {
      const name = optionName(resolved(option, root));
      collectFacts(option, root, `${path}/(${name})`, { rule }, facts);
    }
  }
}

/** Follows `$ref`; what is said beside it are descriptions. */
function resolved(node: JsonObject, root: JsonObject): JsonObject {
  if (typeof node.$ref !== "string") return node;
  return resolved(at(root, node.$ref.replace("#/", "")), root);
}

/** `anyOf: [X, null]` is X that may be null. */
function withoutNull(node: JsonObject, root: JsonObject): JsonObject & { nullable: boolean } {
  const options = (node.anyOf ?? []) as JsonObject[];
  const others = options.filter(({ type }) => type !== "null");
  if (options.length !== 2 || others.length !== 1) return { ...node, nullable: false };
  return { ...node, anyOf: [], ...resolved(others[0]!, root), nullable: true };
}

/** The keywords that decide, in one spelling. */
function plainFacts(own: JsonObject, nullable: boolean): JsonObject {
  const { type, const: constant, ...facts } = own;
  for (const annotation of ["$schema", "$id", "$defs", "title", "description", "examples"]) {
    delete facts[annotation];
  }
  // The same as saying nothing: any further property with a name that is a string.
  if (JSON.stringify(facts.additionalProperties) === "{}") delete facts.additionalProperties;
  if (JSON.stringify(facts.propertyNames) === '{"type":"string"}') delete facts.propertyNames;
  if (facts.maximum === Number.MAX_SAFE_INTEGER) delete facts.maximum;
  if (constant !== undefined) facts.enum = [constant];
  if (facts.enum) facts.enum = [...facts.enum as string[]].sort();
  const types = type === undefined ? [] : [type].flat() as string[];
  if (nullable) types.push("null");
  // An enum of one type says its type.
  if (facts.enum) types.splice(0, types.length, ...types.filter((name) => name === "null"));
  return types.length > 0 ? { type: types.sort(), ...facts } : facts;
}

/** What tells one alternative from the others: its `type`, else what it requires. */
function optionName({ properties, required }: JsonObject): string {
  const { type } = (properties ?? {}) as { type?: { const?: string } };
  return type?.const ?? (required as string[] | undefined)?.toSorted().join("+") ?? "?";
}

function collectPaths(value: Json, path: string, shown: Set<string>) {
  shown.add(value === null ? `${path} null` : path);
  if (Array.isArray(value)) {
    for (const item of value) collectPaths(item, `${path}/[]`, shown);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      collectPaths(child, `${path}/${key}`, shown);
    }
  }
}

// --- Mutations: what a field may be turned into

interface Mutation {
  readonly text: string;
  apply(message: JsonObject): void;
}

function* mutationsOf(example: JsonObject, path: readonly string[] = []): Generator<Mutation> {
  const value = path.reduce<Json>((node, key) => (node as JsonObject)[key]!, example);
  const field = `/${path.join("/")}`;
  if (path.length > 0) {
    yield { text: `${field} dropped`, apply: (message) => change(message, path, undefined) };
    for (const other of replacementsOf(value)) {
      const shown = JSON.stringify(other)!.slice(0, 60);
      yield { text: `${field} ${shown}`, apply: (message) => change(message, path, other) };
    }
  }
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) {
    const extra = [...path, "not_in_the_contract"];
    yield { text: `${field} with an addition`, apply: (message) => change(message, extra, [1]) };
  }
  for (const key of Object.keys(value)) yield* mutationsOf(example, [...path, key]);
}

function* replacementsOf(value: Json): Generator<Json> {
  yield* [null, true, 0, 1, "", "text", [], {}, [null], { lat: 0 }];
  if (typeof value === "number") {
    yield* [
      -value,
      value + 0.5,
      value + 1,
      value * 1000 + 1,
      -0.001,
      90.01,
      180.01,
      360,
      String(value),
    ];
  }
  if (typeof value === "string") {
    yield* [`${value}x`, `x${value}`, value.repeat(50), value.toUpperCase(), value.toLowerCase()];
    yield* [value.slice(1), value.replaceAll(/\d/g, "9"), [value]];
  }
  if (Array.isArray(value)) yield* [[...value, ...value], Array(1001).fill(value[0] ?? 1)];
}

/** Sets a field, or takes it away; a pair's first half may have taken what it was in. */
function change(message: JsonObject, path: readonly string[], value: Json | undefined) {
  let node: Json | undefined = message;
  for (const key of path.slice(0, -1)) {
    if (typeof node === "object" && node !== null) node = (node as JsonObject)[key];
  }
  if (typeof node !== "object" || node === null) return;
  const key = path.at(-1)!;
  if (value !== undefined) (node as JsonObject)[key] = structuredClone(value);
  else if (Array.isArray(node)) node.splice(Number(key), 1);
  else delete node[key];
}
