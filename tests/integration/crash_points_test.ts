/**
 * The process role in this thread, on an embedded log and a real PostGIS that fails now and then,
 * killed between two steps of its work; and the same with each of the promises broken that make this
 * harmless, which must show.
 */
import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { migrate } from "../../db/schema.ts";
import { withSql } from "../../db/testing.ts";
import type { Bus, Reader, ReadOptions } from "../../services/bus/bus.ts";
import { readLines } from "../../services/ingest/lines.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { newBroker, type RunningRole, startRole } from "../../services/testing/role.ts";
import { publishedDigest, tablesDigest } from "../crash_runs.ts";
import { createDatabase, externalUrl, postgisTest, startPostgis } from "../servers/postgis.ts";

const RECORDING = "fixtures/paris_2021-10-07.jsonl.gz";
/** When the sky is full; so many that the role takes checkpoints on the way. */
const [FIRST_LINE, LINES] = [40_000, 30_000];
const LIVES = 4;
const PATIENCE_MS = 300_000;

/** Every ninth write of history is answered as by a server that is stopped. */
const FAILS_NOW_AND_THEN = `
  create sequence writes;
  create function fail_now_and_then() returns trigger language plpgsql as $$ begin
    if nextval('writes') % 9 = 0 then raise exception 'stopped' using errcode = '57P01'; end if;
    return null;
  end $$;
  create trigger fails before insert on flights_history
    for each statement execute function fail_now_and_then();`;
/** Every ninth write of history is taken for done, but is not. */
const LOSES_NOW_AND_THEN = `
  create sequence writes;
  create function count_write() returns trigger language plpgsql as $$ begin
    perform nextval('writes');
    return null;
  end $$;
  create function lose_now_and_then() returns trigger language plpgsql as $$ begin
    return case when (select last_value from writes) % 9 > 0 then new end;
  end $$;
  create trigger counts before insert on flights_history
    for each statement execute function count_write();
  create trigger loses before insert on flights_history
    for each row execute function lose_now_and_then();`;
/** Checkpoints are kept with something of them changed. */
const checkpointWith = (change: string) => `
  create function change() returns trigger language plpgsql as $$ begin
    ${change};
    return new;
  end $$;
  create trigger changes before insert or update on process_checkpoints
    for each row execute function change();`;

/** Every other life ends when a checkpoint is kept, but not yet all of its offsets are committed. */
function seededEnds(seed: number): End[] {
  const random = seededRandom(seed);
  return Array.from(
    { length: LIVES },
    (_, life) =>
      life % 2 === 0
        // The first checkpoints of the partitions, and of what several aircraft do, are eight commits.
        ? { calls: Infinity, commits: 8 + Math.floor(8 * random()) }
        : { calls: Math.floor(100 * random()), commits: Infinity },
  );
}

/** When a checkpoint is kept and three of its four partitions are committed. */
const AT_CHECKPOINT: readonly End[] = [{ calls: Infinity, commits: 3 }];

const BROKEN: Readonly<Record<string, Partial<Run>>> = {
  "offsets are committed before the write": {
    ends: [{ calls: 6, commits: Infinity }],
    commitsEarly: true,
  },
  "a checkpoint has a later offset than its own": {
    ends: AT_CHECKPOINT,
    sql: checkpointWith("new.next_offset := new.next_offset + 500"),
  },
  "offsets are committed without a checkpoint": {
    ends: AT_CHECKPOINT,
    sql: checkpointWith("return null"),
  },
  "a write that failed is not done again": { sql: LOSES_NOW_AND_THEN },
};

/** A life of the role ends at its call of the log, or its commit, with this number. */
interface End {
  readonly calls: number;
  readonly commits: number;
}

const NEVER: End = { calls: Infinity, commits: Infinity };

interface Run {
  readonly server: string;
  readonly recording: string;
  /** Of the lives before the last, which goes on to the log's end. */
  readonly ends?: readonly End[];
  /** Commits what was read before it is written. */
  readonly commitsEarly?: boolean;
  /** Done to the database once it has its tables. */
  readonly sql?: string;
}

/** What a replay of the recording comes to. */
async function run(
  { server, recording, ends = [], commitsEarly = false, sql: change = "" }: Run,
) {
  const url = await createDatabase(server);
  await withSql(url, async (sql) => {
    await migrate(sql);
    await sql.unsafe(change);
  });
  const broker = newBroker();
  const settings = { DATABASE_URL: url, PROCESS_METRICS_PORT: "0", INGEST_METRICS_PORT: "0" };
  const replay = { REPLAY_FILE: recording, REPLAY_SPEED: "max", REPLAY_LOOP: "false" };
  const ingest = await startRole("ingest", { ...settings, ...replay }, broker);
  let processing: RunningRole | undefined;
  try {
    for (const end of [...ends, NEVER]) {
      await processing?.abandon();
      const line = new LogLine(end, commitsEarly && end !== NEVER);
      processing = await startRole("process", settings, broker, (bus) => line.through(bus));
      await Promise.race([line.cut, untilDone(ingest, line)]);
    }
    const published = await publishedDigest(processing!.bus, TOPICS.anomalies);
    return { ...await withSql(url, tablesDigest), published };
  } finally {
    await processing?.abandon();
    await ingest.abandon();
  }
}

