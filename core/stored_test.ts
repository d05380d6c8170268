import assert from "node:assert/strict";
import { deserialize, serialize } from "node:v8";
import { FlightEnvelope, type FlightPayload } from "../contracts/flight.ts";
import { parseMessage } from "../contracts/parse.ts";
import { AirportIndex } from "./context/airports.ts";
import { seededRandom } from "./seeded_random.ts";
import { Sky } from "./sky.ts";
import { flown } from "./testing.ts";
import { type StoredWatch, Watch } from "./watch.ts";

const AIRPORTS = new AirportIndex([
  { code: "KJFK", lat: 40.64, lon: -73.78, elevationM: 4 },
  { code: "KLGA", lat: 40.78, lon: -73.87, elevationM: 6 },
  { code: "KEWR", lat: 40.69, lon: -74.17, elevationM: 5 },
]);

/** New York, where something happens of every kind. */
async function reports(): Promise<FlightPayload[]> {
  const file = new URL("../fixtures/opensky_nyc_sample.jsonl", import.meta.url);
  const lines = (await Deno.readTextFile(file)).split("\n");
  return lines.map((line) => parseMessage(FlightEnvelope, line))
    .flatMap((parsed) => parsed.ok ? [parsed.value.payload] : []);
}

/** What is told of these when everything is stored and brought back after so many reports. */
function told(flights: readonly FlightPayload[], storedAfter: ReadonlySet<number>): string[] {
  let [watch, sky] = [new Watch(AIRPORTS), new Sky(AIRPORTS)];
  const news: unknown[] = [];
  for (const [i, flight] of flights.entries()) {
    if (storedAfter.has(i)) {
      watch = Watch.restored(AIRPORTS, deserialize(serialize(watch.stored())) as StoredWatch);
      sky = Sky.restored(AIRPORTS, deserialize(serialize(sky)) as Sky);
    }
    news.push(...watch.observe(flight), watch.context(flight));
    sky.observe(flight, 0);
    news.push(...sky.run());
  }
  return [...news, ...watch.close(), ...sky.close()].map((one) => JSON.stringify(one));
}

Deno.test("whatever is stored and brought back goes on as if nothing had been", async () => {
  const flights = await reports();
  const undisturbed = told(flights, new Set());
  const types = new Set(undisturbed.map((one) => JSON.parse(one).anomaly_type));
  assert.ok(types.size > 6, `only ${[...types]} to compare`);
  const random = seededRandom(5);
  for (let run = 0; run < 5; run++) {
    const cuts = Array.from({ length: 6 }, () => Math.floor(random() * flights.length));
    assert.deepEqual(told(flights, new Set(cuts)), undisturbed);
  }
});

Deno.test("an aircraft with every window full takes less than 7 kB where it is stored", () => {
  const watch = new Watch(AIRPORTS);
  for (const flight of flown([{ seconds: 1600 }])) watch.observe(flight);
  const { byteLength } = serialize(watch.stored());
  assert.ok(byteLength < 7 * 1024, `${byteLength} bytes`);
});
