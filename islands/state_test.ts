import assert from "node:assert/strict";
import { NO_FILTER } from "./filters.ts";
import { filter, keepState, listed, select, selection, sort, table, total } from "./state.ts";
import { flight } from "./testing.ts";

const timestamp = "2021-10-07T12:00:00.000Z";
const a = flight({ icao24: "00000a", callsign: "AAA1", altitude_m: 1000 });
const b = flight({ icao24: "00000b", callsign: "BBB2", altitude_m: 9000 });
const names = () => listed.value?.slice(0, 9).map(({ callsign }) => callsign);

Deno.test("the list waits for a snapshot, then follows filter and order at once", () => {
  const stop = keepState();
  try {
    assert.equal(names(), undefined);
    table.applySnapshot({ type: "snapshot", timestamp, sequence: 1, flights: [b, a] });
    assert.deepEqual(names(), ["AAA1", "BBB2"]);
    sort.value = { column: "altitude", descending: true };
    assert.deepEqual(names(), ["BBB2", "AAA1"]);
    filter.value = { ...NO_FILTER, text: "aaa" };
    assert.deepEqual(names(), ["AAA1"]);
    assert.equal(total.value, 2);
  } finally {
    stop();
    filter.value = NO_FILTER;
  }
});

Deno.test("the selection follows its aircraft, and remembers it when it leaves", () => {
  const stop = keepState();
  try {
    table.applySnapshot({ type: "snapshot", timestamp, sequence: 1, flights: [a, b] });
    select(a.icao24);
    assert.deepEqual(selection.value, { flight: a, left: false });
    const climbed = { ...a, altitude_m: 2000 };
    const delta = { type: "delta", timestamp, upserts: [], removed: [] } as const;
    table.applyDelta({ ...delta, sequence: 2, upserts: [climbed], removed: [] });
    assert.deepEqual(selection.value, { flight: climbed, left: false });
    table.applyDelta({ ...delta, sequence: 3, upserts: [], removed: [a.icao24] });
    assert.deepEqual(selection.value, { flight: climbed, left: true });
    select(undefined);
    assert.equal(selection.value, undefined);
  } finally {
    stop();
  }
});
