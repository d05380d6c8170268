import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import { loadAirportIndex } from "../airports.ts";
import { Broker } from "../bus/broker.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { eventually } from "../testing/deadline.ts";
import { detect, type Event } from "./detect.ts";
import { Recording, recordSources, recordTopic } from "./record.ts";

const NYC = new URL("../../fixtures/opensky_nyc_sample.jsonl", import.meta.url).pathname;
const INJECTED = new URL("../../fixtures/quality/injected_dev.jsonl.gz", import.meta.url).pathname;
const silent = createLog({ role: "record", level: "error", format: "text" }, () => {});

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function eventsIn(file: string): Promise<Event[]> {
  const events: Event[] = [];
  await detect(file, await loadAirportIndex(), (event) => events.push(event));
  return events;
}

/** Plays SOURCES to its end into a file. */
async function recorded(SOURCES: string, path: string): Promise<number> {
  const recording = await Recording.create(path);
  const config = loadConfig({ SOURCES, REPLAY_SPEED: "max" });
  await recordSources(config, recording, { log: silent, stop: new AbortController() });
  await recording.close();
  return recording.reports;
}

/** The first lines of a packed recording, as a file of its own. */
async function beginningOf(file: string, lines: number, path: string): Promise<void> {
  const unpacked = (await Deno.open(file)).readable.pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(unpacked).text();
  await Deno.writeTextFile(path, text.split("\n").slice(0, lines).join("\n") + "\n");
}

Deno.test("a recording of a replay has the same anomalies as what was replayed", async () => {
  await inFolder(async (folder) => {
    await beginningOf(INJECTED, 12_000, `${folder}/injected.jsonl`);
    for (const file of [NYC, `${folder}/injected.jsonl`]) {
      const events = await eventsIn(file);
      assert(events.length > 0, `${file} has nothing to be detected`);
      for (const name of ["copy.jsonl", "copy.jsonl.gz"]) {
        const path = `${folder}/${file.length}${name}`;
        await recorded(`replay:${file}`, path);
        assert.deepEqual(await eventsIn(path), events, `${file} as ${name}`);
      }
    }
  });
});

Deno.test("a recording of a recording is the same, but for when it was published", async () => {
  await inFolder(async (folder) => {
    const [first, second] = [`${folder}/first.jsonl`, `${folder}/second.jsonl`];
    const reports = await recorded(`replay:${NYC}`, first);
    assert.equal(await recorded(`replay:${first}`, second), reports);
    const lines = async (path: string) =>
      (await Deno.readTextFile(path)).replaceAll(/"produced_at":"[^"]*"/g, "").split("\n");
    // The extent of a recording is that of its reports: it stays.
    assert.deepEqual(await lines(second), await lines(first));
  });
});

Deno.test("what is published on the topic is written, each aircraft's in its order", async () => {
  await inFolder(async (folder) => {
    const bus = new EmbeddedBus(new Broker({ compactedTopics: [TOPICS.state] }));
    const path = `${folder}/topic.jsonl`;
    const recording = await Recording.create(path);
    const stop = new AbortController();
    await bus.publish(TOPICS.updates, [{ key: "a", value: new TextEncoder().encode("before") }]);
    const writing = recordTopic(loadConfig({}), recording, { bus, stop });
    const lag = async () => {
      const reader = await bus.read({ topics: [TOPICS.updates], from: "earliest" });
      const lag = (await reader.lag()).reduce((sum, one) => sum + one.lag, 0);
      await reader.close();
      return lag;
    };
    assert.equal(await lag(), 1);
    const keys = ["a00001", "a00002", "a00003", "a00004", "a00005"];
    for (let i = 0; i < 50; i++) {
      const records = keys.map((key) => {
        return { key, value: new TextEncoder().encode(JSON.stringify({ key, i })) };
      });
      await bus.publish(TOPICS.updates, records);
    }
    await eventually(() => recording.reports === 250, "every report in the file");
    stop.abort();
    await writing;
    await recording.close();
    const lines = (await Deno.readTextFile(path)).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    for (const key of keys) {
      const own = lines.filter((line) => line.key === key).map(({ i }) => i);
      assert.deepEqual(own, Array.from({ length: 50 }, (_, i) => i));
    }
    await bus.close();
  });
});

Deno.test("a file that is there already is left alone, and a folder that is not is said", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/mine.jsonl`, "mine");
    await assert.rejects(Recording.create(`${folder}/mine.jsonl`), /is there already/);
    assert.equal(await Deno.readTextFile(`${folder}/mine.jsonl`), "mine");
    await assert.rejects(Recording.create(`${folder}/no/mine.jsonl`), /there is no such folder/);
  });
});
