/** What is kept stays: through migrations from every earlier version, and through backup and restore. */
import assert from "node:assert/strict";
import { readAnomalies, readHistory } from "../../db/reads.ts";
import { migrate, SCHEMA_VERSION, schemaVersion } from "../../db/schema.ts";
import { openSql, type Sql } from "../../db/database.ts";
import { startEmbedded } from "../../db/embedded.ts";
import { anomalyRow, flightRow, quietLog, T0_MS, withSql } from "../../db/testing.ts";
import { writeAnomalies, writeCurrent, writeHistory } from "../../db/writes.ts";
import { formOf } from "../servers/database_forms.ts";
import { createDatabase, postgisTest } from "../servers/postgis.ts";

const ROOT = new URL("../../", import.meta.url);
const DAY_S = 86_400;

/** Everything a person would miss, row by row. */
async function digest(sql: Sql): Promise<string[]> {
  const rows = await sql.unsafe<{ line: string }[]>(`
    select 'history ' || row_to_json(h)::jsonb::text as line from flights_history h
    union all select 'current ' || row_to_json(c)::jsonb::text from flights_current c
    union all select 'anomaly ' || row_to_json(a)::jsonb::text from anomalies a
    union all select 'airport ' || code from airports order by 1`);
  return rows.map(({ line }) => line);
}

/** The same without the airports, which each start loads. */
async function rowsOf(sql: Sql): Promise<string[]> {
  return (await digest(sql)).filter((line) => !line.startsWith("airport "));
}

/** Rows as the first version had them: statements of that time, that no later code may depend on. */
const ROWS_OF_VERSION_1 = `
  create table flights_history_20240601 partition of flights_history
    for values from ('2024-06-01 00:00+00') to ('2024-06-02 00:00+00');
  create table flights_history_20240602 partition of flights_history
    for values from ('2024-06-02 00:00+00') to ('2024-06-03 00:00+00');
  insert into flights_history (icao24, callsign, position, altitude_m, velocity_mps, heading_deg,
      on_ground, spi, last_contact_unix, recorded_at, status)
    select 'a0000' || n % 5, 'OLD' || n % 5, st_makepoint(-73.8 + n * 0.001, 40.6)::geography, 1000 + n,
      120, 45, false, false, 1717243200 + n * 600, to_timestamp(1717243200 + n * 600), 'NORMAL'
    from generate_series(0, 199) as n;
  insert into flights_current (icao24, callsign, position, altitude_m, on_ground, spi,
      last_contact_unix, last_seen, status)
    select 'a0000' || n, 'OLD' || n, st_makepoint(-73.8, 40.6)::geography, 1000, false, false,
      1717243200, to_timestamp(1717243200), 'NORMAL' from generate_series(0, 4) as n;
  insert into anomalies (anomaly_id, icao24, callsign, anomaly_type, severity, state, started_at,
      detected_at, position, altitude_m, details)
    select 'old-' || n, 'a00001', 'OLD1', 'HOLDING', 'LOW', 'ACTIVE', to_timestamp(1717243200 + n),
      to_timestamp(1717243200 + n), 'POINT(-73.8 40.6)', 1000, '{"turns": 3}'
    from generate_series(0, 9) as n;`;

for (let version = 1; version < SCHEMA_VERSION; version++) {
  postgisTest(
    `a database of version ${version} with data comes to ${SCHEMA_VERSION} with all of it`,
    async () => {
      const url = await createDatabase((await formOf("server")).url);
      await withSql(url, async (sql) => {
        await migrate(sql, () => {}, version);
        assert.equal(await schemaVersion(sql), version);
        await sql.unsafe(ROWS_OF_VERSION_1).simple();
        const before = await digest(sql);
        assert.equal(before.length, 215);

        assert.equal((await migrate(sql)).length, SCHEMA_VERSION - version);
        const after = await digest(sql);
        // A later version may have columns more.
        assert.deepEqual(after.map(keys(before)), before.map(keys(before)));

        // And it is of use: old rows are read, new ones written beside them.
        const since = new Date(T0_MS - DAY_S * 1000);
        const old = await readHistory(sql, "a00001", { since, limit: 1000 });
        assert.equal(old.length, 40);
        assert.equal((await readAnomalies(sql, { limit: 100 })).anomalies.length, 10);
        const row = flightRow("a00001", DAY_S);
        assert.equal(await writeHistory(sql, [row]), 1);
        assert.equal(await writeCurrent(sql, [row]), 1);
        assert.equal(await writeAnomalies(sql, [anomalyRow("new", 0)]), 1);
        assert.equal((await readHistory(sql, "a00001", { since, limit: 1000 })).length, 41);
      });
    },
  );
}

