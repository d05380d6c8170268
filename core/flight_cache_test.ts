import assert from "node:assert/strict";
import type { SourceMode } from "../contracts/constants.ts";
import type { Flight } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { type Changes, FlightCache, toFlight } from "./flight_cache.ts";
import { seededRandom } from "./seeded_random.ts";
import { report } from "./testing.ts";

const T0_S = 1_717_250_400;
const STALE_AFTER_S = 60;
const [A, B, C] = ["a00001", "a00002", "a00003"] as const;

const ms = (atS: number) => atS * 1000;
const newCache = () => new FlightCache(STALE_AFTER_S);
const names = ({ upserts, removed }: Changes) => ({
  upserts: upserts.map(({ flight }) => flight.icao24),
  removed: [...removed],
});
const nothing = { upserts: [], removed: [] };

Deno.test("a report that is older than the one known is rejected and changes nothing", () => {
  const cache = newCache();
  assert.equal(cache.apply(report(A, T0_S + 10, { altitude_m: 1000 }), "live"), true);
  cache.tick();
  assert.equal(cache.apply(report(A, T0_S + 9, { altitude_m: 2000 }), "live"), false);
  assert.equal(cache.get(A)!.flight.altitude_m, 1000);
  assert.equal(cache.hasChanges, false);
  assert.equal(cache.streamMs, ms(T0_S + 10));
});

Deno.test("a report of the same time is taken: what came last counts", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S, { altitude_m: 1000 }), "live");
  assert.equal(cache.apply(report(A, T0_S, { altitude_m: 2000 }), "live"), true);
  assert.equal(cache.get(A)!.flight.altitude_m, 2000);
});

Deno.test("the sub-second clock decides where there is one", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S, { last_contact_ms: ms(T0_S) + 700 }), "live");
  assert.equal(cache.apply(report(A, T0_S, { last_contact_ms: ms(T0_S) + 600 }), "live"), false);
  assert.equal(cache.apply(report(A, T0_S), "live"), false, "the whole second is the older one");
  // The whole-second clock of this one runs ahead: it is not asked.
  const ahead = report(A, T0_S + 5, { last_contact_ms: ms(T0_S) + 650 });
  assert.equal(cache.apply(ahead, "live"), false);
  assert.equal(cache.apply(report(A, T0_S, { last_contact_ms: ms(T0_S) + 701 }), "live"), true);
  assert.equal(cache.streamMs, ms(T0_S) + 701);
});

Deno.test("one aircraft's clock says nothing of another's reports", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S + 50), "live");
  assert.equal(cache.apply(report(B, T0_S), "live"), true);
});

Deno.test("a live aircraft is stale after 60 s and gone after 120 s of the given clock", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S), "live");
  for (
    const [afterMs, status] of [
      [0, "NORMAL"],
      [59_999, "NORMAL"],
      [60_000, "STALE"],
      [119_999, "STALE"],
      [120_000, undefined],
    ] as const
  ) {
    cache.advance(ms(T0_S) + afterMs);
    assert.equal(cache.get(A)?.status, status, `after ${afterMs} ms`);
  }
  assert.equal(cache.size, 0);
});

Deno.test("going stale is news once, and a new report ends it", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S), "live");
  cache.tick();
  cache.advance(ms(T0_S + 60));
  const [stale] = cache.tick().upserts;
  assert.deepEqual(toFlight(stale!), { ...report(A, T0_S), status: "STALE" });
  cache.advance(ms(T0_S + 61));
  assert.equal(cache.hasChanges, false);
  cache.apply(report(A, T0_S + 61), "live");
  cache.advance(ms(T0_S + 62));
  assert.deepEqual(cache.tick().upserts.map(({ status }) => status), ["NORMAL"]);
});

Deno.test("a replayed aircraft ages by the newest event time, whatever the clock says", () => {
  const cache = newCache();
  const muchLater = ms(T0_S + 1e6);
  cache.apply(report(A, T0_S), "replay");
  for (
    const [newestS, status] of [
      [59, "NORMAL"],
      [60, "STALE"],
      [119, "STALE"],
      [120, undefined],
    ] as const
  ) {
    cache.apply(report(B, T0_S + newestS), "replay");
    cache.advance(muchLater);
    assert.equal(cache.get(A)?.status, status, `${newestS} s on`);
    assert.equal(cache.get(B)?.status, "NORMAL");
  }
});

