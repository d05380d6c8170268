import assert from "node:assert/strict";
import { blocks, countryOf } from "./address_blocks.ts";

/** Aircraft whose registration is public: the state is that of its prefix, not of our table. */
const KNOWN: readonly (readonly [icao24: string, registration: string, country: string])[] = [
  ["a0b1c2", "N", "United States"],
  ["adf7c8", "USAF", "United States"],
  ["3c6444", "D-AIBD", "Germany"],
  ["3944ee", "F-GKXO", "France"],
  ["406a3b", "G-EUYD", "United Kingdom"],
  ["4ca7b6", "EI-DYN", "Ireland"],
  ["4b1805", "HB-IJE", "Switzerland"],
  ["4baa61", "TC-JPA", "Türkiye"],
  ["484f6d", "PH-BXA", "Netherlands"],
  ["4d2228", "9H-QAA", "Malta"],
  ["c0173e", "C-FGDT", "Canada"],
  ["7c6b2d", "VH-VXG", "Australia"],
  ["86d2ac", "JA804A", "Japan"],
  ["896180", "A6-EDA", "United Arab Emirates"],
  ["71be12", "HL7612", "Republic of Korea"],
  ["e48b54", "PR-MBH", "Brazil"],
  ["06a0a5", "A7-BAA", "Qatar"],
  ["c81d2a", "ZK-OKA", "New Zealand"],
];

Deno.test("the country is the one that the aircraft is registered in", () => {
  for (const [icao24, registration, country] of KNOWN) {
    assert.equal(countryOf(icao24), country, registration);
  }
});

Deno.test("the first and the last address of a block are in it, their neighbours are not", () => {
  assert.equal(countryOf("300000"), "Italy");
  assert.equal(countryOf("33ffff"), "Italy");
  assert.equal(countryOf("340000"), "Spain");
  assert.equal(countryOf("2fffff"), undefined);
  assert.equal(countryOf("004000"), "Zimbabwe");
  assert.equal(countryOf("003fff"), undefined);
});

Deno.test("addresses that nobody has been given belong to nobody", () => {
  for (const icao24 of ["000000", "ffffff", "200000", "b00000", "f00001"]) {
    assert.equal(countryOf(icao24), undefined, icao24);
  }
});

Deno.test("blocks lie at whole multiples of their size, in order, and none twice", () => {
  let end = 0;
  for (const block of blocks()) {
    assert.equal(block.first % (block.end - block.first), 0, block.country);
    assert(block.first >= end, `${block.country} overlaps`);
    end = block.end;
  }
  // Annex 10 gives blocks to 190 states or so, each one.
  const countries = blocks().map(({ country }) => country);
  assert.equal(new Set(countries).size, countries.length);
});
