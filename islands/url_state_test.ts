import assert from "node:assert/strict";
import { NO_FILTER } from "./filters.ts";
import { type LinkState, readLink, writeLink } from "./url_state.ts";

const fresh: LinkState = {
  filter: NO_FILTER,
  inViewOnly: false,
  cockpit: false,
  units: "aviation",
  view: undefined,
  selectedId: undefined,
  atMs: undefined,
};

Deno.test("a fresh page has a bare address", () => {
  assert.equal(writeLink(fresh), "");
  assert.deepEqual(readLink(""), fresh);
});

Deno.test("what is written is read back, with the names that links have", () => {
  const state: LinkState = {
    view: { lat: 48.8566, lon: -2.3522, distanceM: 160_000 },
    selectedId: "3944ef",
    filter: {
      text: "AFR 12&x=<b>",
      where: "airborne",
      emergency: true,
      airline: "AFR",
      lowestM: 3048,
      highestM: 9144,
      slowestMps: 100,
      fastestMps: NO_FILTER.fastestMps,
    },
    inViewOnly: true,
    atMs: Date.UTC(2021, 9, 7, 12, 30),
    cockpit: true,
    units: "metric",
  };
  const link = writeLink(state);
  const names = [...new URLSearchParams(link).keys()];
  for (const name of ["lat", "lon", "d", "sel", "alt", "q", "t", "cockpit", "units"]) {
    assert.ok(names.includes(name), name);
  }
  assert.match(link, /t=2021-10-07T12:30:00/);
  assert.deepEqual(readLink(link), state);
});

Deno.test("what in an address is not ours stays there", () => {
  assert.equal(writeLink(fresh, "?mock=500&sel=3944ef"), "?mock=500");
});

Deno.test("what nobody could have meant counts as missing", () => {
  const links = [
    "?lat=99&lon=0&d=100",
    "?lat=&lon=&d=",
    "?lat=1&lon=2",
    "?sel=<script>",
    "?alt=9000-100&speed=x-y",
    "?where=heaven&airline=a1&t=yesterday&units=furlongs&units=constructor",
    "?cockpit=yes&emergency=2&inview=",
  ];
  for (const link of links) assert.deepEqual(readLink(link), fresh, link);
});
