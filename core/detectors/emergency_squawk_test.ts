import assert from "node:assert/strict";
import { report, stoodAfter } from "../testing.ts";
import { EmergencySquawk } from "./emergency_squawk.ts";

const T0_S = 1_717_250_400;

/** Seconds and squawks in turn; the result is what stood after each report. */
function stood(said: readonly (readonly [number, string | null])[]): (string | undefined)[] {
  const reports = said.map(([atS, squawk]) => report("a00001", T0_S + atS, { squawk }));
  return stoodAfter(new EmergencySquawk(), reports).map((finding) => finding?.type);
}

const every = (stepS: number, codes: readonly (string | null)[]) =>
  codes.map((code, i) => [i * stepS, code] as const);

Deno.test("at one report a second, the third one confirms", () => {
  assert.deepEqual(stood(every(1, ["1000", "1000", "1000", "7700", "7700", "7700", "7700"])), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    "SQUAWK_7700",
    "SQUAWK_7700",
  ]);
});

Deno.test("at one report in ten seconds, the second one confirms", () => {
  assert.deepEqual(stood(every(10, ["7600", "7600", "7600"])), [
    undefined,
    "SQUAWK_7600",
    "SQUAWK_7600",
  ]);
});

Deno.test("one report is a glitch, however often it happens", () => {
  const codes = ["1000", "1000", "7500", "1000", "1000", "7700", "1000", "7700", "1000"];
  for (const stepS of [1, 10]) {
    assert.deepEqual(new Set(stood(every(stepS, codes))), new Set([undefined]));
  }
});

Deno.test("one other code in between ends nothing; one that lasts does", () => {
  assert.deepEqual(
    stood(every(1, ["7700", "7700", "7700", "1000", "7700", "1000", "1000", "1000"])),
    [
      undefined,
      undefined,
      "SQUAWK_7700",
      "SQUAWK_7700",
      "SQUAWK_7700",
      "SQUAWK_7700",
      "SQUAWK_7700",
      undefined,
    ],
  );
});

Deno.test("a report without a squawk says nothing either way", () => {
  const said = stood(every(1, ["7500", null, "7500", null, "7500", null, null]));
  assert.deepEqual(said.slice(4), ["SQUAWK_7500", "SQUAWK_7500", "SQUAWK_7500"]);
});

Deno.test("two glitches minutes apart are two glitches, though no other squawk is heard in between", () => {
  const codes = Array.from({ length: 100 }, (_, i) => i === 5 || i === 70 ? "7700" : null);
  for (const stepS of [1, 5, 10]) {
    assert.deepEqual(new Set(stood(every(stepS, codes))), new Set([undefined]));
  }
  // Where nothing at all is heard in between, the second report is the next one.
  assert.deepEqual(stood(every(216, ["7700", "7700"])), [undefined, "SQUAWK_7700"]);
});

Deno.test("one emergency may follow another", () => {
  const said = stood(every(10, ["7600", "7600", "7700", "7700"]));
  assert.deepEqual(said.slice(1), ["SQUAWK_7600", "SQUAWK_7600", "SQUAWK_7700"]);
});

Deno.test("the finding began with the first report, and has its figures", () => {
  const reports = [0, 10].map((atS) => report("a00001", T0_S + atS, { squawk: "7700" }));
  const finding = stoodAfter(new EmergencySquawk(), reports)[1]!;
  assert.equal(finding.startedAtMs, T0_S * 1000);
  assert.equal(finding.untilMs, (T0_S + 10) * 1000);
  assert.deepEqual(finding.details, {
    squawk: "7700",
    meaning: "emergency",
    reports: 2,
    confirmed_after_reports: 3,
    confirmed_after_s: 5,
    last_squawked_at: new Date((T0_S + 10) * 1000).toISOString(),
  });
});
