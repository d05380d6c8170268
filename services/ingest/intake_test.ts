import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import type { Report } from "../../core/merge.ts";
import type { Bus, OutRecord } from "../bus/bus.ts";
import { loadConfig } from "../config.ts";
import { eventually } from "../testing/deadline.ts";
import { Intake, type IntakeParts, type SourceIntake } from "./intake.ts";
import { createIngestMetrics } from "./metrics.ts";
import { Publisher } from "./publisher.ts";

const NOW_MS = 1_717_250_400_000;
const nothing = () => new Uint8Array([1]);

function said(icao24: string, atMs: number, lat = 41, fields: Partial<Report> = {}): Report {
  return {
    icao24,
    position: { lat, lon: -74 },
    velocity_mps: 100,
    last_contact_unix: Math.floor(atMs / 1000),
    last_contact_ms: atMs,
    time_position_ms: atMs,
    ...fields,
  };
}

/** An intake whose log can be away, and whose clock stands where it is put. */
function fakeIntake(parts: Partial<IntakeParts> = {}) {
  const published: { topic: string; record: OutRecord }[] = [];
  let isThere = Promise.withResolvers<void>();
  isThere.resolve();
  const bus: Bus = {
    publish: async (topic, records) => {
      await isThere.promise;
      for (const record of records) published.push({ topic, record });
    },
    read: () => Promise.reject(new Error("nobody reads here")),
    status: () => ({ kind: "embedded", status: "ok" }),
    close: () => Promise.resolve(),
  };
  const config = loadConfig({});
  const metrics = createIngestMetrics([config.KAFKA_TOPIC_STATE, config.KAFKA_TOPIC_UPDATES]);
  const clock = { nowMs: NOW_MS };
  const intake = new Intake({
    publisher: new Publisher(bus, config, metrics),
    metrics,
    there: new Map(),
    tellsProvenance: false,
    now: () => clock.nowMs,
    ...parts,
  });
  const open = (name = "roof", bbox?: { lat_min: number; lat_max: number }): SourceIntake =>
    intake.open({
      name,
      provider: "readsb",
      producerId: `me/${name}`,
      bbox: bbox && { ...bbox, lon_min: -75, lon_max: -73 },
      pollIntervalS: 1,
    });
  const values = (topic: string) =>
    published.filter((one) => one.topic === topic).map(({ record }) =>
      record.value && JSON.parse(new TextDecoder().decode(record.value))
    );
  return {
    intake,
    open,
    clock,
    published,
    values,
    flights: () => values(TOPICS.updates).map(({ payload }) => payload),
    metrics: () => metrics.registry.metrics(),
    away: () => isThere = Promise.withResolvers<void>(),
    back: () => isThere.resolve(),
  };
}

/** Runs the pump while `use` looks on. */
async function pumping(fake: ReturnType<typeof fakeIntake>, use: () => Promise<void>) {
  const stop = new AbortController();
  const running = fake.intake.pump(stop.signal);
  try {
    await use();
  } finally {
    fake.back();
    stop.abort();
    await running;
  }
}

Deno.test("while the log is away the oldest reports go, beyond the bound, and are counted", async () => {
  const fake = fakeIntake({ mostQueued: 10 });
  const roof = fake.open();
  fake.away();
  await pumping(fake, async () => {
    // The first is under way to the log when it goes away.
    roof.report(said("a00000", NOW_MS), nothing);
    await eventually(() => fake.intake.queued === 0, "the first to be under way");
    for (let i = 1; i <= 30; i++) roof.report(said(`a000${10 + i}`, NOW_MS), nothing);
    assert.equal(fake.intake.queued, 10);
    assert.match(await fake.metrics(), /^producer_reports_dropped_total{source="roof"} 20$/m);
    fake.back();
    await eventually(() => fake.flights().length === 11, "what was kept");
    const kept = Array.from({ length: 10 }, (_, i) => `a000${31 + i}`);
    assert.deepEqual(fake.flights().map(({ icao24 }) => icao24), ["a00000", ...kept]);
  });
});

