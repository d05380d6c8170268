import assert from "node:assert/strict";
import { readRow, readStates } from "./states.ts";

/** A row as the API's documentation shows it. */
const ROW = [
  ...["3c6444", "DLH9LF  ", "Germany", 1458564120, 1458564121, 6.1546, 50.1964, 9639.3, false],
  ...[232.88, 98.26, 4.55, null, 9547.86, "1000", false, 0],
];

const withValue = (index: number, value: unknown) => ROW.with(index, value as never);

Deno.test("a row becomes a report: trimmed, in lower case, whole seconds", () => {
  const parsed = readRow(ROW);
  assert(parsed.ok);
  assert.deepEqual(parsed.value, {
    icao24: "3c6444",
    callsign: "DLH9LF",
    origin_country: "Germany",
    position: { lat: 50.1964, lon: 6.1546 },
    time_position_unix: 1458564120,
    last_contact_unix: 1458564121,
    altitude_m: 9639.3,
    geo_altitude_m: 9547.86,
    on_ground: false,
    velocity_mps: 232.88,
    heading_deg: 98.26,
    vertical_rate_mps: 4.55,
    squawk: "1000",
    spi: false,
    position_source: "adsb",
  });
});

Deno.test("the eighteenth value is the category, which 17 columns do without", () => {
  for (const [number, category] of [[0, undefined], [1, undefined], [4, "A3"], [9, "B1"]]) {
    const parsed = readRow([...ROW, number]);
    assert.equal(parsed.ok && parsed.value.category, category);
  }
});

Deno.test("the source of the position by its number", () => {
  const kinds = [0, 1, 2, 3, 4].map((number) => {
    const parsed = readRow(withValue(16, number));
    return parsed.ok && parsed.value.position_source;
  });
  assert.deepEqual(kinds, ["adsb", "asterix", "mlat", "flarm", undefined]);
});

Deno.test("null anywhere but in address and contact is unknown", () => {
  const nulls = ROW.map((value, i) => i === 0 || i === 4 ? value : null);
  const parsed = readRow(nulls);
  assert(parsed.ok);
  assert.equal(parsed.value.position, undefined);
  assert.equal(parsed.value.callsign, undefined);
  assert.equal(parsed.value.on_ground, false);
});

Deno.test("a position without a time is too old to be one", () => {
  const parsed = readRow(withValue(3, null));
  assert(parsed.ok);
  assert.equal(parsed.value.position, undefined);
});

for (
  const [what, row, code] of [
    ["a row that is none", "row", "wrong_shape"],
    ["sixteen values", ROW.slice(0, 16), "wrong_shape"],
    ["no contact", withValue(4, null), "wrong_shape"],
    ["an address of five digits", withValue(0, "3c644"), "impossible_value"],
    ["a longitude beyond the date line", withValue(5, 181), "impossible_value"],
    ["a speed in words", withValue(9, "fast"), "wrong_shape"],
    ["milliseconds for seconds", withValue(4, 1458564121000), "impossible_value"],
  ] as const
) {
  Deno.test(`refused: ${what}`, () => {
    const parsed = readRow(row);
    assert(!parsed.ok);
    assert.equal(parsed.reason_code, code);
  });
}

Deno.test("states may be null, which is nobody, but not anything else", () => {
  const nobody = readStates({ time: 1458564121, states: null });
  assert(nobody.ok);
  assert.deepEqual(nobody.value, { timeMs: 1458564121000, rows: [] });
  for (const answer of [null, [], {}, { time: 1, states: {} }, { time: "now", states: [] }]) {
    assert(!readStates(answer).ok, JSON.stringify(answer));
  }
});