/** A line with the fields alone that lines of its kind had before. */
function keys(before: readonly string[]) {
  const known = new Map(before.flatMap((line) => {
    const [kind, json] = parts(line);
    return json ? [[kind, Object.keys(json)]] : [];
  }));
  return (line: string) => {
    const [kind, json] = parts(line);
    return json ? [kind, known.get(kind)!.map((name) => [name, json[name]])] : line;
  };
}

function parts(line: string): [kind: string, json: Record<string, unknown> | undefined] {
  const [kind, rest] = [line.split(" ", 1)[0]!, line.slice(line.indexOf(" ") + 1)];
  return [kind, rest.startsWith("{") ? JSON.parse(rest) : undefined];
}

async function task(args: readonly string[], settings: Record<string, string>) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: ROOT,
    env: { ...settings, NO_COLOR: "1" },
  }).output();
  return { code, log: new TextDecoder().decode(stderr) };
}

async function fill(sql: Sql): Promise<void> {
  const rows = Array.from({ length: 500 }, (_, i) => flightRow(`a0000${i % 9}`, i * 300));
  await writeHistory(sql, rows);
  await writeCurrent(sql, rows);
  await writeAnomalies(sql, [anomalyRow("one", 0), anomalyRow("two", 60)]);
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-backup-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

postgisTest(
  "a server's backup brings back every row, in an empty database and over another",
  async () => {
    const { url } = await formOf("server");
    await inFolder(async (folder) => {
      const file = `${folder}/sky.dump`;
      const [from, to] = [await createDatabase(url), await createDatabase(url)];
      const kept = await withSql(from, async (sql) => {
        await migrate(sql);
        await fill(sql);
        return await digest(sql);
      });
      const backup = await task(["backup", file], { DATABASE_URL: from });
      assert.deepEqual([backup.code, backup.log], [0, `Kept in ${file}\n`]);
      const restored = await task(["restore", file], { DATABASE_URL: to });
      assert.equal(restored.code, 0, restored.log);
      await withSql(to, async (sql) => {
        assert.deepEqual(await digest(sql), kept);
        assert.equal(await schemaVersion(sql), SCHEMA_VERSION);
        await writeHistory(sql, [flightRow("b00001", 3 * DAY_S)]);
      });

      const refused = await task(["restore", file], { DATABASE_URL: to });
      assert.equal(refused.code, 1);
      assert.match(
        refused.log,
        /^Cannot restore: there is data in .*: add --replace if it may go\n$/,
      );
      const over = await task(["restore", file, "--replace"], { DATABASE_URL: to });
      assert.equal(over.code, 0, over.log);
      await withSql(to, async (sql) => assert.deepEqual(await digest(sql), kept));

      // What fails changes nothing.
      await Deno.writeTextFile(`${folder}/no.dump`, "not a backup");
      const wrong = await task(["restore", `${folder}/no.dump`, "--replace"], { DATABASE_URL: to });
      assert.equal(wrong.code, 1);
      assert.match(wrong.log, /pg_restore said: /);
      const cut = (await Deno.readFile(file)).slice(0, -20_000);
      await Deno.writeFile(`${folder}/cut.dump`, cut);
      assert.equal(
        (await task(["restore", `${folder}/cut.dump`, "--replace"], { DATABASE_URL: to })).code,
        1,
      );
      await withSql(to, async (sql) => assert.deepEqual(await digest(sql), kept));
      const away = { DATABASE_URL: "postgres://ann:hunter2@127.0.0.1:9/sky" };
      const nobody = await task(["backup", `${folder}/none.dump`], away);
      assert.equal(nobody.code, 1);
      assert.doesNotMatch(nobody.log, /hunter2/);
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assert.deepEqual(names, ["cut.dump", "no.dump", "sky.dump"], "nothing is left half done");
    });
  },
);

postgisTest("an older version's backup is restored over a newer schema, and migrated", async () => {
  const { url } = await formOf("server");
  await inFolder(async (folder) => {
    const [from, to] = [await createDatabase(url), await createDatabase(url)];
    await withSql(from, async (sql) => {
      await migrate(sql, () => {}, 1);
      await sql.unsafe(ROWS_OF_VERSION_1).simple();
    });
    await withSql(to, (sql) => migrate(sql));
    const file = `${folder}/old.dump`;
    assert.equal((await task(["backup", file], { DATABASE_URL: from })).code, 0);
    const restored = await task(["restore", file, "--replace"], { DATABASE_URL: to });
    assert.equal(restored.code, 0, restored.log);
    const migrated = await task(["migrate"], { DATABASE_URL: to });
    assert.equal(migrated.code, 0, migrated.log);
    await withSql(to, async (sql) => {
      const [row] = await sql.unsafe("select count(*)::int as n from flights_history");
      assert.equal(row!.n, 200);
    });
  });
});

Deno.test({
  name:
    "the embedded database: a backup brings back every row, and a start what is of an earlier version",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      const [dataDir, file] = [`${folder}/data`, `${folder}/sky.tar.gz`];
      const settings = { DATA_DIR: dataDir, DATABASE_URL: "" };
      const none = await task(["backup", file], settings);
      assert.deepEqual(none.code, 1);
      assert.match(none.log, /there is no embedded database in /);
      const use = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
        const embedded = startEmbedded({ dataDir, log: quietLog });
        await embedded.ready;
        const sql = openSql(embedded.url);
        try {
          return await work(sql);
        } finally {
          await sql.end({ timeout: 1 });
          await embedded.close();
        }
      };
      const kept = await use(async (sql) => {
        await fill(sql);
        const inUse = await task(["backup", file], settings);
        assert.equal(inUse.code, 1);
        assert.match(inUse.log, /another SkySentinel uses the data/);
        return await digest(sql);
      });
      const backup = await task(["backup", file], settings);
      assert.equal(backup.code, 0, backup.log);
      await use((sql) => sql.unsafe("truncate flights_history, flights_current, anomalies"));

      const refused = await task(["restore", file], settings);
      assert.equal(refused.code, 1);
      assert.match(refused.log, /add --replace/);
      await Deno.writeTextFile(`${folder}/no.tar.gz`, "not a backup");
      const wrong = await task(["restore", `${folder}/no.tar.gz`, "--replace"], settings);
      assert.equal(wrong.code, 1);
      const restored = await task(["restore", file, "--replace"], settings);
      assert.equal(restored.code, 0, restored.log);
      await use(async (sql) => assert.deepEqual(await digest(sql), kept));

      // A data folder that an earlier version left, of which nobody has to know.
      for (const version of new Set([1, SCHEMA_VERSION - 1])) {
        const before = await use(async (sql) => {
          await sql.unsafe("drop schema public cascade; create schema public").simple();
          await migrate(sql, () => {}, version);
          await sql.unsafe(ROWS_OF_VERSION_1).simple();
          return await rowsOf(sql);
        });
        assert.equal(before.length, 215);
        await use(async (sql) => {
          assert.equal(await schemaVersion(sql), SCHEMA_VERSION);
          const after = await rowsOf(sql);
          assert.deepEqual(after.map(keys(before)), before.map(keys(before)));
          assert.equal(await writeHistory(sql, [flightRow("a00001", DAY_S)]), 1);
        });
      }
    }),
});

Deno.test("backup and restore called wrongly", async () => {
  for (const args of [["backup"], ["restore"], ["backup", "a", "b"], ["restore", "--replace"]]) {
    assert.equal((await task(args, {})).code, 2, args.join(" "));
  }
});
