import assert from "node:assert/strict";
import type { Flight } from "../contracts/flight.ts";
import { seededRandom } from "../core/seeded_random.ts";
import { NO_FILTER } from "./filters.ts";
import { list, type Listing } from "./listing.ts";
import { ColumnsTable } from "./live/columns_table.ts";
import { flight } from "./testing.ts";

const timestamp = "2021-10-07T12:00:00.000Z";
function tableOf(...flights: Flight[]) {
  const table = new ColumnsTable();
  table.applySnapshot({ type: "snapshot", timestamp, sequence: 1, flights });
  return table;
}
const all = (listing: Listing) => listing.slice(0, listing.length);

Deno.test("sorting puts the unknown last in both directions and keeps equals at rest", () => {
  const table = tableOf(
    flight({ icao24: "000003", altitude_m: null, geo_altitude_m: null }),
    flight({ icao24: "000002", altitude_m: 3000 }),
    flight({ icao24: "000001", altitude_m: 3000 }),
    flight({ icao24: "000004", altitude_m: 9000 }),
    flight({ icao24: "000005", altitude_m: 9000, on_ground: true }),
  );
  const by = (descending: boolean) =>
    all(list(table, NO_FILTER, { column: "altitude", descending }, undefined, undefined))
      .map(({ icao24 }) => icao24.at(-1)).join("");
  assert.equal(by(false), "51243");
  assert.equal(by(true), "41253");
});

Deno.test("callsigns are in the order of their characters, long and odd ones too", () => {
  const names = ["A", "AB", "B1", "abc", "ABCDEFGH2", "ABCDEFGH1", "ÄRGER", "Z9", "0ZZ", "A "];
  const table = tableOf(
    ...names.map((callsign, i) => flight({ icao24: `00000${i}`, callsign })),
    flight({ icao24: "0000ff", callsign: null }),
  );
  const listed = (descending: boolean, before?: Listing) =>
    all(list(table, NO_FILTER, { column: "callsign", descending }, undefined, before))
      .map(({ callsign }) => callsign);
  assert.deepEqual(listed(false), [...names.toSorted(), undefined]);
  assert.deepEqual(listed(true), [...names.toSorted().reverse(), undefined]);
});

Deno.test("whatever order it starts from, the list is the same; who has left is not there", () => {
  const random = seededRandom(5);
  const table = tableOf();
  let before: Listing | undefined;
  for (let sequence = 2; sequence < 60; sequence++) {
    const upserts = Array.from({ length: 20 }, () =>
      flight({
        icao24: Math.floor(random() * 300).toString(16).padStart(6, "0"),
        velocity_mps: Math.floor(random() * 40),
      }));
    const once = [...new Map(upserts.map((one) => [one.icao24, one])).values()];
    const removed = [...table.flights.keys()].filter((icao24) =>
      random() < 0.1 && !once.some((one) => one.icao24 === icao24)
    );
    table.applyDelta({ type: "delta", timestamp, sequence, upserts: once, removed });
    if (before) {
      for (const icao24 of removed) {
        const place = before.indexOf(icao24);
        if (place >= 0) assert.equal(before.at(place), undefined);
      }
    }
    const sort = { column: "speed", descending: sequence % 2 === 0 } as const;
    const listing = list(table, NO_FILTER, sort, undefined, before);
    assert.deepEqual(
      listing.addresses,
      list(table, NO_FILTER, sort, undefined, undefined).addresses,
    );
    assert.equal(listing.length, table.size);
    before = listing;
  }
});

Deno.test("only what passes the filter, and is in sight where that is asked for", () => {
  const table = tableOf(
    flight({ icao24: "000001", callsign: "AFR1" }),
    flight({ icao24: "000002", callsign: "BAW1" }),
    flight({ icao24: "000003", callsign: "AFR2", position: { lat: -40, lon: 0 } }),
  );
  const sort = { column: "callsign", descending: false } as const;
  const filter = { ...NO_FILTER, text: "afr" };
  const north = ({ lat }: Flight["position"]) => lat > 0;
  assert.equal(list(table, filter, sort, undefined, undefined).length, 2);
  const [only, ...others] = all(list(table, filter, sort, north, undefined));
  assert.deepEqual([only?.icao24, others.length], ["000001", 0]);
});
