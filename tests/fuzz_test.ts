import assert from "node:assert/strict";
import { PROPERTIES } from "./fuzz.ts";

/** Of each kind: a hundred thousand in all, within a minute. */
const CASES = 25_000;
const SEED = 20_261_125;

/** What has to come up, or the input was not hard enough. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  lines: ["not_json", "wrong_shape", "impossible_value", "future_schema_version"],
  messages: ["not_json", "wrong_shape", "impossible_value"],
  frames: ["not_json", "wrong_shape", "impossible_value", "not_text", "message_too_big"],
  queries: ["400 invalid_parameter", "400 invalid_icao24", "404 not_found", "503 history_off"],
};

for (const [name, property] of Object.entries(PROPERTIES)) {
  Deno.test(`${name}: ${CASES} cases of hard input, seed ${SEED}`, async () => {
    const { cases, accepted, refused } = await property(CASES, SEED);
    assert(cases >= CASES, `${cases} cases were looked at`);
    assert(accepted > CASES / 10, `${accepted} were valid`);
    for (const reason of REASONS[name]!) {
      assert(refused[reason]! > 0, `none was refused as ${reason}`);
    }
  });
}
