/** The embedded database as a process lives with it: first start, kill -9, a dead worker, company. */
import assert from "node:assert/strict";
import { Database, openSql } from "../../db/database.ts";
import { type EmbeddedDatabase, startEmbedded } from "../../db/embedded.ts";
import { readFrames } from "../../db/frames.ts";
import { readAnomalies, readHistory } from "../../db/reads.ts";
import { anomalyRow, flightRow, quietLog, T0_MS, withSql } from "../../db/testing.ts";
import { writeAnomalies, writeCurrent, writeHistory } from "../../db/writes.ts";
import { eventually, within } from "../../services/testing/deadline.ts";

const START_WITHIN_MS = 300_000;
const MADE_FIRST = "it is made for the first time, which takes half a minute";
const ROOT = new URL("../../", import.meta.url);

/** Made by the first test; every other one works on a copy. */
const made = await Deno.makeTempDir({ prefix: "skysentinel-embedded-" });
Deno.test.afterAll(() => Deno.remove(made, { recursive: true }));

const ready = (embedded: EmbeddedDatabase) =>
  within(embedded.ready, "embedded database", START_WITHIN_MS);

async function withCopy(use: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-embedded-" });
  const { success } = await new Deno.Command("cp", { args: ["-r", `${made}/.`, dataDir] }).output();
  assert(success);
  await use(dataDir).finally(() => Deno.remove(dataDir, { recursive: true }));
}

async function withEmbedded(use: (embedded: EmbeddedDatabase) => Promise<void>): Promise<void> {
  await withCopy(async (dataDir) => {
    const embedded = startEmbedded({ dataDir, log: quietLog });
    await ready(embedded);
    await use(embedded).finally(() => embedded.close());
  });
}

const countHistory = (url: string) =>
  withSql(url, async (sql) => {
    const [row] = await sql.unsafe("select count(*)::int as n from flights_history");
    return Number(row!.n);
  });

function embeddedTest(name: string, fn: () => Promise<void>): void {
  // Terminated workers leave operations behind that the sanitizers would see.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

embeddedTest(
  "the first start goes on beside everything else, over what a killed one left",
  async () => {
    await Deno.mkdir(`${made}/postgis.unfinished/base`, { recursive: true });
    await Deno.writeTextFile(`${made}/postgis.unfinished/PG_VERSION`, "of a start that was killed");
    const embedded = startEmbedded({ dataDir: made, log: quietLog });
    assert.equal(embedded.state().status, "starting");
    let looks = 0;
    const watch = setInterval(() => {
      if (embedded.state().detail === MADE_FIRST) looks++;
    }, 5);
    await ready(embedded);
    clearInterval(watch);
    assert.deepEqual(embedded.state(), { status: "ok" });
    // Making it computes for seconds, in one piece: in this thread, hardly anything would be seen of it.
    assert(looks > 50, `this thread came to look at it ${looks} times`);
    await withSql(embedded.url, async (sql) => {
      const [airports] = await sql.unsafe("select count(*)::int as n from airports");
      assert(airports!.n > 5000);
    });
    await embedded.close();
    assert.equal(embedded.state().status, "down");
  },
);

embeddedTest("rows survive kill -9, and the next start works", async () => {
  await withCopy(async (dataDir) => {
    const writer = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-prompt", "tests/servers/embedded_writer.ts", dataDir],
      cwd: ROOT,
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let said = "";
    const output = writer.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of output) {
      said += text;
      if (said.split("\n").length > 6) writer.kill("SIGKILL");
    }
    assert.equal((await writer.status).signal, "SIGKILL");
    const written = Number(said.split("\n").filter((line) => /^\d+$/.test(line)).at(-1));
    assert(written >= 2500);
    const embedded = startEmbedded({ dataDir, log: quietLog });
    await ready(embedded);
    const count = await countHistory(embedded.url);
    assert(count === written || count === written + 500, `${count} of ${written}`);
    await embedded.close();
  });
});

embeddedTest("a second process is kept out of the data, with the reason", async () => {
  await withCopy(async (dataDir) => {
    const embedded = startEmbedded({ dataDir, log: quietLog });
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-prompt", "tests/servers/embedded_writer.ts", dataDir],
      cwd: ROOT,
    }).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stdout),
      /^the embedded database failed: another SkySentinel uses the data in .*DATA_DIR/,
    );
    await ready(embedded);
    await embedded.close();
  });
});