Deno.test("while a replay stands still nobody ages", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S), "replay");
  cache.apply(report(B, T0_S + 59), "replay");
  cache.tick();
  for (let hour = 1; hour < 100; hour++) cache.advance(Date.UTC(2024, 6, 1, hour));
  assert.equal(cache.hasChanges, false);
  assert.equal(cache.size, 2);
});

Deno.test("live and replayed aircraft each age by their own time", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S), "replay");
  cache.apply(report(B, T0_S + 1e6), "live");
  cache.advance(ms(T0_S + 1e6));
  assert.deepEqual([cache.get(A)!.status, cache.get(B)!.status], ["NORMAL", "NORMAL"]);
  cache.advance(ms(T0_S + 1e6 + 120));
  assert.deepEqual(Array.from(cache.all(), ({ flight }) => flight.icao24), [A]);
  assert.equal(cache.streamMs, ms(T0_S + 1e6));
});

Deno.test("a replay that begins again has its own time, though not all the old ones left first", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S + 100), "replay");
  cache.apply(report(B, T0_S + 100), "replay");
  cache.advance(0);
  // One partition of the log is read ahead of the other.
  cache.remove(A);
  cache.apply(report(A, T0_S), "replay");
  cache.remove(B);
  cache.apply(report(B, T0_S + 1), "replay");
  cache.advance(0);
  assert.deepEqual([cache.get(A)?.status, cache.get(B)?.status], ["NORMAL", "NORMAL"]);
  assert.equal(cache.streamMs, ms(T0_S + 1));
});

Deno.test("a live clock that is ahead is nobody's time but its own", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S + 1800), "live");
  cache.apply(report(B, T0_S), "live");
  cache.advance(ms(T0_S + 5));
  assert.equal(cache.streamMs, ms(T0_S + 5));
});

Deno.test("one replayed report from the future makes nobody leave; a second aircraft is believed", () => {
  const cache = newCache();
  const [later, clock] = [T0_S + 400 * 86_400, ms(T0_S)];
  for (const icao24 of [A, B]) cache.apply(report(icao24, T0_S), "replay");
  cache.apply(report(C, later), "replay");
  assert.equal(cache.streamMs, ms(T0_S));
  cache.apply(report(A, T0_S + 1), "replay");
  cache.advance(clock);
  assert.deepEqual([cache.size, cache.streamMs], [3, ms(T0_S + 1)]);
  cache.apply(report(A, later + 1), "replay");
  cache.advance(clock);
  assert.deepEqual([cache.size, cache.streamMs], [2, ms(later + 1)], "B has left");
});

Deno.test("one that is alone after hours without anybody is believed with its second report", () => {
  const cache = newCache();
  const [later, clock] = [T0_S + 5 * 3600, ms(T0_S)];
  for (const icao24 of [A, B]) cache.apply(report(icao24, T0_S), "replay");
  for (let s = 0; s < 3; s++) {
    cache.apply(report(A, later + s), "replay");
    cache.advance(clock);
    assert.equal(cache.streamMs, ms(s === 0 ? T0_S : later + s));
  }
  assert.equal(cache.size, 1, "B has left");
});

Deno.test("a wrong clock that goes on is not believed while others are heard", () => {
  const cache = newCache();
  const clock = ms(T0_S);
  for (let s = 0; s < 5; s++) {
    for (const icao24 of [A, B]) cache.apply(report(icao24, T0_S + s), "replay");
    cache.apply(report(C, T0_S + 400 * 86_400 + s), "replay");
    cache.advance(clock);
    assert.deepEqual([cache.size, cache.streamMs], [3, ms(T0_S + s)]);
  }
  // Twice in a row it is, until somebody else is heard.
  cache.apply(report(C, T0_S + 400 * 86_400 + 9), "replay");
  assert.equal(cache.streamMs, ms(T0_S + 400 * 86_400 + 9));
  cache.apply(report(A, T0_S + 9), "replay");
  cache.advance(clock);
  assert.deepEqual([cache.size, cache.streamMs], [3, ms(T0_S + 9)]);
});

