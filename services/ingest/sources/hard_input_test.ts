/** Values and lines that programs stumble over: read or refused, with a reason, and never thrown. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { FlightPayload } from "../../../contracts/flight.ts";
import type { Parsed } from "../../../contracts/parse.ts";
import { asFlight, Merger, type Report } from "../../../core/merge.ts";
import { implausible } from "../../../core/plausibility.ts";
import { readAircraft, readAircraftJson } from "./aircraft_json.ts";
import { RecordingReader } from "./formats.ts";
import { readSbsLine } from "./sbs_line.ts";
import { readRow, readStates } from "./states.ts";
import { aircraftItem } from "./testing.ts";

const NOW_MS = 1_717_250_400_000;
const RUNS = { numRuns: 3000, seed: 20261125 };

const value = fc.oneof(
  fc.anything({ maxDepth: 1 }),
  fc.double(),
  fc.integer(),
  fc.constantFrom(null, undefined, "", "ground", 1e308, -1e308, -0, 2 ** 53, "7700", "a0b1c2"),
);
const [goodItem, goodRow] = [aircraftItem(1), [
  ...["3c6444", "DLH9LF  ", "Germany", 1458564120, 1458564121, 6.1546, 50.1964, 9639.3, false],
  ...[232.88, 98.26, 4.55, null, 9547.86, "1000", false, 0, 4],
]];
/** An item with some of its values replaced. */
const item = fc.dictionary(fc.constantFrom(...Object.keys(goodItem)), value, { maxKeys: 4 })
  .map((spoilt) => ({ ...goodItem, ...spoilt }));
const row = fc.array(fc.tuple(fc.nat(goodRow.length - 1), value), { maxLength: 4 })
  .map((spoilt) => spoilt.reduce<unknown[]>((all, [i, one]) => all.with(i, one), goodRow));

/** What is read is a flight of the contract, or is refused for its values. */
function assertRead(parsed: Parsed<Report>): void {
  if (!parsed.ok) {
    assert(parsed.reason.length > 0 && parsed.reason.length < 500, parsed.reason);
    return;
  }
  const flight = asFlight(parsed.value);
  if (!flight || implausible(flight)) return;
  const wire = JSON.parse(JSON.stringify(flight));
  const checked = FlightPayload.safeParse(wire);
  assert(checked.success, `${checked.error}: ${JSON.stringify(wire)}`);
  const merged = new Merger({ tellsProvenance: true }).observe("a", parsed.value);
  assert(merged.kind === "news" || merged.kind === "no_position", merged.kind);
  if (merged.kind !== "news") return;
  const published = FlightPayload.safeParse(JSON.parse(JSON.stringify(merged.flight)));
  assert(published.success, `${published.error}`);
}

Deno.test("aircraft of readsb and the v2 APIs", () => {
  fc.assert(
    fc.property(fc.oneof(item, value), (one) => assertRead(readAircraft(one, NOW_MS))),
    RUNS,
  );
});

Deno.test("rows of OpenSky", () => {
  fc.assert(fc.property(fc.oneof(row, value), (one) => assertRead(readRow(one))), RUNS);
});

Deno.test("whole answers", () => {
  const answer = fc.dictionary(
    fc.constantFrom("now", "aircraft", "ac", "time", "states", "trace", "icao", "timestamp"),
    fc.oneof(value, fc.array(value), fc.constant(NOW_MS / 1000)),
  );
  fc.assert(
    fc.property(fc.oneof(answer, value), (one) => {
      readAircraftJson(one);
      readStates(one);
      const text = JSON.stringify(one) ?? "";
      new RecordingReader().read(new TextEncoder().encode(text));
    }),
    RUNS,
  );
});

Deno.test("lines of SBS", () => {
  const good = "MSG,3,1,1,A0B1C2,1,2024/06/01,14:00:00.000,2024/06/01,14:00:00.000" +
    ",DAL1,10000,100,90,40.6,-73.7,600,0021,0,0,0,0";
  const field = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom("", "-1", "1e999"));
  const line = fc.array(fc.tuple(fc.nat(21), field), { maxLength: 3 }).map((spoilt) =>
    spoilt.reduce((all, [i, one]) => all.with(i, one), good.split(",")).join(",")
  );
  fc.assert(
    fc.property(fc.oneof(line, fc.string()), (one) => {
      const parsed = readSbsLine(one);
      if (parsed) assertRead(parsed);
    }),
    RUNS,
  );
});
