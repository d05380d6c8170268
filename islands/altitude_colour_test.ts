import assert from "node:assert/strict";
import { altitudeColour, COLOUR_STOPS, HIGHEST_M, UNKNOWN_COLOUR } from "./altitude_colour.ts";

Deno.test("a stop has its own colour, and the middle between two stops is their mean", () => {
  assert.equal(altitudeColour(0), "rgb(255 122 56)");
  assert.equal(altitudeColour(450), "rgb(255 145 56)");
  assert.equal(altitudeColour(900), "rgb(255 168 56)");
});

Deno.test("outside the scale the end colours stay", () => {
  assert.equal(altitudeColour(-300), altitudeColour(0));
  assert.equal(altitudeColour(20_000), altitudeColour(HIGHEST_M));
});

Deno.test("unknown is grey: no stop has its colour", () => {
  assert.equal(altitudeColour(null), `rgb(${UNKNOWN_COLOUR.join(" ")})`);
  assert.ok(
    COLOUR_STOPS.every(([altitudeM]) => altitudeColour(altitudeM) !== altitudeColour(null)),
  );
});

Deno.test("stops rise over the whole scale", () => {
  const altitudes = COLOUR_STOPS.map(([altitudeM]) => altitudeM);
  assert.deepEqual(altitudes, altitudes.toSorted((a, b) => a - b));
  assert.deepEqual([altitudes[0], altitudes.at(-1)], [0, HIGHEST_M]);
});
