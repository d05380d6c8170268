/** What is written, and what is there afterwards: the same on a server and embedded. */
import assert from "node:assert/strict";
import type { Sql } from "../../db/database.ts";
import { anomalyRow, emptyTables, flightRow, T0_MS, withSql } from "../../db/testing.ts";
import { cleanUp } from "../../db/retention.ts";
import type { FlightRow } from "../../db/rows.ts";
import { removeCurrent, writeAnomalies, writeCurrent, writeHistory } from "../../db/writes.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { databaseTest, formOf } from "../servers/database_forms.ts";
import { postgisTest } from "../servers/postgis.ts";

const DAY_S = 86_400;
const HALF_DAY_S = DAY_S / 2;

/** A table's rows as text, in the order of its key: equal texts are equal tables. */
async function contents(sql: Sql, table: string, key: string): Promise<string[]> {
  const rows = await sql.unsafe<{ row: string }[]>(
    `select to_jsonb(t)::text as row from ${table} t order by ${key}`,
  );
  return rows.map(({ row }) => row);
}
const history = (sql: Sql) => contents(sql, "flights_history", "icao24, recorded_at");
const current = (sql: Sql) => contents(sql, "flights_current", "icao24");
const anomalies = (sql: Sql) => contents(sql, "anomalies", "anomaly_id");

async function partitions(sql: Sql): Promise<string[]> {
  const rows = await sql.unsafe<{ name: string }[]>(
    `select inhrelid::regclass::text as name from pg_inherits
     where inhparent = 'flights_history'::regclass order by 1`,
  );
  return rows.map(({ name }) => name).filter((name) => name !== "flights_history_default");
}

async function dropPartitions(sql: Sql): Promise<void> {
  for (const name of await partitions(sql)) await sql.unsafe(`drop table ${name}`);
}

