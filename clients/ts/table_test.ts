import assert from "node:assert/strict";
import type { Flight } from "../../contracts/flight.ts";
import type { DeltaMessage } from "../../contracts/websocket.ts";
import { report } from "../../core/testing.ts";
import { FlightTable, type TableChange } from "./table.ts";

const timestamp = "2021-10-07T12:00:00.000Z";
const flight = (
  icao24: string,
) => ({ ...report(icao24, 1_633_608_000), status: "NORMAL" } as const);
const a = flight("00000a");
const b = flight("00000b");

function tableAt(sequence: number, ...flights: Flight[]) {
  const table = new FlightTable();
  table.applySnapshot({ type: "snapshot", timestamp, sequence, flights });
  return table;
}
function delta(sequence: number, fields: Partial<DeltaMessage> = {}): DeltaMessage {
  return { type: "delta", timestamp, sequence, upserts: [], removed: [], ...fields };
}

Deno.test("a delta adds, replaces and removes", () => {
  const table = tableAt(7, a);
  const climbed = { ...a, altitude_m: 4000 };
  assert.equal(table.applyDelta(delta(8, { upserts: [climbed, b] })), "applied");
  assert.deepEqual([...table.flights.values()], [climbed, b]);
  assert.equal(table.applyDelta(delta(9, { removed: [a.icao24] })), "applied");
  assert.deepEqual([...table.flights.keys()], [b.icao24]);
});

Deno.test("a delta with something missing before it changes nothing", () => {
  const table = tableAt(7, a);
  assert.equal(table.applyDelta(delta(9, { upserts: [b] })), "gap");
  assert.equal(table.applyDelta(delta(12, { from_sequence: 8, upserts: [b] })), "gap");
  assert.deepEqual([...table.flights.keys()], [a.icao24]);
});

Deno.test("a delta over several ticks applies from where we are, or from before", () => {
  assert.equal(tableAt(7).applyDelta(delta(12, { from_sequence: 7 })), "applied");
  assert.equal(tableAt(7).applyDelta(delta(12, { from_sequence: 3 })), "applied");
});

Deno.test("a delta we are past is passed over", () => {
  const table = tableAt(7, a);
  assert.equal(table.applyDelta(delta(7, { removed: [a.icao24] })), "old");
  assert.equal(table.flights.size, 1);
});

Deno.test("nothing applies before a snapshot, nor on a new connection before its snapshot", () => {
  assert.equal(new FlightTable().applyDelta(delta(1)), "gap");
  const table = tableAt(7, a);
  table.expectSnapshot();
  assert.equal(table.applyDelta(delta(8, { upserts: [b] })), "gap");
  assert.equal(table.flights.size, 1, "what was there stays on screen meanwhile");
});

Deno.test("listeners hear of what changed, not of empty deltas, until they leave", () => {
  const table = tableAt(7, a);
  const heard: TableChange[] = [];
  const leave = table.subscribe((change) => heard.push(change));
  table.applyDelta(delta(8));
  table.applyDelta(delta(9, { upserts: [b] }));
  leave();
  table.applyDelta(delta(10, { removed: [b.icao24] }));
  assert.deepEqual(heard, [{ kind: "delta", upserts: [b], removed: [] }]);
});
