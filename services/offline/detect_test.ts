import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { Sky } from "../../core/sky.ts";
import { Watch } from "../../core/watch.ts";
import { loadAirportIndex } from "../airports.ts";
import { readRecording } from "../ingest/sources/formats.ts";
import { detect, extentOf, isWithdrawn, toEvent } from "./detect.ts";

const at = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url).pathname;
const RECORDINGS = [
  at("quality/gliders.jsonl.gz"),
  at("quality/surveillance_tv.jsonl.gz"),
  at("opensky_nyc_sample.jsonl"),
];
const AIRPORTS = await loadAirportIndex();

async function told(file: string): Promise<string[]> {
  const lines: string[] = [];
  await detect(file, AIRPORTS, (event) => lines.push(JSON.stringify(event)));
  return lines;
}

/** The same of so many partitions, each with a clock of its own, run after so many reports. */
async function toldOf(file: string, partitions: number, seed: number): Promise<string[]> {
  const random = seededRandom(seed);
  const watches = Array.from({ length: partitions }, () => new Watch(AIRPORTS));
  const sky = new Sky(AIRPORTS);
  const anomalies: AnomalyPayload[] = [];
  const extent = await extentOf(file);
  for await (const entries of readRecording(file)) {
    for (const { parsed } of entries) {
      if (!parsed.ok) continue;
      const { flight } = parsed.value;
      const partition = parseInt(flight.icao24, 16) % partitions;
      anomalies.push(...watches[partition]!.observe(flight, extent));
      sky.observe(flight, partition);
      if (random() < 0.01) anomalies.push(...sky.run());
    }
  }
  anomalies.push(...watches.flatMap((watch) => watch.close()), ...sky.close());
  return anomalies.filter((anomaly) => anomaly.state === "RESOLVED" && !isWithdrawn(anomaly))
    .map((anomaly) => JSON.stringify(toEvent(anomaly)));
}

Deno.test("two runs tell the same to the byte; so do 2, 5 and 12 partitions, in whatever order", async () => {
  for (const file of RECORDINGS) {
    const once = await told(file);
    assert(once.length > 5, `${once.length} events`);
    assert.deepEqual(await told(file), once);
    for (const partitions of [2, 5, 12]) {
      assert.deepEqual((await toldOf(file, partitions, partitions)).sort(), once.toSorted());
    }
  }
});

Deno.test("a file of no report fails, with what is wrong with its first line", async () => {
  const file = await Deno.makeTempFile();
  const failure = async (text: string) => {
    await Deno.writeTextFile(file, text);
    return await detect(file, AIRPORTS, () => {}).then(() => "", (error) => error.message);
  };
  try {
    assert.match(await failure(""), /^there is no report in it; docs/);
    assert.match(await failure("PAR1\n"), /\(line 1: not JSON: /);
    assert.match(
      await failure("icao24,time,lat\n3944ee,1633609119,48.7\n"),
      /\(line 2: lon is missing/,
    );
    const report = { icao24: "3944ee", time: 1633609119000, lat: 48.7, lon: 2.2 };
    assert.match(
      await failure(JSON.stringify(report)),
      /\(line 1: time is 1633609119000, but must be/,
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("what is asked for by --help is its result", async () => {
  for (const command of ["detect", "track", "record"]) {
    const file = new URL(`./${command}.ts`, import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", file, "--help"],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.match(text(stdout), new RegExp(`deno task ${command} `));
    assert.deepEqual([code, text(stderr)], [0, ""]);
  }
});

Deno.test("a file of no report among others is told, and the others are read", async () => {
  const empty = await Deno.makeTempFile();
  const gliders = new URL("../../fixtures/quality/gliders.jsonl.gz", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./detect.ts", import.meta.url).pathname, empty, gliders],
  }).output();
  await Deno.remove(empty);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.deepEqual(text(stdout).trimEnd().split("\n").sort(), (await told(gliders)).sort());
  assert.match(text(stderr), /: there is no report in it; .*\n[\d,]+ reports of /);
  assert.equal(code, 1);
});