Deno.test("what is not there has no time and no mode; the newest report gives both", () => {
  const cache = newCache();
  assert.deepEqual([cache.streamMs, cache.mode, cache.size], [undefined, undefined, 0]);
  cache.apply(report(A, T0_S + 5), "replay");
  cache.apply(report(B, T0_S), "live");
  assert.deepEqual([cache.streamMs, cache.mode, cache.size], [ms(T0_S + 5), "live", 2]);
});

Deno.test("each tick has the next number and says what changed in it, each aircraft once", () => {
  const cache = newCache();
  assert.equal(cache.sequence, 0);
  cache.apply(report(A, T0_S), "live");
  cache.apply(report(A, T0_S + 1), "live");
  cache.apply(report(B, T0_S), "live");
  assert.equal(cache.hasChanges, true);
  assert.deepEqual(names(cache.tick()), { upserts: [A, B], removed: [] });
  assert.equal(cache.sequence, 1);
  assert.equal(cache.hasChanges, false);
  assert.deepEqual(names(cache.tick()), nothing);
  assert.equal(cache.sequence, 2);
  cache.remove(A);
  assert.equal(cache.hasChanges, true);
  assert.deepEqual(names(cache.tick()), { upserts: [], removed: [A] });
});

Deno.test("whoever is removed and comes again within a tick is only updated", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S + 10), "live");
  cache.tick();
  cache.remove(A);
  // Older than before it left, and yet news: nothing is known of it any more.
  assert.equal(cache.apply(report(A, T0_S), "live"), true);
  assert.deepEqual(names(cache.tick()), { upserts: [A], removed: [] });
  assert.deepEqual(names(cache.changesSince(1)!), { upserts: [A], removed: [] });
});

Deno.test("whoever comes and is removed within a tick is not in the upserts", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S), "live");
  cache.remove(A);
  assert.deepEqual(cache.tick().upserts, []);
  assert.deepEqual(cache.changesSince(0)!.upserts, []);
});

Deno.test("removing whoever is not there is no news", () => {
  const cache = newCache();
  cache.remove(A);
  assert.equal(cache.hasChanges, false);
});

Deno.test("changesSince joins the deltas after a number", () => {
  const cache = newCache();
  cache.apply(report(A, T0_S), "live");
  cache.apply(report(B, T0_S), "live");
  cache.tick(); // 1: A and B come
  cache.remove(A);
  cache.apply(report(C, T0_S), "live");
  cache.tick(); // 2: A goes, C comes
  cache.apply(report(A, T0_S), "live");
  cache.remove(B);
  cache.tick(); // 3: A comes again, B goes
  cache.remove(C);
  cache.tick(); // 4: C goes
  assert.deepEqual(names(cache.changesSince(0)!), { upserts: [A], removed: [C, B] });
  assert.deepEqual(names(cache.changesSince(1)!), { upserts: [A], removed: [C, B] });
  assert.deepEqual(names(cache.changesSince(2)!), { upserts: [A], removed: [C, B] });
  assert.deepEqual(names(cache.changesSince(3)!), { upserts: [], removed: [C] });
  assert.deepEqual(names(cache.changesSince(4)!), nothing);
});

Deno.test("20 000 removals are remembered; who needs an older one is told that it is too late", () => {
  const cache = newCache();
  const comeAndGo = (count: number) => {
    for (let i = 0; i < count; i++) {
      const icao24 = i.toString(16).padStart(6, "0");
      cache.apply(report(icao24, T0_S), "live");
      cache.remove(icao24);
    }
    cache.tick();
  };
  comeAndGo(10); // 1
  comeAndGo(19_990); // 2
  assert.equal(cache.changesSince(0)!.removed.length, 19_990, "the same names, once each");
  comeAndGo(1); // 3: one of the first ten is forgotten
  assert.equal(cache.changesSince(0), undefined);
  assert.equal(cache.changesSince(1)!.removed.length, 19_990);
  comeAndGo(25_000); // 4: part of its own removals is forgotten
  assert.equal(cache.changesSince(3), undefined);
  assert.deepEqual(names(cache.changesSince(4)!), nothing);
});