embeddedTest("a worker that dies is replaced on the same port, and nothing is lost", async () => {
  await withCopy(async (dataDir) => {
    const workers: Worker[] = [];
    const embedded = startEmbedded({
      dataDir,
      log: { ...quietLog, error: () => {} },
      firstBackoffMs: 200,
      spawn: () => {
        const url = new URL("../../db/embedded_worker.ts", import.meta.url);
        const worker = new Worker(url, { type: "module" });
        workers.push(worker);
        return worker;
      },
    });
    await ready(embedded);
    const database = new Database(embedded.url, { firstBackoffMs: 50 });
    await database.whenOk();
    const rows = [flightRow("abc123", 0), flightRow("abc123", 1)];
    await database.use((sql) => writeHistory(sql, rows));
    // Opening data that is not there makes it fail, as it would by itself.
    workers[0]!.postMessage({ type: "open", dataDir: "/dev/null/nowhere", port: 0 });
    const down = await eventually(() => {
      const state = embedded.state();
      return state.status === "down" && state;
    }, "embedded database that is down");
    assert.match(down.detail ?? "", /^the embedded database failed: /);
    await eventually(() => embedded.state().status === "ok", "replacement", START_WITHIN_MS);
    assert.equal(workers.length, 2);
    await eventually(async () => {
      await database.whenOk();
      return await database.use((sql) => writeHistory(sql, rows)).then((n) => n === 0, () => false);
    }, "connection to the replacement");
    assert.equal(await countHistory(embedded.url), 2);
    await database.close();
    await embedded.close();
  });
});

embeddedTest("the hub reads while the process role writes, and neither fails", async () => {
  await withEmbedded(async ({ url }) => {
    const [writing, reading] = [openSql(url), openSql(url)];
    let writes = 0;
    const batches = 40;
    const write = (async () => {
      for (let k = 0; k < batches; k++) {
        const rows = Array.from(
          { length: 300 },
          (_, i) => flightRow(i.toString(16).padStart(6, "0"), k),
        );
        await Promise.all([
          writeHistory(writing, rows),
          writeCurrent(writing, rows),
          writeAnomalies(writing, [anomalyRow(`a${k}`, k)]),
        ]);
        writes++;
      }
    })();
    let reads = 0;
    const read = (async () => {
      while (writes < batches) {
        const since = new Date(T0_MS);
        const [positions, page] = await Promise.all([
          readHistory(reading, "000007", { since, limit: 1000 }),
          readAnomalies(reading, { limit: 100 }),
          // Somebody's mistake is theirs alone.
          reading.unsafe("select no_such_column from flights_history").catch(() => {}),
        ]);
        assert(positions.length <= batches && page.anomalies.length <= batches);
        positions.forEach(({ recorded_at }, i) => {
          assert.equal(recorded_at, new Date(T0_MS + i * 1000).toISOString());
        });
        const end = new Date(T0_MS + batches * 1000);
        for await (
          const { flights } of readFrames(reading, { start: since, end, interval_s: 10, cap: 1e5 })
        ) assert.equal(flights.length, 300);
        reads++;
      }
    })();
    await within(Promise.all([write, read]), "end of reading and writing", START_WITHIN_MS);
    assert(reads > 0);
    assert.equal(await countHistory(url), batches * 300);
    await Promise.all([writing.end(), reading.end()]);
  });
});

embeddedTest(
  "queries of several connections do not mix, and one that is gone holds up nobody",
  async () => {
    await withEmbedded(async ({ url }) => {
      // While this one computes, the others' messages come in side by side.
      const computing = withSql(url, async (sql) => {
        for (let i = 0; i < 20; i++) {
          await sql.unsafe("select sum(x) from generate_series(1, 200000) x");
        }
      });
      const asking = Array.from({ length: 3 }, (_, who) =>
        withSql(url, async (sql) => {
          for (let n = 0; n < 100; n++) {
            const rows = await sql.unsafe("select $1::int as who, $2::int as n", [who, n]);
            assert.deepEqual([...rows], [{ who, n }]);
          }
        }));
      await within(Promise.all([computing, ...asking]), "answers", START_WITHIN_MS);

      const { hostname, port } = new URL(url);
      const gone = await Deno.connect({ hostname, port: Number(port) });
      const answered = new Uint8Array(4096);
      await gone.write(new Uint8Array([0, 0, 0, 9, 0, 3, 0, 0, 0]));
      await gone.read(answered);
      // Parse of "select 1", and never a Sync.
      const query = new TextEncoder().encode("\0select 1\0\0\0");
      await gone.write(new Uint8Array([0x50, 0, 0, 0, 4 + query.length, ...query]));
      await gone.read(answered);
      gone.close();
      const [row] = await within(
        withSql(url, (sql) => sql.unsafe("select $1::int as n", [1])),
        "an answer after one that is gone",
        START_WITHIN_MS,
      );
      assert.equal(row!.n, 1);
    });
  },
);
