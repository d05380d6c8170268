/** The contract's JSON Schemas, as somebody else's program would use them. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";

const NAMES = [
  "flight_envelope",
  "anomaly_envelope",
  "heartbeat_envelope",
  "dead_letter_envelope",
  "websocket_messages",
] as const;

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
for (const name of NAMES) {
  const file = new URL(`../contracts/schemas/${name}.json`, import.meta.url);
  ajv.addSchema(JSON.parse(Deno.readTextFileSync(file)), name);
}

/** Whether `value` is what the schema says; `part` names one of its definitions. */
export function isValid(name: (typeof NAMES)[number], value: unknown, part?: string): boolean {
  const validate = ajv.getSchema(part ? `${name}#/$defs/${part}` : name);
  assert(validate, `there is no schema ${name} ${part ?? ""}`);
  return validate(value) as boolean;
}

/** Throws unless `value` is what the schema says; `part` names one of its definitions. */
export function assertValid(name: (typeof NAMES)[number], value: unknown, part?: string): void {
  const validate = ajv.getSchema(part ? `${name}#/$defs/${part}` : name);
  assert(validate, `there is no schema ${name} ${part ?? ""}`);
  assert(
    validate(value),
    `not a ${part ?? name}: ${ajv.errorsText(validate.errors)} in ${
      JSON.stringify(value).slice(0, 400)
    }`,
  );
}
