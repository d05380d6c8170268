import assert from "node:assert/strict";
import { type Airport, findAirports } from "./airports.ts";

const airport = (code: string, name: string): Airport => ({ code, name, lat: 0, lon: 0 });
const all = [
  airport("LFPG", "Charles de Gaulle International Airport"),
  airport("KLAX", "Los Angeles International Airport"),
  airport("LFLL", "Lyon Saint-Exupéry Airport"),
  airport("SLAX", "Some Other Field"),
];
const codes = (text: string) => findAirports(all, text).map(({ code }) => code);

Deno.test("airports are found by the beginning of their code or of a word of their name", () => {
  assert.deepEqual(codes("lf"), ["LFPG", "LFLL"]);
  assert.deepEqual(codes("lax"), ["KLAX", "SLAX"]);
  assert.deepEqual(codes("gaul"), ["LFPG"]);
  assert.deepEqual(codes("l"), []);
  assert.deepEqual(codes("aulle"), []);
});
