import assert from "node:assert/strict";
import { readSbsLine } from "./sbs_line.ts";

const AT = "2024/06/01,14:00:00.250,2024/06/01,14:00:00.300";
const AT_MS = Date.UTC(2024, 5, 1, 14, 0, 0, 250);
const line = (type: number, rest: string, hex = "A0B1C2") =>
  `MSG,${type},1,1,${hex},1,${AT},${rest}`;

function read(text: string) {
  const parsed = readSbsLine(text);
  assert(parsed?.ok, parsed && !parsed.ok ? parsed.reason : "nothing");
  return parsed.value;
}

Deno.test("each type says its part, in SI", () => {
  assert.equal(read(line(1, "DAL2300 ,,,,,,,,,,,")).callsign, "DAL2300");
  const airborne = read(line(3, ",10000,,,40.6413,-73.7781,,,0,0,0,0"));
  assert.deepEqual(airborne.position, { lat: 40.6413, lon: -73.7781 });
  assert.equal(airborne.altitude_m, 3048);
  assert.equal(airborne.on_ground, false);
  assert.equal(airborne.time_position_ms, AT_MS);
  const velocity = read(line(4, ",,100,360,,,-3000,,,,,"));
  assert.deepEqual(
    [velocity.velocity_mps, velocity.heading_deg, velocity.vertical_rate_mps],
    [51.444, 0, -15.24],
  );
  const squawk = read(line(6, ",,,,,,,7700,0,-1,-1,"));
  assert.deepEqual([squawk.squawk, squawk.emergency, squawk.spi], ["7700", "general", true]);
  assert.equal(read(line(2, ",,12,90,40.64,-73.77,,,,,,-1")).on_ground, true);
});

Deno.test("what a message leaves empty it does not say", () => {
  const report = read(line(8, ",,,,,,,,,,,0\r"));
  assert.equal(report.on_ground, false);
  for (const name of ["position", "altitude_m", "squawk", "spi", "callsign"] as const) {
    assert.equal(report[name], undefined, name);
  }
});

Deno.test("the time is when the message was generated, else when it was logged", () => {
  assert.equal(read(line(8, ",,,,,,,,,,,0")).last_contact_ms, AT_MS);
  const logged = "MSG,8,1,1,A0B1C2,1,,,2024/06/01,14:00:00.300,,,,,,,,,,,,0";
  assert.equal(read(logged).last_contact_ms, AT_MS + 50);
});

Deno.test("lines of other kinds are no messages of an aircraft", () => {
  for (const other of ["", "\r", "STA,,5,179,400AE7,10103,,,,,RM", "SEL,,496,2286,4CA4E5,27215"]) {
    assert.equal(readSbsLine(other), undefined, other);
  }
});

for (
  const [what, text, code] of [
    ["another protocol", "*8D4840D6202CC371C32CE0576098;", "wrong_shape"],
    ["a page", "<!DOCTYPE html>", "wrong_shape"],
    ["a line that was cut off", line(3, ",10000,,,40.6413,-73."), "wrong_shape"],
    ["a bad address", line(8, ",,,,,,,,,,,0", "A0B1"), "impossible_value"],
    ["a latitude off the earth", line(3, ",100,,,140.6,-73.7,,,0,0,0,0"), "impossible_value"],
    ["words for a speed", line(4, ",,fast,360,,,,,,,,"), "wrong_shape"],
    ["a squawk of five digits", line(6, ",,,,,,,77000,0,0,0,"), "impossible_value"],
    ["no time", "MSG,8,1,1,A0B1C2,1,,,,,,,,,,,,,,,,0", "wrong_shape"],
  ] as const
) {
  Deno.test(`refused: ${what}`, () => {
    const parsed = readSbsLine(text);
    assert(parsed && !parsed.ok);
    assert.equal(parsed.reason_code, code);
  });
}
