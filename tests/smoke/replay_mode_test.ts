import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { HeartbeatEnvelope } from "../../contracts/heartbeat.ts";
import { Broker } from "../../services/bus/broker.ts";
import type { Bus, BusRecord, OutRecord } from "../../services/bus/bus.ts";
import { EmbeddedBus } from "../../services/bus/memory.ts";
import { loadConfig } from "../../services/config.ts";
import { runIngest } from "../../services/ingest/ingest.ts";
import { createLog } from "../../services/log.ts";

const FIXTURE = new URL("../../fixtures/opensky_nyc_sample.jsonl", import.meta.url).pathname;
const decoder = new TextDecoder();

interface Run {
  readonly published: { topic: string; record: OutRecord }[];
  readonly log: string;
  /** When it said that it begins, Unix ms. */
  readonly beganMs: number;
}

/** Replays until it says that it has ended, or until `enough` says so, on `bus` or a new one. */
async function replay(
  settings: Record<string, string>,
  { bus = newBus(), enough }: { bus?: Bus; enough?: (run: Run) => boolean } = {},
): Promise<Run> {
  const stop = new AbortController();
  const run = { published: [] as { topic: string; record: OutRecord }[], log: "", beganMs: 0 };
  const watch = () => {
    if (enough ? enough(run) : run.log.includes("The replay has ended")) stop.abort();
  };
  const observed: Bus = {
    publish: async (topic, records) => {
      for (const record of records) run.published.push({ topic, record });
      await bus.publish(topic, records);
      watch();
    },
    read: (options) => bus.read(options),
    status: () => bus.status(),
    close: () => bus.close(),
  };
  await runIngest({
    config: loadConfig({ REPLAY_FILE: FIXTURE, INGEST_METRICS_PORT: "0", ...settings }),
    bus: observed,
    log: createLog({ role: "ingest", level: "info", format: "text" }, (line) => {
      run.log += line;
      if (line.includes("Replaying")) run.beganMs = Date.now();
      watch();
    }),
    stopped: stop.signal,
    ready: () => {},
    roles: () => [],
  });
  return run;
}

function newBus(): Bus {
  return new EmbeddedBus(new Broker({ compactedTopics: [TOPICS.state] }));
}

/** What was published, per topic and key, without the time of publication. */
function byTopicAndKey({ published }: Run): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { topic, record } of published) {
    const name = `${topic} ${record.key}`;
    const text = record.value === null
      ? "null"
      : decoder.decode(record.value).replace(/"produced_at":"[^"]+"/, "");
    texts.set(name, [...texts.get(name) ?? [], text]);
  }
  return texts;
}

const of = (run: Run, topic: string) => run.published.filter((p) => p.topic === topic);
const flights = (run: Run, topic: string) =>
  of(run, topic).filter(({ record }) => record.value)
    .map(({ record }) => FlightEnvelope.parse(JSON.parse(decoder.decode(record.value!))));

Deno.test("two runs publish the same bytes in the same order per key, at any speed", async () => {
  const first = await replay({ REPLAY_SPEED: "max" });
  const second = await replay({ REPLAY_SPEED: "max" });
  const slower = await replay({ REPLAY_SPEED: "5000" });
  assert(first.published.length > 1000);
  assert.deepEqual(byTopicAndKey(second), byTopicAndKey(first));
  assert.deepEqual(byTopicAndKey(slower), byTopicAndKey(first));
});

Deno.test("every report is on both topics, refused lines are dead letters with their number", async () => {
  const expected = JSON.parse(
    await Deno.readTextFile(FIXTURE.replace(".jsonl", ".expected.json")),
  ) as { accepted: number; refused: { line: number; reason_code: string }[] };
  const run = await replay({ REPLAY_SPEED: "max" });
  assert.equal(flights(run, TOPICS.updates).length, expected.accepted);
  assert.deepEqual(
    flights(run, TOPICS.state).map(({ payload }) => payload),
    flights(run, TOPICS.updates).map(({ payload }) => payload),
  );
  const refused = of(run, TOPICS.deadletter).map(({ record }) => {
    const { origin, reason_code } = JSON.parse(decoder.decode(record.value!)).payload;
    return { line: origin.line, reason_code };
  });
  assert.deepEqual(refused, expected.refused);
  assert.match(run.log, new RegExp(`Published ${expected.accepted} flights in all`));
});

Deno.test("who is not heard of for 120 s of stream time gets a tombstone, and may come back", async () => {
  const file = await Deno.makeTempFile();
  const line = (at: number, icao24: string) =>
    JSON.stringify({ icao24, time: 1.6e9 + at, lat: 48, lon: 2 });
  const lines = [line(0, "aaa001"), line(0, "bbb001")];
  for (let at = 10; at <= 300; at += 10) lines.push(line(at, "bbb001"));
  lines.push(line(300, "aaa001"));
  await Deno.writeTextFile(file, lines.join("\n"));
  const run = await replay({ REPLAY_FILE: file, REPLAY_SPEED: "max" });
  await Deno.remove(file);
  const state = of(run, TOPICS.state).filter(({ record }) => record.key === "aaa001");
  assert.deepEqual(state.map(({ record }) => record.value === null), [false, true, false]);
  const tombstone = run.published.indexOf(state[1]!);
  const newest = run.published.slice(0, tombstone)
    .filter(({ topic, record }) => topic === TOPICS.state && record.key === "bbb001").at(-1)!;
  const seenAt = JSON.parse(decoder.decode(newest.record.value!)).payload.last_contact_unix - 1.6e9;
  assert(seenAt >= 110 && seenAt <= 130, `the tombstone came after ${seenAt} s`);
});

