/** The client for TypeScript against the hub itself: whatever happens to either, the table is the hub's. */
import assert from "node:assert/strict";
import { FlightStream } from "../../clients/ts/client.ts";
import { report } from "../../core/testing.ts";
import { toFlight } from "../../core/flight_cache.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { hub, T0_S } from "../../services/hub/testing/hub.ts";
import { eventually } from "../../services/testing/deadline.ts";

const PARIS = { lat_min: 48, lat_max: 50, lon_min: 1, lon_max: 4 };
const isParis = (lat: number, lon: number) => lat >= 48 && lat <= 50 && lon >= 1 && lon <= 4;

/** A hub on a port, with traffic by chance that comes, moves and leaves. */
function served(seed: number, port = 0) {
  const parts = hub();
  const random = seededRandom(seed);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    (request, info) => parts.app.fetch(request, info),
  );
  let atS = T0_S;
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    port: server.addr.port,
    live: parts.live,
    tick() {
      atS++;
      for (let i = 0; i < 20; i++) {
        const icao24 = `a000${Math.floor(random() * 90 + 10)}`;
        if (random() < 0.2) parts.cache.remove(icao24);
        else {
          const position = { lat: 47 + random() * 4, lon: random() * 5 };
          parts.cache.apply(report(icao24, atS, { position }), "replay");
        }
      }
      parts.live.tick();
    },
    /** What a client that asked for Paris should have. */
    paris: () =>
      new Map(
        [...parts.cache.all()].map(toFlight)
          .filter(({ position }) => isParis(position.lat, position.lon))
          .map((flight) => [flight.icao24, flight]),
      ),
    async end() {
      parts.live.close();
      await server.shutdown();
    },
  };
}

const sorted = (flights: ReadonlyMap<string, unknown>) =>
  [...flights].sort(([a], [b]) => a.localeCompare(b));

async function inStep(stream: FlightStream, running: ReturnType<typeof served>, what: string) {
  const isSame = () => {
    try {
      assert.deepEqual(sorted(stream.flights), sorted(running.paris()));
      return true;
    } catch {
      return false;
    }
  };
  await eventually(() => running.paris().size > 0 && isSame(), what);
}

Deno.test("the client's table is the hub's part: through traffic, a hub that starts again, and other parts", async () => {
  let running = served(1);
  const { port } = running;
  const stream = new FlightStream(running.url, { subscribe: { bbox: PARIS } });
  try {
    await eventually(() => running.live.connections === 1, "connection");
    for (let i = 0; i < 200; i++) running.tick();
    await inStep(stream, running, "the same table");

    await running.end();
    await eventually(() => stream.connection.state === "waiting", "a wait");
    running = served(2, port);
    for (let i = 0; i < 50; i++) running.tick();
    await eventually(() => running.live.connections === 1, "connection to the new hub");
    running.tick();
    await inStep(stream, running, "the new hub's table");
    for (let i = 0; i < 50; i++) running.tick();
    await inStep(stream, running, "the same table after more traffic");

    stream.subscribe({ icao24: ["a00010"] });
    await eventually(() => stream.flights.size <= 1, "one aircraft");
    stream.subscribe({ bbox: PARIS });
    await inStep(stream, running, "Paris again");
  } finally {
    stream.close();
    await running.end();
  }
});
