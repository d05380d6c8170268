import assert from "node:assert/strict";
import { loadAirportIndex } from "../services/airports.ts";
import { detect, type Event } from "../services/offline/detect.ts";
import { flightsOf, latenciesS, seededDescents, splicedGoArounds } from "./trials.ts";

const PARIS = new URL("../fixtures/paris_2021-10-07.jsonl.gz", import.meta.url).pathname;

Deno.test("approaches of airliners that are broken off are told within 45 s, and no other ones", async () => {
  const airports = await loadAirportIndex();
  const flights = [...(await flightsOf(PARIS)).values()];
  for (const seed of [1, 2]) {
    const trials = splicedGoArounds(flights, airports, seed);
    assert(trials.length >= 30, `${trials.length} approaches`);
    const told = latenciesS(trials, "GO_AROUND", airports).filter((s) => s! <= 45);
    assert(told.length >= 0.95 * trials.length, `${told.length} of ${trials.length}`);
  }
  const events: Event[] = [];
  await detect(PARIS, airports, (event) => events.push(event));
  const { go_around, low_altitude_warning } = Object.groupBy(events, ({ event }) => event);
  // Of all who land and depart, a light aircraft in the circuit of Étampes alone touches and goes.
  assert.deepEqual(go_around?.map(({ icao24 }) => icao24), ["39b002"]);
  assert.equal(low_altitude_warning, undefined);
});

Deno.test("descents to low height far from airfields are told", async () => {
  const airports = await loadAirportIndex();
  const latencies = latenciesS(seededDescents(40, airports, 1), "LOW_ALTITUDE_WARNING", airports);
  assert(latencies.every((s) => s !== undefined && s <= 30), latencies.join());
});
