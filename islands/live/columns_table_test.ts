import assert from "node:assert/strict";
import { frameOf } from "../../contracts/columns_writer.ts";
import type { Flight } from "../../contracts/flight.ts";
import type { DeltaMessage } from "../../contracts/websocket.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { flight } from "../testing.ts";
import { ColumnsTable, type TableChange } from "./columns_table.ts";

const timestamp = "2021-10-07T12:00:00.000Z";
const a = flight({ icao24: "00000a" });
const b = flight({ icao24: "00000b" });
const c = flight({ icao24: "00000c" });

function tableAt(sequence: number, ...flights: Flight[]) {
  const table = new ColumnsTable();
  table.applySnapshot({ type: "snapshot", timestamp, sequence, flights });
  return table;
}
function delta(sequence: number, fields: Partial<DeltaMessage> = {}): DeltaMessage {
  return { type: "delta", timestamp, sequence, upserts: [], removed: [], ...fields };
}
const known = (table: ColumnsTable) => [...table.flights.keys()].sort();

Deno.test("columns: a delta adds, replaces and removes", () => {
  const table = tableAt(7, a);
  const climbed = { ...a, altitude_m: 4000, callsign: "ÄÖÜ" };
  assert.equal(table.applyDelta(delta(8, { upserts: [climbed, b] })), "applied");
  assert.deepEqual([table.flights.get("00000a"), table.flights.get("00000b")], [climbed, b]);
  assert.equal(table.applyDelta(delta(9, { removed: [a.icao24] })), "applied");
  assert.deepEqual(known(table), [b.icao24]);
  assert.equal(table.flights.has(a.icao24), false);
});

Deno.test("columns: a value that is no longer told is unknown again", () => {
  const table = tableAt(7, a);
  table.applyDelta(
    delta(8, { upserts: [{ ...a, altitude_m: null, callsign: null, squawk: null }] }),
  );
  const { altitude_m, callsign, squawk } = table.flights.get(a.icao24)!;
  assert.deepEqual([altitude_m, callsign, squawk], [undefined, undefined, undefined]);
});

Deno.test("columns: a gap changes nothing until a snapshot; what is old is passed over", () => {
  const table = tableAt(7, a);
  assert.equal(table.applyDelta(delta(9, { upserts: [b] })), "gap");
  assert.equal(table.applyDelta(delta(12, { from_sequence: 8, upserts: [b] })), "gap");
  assert.equal(table.applyDelta(delta(7, { removed: [a.icao24] })), "old");
  assert.deepEqual(known(table), [a.icao24]);
  assert.equal(table.applyDelta(delta(12, { from_sequence: 5, upserts: [b] })), "applied");
  table.expectSnapshot();
  assert.equal(table.applyDelta(delta(13)), "gap");
  assert.deepEqual(known(table), [a.icao24, b.icao24], "what was there stays meanwhile");
});

Deno.test("columns: an aircraft that cannot be is dropped and told of; the rest is there", () => {
  const dropped: string[] = [];
  const table = new ColumnsTable((what) => dropped.push(what));
  const frame = frameOf({ type: "snapshot", timestamp, sequence: 1, flights: [a, b, c] });
  frame.numbers.lat![0] = 90.5;
  frame.numbers.lon![1] = NaN;
  assert.equal(table.apply(frame), "applied");
  assert.deepEqual(known(table), [c.icao24]);
  assert.equal(dropped.length, 2);
  assert.equal(table.applyDelta(delta(2, { removed: ["ffffff", a.icao24] })), "applied");
  assert.deepEqual(known(table), [c.icao24]);
});

Deno.test("columns: an object is the same one until its aircraft changes", () => {
  const table = tableAt(7, a, b);
  const [first, second] = [table.flights.get(a.icao24), table.flights.get(b.icao24)];
  table.applyDelta(delta(8, { upserts: [{ ...b, altitude_m: 1 }] }));
  assert.equal(table.flights.get(a.icao24), first);
  assert.notEqual(table.flights.get(b.icao24), second);
});

Deno.test("columns: listeners hear which rows changed, not of empty deltas, until they leave", () => {
  const table = tableAt(7, a, b);
  const heard: unknown[] = [];
  const leave = table.subscribe((change: TableChange) =>
    heard.push(change.kind === "delta" ? [...change.rows].map((row) => table.icao24(row)) : "all")
  );
  table.applyDelta(delta(8));
  table.applyDelta(delta(9, { upserts: [b] }));
  table.applyDelta(delta(10, { removed: [a.icao24] }));
  table.applySnapshot({ type: "snapshot", timestamp, sequence: 20, flights: [c] });
  leave();
  table.applyDelta(delta(21, { removed: [c.icao24] }));
  assert.deepEqual(heard, [[b.icao24], [b.icao24], "all"]);
});

Deno.test("columns: after any traffic the table is what a map of objects would be", () => {
  const random = seededRandom(11);
  const table = tableAt(0);
  const expected = new Map<string, Flight>();
  for (let sequence = 1; sequence < 400; sequence++) {
    const upserts: Flight[] = [];
    const removed: string[] = [];
    const seen = new Set<string>();
    for (let i = Math.floor(random() * 40); i > 0; i--) {
      const icao24 = Math.floor(random() * 3000).toString(16).padStart(6, "0");
      if (seen.has(icao24)) continue;
      seen.add(icao24);
      if (random() < 0.3) removed.push(icao24);
      else {
        const callsign = `T${Math.floor(random() * 5)}`;
        upserts.push(flight({ icao24, callsign, altitude_m: Math.floor(random() * 10_000) }));
      }
    }
    for (const icao24 of removed) expected.delete(icao24);
    for (const one of upserts) expected.set(one.icao24, one);
    if (sequence % 100 === 0) {
      for (const icao24 of [...expected.keys()].slice(0, 50)) expected.delete(icao24);
      table.applySnapshot({
        type: "snapshot",
        timestamp,
        sequence,
        flights: [...expected.values()],
      });
    } else assert.equal(table.applyDelta(delta(sequence, { upserts, removed })), "applied");
  }
  assert.ok(expected.size > 1024, "the columns had to grow");
  const byAddress = (x: Flight, y: Flight) => x.icao24 < y.icao24 ? -1 : 1;
  assert.deepEqual(
    [...table.flights.values()].sort(byAddress),
    [...expected.values()].sort(byAddress),
  );
});