/** One of its readers, and the last offset of each partition that it has read, and committed. */
interface Reading {
  readonly reader: Reader;
  /** Heartbeats are read without a group, and not committed. */
  readonly hasGroup: boolean;
  /** How often it has looked how far the log goes, since something was read or committed by anyone. */
  looks: number;
  readonly read: Map<number, number>;
  readonly committed: Map<number, number>;
}

/** A role's line to the log. It is cut at its end: nothing is ever answered after that. */
class LogLine {
  readonly readings: Reading[] = [];
  readonly #cut = Promise.withResolvers<void>();
  readonly #commitsEarly: boolean;
  isCut = false;
  #left: End;

  constructor(end: End, commitsEarly = false) {
    this.#left = end;
    this.#commitsEarly = commitsEarly;
  }

  get cut(): Promise<void> {
    return this.#cut.promise;
  }

  through(bus: Bus): Bus {
    return {
      publish: (topic, records) => this.#call(() => bus.publish(topic, records)),
      read: async (options) => this.#reading(await bus.read(options), options),
      status: () => bus.status(),
      close: () => bus.close(),
    };
  }

  /** Commits of the sky, which reads everything, are not counted: it is at another place of the log. */
  #reading(reader: Reader, { group, isWhole }: ReadOptions): Reader {
    const isCounted = !isWhole;
    const reading = this.#begin(reader, group !== undefined);
    const { read, committed } = reading;
    return {
      next: () =>
        this.#call(async () => {
          const batch = await reader.next();
          const last = batch?.records.at(-1);
          if (batch && last) read.set(batch.partition, last.offset);
          this.#lookAgain();
          if (batch && this.#commitsEarly) await reader.commit(batch);
          return batch;
        }),
      commit: (batch) => {
        const { calls, commits } = this.#left;
        if (isCounted) this.#left = { calls: commits > 0 ? calls : 0, commits: commits - 1 };
        return this.#call(async () => {
          await reader.commit(batch);
          committed.set(batch.partition, batch.records.at(-1)!.offset);
          this.#lookAgain();
        });
      },
      rewind: (batch, offset) => this.#call(() => reader.rewind(batch, offset)),
      lag: () => {
        reading.looks++;
        return this.#call(() => reader.lag());
      },
      close: () => reader.close(),
    };
  }

  #begin(reader: Reader, hasGroup: boolean): Reading {
    const reading = { reader, hasGroup, looks: 0, read: new Map(), committed: new Map() };
    this.readings.push(reading);
    return reading;
  }

  #lookAgain(): void {
    for (const reading of this.readings) reading.looks = 0;
  }

  #call<T>(go: () => Promise<T>): Promise<T> {
    const { calls, commits } = this.#left;
    this.#left = { calls: calls - 1, commits };
    if (calls > 0) return go();
    this.isCut = true;
    this.#cut.resolve();
    return new Promise(() => {});
  }
}

/** The recording is on the log, and all of it that the role has read is done with; or its life is over. */
async function untilDone({ url }: RunningRole, line: LogLine): Promise<void> {
  const isDone = async () => {
    if (line.isCut) return true;
    const text = await (await fetch(`${url}/metrics`)).text();
    const published = `producer_flights_published_total{topic="${TOPICS.updates}"} ${LINES}`;
    if (!text.includes(`${published}\n`)) return false;
    for (const { reader, hasGroup, looks, read, committed } of line.readings) {
      const lags = await reader.lag();
      if (lags.length === 0 || lags.some(({ lag }) => lag > 0)) return false;
      if (!hasGroup) continue;
      // What is told of silent aircraft has been told when it looks for the third time.
      if (looks < 3) return false;
      if ([...read].some(([partition, at]) => committed.get(partition) !== at)) return false;
    }
    return line.readings.length > 0;
  };
  await eventually(isDone, "the log's end", PATIENCE_MS);
}

async function part(of: string): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  const lines: Uint8Array[] = [];
  for await (const some of readLines(of)) {
    lines.push(...some);
    if (lines.length > FIRST_LINE + LINES) break;
  }
  const decoder = new TextDecoder();
  const text = lines.slice(FIRST_LINE, FIRST_LINE + LINES).map((line) => decoder.decode(line));
  await Deno.writeTextFile(path, text.join("\n"));
  return path;
}

postgisTest("killed between any two steps it ends the same; a broken promise shows", async (t) => {
  const own = externalUrl() === undefined ? await startPostgis() : undefined;
  const recording = await part(RECORDING);
  try {
    const all = { server: own?.url ?? externalUrl()!, recording };
    const undisturbed = await run(all);
    assert.equal(undisturbed.rows > 0.9 * LINES, true, `${undisturbed.rows} rows`);
    assert.equal(undisturbed.anomalyCount > 0, true);
    for (const seed of [1, 2]) {
      await t.step(`killed with seed ${seed}, the database failing now and then`, async () => {
        assert.deepEqual(
          await run({ ...all, ends: seededEnds(seed), sql: FAILS_NOW_AND_THEN }),
          undisturbed,
        );
      });
    }
    for (const [name, how] of Object.entries(BROKEN)) {
      await t.step(`broken: ${name}`, async () => {
        assert.notDeepEqual(await run({ ...all, ...how }), undisturbed);
      });
    }
  } finally {
    await Deno.remove(recording);
    await own?.close();
  }
});
