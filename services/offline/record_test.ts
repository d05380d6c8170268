import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import { loadAirportIndex } from "../airports.ts";
import type { Batch, Bus } from "../bus/bus.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { eventually, within } from "../testing/deadline.ts";
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

Deno.test("what is published on the topic is written in the order of that, whatever partition it is on", async () => {
  await inFolder(async (folder) => {
    const publishedMs = Date.now() - 60_000;
    const batchOf = (partition: number): Batch => ({
      from: 0,
      topic: TOPICS.updates,
      partition,
      missed: 0,
      endOffset: 50,
      records: Array.from({ length: 50 }, (_, i) => ({
        key: `a0000${partition}`,
        value: new TextEncoder().encode(`${3 * i + partition}`),
        offset: i,
        timestampMs: publishedMs + 3 * i + partition,
      })),
    });
    const batches = [0, 1, 2].map(batchOf);
    const closed = Promise.withResolvers<undefined>();
    const bus: Bus = {
      read: ({ topics, from }) => {
        assert.deepEqual([topics, from], [[TOPICS.updates], "latest"]);
        return Promise.resolve({
          next: () => Promise.resolve(batches.shift() ?? closed.promise),
          rewind: () => Promise.resolve(),
          commit: () => Promise.resolve(),
          lag: () => Promise.resolve([]),
          close: () => Promise.resolve(closed.resolve(undefined)),
        });
      },
      publish: () => Promise.reject(new Error("nobody publishes here")),
      status: () => ({ kind: "embedded", status: "ok" }),
      close: () => Promise.resolve(),
    };
    const path = `${folder}/topic.jsonl`;
    const recording = await Recording.create(path);
    const stop = new AbortController();
    const writing = recordTopic(loadConfig({}), recording, { bus, stop });
    await eventually(() => recording.reports === 150, "every report in the file");
    stop.abort();
    await writing;
    await recording.close();
    const lines = (await Deno.readTextFile(path)).trim().split("\n").map(Number);
    assert.deepEqual(lines, Array.from({ length: 150 }, (_, i) => i));
  });
});

Deno.test("while a broker is waited for, it can be stopped", async () => {
  await inFolder(async (folder) => {
    const [asked, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()];
    const bus: Bus = {
      read() {
        asked.resolve();
        return closed.promise;
      },
      publish: () => Promise.reject(new Error("nobody publishes here")),
      status: () => ({ kind: "kafka", status: "connecting" }),
      close: () => Promise.resolve(closed.reject(new Error("closed"))),
    };
    const recording = await Recording.create(`${folder}/none.jsonl`);
    const stop = new AbortController();
    const writing = recordTopic(loadConfig({}), recording, { bus, stop });
    await asked.promise;
    stop.abort();
    await within(writing, "the end");
    await recording.close();
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