/** A client's picture of the sky, by aircraft. */
type Picture = Map<string, Flight>;

const pictureOf = (cache: FlightCache): Picture =>
  new Map(Array.from(cache.all(), (cached) => [cached.flight.icao24, toFlight(cached)]));

function follow(picture: Picture, { upserts, removed }: Changes): void {
  const both = removed.filter((name) => upserts.some(({ flight }) => flight.icao24 === name));
  assert.deepEqual(both, [], "updated and removed at once");
  for (const cached of upserts) picture.set(cached.flight.icao24, toFlight(cached));
  for (const icao24 of removed) picture.delete(icao24);
}

/** The same rules in their plainest form: no deltas, no bookkeeping. */
class PlainSky {
  readonly #flights = new Map<string, { flight: Flight; mode: SourceMode }>();

  apply(flight: Flight, mode: SourceMode): void {
    const known = this.#flights.get(flight.icao24);
    if (known && lastContactMs(flight) < lastContactMs(known.flight)) return;
    this.#flights.set(flight.icao24, { flight, mode });
  }

  remove(icao24: string): void {
    this.#flights.delete(icao24);
  }

  advance(nowMs: number): void {
    const replayed = [...this.#flights.values()].filter(({ mode }) => mode === "replay");
    const replayMs = Math.max(...replayed.map(({ flight }) => lastContactMs(flight)));
    for (const [icao24, { flight, mode }] of this.#flights) {
      const ageS = ((mode === "live" ? nowMs : replayMs) - lastContactMs(flight)) / 1000;
      if (ageS >= STALE_AFTER_S) flight.status = "STALE";
      if (ageS >= 2 * STALE_AFTER_S) this.#flights.delete(icao24);
    }
  }

  picture(): Picture {
    return new Map(Array.from(this.#flights, ([icao24, { flight }]) => [icao24, flight]));
  }
}

for (const seed of [1, 2, 3, 4, 5]) {
  Deno.test(`clients that follow, skip ticks or join late have the cache's content, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const below = (n: number) => Math.floor(random() * n);
    const cache = newCache();
    const plain = new PlainSky();
    const clients = Array.from({ length: 8 }, (_, i) => ({
      picture: new Map() as Picture,
      sequence: 0,
      skips: i / 8,
    }));
    let nowS = T0_S;
    let [gaps, stale] = [0, 0];
    for (let step = 0; step < 4000; step++) {
      const icao24 = `a000${below(40).toString(16).padStart(2, "0")}`;
      const mode = random() < 0.5 ? "live" : "replay";
      switch (below(10)) {
        case 0:
          cache.remove(icao24);
          plain.remove(icao24);
          break;
        case 1:
          nowS += below(15);
          cache.advance(ms(nowS));
          plain.advance(ms(nowS));
          break;
        case 2: {
          const changes = cache.tick();
          for (const client of clients) {
            const { picture, sequence, skips } = client;
            if (random() < skips) continue;
            const isInStep = sequence === cache.sequence - 1;
            if (!isInStep) gaps++;
            // Who is in step may be told either way.
            follow(
              picture,
              isInStep && random() < 0.5 ? changes : cache.changesSince(sequence)!,
            );
            client.sequence = cache.sequence;
            assert.deepEqual(picture, pictureOf(cache), `step ${step}, after ${sequence}`);
          }
          break;
        }
        case 3: {
          const joining = clients[below(clients.length)]!;
          joining.picture = pictureOf(cache);
          joining.sequence = cache.sequence;
          break;
        }
        default: {
          const flight = report(icao24, nowS - below(70), { altitude_m: below(10_000) });
          if (random() < 0.5) flight.last_contact_ms = lastContactMs(flight) + below(1000);
          cache.apply(flight, mode);
          plain.apply({ ...flight, status: "NORMAL" }, mode);
        }
      }
      stale += Array.from(cache.all()).filter(({ status }) => status === "STALE").length;
      assert.deepEqual(pictureOf(cache), plain.picture(), `step ${step}`);
    }
    assert(gaps > 100 && stale > 100, `too tame: ${gaps} gaps, ${stale} stale`);
  });
}
