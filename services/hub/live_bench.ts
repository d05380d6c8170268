/** What one tick costs the hub with 10 000 aircraft in the air. Targets: delta 2 ms, snapshot 25 ms. */
import { FlightEnvelope } from "../../contracts/flight.ts";
import { parseMessage } from "../../contracts/parse.ts";
import { FlightCache } from "../../core/flight_cache.ts";
import { report } from "../../core/testing.ts";
import { flightJson, type FrameClock, JSON_FRAMES } from "./encode.ts";
import { type ClientSocket, LiveFeed } from "./live.ts";
import { createHubMetrics } from "./metrics.ts";

const AIRCRAFT = 10_000;
const CHANGES = 500;
const T0_S = 1_717_250_400;
const CLOCK: FrameClock = {
  nowMs: T0_S * 1000,
  streamMs: T0_S * 1000,
  mode: "live",
  replayEnded: false,
};

const whole = {
  geo_altitude_m: 3050.5,
  squawk: "2346",
  time_position_unix: T0_S,
  origin_country: "United States",
};
const address = (i: number) => (0xa00000 + i).toString(16);
const news = (i: number) => report(address(i), T0_S, whole);

const cache = new FlightCache(60);
for (let i = 0; i < AIRCRAFT; i++) cache.apply(news(i), "live");
cache.tick();

/** Where the next changes are: on through the sky, 500 at a time. */
let at = 0;
function change(): void {
  for (let i = 0; i < CHANGES; i++) cache.apply(news(at++ % AIRCRAFT), "live");
}

Deno.bench("delta: 500 of 10 000 changed, built and encoded", { group: "delta" }, (b) => {
  change();
  b.start();
  const changes = cache.tick();
  JSON_FRAMES.delta(CLOCK, cache.sequence, undefined, changes);
  b.end();
});

Deno.bench("delta since 5 ticks ago, built and encoded", { group: "delta" }, (b) => {
  for (let i = 0; i < 5; i++) {
    change();
    cache.tick();
  }
  b.start();
  JSON_FRAMES.delta(
    CLOCK,
    cache.sequence,
    cache.sequence - 5,
    cache.changesSince(cache.sequence - 5)!,
  );
  b.end();
});

Deno.bench("a whole tick: ageing, 500 changes, 100 clients of whom 10 are slow", {
  group: "delta",
}, (b) => {
  const { feed, tick } = crowd();
  change();
  b.start();
  tick();
  b.end();
  feed.close();
});

Deno.bench(
  "snapshot of 10 000, every aircraft's part written before",
  { group: "snapshot" },
  () => {
    JSON_FRAMES.snapshot(CLOCK, cache.sequence, cache.all());
  },
);

Deno.bench("snapshot of 10 000, nothing written before", { group: "snapshot" }, (b) => {
  const fresh = new FlightCache(60);
  for (let i = 0; i < AIRCRAFT; i++) fresh.apply(news(i), "live");
  b.start();
  JSON_FRAMES.snapshot(CLOCK, 0, fresh.all());
  b.end();
});

const message = new TextEncoder().encode(JSON.stringify({
  schema_version: 1,
  type: "flight_state",
  produced_at: new Date(T0_S * 1000).toISOString(),
  source: {
    provider: "opensky",
    mode: "live",
    bbox: { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 },
    poll_interval_s: 10,
  },
  payload: news(1),
}));
const validated = news(1);

Deno.bench("apply of a validated update", { group: "apply" }, () => {
  cache.apply(validated, "live");
});

Deno.bench(
  "apply of an update as it comes: decoded, validated, applied",
  { group: "apply" },
  () => {
    const parsed = parseMessage(FlightEnvelope, message);
    if (parsed.ok) cache.apply(parsed.value.payload, "live");
  },
);

Deno.bench("flightJson of one aircraft", { group: "apply" }, () => {
  cache.apply(validated, "live");
  flightJson(cache.get(validated.icao24)!);
});

/** A feed with clients that take everything and do nothing with it. */
function crowd() {
  let nowMs = T0_S * 1000;
  const metrics = createHubMetrics({ cache, connections: () => 0, readers: () => [] });
  const feed = new LiveFeed(cache, 200, metrics, () => nowMs, () => nowMs);
  for (let i = 0; i < 100; i++) {
    const socket: ClientSocket = {
      readyState: WebSocket.OPEN,
      bufferedAmount: i < 10 ? 2 ** 30 : 0,
      send: () => {},
      close: () => {},
    };
    feed.opened(socket);
  }
  const tick = () => {
    nowMs += 1;
    feed.tick();
  };
  return { feed, tick };
}
