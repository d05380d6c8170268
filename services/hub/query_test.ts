import assert from "node:assert/strict";
import { costOf } from "./guard.ts";
import { FLIGHTS_QUERY, FRAMES_QUERY } from "./query.ts";

const moment = (text: string) => FRAMES_QUERY.start_ts.schema.safeParse(text).data?.toISOString();

Deno.test("a moment is ISO 8601, UTC unless it says otherwise, or Unix seconds", () => {
  for (
    const [text, iso] of [
      ["2021-10-07T12:30:00Z", "2021-10-07T12:30:00.000Z"],
      ["2021-10-07t12:30:00.25z", "2021-10-07T12:30:00.250Z"],
      ["2021-10-07T12:30", "2021-10-07T12:30:00.000Z"],
      ["2021-10-07", "2021-10-07T00:00:00.000Z"],
      ["2021-10-07T14:30:00+02:00", "2021-10-07T12:30:00.000Z"],
      // As ?start_ts=2021-10-07T14:30:00+02:00 comes, when the plus is not escaped.
      ["2021-10-07T14:30:00 02:00", "2021-10-07T12:30:00.000Z"],
      ["2021-10-07T10:00:00-0230", "2021-10-07T12:30:00.000Z"],
      ["1633609800", "2021-10-07T12:30:00.000Z"],
      ["1633609800.5", "2021-10-07T12:30:00.500Z"],
    ] as const
  ) assert.equal(moment(text), iso, text);
  for (
    const text of ["", "x 1", "7 October 2021", "2021-13-01", "2021-10-07 ", "-5", "1633609800000"]
  ) assert.equal(moment(text), undefined, text);
});

Deno.test("a flag is true or false, as other languages write them, too", () => {
  const flag = (text: string) => FLIGHTS_QUERY.on_ground.schema.safeParse(text).data;
  assert.deepEqual(["true", "True", "1"].map(flag), [true, true, true]);
  assert.deepEqual(["false", "FALSE", "0"].map(flag), [false, false, false]);
  assert.deepEqual(["", "maybe", "2"].map(flag), [undefined, undefined, undefined]);
});

Deno.test("the past costs the same in every form", () => {
  for (const suffix of ["", ".csv", ".geojson"]) {
    assert.equal(costOf(`/flights/history${suffix}`), 10);
  }
  assert.equal(costOf("/flights.csv"), 1);
});