/** 50 aircraft with 8 to 12 reports each, in an order of their own. */
function reports(seed: number): FlightRow[] {
  const random = seededRandom(seed);
  const rows = Array.from({ length: 50 }, (_, i) => {
    const icao24 = (0xa00000 + i).toString(16);
    const count = 8 + Math.floor(random() * 5);
    return Array.from({ length: count }, (_, k) =>
      flightRow(icao24, k * 10, {
        position: { lat: random() * 180 - 90, lon: random() * 360 - 180 },
        altitude_m: random() < 0.1 ? null : random() * 12_000,
      }));
  }).flat();
  return shuffled(rows, random);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

databaseTest("every field of a report is kept, under its own name", async ({ sql }) => {
  const row = flightRow("abc123", 0, {
    position: { lat: -33.946111, lon: 179.999999 },
    time_position_ms: T0_MS - 250,
    last_contact_ms: T0_MS + 125,
    origin_country: "Côte d'Ivoire",
    category: "A3",
    registration: "N1",
    aircraft_type: "B738",
    position_source: "ADS-B",
    nic: 8,
    nac_p: 9,
    emergency: "none",
    selected_altitude_m: 3048,
    qnh_hpa: 1013.2,
    ias_mps: 100.5,
    mach: 0.78,
    roll_deg: -12.5,
    rssi_dbfs: -21.25,
    altitude_m_smoothed: 1001.5,
    vertical_rate_mps_smoothed: -2.25,
    flight_phase: "APPROACH",
    near_airport: "KJFK",
    status: "ANOMALY",
  });
  assert.equal(await writeHistory(sql, [row]), 1);
  assert.equal(await writeCurrent(sql, [row]), 1);
  const { position, ...fields } = row;
  for (
    const [table, time] of [["flights_history", "recorded_at"], ["flights_current", "last_seen"]]
  ) {
    const [stored] = await sql.unsafe(
      `select *, st_y(position::geometry) as lat, st_x(position::geometry) as lon from ${table}`,
    );
    for (const [name, value] of Object.entries(fields)) {
      // 64-bit numbers come as text.
      const is = typeof value === "number" ? Number(stored![name]) : stored![name];
      assert.deepEqual(is, value, `${table}.${name}`);
    }
    assert.deepEqual({ lat: stored!.lat, lon: stored!.lon }, position);
    assert.deepEqual(stored![time!], new Date(T0_MS + 125));
  }
});

databaseTest(
  "what is not known is null, and so it is when it is known no more",
  async ({ sql }) => {
    const bare: FlightRow = {
      icao24: "abc123",
      position: { lat: 1, lon: 2 },
      on_ground: true,
      spi: false,
      last_contact_unix: T0_MS / 1000 + 10,
    };
    await writeCurrent(sql, [flightRow("abc123", 0, { registration: "N1", category: "A3" })]);
    await writeCurrent(sql, [bare]);
    await writeHistory(sql, [bare]);
    for (const table of ["flights_current", "flights_history"]) {
      const [stored] = await sql.unsafe(`select * from ${table}`);
      const known = Object.entries(stored!).filter(([, value]) => value !== null).map(([name]) =>
        name
      );
      assert.deepEqual(
        known.sort(),
        [
          "flight_phase",
          "icao24",
          "last_contact_unix",
          table === "flights_current" ? "last_seen" : undefined,
          "on_ground",
          "position",
          table === "flights_history" ? "recorded_at" : undefined,
          "spi",
          "status",
        ].filter((name) => name !== undefined),
      );
      assert.deepEqual([stored!.flight_phase, stored!.status], ["UNKNOWN", "NORMAL"]);
    }
  },
);

databaseTest(
  "written twice, in any order and in any pieces, history is the same",
  async ({ sql }) => {
    const rows = reports(1);
    assert.equal(await writeHistory(sql, rows), rows.length);
    assert.equal(await writeHistory(sql, rows), 0);
    const once = await history(sql);
    assert.equal(once.length, rows.length);
    await emptyTables(sql);
    const random = seededRandom(2);
    const twice = shuffled([...rows, ...rows], random);
    for (let at = 0; at < twice.length; at += 37) await writeHistory(sql, twice.slice(at, at + 37));
    assert.deepEqual(await history(sql), once);
  },
);

databaseTest("of two reports of the same time the first stays in the history", async ({ sql }) => {
  const [first, second] = [900, 901].map((altitude_m) => flightRow("abc123", 0, { altitude_m }));
  assert.equal(await writeHistory(sql, [first!, second!]), 1);
  assert.equal(await writeHistory(sql, [second!]), 0);
  const [row] = await sql.unsafe("select altitude_m from flights_history");
  assert.equal(row!.altitude_m, 900);
});

databaseTest("the current state is the newest, however the reports come", async ({ sql }) => {
  const rows = reports(3);
  await writeCurrent(sql, rows);
  const once = await current(sql);
  assert.equal(once.length, 50);
  const newest = new Map<string, number>();
  for (const { icao24, last_contact_unix } of rows) {
    newest.set(icao24, Math.max(newest.get(icao24) ?? 0, last_contact_unix));
  }
  for (const text of once) {
    const { icao24, last_contact_unix } = JSON.parse(text);
    assert.equal(last_contact_unix, newest.get(icao24));
  }
  const oldest = rows.filter((row) => row.last_contact_unix === T0_MS / 1000);
  assert.equal(await writeCurrent(sql, oldest), 0, "older ones change nothing");
  await emptyTables(sql);
  for (const row of shuffled(rows, seededRandom(4))) await writeCurrent(sql, [row]);
  assert.deepEqual(await current(sql), once);
});

databaseTest("sub-second clocks order what whole seconds cannot", async ({ sql }) => {
  const at = (last_contact_ms: number, altitude_m: number) =>
    flightRow("abc123", 0, { last_contact_ms, altitude_m });
  await writeCurrent(sql, [at(T0_MS + 900, 1), at(T0_MS + 100, 2)]);
  await writeCurrent(sql, [at(T0_MS + 800, 3)]);
  await writeHistory(sql, [at(T0_MS + 900, 1), at(T0_MS + 100, 2)]);
  const [state] = await sql.unsafe("select altitude_m, last_seen from flights_current");
  assert.deepEqual({ ...state }, { altitude_m: 1, last_seen: new Date(T0_MS + 900) });
  assert.equal((await history(sql)).length, 2);
});

databaseTest("an aircraft that left is removed from the current states", async ({ sql }) => {
  await writeCurrent(sql, ["a00001", "a00002", "a00003"].map((icao24) => flightRow(icao24, 0)));
  assert.equal(await removeCurrent(sql, ["a00001", "a00003", "ffffff"]), 2);
  assert.equal(await removeCurrent(sql, []), 0);
  assert.equal((await current(sql)).length, 1);
});

databaseTest(
  "an anomaly is there once, resolved for good, in its newest version",
  async ({ sql }) => {
    const active = anomalyRow("one", 0);
    const updated = { ...active, details: { squawk: "7700", meaning: "emergency" } };
    const resolved = {
      ...updated,
      state: "RESOLVED" as const,
      resolved_at: new Date(T0_MS + 60_000).toISOString(),
    };
    await writeAnomalies(sql, [active]);
    await writeAnomalies(sql, [updated, anomalyRow("two", 1)]);
    let [stored] = await sql.unsafe("select * from anomalies where anomaly_id = 'one'");
    assert.deepEqual([stored!.state, stored!.details], ["ACTIVE", updated.details]);
    await writeAnomalies(sql, [active, resolved, active]);
    assert.equal(await writeAnomalies(sql, [active, updated]), 0);
    [stored] = await sql.unsafe("select * from anomalies where anomaly_id = 'one'");
    assert.deepEqual([stored!.state, stored!.resolved_at], ["RESOLVED", new Date(T0_MS + 60_000)]);
    const once = await anomalies(sql);
    assert.equal(once.length, 2);
    await emptyTables(sql);
    const versions = [active, updated, resolved, anomalyRow("two", 1)];
    await writeAnomalies(sql, [...versions, ...versions]);
    await writeAnomalies(sql, versions);
    assert.deepEqual(await anomalies(sql), once);
  },
);

databaseTest("an anomaly without a position, with details of every kind", async ({ sql }) => {
  const details = { number: 1.5, list: [1, "zwei", null], inner: { text: 'a "quoted" \\ one' } };
  const row = anomalyRow("x", 0, { position: null, callsign: null, altitude_m: null, details });
  await writeAnomalies(sql, [row]);
  const [stored] = await sql.unsafe("select position, details from anomalies");
  assert.deepEqual({ ...stored }, { position: null, details });
});

databaseTest("texts are texts, whatever they say", async ({ sql }) => {
  const evil = [
    "'; drop table flights_history; --",
    '"}{,NULL,\\',
    "{a,b}",
    "NULL",
    "$1",
    "\\",
    "",
    "✈ é",
    "a\nb",
  ];
  const rows = evil.map((callsign, i) =>
    flightRow((0xa00000 + i).toString(16), 0, { callsign, registration: callsign })
  );
  await writeHistory(sql, rows);
  await writeCurrent(sql, rows);
  await writeAnomalies(
    sql,
    evil.map((text, i) =>
      anomalyRow(`${i}${text}`, 0, { callsign: text, details: { text, [text]: 1 } })
    ),
  );
  for (const [table, key] of [["flights_history", "icao24"], ["flights_current", "icao24"]]) {
    const stored = await sql.unsafe(`select callsign, registration from ${table} order by ${key}`);
    assert.deepEqual(stored.map((row) => row.callsign), evil);
    assert.deepEqual(stored.map((row) => row.registration), evil);
  }
  const stored = await sql.unsafe("select callsign, details from anomalies order by anomaly_id");
  assert.deepEqual(stored.map(({ details }) => details.text), evil);
});

databaseTest("what PostgreSQL cannot store does not fail the batch", async ({ sql }) => {
  const odd = "a\0b\ud800c";
  const row = flightRow("abc123", 0, { callsign: odd, nic: Number.MAX_SAFE_INTEGER });
  await writeHistory(sql, [row]);
  await writeAnomalies(sql, [anomalyRow("x", 0, { callsign: odd, details: { odd } })]);
  const [flight] = await sql.unsafe("select callsign, nic from flights_history");
  assert.deepEqual({ ...flight }, { callsign: "ab\ufffdc", nic: "9007199254740991" });
  const [anomaly] = await sql.unsafe("select callsign, details from anomalies");
  assert.deepEqual({ ...anomaly }, { callsign: "ab\ufffdc", details: { odd: "ab\ufffdc" } });
});

databaseTest("more rows than one statement takes", async ({ sql }) => {
  const rows = Array.from({ length: 4500 }, (_, i) => flightRow((0xb00000 + i).toString(16), 0));
  assert.equal(await writeHistory(sql, rows), 4500);
  assert.equal(await writeCurrent(sql, rows), 4500);
  assert.equal(await writeHistory(sql, []), 0);
});

databaseTest("a batch over midnight (UTC) makes both days' partitions", async ({ sql }) => {
  await dropPartitions(sql);
  const rows = [HALF_DAY_S - 1, HALF_DAY_S].map((s) => flightRow("abc123", s + 10 * DAY_S));
  assert.equal(await writeHistory(sql, rows), 2);
  assert.deepEqual(await partitions(sql), ["flights_history_20240611", "flights_history_20240612"]);
  const days = await sql.unsafe(
    "select tableoid::regclass::text as name from flights_history order by 1",
  );
  assert.deepEqual(days.map(({ name }) => name), await partitions(sql));
});

databaseTest(
  "a plain insert works on any day, and its rows move to the day's partition",
  async ({ sql }) => {
    await dropPartitions(sql);
    await sql.unsafe(`insert into flights_history (icao24, position, recorded_at) values
    ('abc123', 'POINT(-73.8 40.6)', '2023-01-01T23:59:59Z'),
    ('abc123', 'POINT(-73.8 40.6)', '2023-01-02T00:00:00Z')`);
    const where = () =>
      sql.unsafe(
        `select tableoid::regclass::text as name from flights_history order by recorded_at`,
      )
        .then((rows) => rows.map(({ name }) => name));
    assert.deepEqual(await where(), ["flights_history_default", "flights_history_default"]);
    const [made] = await sql.unsafe("select ensure_history_partition('2023-01-02') as made");
    assert.equal(made!.made, true);
    const [again] = await sql.unsafe("select ensure_history_partition('2023-01-02') as made");
    assert.equal(again!.made, false);
    assert.deepEqual(await where(), ["flights_history_default", "flights_history_20230102"]);
  },
);

databaseTest("days past retention are dropped whole, and their rows counted", async ({ sql }) => {
  await dropPartitions(sql);
  const at = (s: number) => flightRow("abc123", s);
  // Noon and a second before midnight of three days; the limit is in the third.
  const rows = [0, 1, 2].flatMap((d) => [at(d * DAY_S), at(d * DAY_S + HALF_DAY_S - 1)]);
  await writeHistory(sql, rows);
  const asOf = new Date(T0_MS + (2 * DAY_S + HALF_DAY_S - 3600 + DAY_S) * 1000);
  assert.equal(await cleanUp(sql, "flights_history", asOf), 5);
  assert.deepEqual(await partitions(sql), ["flights_history_20240603"]);
  assert.equal(await cleanUp(sql, "flights_history", asOf), 0);
  assert.equal((await history(sql)).length, 1);
});

databaseTest("retention goes by the time it is told, else by the clock", async ({ sql }) => {
  await writeCurrent(sql, [flightRow("a00001", 0), flightRow("a00002", 60)]);
  await writeAnomalies(sql, [anomalyRow("old", 0), anomalyRow("new", 10 * DAY_S)]);
  assert.equal(await cleanUp(sql, "flights_current", new Date(T0_MS + 120_000)), 0);
  assert.equal(await cleanUp(sql, "flights_current", new Date(T0_MS + 121_000)), 1);
  assert.equal(await cleanUp(sql, "anomalies", new Date(T0_MS + 30 * DAY_S * 1000)), 0);
  assert.equal(await cleanUp(sql, "anomalies", new Date(T0_MS + 31 * DAY_S * 1000)), 1);
  await writeHistory(sql, [flightRow("a00001", 0)]);
  const [removed] = await sql.unsafe(`select cleanup_stale_flights() as current,
    cleanup_old_history() as history, cleanup_old_anomalies('7 days') as anomalies`);
  assert.deepEqual({ ...removed }, { current: 1, history: 1, anomalies: 1 });
});

postgisTest(
  "writers at the same time, of the same rows over midnight, lose and double nothing",
  async () => {
    const { sql, url } = await formOf("server");
    await emptyTables(sql);
    await dropPartitions(sql);
    const rows = Array.from(
      { length: 40 },
      (_, i) =>
        Array.from(
          { length: 40 },
          (_, k) => flightRow((0xc00000 + i).toString(16), HALF_DAY_S + 20 * DAY_S + (k - 20) * 30),
        ),
    ).flat();
    const written = await Promise.all([1, 2, 3, 4].map((seed) =>
      withSql(url, async (own) => {
        const mine = shuffled(rows, seededRandom(seed));
        let count = 0;
        for (let at = 0; at < mine.length; at += 200) {
          count += await writeHistory(own, mine.slice(at, at + 200));
          await writeCurrent(own, mine.slice(at, at + 200));
        }
        return count;
      })
    ));
    assert.equal(
      written.reduce((sum, count) => sum + count),
      rows.length,
    );
    assert.equal((await history(sql)).length, rows.length);
    assert.equal((await current(sql)).length, 40);
    assert.deepEqual(await partitions(sql), [
      "flights_history_20240621",
      "flights_history_20240622",
    ]);
  },
);
