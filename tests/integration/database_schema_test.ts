/** The names of the contract as the database has them, and how it gets to them. */
import assert from "node:assert/strict";
import { FlightPayload } from "../../contracts/flight.ts";
import { AnomalyPayload } from "../../contracts/anomaly.ts";
import { loadAirports, readAirportsFile, readNearbyAirport } from "../../db/airports.ts";
import { checkSchema, initSql, migrate, readMigrations, SCHEMA_VERSION } from "../../db/schema.ts";
import { openSql } from "../../db/database.ts";
import { withSql } from "../../db/testing.ts";
import { type DatabaseForm, databaseTest, formOf } from "../servers/database_forms.ts";
import { createDatabase, postgisTest } from "../servers/postgis.ts";

const ROOT = new URL("../../", import.meta.url);

/** Every column with its type, as PostgreSQL spells them. */
async function columns({ sql }: DatabaseForm, table: string): Promise<Record<string, string>> {
  const rows = await sql.unsafe<{ name: string; type: string }[]>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::text::regclass and attnum > 0 and not attisdropped`,
    [table],
  );
  return Object.fromEntries(rows.map(({ name, type }) => [name, type]));
}

async function indexes({ sql }: DatabaseForm, table: string): Promise<string[]> {
  const rows = await sql.unsafe<{ definition: string }[]>(
    `select regexp_replace(indexdef, '^.* USING ', '') as definition from pg_indexes
     where tablename = $1::text order by 1`,
    [table],
  );
  return rows.map(({ definition }) => definition);
}

const COMPUTED = {
  altitude_m_smoothed: "double precision",
  vertical_rate_mps_smoothed: "double precision",
  flight_phase: "text",
  near_airport: "text",
  status: "text",
};

databaseTest("the tables have the contract's columns", async (form) => {
  for (
    const [table, time] of [["flights_current", "last_seen"], ["flights_history", "recorded_at"]]
  ) {
    const found = await columns(form, table!);
    // Which source said what is for those who watch: it is not kept.
    const { provenance: _, ...kept } = FlightPayload.shape;
    const names = [...Object.keys(kept), ...Object.keys(COMPUTED), time!];
    assert.deepEqual(Object.keys(found).sort(), names.sort(), table);
    for (const [name, type] of Object.entries(COMPUTED)) assert.equal(found[name], type);
    assert.equal(found.position, "geography(Point,4326)");
    assert.equal(found[time!], "timestamp with time zone");
  }
  const anomaly = await columns(form, "anomalies");
  assert.deepEqual(Object.keys(anomaly).sort(), Object.keys(AnomalyPayload.shape).sort());
  assert.deepEqual(
    [anomaly.position, anomaly.details, anomaly.detected_at],
    ["geography(Point,4326)", "jsonb", "timestamp with time zone"],
  );
  const airport = await columns(form, "airports");
  for (const name of ["code", "name", "type", "geom", "runway_heading_primary"]) {
    assert(name in airport, name);
  }
  assert.equal(airport.geom, "geography(Geometry,4326)");
});

databaseTest("keys, partitions and GiST indexes are there", async (form) => {
  const [partitioned] = await form.sql.unsafe(
    `select partstrat as strategy, pg_get_partkeydef('flights_history'::regclass) as key
     from pg_partitioned_table where partrelid = 'flights_history'::regclass`,
  );
  assert.deepEqual({ ...partitioned }, { strategy: "r", key: "RANGE (recorded_at)" });
  assert.deepEqual(await indexes(form, "flights_history"), [
    "btree (icao24, recorded_at)",
    "btree (recorded_at)",
    'gist ("position")',
  ]);
  assert.deepEqual(await indexes(form, "flights_current"), [
    "btree (icao24)",
    "btree (last_seen)",
    'gist ("position")',
  ]);
  const anomaly = await indexes(form, "anomalies");
  assert(anomaly.includes("btree (anomaly_id)") && anomaly.includes('gist ("position")'));
  assert((await indexes(form, "airports")).includes("gist (geom)"));
  await form.sql.unsafe("select ensure_history_partition('2024-02-29')");
  assert.equal((await indexes(form, "flights_history_20240229")).length, 3);
});

databaseTest("the functions have the contract's arguments and results", async ({ sql }) => {
  const rows = await sql.unsafe<{ name: string; args: string; result: string }[]>(
    `select proname as name, pg_get_function_arguments(oid) as args,
       pg_get_function_result(oid) as result
     from pg_proc where proname like 'cleanup\\_%' or proname = 'get_nearby_airport' order by 1`,
  );
  const cleanup = (age: string) =>
    `max_age interval DEFAULT '${age}'::interval, as_of timestamp with time zone DEFAULT now()`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { name: "cleanup_old_anomalies", args: cleanup("30 days"), result: "integer" },
    { name: "cleanup_old_history", args: cleanup("24:00:00"), result: "integer" },
    { name: "cleanup_stale_flights", args: cleanup("00:02:00"), result: "integer" },
    {
      name: "get_nearby_airport",
      args: "lat double precision, lon double precision",
      result: "TABLE(airport_code text, airport_name text, distance_m double precision)",
    },
  ]);
});

databaseTest("values outside the contract's fixed sets are refused", async ({ sql }) => {
  const insert = (columns: string, values: string) =>
    sql.unsafe(`insert into flights_current (icao24, position, ${columns})
      values ('abc123', 'POINT(0 0)', ${values})`);
  await assert.rejects(insert("flight_phase", "'CRUISE'"), /flights_current_flight_phase/);
  await assert.rejects(insert("status", "'GONE'"), /flights_current_status/);
  await assert.rejects(
    sql.unsafe(`insert into anomalies (anomaly_id, icao24, anomaly_type, severity)
      values ('x', 'abc123', 'HOLDING', 'WORST')`),
    /anomalies_severity/,
  );
});

databaseTest("airports near and far", async ({ sql }) => {
  const near = async (lat: number, lon: number) => await readNearbyAirport(sql, lat, lon);
  assert.deepEqual(await near(40.6413, -73.7781), {
    airport_code: "KJFK",
    airport_name: "John F Kennedy International Airport",
    distance_m: 0,
  });
  // Four nautical miles out on the approach to 31L, by the published threshold 40.6280 N 73.7717 W.
  const final = await near(40.6280 - 0.0344, -73.7717 + 0.0755);
  assert.equal(final?.airport_code, "KJFK");
  assert(final.distance_m > 4000 && final.distance_m < 7500, String(final.distance_m));
  assert.equal((await near(40.7012, -74.009))?.airport_code, "KJRB");
  assert.equal((await near(48.9906, 2.5636))?.airport_code, "LFPG");
  // Two kilometres over the antimeridian: the other side of the world by longitude.
  await sql.unsafe(`insert into airports (code, name, type, geom)
    values ('ZZZZ', 'Dateline', 'medium_airport', 'POINT(179.99 0)')`);
  const dateline = await near(0, -179.99);
  await sql.unsafe("delete from airports where code = 'ZZZZ'");
  assert.equal(Math.round(dateline?.distance_m ?? 0), 2226);
  assert.equal(await near(45, -40), undefined, "the middle of the Atlantic");
});

databaseTest(
  "airports are loaded once, again when the file is another, and stale ones go",
  async ({ sql }) => {
    const file = await readAirportsFile();
    assert.equal(await loadAirports(sql, file), false);
    const other = {
      ...file,
      properties: { version: "another" },
      features: file.features.slice(0, 10),
    };
    assert.equal(await loadAirports(sql, other), true);
    const [few] = await sql.unsafe("select count(*)::int as n from airports");
    assert.equal(few!.n, 10);
    assert.equal(await loadAirports(sql, file), true);
    const [all] = await sql.unsafe("select count(*)::int as n from airports");
    assert.equal(all!.n, file.features.length);
  },
);

databaseTest("migrating a second time changes nothing", async ({ sql }) => {
  assert.deepEqual(await migrate(sql), []);
  await checkSchema(sql);
  const rows = await sql.unsafe("select version from schema_migrations order by 1");
  assert.deepEqual(
    rows.map(({ version }) => version),
    Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1),
  );
});

databaseTest("a database of another version is refused with what to do", async ({ sql }) => {
  await sql.unsafe("insert into schema_migrations (version, name) values (99, 'of the future')");
  try {
    const newer = new RegExp(
      `^the database has schema version 99, but this code only knows ${SCHEMA_VERSION}: .* older than`,
    );
    await assert.rejects(checkSchema(sql), { name: "DatabaseRefused", message: newer });
    await assert.rejects(migrate(sql), { name: "DatabaseRefused", message: newer });
    await sql.unsafe("update schema_migrations set version = -version where version >= 2");
    await assert.rejects(checkSchema(sql), {
      name: "DatabaseRefused",
      message:
        `the database has schema version 1, but this code needs ${SCHEMA_VERSION}: run deno task migrate`,
    });
  } finally {
    await sql.unsafe("update schema_migrations set version = -version where version < 0");
    await sql.unsafe("delete from schema_migrations where version = 99");
  }
});

Deno.test("the code's schema version is that of the newest migration, without gaps", async () => {
  const versions = (await readMigrations()).map(({ version }) => version);
  assert.deepEqual(versions, Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1));
});

Deno.test("db/init.sql is what the migrations make: deno task migrate --write-init", async () => {
  assert.equal(await Deno.readTextFile(new URL("db/init.sql", ROOT)), await initSql());
});

/** What pg_dump would show: every column, index, constraint and function. */
async function dump(url: string): Promise<string[]> {
  return await withSql(url, async (sql) => {
    const rows = await sql.unsafe<{ line: string }[]>(`
      select format('%s.%s %s %s', c.relname, attname, format_type(atttypid, atttypmod), attnotnull)
        as line from pg_attribute a join pg_class c on c.oid = attrelid
        where relnamespace = 'public'::regnamespace and attnum > 0 and c.relkind in ('r', 'p')
      union all select indexdef from pg_indexes where schemaname = 'public'
      union all select pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace
      union all select pg_get_functiondef(p.oid) from pg_proc p
        where pronamespace = 'public'::regnamespace and not exists (
          select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      order by 1`);
    return rows.map(({ line }) => line);
  });
}

postgisTest(
  "init.sql makes the same database as migrating, and migrating has nothing to add",
  async () => {
    const { url } = await formOf("server");
    const [byFile, byCode] = [await createDatabase(url), await createDatabase(url)];
    // The file begins and commits: that wants one connection, as psql has.
    const sql = openSql(byFile, { max: 1 });
    await sql.unsafe(await initSql()).simple();
    assert.deepEqual(await migrate(sql), []);
    await sql.end();
    await withSql(byCode, (sql) => migrate(sql));
    assert.deepEqual(await dump(byFile), await dump(byCode));
  },
);

postgisTest("several that migrate at the same time end with one schema", async () => {
  const url = await createDatabase((await formOf("server")).url);
  const applied = await Promise.all([1, 2, 3].map(() => withSql(url, (sql) => migrate(sql))));
  assert.equal(applied.flat().length, SCHEMA_VERSION);
  await withSql(url, checkSchema);
});

/** Runs `deno task migrate` with these settings and arguments. */
async function runMigrate(settings: Record<string, string>, args: readonly string[] = []) {
  const folder = await Deno.makeTempDir();
  const [script, config] = ["db/migrate.ts", "deno.json"].map((path) =>
    new URL(path, ROOT).pathname
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--config", config!, script!, ...args],
    // A folder without a .env.
    cwd: folder,
    env: settings,
  }).output();
  await Deno.remove(folder);
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

postgisTest("deno task migrate says what it does, and does it once", async () => {
  const DATABASE_URL = await createDatabase((await formOf("server")).url);
  const { host, pathname } = new URL(DATABASE_URL);
  const where = `${host}${pathname}`;
  const first = await runMigrate({ DATABASE_URL });
  assert.deepEqual(first, {
    code: 0,
    out: "",
    err: [
      `${where}: 0001_tables\n`,
      `${where}: 0002_functions\n`,
      `${where}: 0003_process_checkpoints\n`,
      `${where}: 0004_webhook_deliveries\n`,
      `${where}: airports loaded\n`,
      `${where}: is now at schema version 4\n`,
    ].join(""),
  });
  const second = await runMigrate({ DATABASE_URL });
  assert.deepEqual(second, { code: 0, out: "", err: `${where}: has been at schema version 4\n` });
});

postgisTest("deno task migrate fails with one sentence, and without the password", async () => {
  const { url } = await formOf("server");
  const wrong = new URL(url);
  wrong.password = "not-the-password";
  const refused = await runMigrate({ DATABASE_URL: wrong.href });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^Cannot migrate: .* refuses the user or the password: check .*\n$/);
  assert(!refused.err.includes("not-the-password"));
  const missing = new URL(url);
  missing.pathname = "/nothing_here";
  const absent = await runMigrate({ DATABASE_URL: missing.href });
  assert.deepEqual([absent.code, /there is no such database/.test(absent.err)], [1, true]);
});

Deno.test("deno task migrate called wrongly, or without a server", async () => {
  const help = await runMigrate({}, ["--help"]);
  assert.deepEqual([help.code, help.err, /^Brings a database/.test(help.out)], [0, "", true]);
  const option = await runMigrate({}, ["--wrong"]);
  assert.deepEqual([option.code, /no option "--wrong"/.test(option.err)], [2, true]);
  const embedded = await runMigrate({});
  assert.deepEqual([embedded.code, /migrates itself/.test(embedded.err)], [2, true]);
  const setting = await runMigrate({ DATABASE_URL: "mysql://localhost/x" });
  assert.deepEqual([setting.code, /DATABASE_URL/.test(setting.err)], [2, true]);
});
