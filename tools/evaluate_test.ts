import assert from "node:assert/strict";
import { loadAirportIndex } from "../services/airports.ts";
import { detect, type Event } from "../services/offline/detect.ts";
import { evaluateEvents } from "./evaluate.ts";
import { type Label, rates, scoreEvents } from "./score.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);

/** What the scorecard must at least say of our own labelled recordings. */
const AT_LEAST: Readonly<Record<string, { f1?: number; recall?: number; overlap?: number }>> = {
  emergency_squawk: { f1: 1 },
  emergency_descent: { f1: 0.95 },
  unusual_speed: { f1: 0.98 },
  gps_jamming: { f1: 1 },
  frozen_position: { recall: 0.98 },
  gnss_spoofing: { f1: 0.95 },
  signal_loss: { f1: 0.98 },
  go_around: { recall: 0.9 },
  proximity: { f1: 0.9 },
  circling: { f1: 0.95, overlap: 0.85 },
  loitering: { f1: 0.97, overlap: 0.85 },
};

Deno.test("the scorecard's main lines hold on our own recordings", async (t) => {
  const { totals } = await evaluateEvents(new URL("quality/", FIXTURES), await loadAirportIndex());
  for (const [event, least] of Object.entries(AT_LEAST)) {
    await t.step(event, () => {
      const score = totals.get(event)!;
      const { f1, recall } = rates(score);
      const overlap = score.overlaps.reduce((sum, share) => sum + share, 0) / score.overlaps.length;
      assert(f1 >= (least.f1 ?? 0), `F1 is ${f1}`);
      assert(recall >= (least.recall ?? 0), `recall is ${recall}`);
      assert(overlap >= (least.overlap ?? 0), `overlap is ${overlap}`);
      assert.equal(score.onNegatives, 0, "a hard negative was taken for one");
    });
  }
});

Deno.test("the simulated sample has the events it was made with, and few others", async () => {
  const expected = JSON.parse(
    await Deno.readTextFile(new URL("opensky_nyc_sample.expected.json", FIXTURES)),
  ).events as { icao24: string; event: string; start: number; stop: number }[];
  const found: Event[] = [];
  const file = new URL("opensky_nyc_sample.jsonl", FIXTURES).pathname;
  await detect(file, await loadAirportIndex(), (event) => found.push(event));
  for (const { icao24, event, start, stop } of expected) {
    const hit = found.find((one) => one.icao24 === icao24 && one.event === event);
    assert(hit, `${event} of ${icao24} was not found`);
    assert(hit.start <= stop && hit.stop >= start, `${event} of ${icao24} is at another time`);
  }
  const others = found.filter((one) =>
    !expected.some(({ icao24, event }) => one.icao24 === icao24 && one.event === event)
  );
  // An emergency descent is a rapid change of altitude, too.
  assert.deepEqual(others.map(({ icao24, event }) => `${icao24} ${event}`), [
    "a7700d rapid_altitude_change",
  ]);
});

Deno.test("scoring: one hit a label, the best overlap first; negatives and excused ones apart", () => {
  const label = (fields: Partial<Label>): Label => ({
    icao24: "a00001",
    event: "circling",
    start: 100,
    stop: 200,
    dataset: "d",
    trust: "exact",
    ...fields,
  });
  const hit = { icao24: "a00001", event: "circling", start: 110, stop: 200, detected_at: 150 };
  const second = { ...hit, start: 190, stop: 240 };
  const stray = { ...hit, start: 900, stop: 950 };
  const negative = label({
    icao24: "a00002",
    event: "NEG_position_outlier",
    trust: "exact (injected)",
  });
  const onNegative = { ...hit, icao24: "a00002" };
  const score = scoreEvents([second, hit, stray, onNegative], [label({}), negative]).get(
    "circling",
  )!;
  assert.deepEqual(
    [score.hits, score.misses, score.falseAlarms, score.onNegatives],
    [1, 0, 2, 1],
  );
  assert.deepEqual([score.overlaps, score.latenciesS], [[0.9], [50]]);
  const doubtful = label({ event: "circling_candidate" });
  assert.equal(scoreEvents([hit], [doubtful]).get("circling")!.falseAlarms, 0);
});