Deno.test("who is silent for two minutes gets a tombstone, whoever had put them on the log", async () => {
  const there = new Map([["b00001", NOW_MS - 100_000], ["b00002", 0]]);
  const fake = fakeIntake({ there });
  const roof = fake.open();
  const gone = () =>
    fake.published.filter(({ topic, record }) => topic === TOPICS.state && record.value === null)
      .map(({ record }) => record.key);
  await pumping(fake, async () => {
    roof.report(said("a00001", NOW_MS), nothing);
    await eventually(() => gone().length === 1, "the one of long ago to leave");
    assert.deepEqual(gone(), ["b00002"]);
    fake.clock.nowMs += 30_000;
    roof.report(said("a00002", fake.clock.nowMs), nothing);
    await eventually(() => gone().length === 2, "the one of an earlier run to leave");
    fake.clock.nowMs += 95_000;
    roof.report(said("a00002", fake.clock.nowMs), nothing);
    await eventually(() => gone().length === 3, "the silent one to leave");
    assert.deepEqual(gone(), ["b00002", "b00001", "a00001"]);
  });
});

Deno.test("who has left comes back as new, with nothing of what it said before", async () => {
  const fake = fakeIntake();
  const [roof, hill] = [fake.open("roof"), fake.open("hill")];
  await pumping(fake, async () => {
    roof.report(said("a00001", NOW_MS, 41, { callsign: "DAL1" }), nothing);
    await eventually(() => fake.flights().length === 1, "it to be there");
    fake.clock.nowMs += 130_000;
    await eventually(() => fake.values(TOPICS.state).includes(null), "it to leave");
    hill.report(said("a00001", fake.clock.nowMs, 60), nothing);
    const { callsign } = await eventually(() => fake.flights()[1], "it to be back");
    assert.equal(callsign, null);
  });
});

Deno.test("what cannot be is refused with its reason, what is no news is counted", async () => {
  const fake = fakeIntake();
  const roof = fake.open("roof", { lat_min: 40, lat_max: 42 });
  await pumping(fake, async () => {
    for (const atMs of [NOW_MS - 3000, NOW_MS - 2000]) roof.report(said("a00001", atMs), nothing);
    roof.report(said("a00001", NOW_MS - 2000), nothing);
    roof.report(said("a00001", NOW_MS - 1000, 40.1), nothing);
    roof.report(said("a00002", NOW_MS + 60_000), nothing);
    roof.report(said("a00003", NOW_MS - 500_000), nothing);
    roof.report(said("a00004", NOW_MS, 43), nothing);
    roof.report(said("a00005", NOW_MS, 41, { altitude_m: 60_000 }), nothing);
    roof.report(said("a00006", NOW_MS, 41, { position: null }), nothing);
    roof.rejected("not_icao");
    roof.beat({ api_status: "ok", poll_latency_ms: 1, flights_count: 9 });
    const beat = await eventually(() => fake.values(TOPICS.heartbeat)[0], "the heartbeat");
    assert.deepEqual(beat.payload.rejected, {
      duplicate: 1,
      implausible_position: 1,
      implausible_time: 1,
      late: 1,
      outside: 1,
      impossible_value: 1,
      no_position: 1,
      not_icao: 1,
    });
    const letters = fake.values(TOPICS.deadletter).map(({ payload }) => payload);
    assert.deepEqual(letters.map(({ reason_code, origin }) => [reason_code, origin]), [
      ["implausible_position", { source: "roof" }],
      ["implausible_time", { source: "roof" }],
      ["impossible_value", { source: "roof" }],
    ]);
    assert.match(letters[0].reason, /40.1, -74, where a00001 cannot have come since/);
  });
});

Deno.test("an address that two aircraft have stays with the first, whoever hears the second", async () => {
  const fake = fakeIntake();
  const [roof, hill] = [fake.open("roof"), fake.open("hill")];
  await pumping(fake, async () => {
    for (let i = 0; i < 20; i++) {
      fake.clock.nowMs += 1000;
      roof.report(said("a00001", fake.clock.nowMs, 41 + i / 2000), nothing);
      hill.report(said("a00001", fake.clock.nowMs, 51 + i / 2000), nothing);
    }
    await eventually(() => fake.flights().length === 20, "the first one's reports");
    assert(fake.flights().every(({ position }) => position.lat < 42));
    const counted = await fake.metrics();
    assert.match(counted, /{source="hill",reason="implausible_position"} 20/);
  });
});

Deno.test("the heartbeat comes behind the reports that were given before it", async () => {
  const fake = fakeIntake();
  const roof = fake.open();
  await pumping(fake, async () => {
    roof.report(said("a00001", NOW_MS), nothing);
    roof.beat({ api_status: "ok", poll_latency_ms: 1, flights_count: 1 });
    await eventually(() => fake.values(TOPICS.heartbeat).length === 1, "the heartbeat");
    const topics = fake.published.map(({ topic }) => topic);
    assert(topics.indexOf(TOPICS.updates) < topics.indexOf(TOPICS.heartbeat));
  });
});