Deno.test("a loop goes on with later times and never back", async () => {
  const run = await replay({ REPLAY_SPEED: "max", REPLAY_LOOP: "true" }, {
    enough: ({ published }) => published.length > 15_000,
  });
  const newest = new Map<string, number>();
  let [backward, rounds] = [0, 0];
  for (const { payload } of flights(run, TOPICS.updates)) {
    const before = newest.get(payload.icao24) ?? 0;
    if (payload.last_contact_unix < before) backward++;
    if (payload.last_contact_unix - before > 3600) rounds++;
    newest.set(payload.icao24, Math.max(before, payload.last_contact_unix));
  }
  assert(rounds >= newest.size, "every aircraft begins");
  const firstRound = flights(await replay({ REPLAY_SPEED: "max" }), TOPICS.updates);
  const late =
    firstRound.filter(({ payload }, i) =>
      firstRound.slice(0, i).some((earlier) =>
        earlier.payload.icao24 === payload.icao24 &&
        earlier.payload.last_contact_unix > payload.last_contact_unix
      )
    ).length;
  assert(
    backward <= late * Math.ceil(run.published.length / firstRound.length),
    "only late reports",
  );
});

Deno.test("timing is kept: at speed 50, ten seconds of the recording take a fifth of a second", async () => {
  const file = await Deno.makeTempFile();
  const times = [0, 2, 4, 6, 8, 10];
  await Deno.writeTextFile(
    file,
    times.map((at) => JSON.stringify({ icao24: "aaa001", time: 1.6e9 + at, lat: 48, lon: 2 })).join(
      "\n",
    ),
  );
  const bus = newBus();
  const { beganMs } = await replay({ REPLAY_FILE: file, REPLAY_SPEED: "50" }, { bus });
  await Deno.remove(file);
  const reader = await bus.read({ topics: [TOPICS.updates], from: "earliest" });
  const records: BusRecord[] = [];
  while (records.length < times.length) records.push(...(await reader.next())!.records);
  await bus.close();
  for (const [i, record] of records.entries()) {
    const dueMs = times[i]! * 1000 / 50;
    // The clocks that it waits by and that it is looked at by count whole milliseconds.
    assert(record.timestampMs - beganMs >= dueMs - 2, `report ${i} is not early`);
  }
});

Deno.test("a replay that was cut off goes on where it was: nothing is missing", async () => {
  const bus = newBus();
  const whole = await replay({ REPLAY_SPEED: "max" });
  const cut = await replay({ REPLAY_SPEED: "max" }, {
    bus,
    enough: ({ published }) => published.length > whole.published.length / 2,
  });
  const rest = await replay({ REPLAY_SPEED: "max" }, { bus });
  const texts = (run: Run) =>
    of(run, TOPICS.updates).map(({ record }) =>
      decoder.decode(record.value!).replace(/"produced_at":"[^"]+"/, "")
    );
  assert(texts(rest).length < texts(whole).length, "it did not begin again");
  assert.deepEqual(new Set([...texts(cut), ...texts(rest)]), new Set(texts(whole)));
  assert.match(rest.log, /line=\d+/);
});

Deno.test("a replay that had ended begins again with an empty sky", async () => {
  const bus = newBus();
  const first = await replay({ REPLAY_SPEED: "max" }, { bus });
  const second = await replay({ REPLAY_SPEED: "max" }, { bus });
  const left = new Set<string>();
  for (const { record } of of(first, TOPICS.state)) {
    if (record.value) left.add(record.key!);
    else left.delete(record.key!);
  }
  const opening = of(second, TOPICS.state).slice(0, left.size);
  assert(opening.every(({ record }) => record.value === null));
  assert.deepEqual(new Set(opening.map(({ record }) => record.key)), left);
  assert.equal(flights(second, TOPICS.updates).length, flights(first, TOPICS.updates).length);
});

Deno.test("heartbeats come once per interval of stream time and say where the replay is", async () => {
  const run = await replay({ REPLAY_SPEED: "max", POLL_INTERVAL_SECONDS: "60" });
  const beats = of(run, TOPICS.heartbeat)
    .map(({ record }) =>
      HeartbeatEnvelope.parse(JSON.parse(decoder.decode(record.value!))).payload
    );
  const times = beats.map(({ timestamp }) => Date.parse(timestamp));
  const gaps = times.slice(1, -1).map((time, i) => time - times[i]!);
  assert(gaps.length > 10);
  assert.deepEqual(new Set(gaps), new Set([60_000]));
  assert.deepEqual(beats.map(({ replay }) => replay!.ended), [
    ...gaps.map(() => false),
    false,
    true,
  ]);
  assert(beats.some(({ flights_count }) => flights_count > 10));
});
