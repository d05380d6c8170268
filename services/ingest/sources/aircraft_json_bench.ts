/** An answer of a v2 API with 10 000 aircraft, from its bytes to reports: 60 ms are allowed. */
import assert from "node:assert/strict";
import { parseJson } from "../../../contracts/parse.ts";
import { readAircraft, readAircraftJson } from "./aircraft_json.ts";
import { aircraftItem } from "./testing.ts";

const AIRCRAFT = 10_000;

const answer = {
  ac: Array.from({ length: AIRCRAFT }, (_, i) => aircraftItem(i)),
  msg: "No error",
  now: 1_717_250_400_500,
  total: AIRCRAFT,
  ctime: 1_717_250_400_500,
  ptime: 3,
};
const bytes = new TextEncoder().encode(JSON.stringify(answer));

function reports(): number {
  const json = parseJson(bytes);
  assert(json.ok);
  const read = readAircraftJson(json.value);
  assert(read.ok);
  const { nowMs, items } = read.value;
  return items.filter((item) => readAircraft(item, nowMs).ok).length;
}

assert.equal(reports(), AIRCRAFT);

Deno.bench(
  `v2 answer, ${AIRCRAFT} aircraft, ${(bytes.length / 1e6).toFixed(1)} MB: JSON alone`,
  () => {
    parseJson(bytes);
  },
);

Deno.bench(`v2 answer, ${AIRCRAFT} aircraft: parsed and normalised`, () => {
  reports();
});
