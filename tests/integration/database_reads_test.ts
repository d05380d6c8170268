/** What is read back: the past of an aircraft, time travel and anomalies, on both forms. */
import assert from "node:assert/strict";
import { Flight } from "../../contracts/flight.ts";
import { AnomalyPayload } from "../../contracts/anomaly.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { type FramesEnd, type HistoryFrame, readFrames } from "../../db/frames.ts";
import { type AnomalyQuery, formatCursor, parseCursor } from "../../db/reads.ts";
import { readAnomalies, readHistory } from "../../db/reads.ts";
import { anomalyRow, flightRow, T0_MS } from "../../db/testing.ts";
import { writeAnomalies, writeHistory } from "../../db/writes.ts";
import type { Sql } from "../../db/database.ts";
import { within } from "../../services/testing/deadline.ts";
import { databaseTest } from "../servers/database_forms.ts";

const DAY_S = 86_400;
const at = (seconds: number) => new Date(T0_MS + seconds * 1000);

async function all(
  reading: AsyncGenerator<HistoryFrame, FramesEnd>,
): Promise<{ frames: HistoryFrame[]; end: FramesEnd }> {
  const frames: HistoryFrame[] = [];
  for (;;) {
    const { done, value } = await reading.next();
    if (done) return { frames, end: value };
    frames.push(value);
  }
}

databaseTest(
  "the past of one aircraft: the newest positions, the oldest first",
  async ({ sql }) => {
    const rows = Array.from(
      { length: 20 },
      (_, k) => flightRow("abc123", k * 10, { altitude_m: k, position: { lat: k, lon: -k } }),
    );
    await writeHistory(sql, [...rows, flightRow("def456", 0)]);
    const read = await readHistory(sql, "abc123", { since: at(100), limit: 5 });
    assert.deepEqual(
      read.map(({ altitude_m }) => altitude_m),
      [15, 16, 17, 18, 19],
    );
    assert.deepEqual(read[0], {
      position: { lat: 15, lon: -15 },
      altitude_m: 15,
      altitude_m_smoothed: null,
      heading_deg: 45,
      velocity_mps: 120.25,
      vertical_rate_mps: -2.5,
      on_ground: false,
      flight_phase: "UNKNOWN",
      recorded_at: "2024-06-01T12:02:30.000Z",
    });
    assert.equal((await readHistory(sql, "abc123", { since: at(100), limit: 100 })).length, 10);
    const until = await readHistory(sql, "abc123", { since: at(100), until: at(160), limit: 3 });
    assert.deepEqual(until.map(({ altitude_m }) => altitude_m), [14, 15, 16]);
    assert.deepEqual(await readHistory(sql, "a' or '1'='1", { since: at(0), limit: 9 }), []);
  },
);

databaseTest(
  "frames have one report per aircraft and interval, the latest in it",
  async ({ sql }) => {
    const random = seededRandom(5);
    const rows = Array.from({ length: 600 }, () => {
      const k = Math.floor(random() * 300);
      const icao24 = (0xa00000 + Math.floor(random() * 12)).toString(16);
      return flightRow(icao24, k, { altitude_m: k, last_contact_ms: T0_MS + k * 1000 + 500 });
    });
    await writeHistory(sql, rows);
    const { frames, end } = await all(
      readFrames(sql, { start: at(20), end: at(255), interval_s: 10, cap: 1e6 }),
    );
    assert.deepEqual(end, {});
    // The same, computed from the rows.
    const expected = new Map<number, Map<string, number>>();
    for (const { icao24, last_contact_unix } of rows) {
      const second = last_contact_unix - T0_MS / 1000;
      if (second < 20 || second >= 255) continue;
      const frame = Math.floor((second - 20) / 10);
      const latest = expected.get(frame) ?? expected.set(frame, new Map()).get(frame)!;
      latest.set(icao24, Math.max(latest.get(icao24) ?? -1, second));
    }
    const order = [...expected.keys()].sort((a, b) => a - b);
    assert.deepEqual(
      frames.map(({ timestamp }) => timestamp),
      order.map((frame) => at(20 + frame * 10).toISOString()),
    );
    frames.forEach(({ flights }, i) => {
      const latest = [...expected.get(order[i]!)!].sort(([a], [b]) => a < b ? -1 : 1);
      assert.deepEqual(flights.map(({ icao24, altitude_m }) => [icao24, altitude_m]), latest);
    });
  },
);

databaseTest(
  "a flight in a frame is a Flight of the contract, with all that was known",
  async ({ sql }) => {
    const row = flightRow("abc123", 0, {
      last_contact_ms: T0_MS + 5,
      nic: 8,
      registration: "N1",
      mach: 0.5,
      status: "ANOMALY",
      flight_phase: "APPROACH",
      near_airport: "KJFK",
    });
    await writeHistory(sql, [row, flightRow("def456", 1, { callsign: null, altitude_m: null })]);
    const { frames } = await all(
      readFrames(sql, { start: at(0), end: at(10), interval_s: 10, cap: 10 }),
    );
    const { flight_phase: _phase, near_airport: _airport, ...flight } = row;
    assert.deepEqual(frames[0]!.flights[0], flight);
    for (const one of frames[0]!.flights) Flight.strict().parse(one);
    assert.equal(frames[0]!.flights[1]!.callsign, null);
  },
);

databaseTest("frames skip what is empty, however long", async ({ sql }) => {
  await writeHistory(sql, [0, 5 * DAY_S, 5 * DAY_S + 1].map((s) => flightRow("abc123", s)));
  // One after the other they would take an hour.
  const { frames } = await within(
    all(readFrames(sql, { start: at(-1), end: at(3000 * DAY_S), interval_s: 1, cap: 10 })),
    "all frames",
  );
  assert.deepEqual(
    frames.map(({ timestamp }) => timestamp),
    [0, 5 * DAY_S, 5 * DAY_S + 1].map((s) => at(s).toISOString()),
  );
  const none = await all(readFrames(sql, { start: at(0), end: at(0), interval_s: 1, cap: 10 }));
  assert.deepEqual(none, { frames: [], end: {} });
});

databaseTest("frames end at the cap and say where to go on", async ({ sql }) => {
  const rows = Array.from(
    { length: 30 },
    (_, k) => ["a00001", "a00002", "a00003"].map((icao24) => flightRow(icao24, k)),
  ).flat();
  await writeHistory(sql, rows);
  const seen: string[] = [];
  let start: Date | undefined = at(0);
  for (let parts = 1; start; parts++) {
    const { frames, end }: { frames: HistoryFrame[]; end: FramesEnd } = await all(
      readFrames(sql, { start, end: at(30), interval_s: 1, cap: 20 }),
    );
    assert(frames.reduce((sum, { flights }) => sum + flights.length, 0) <= 20);
    seen.push(...frames.map(({ timestamp }) => timestamp));
    start = end.resume_from ? new Date(end.resume_from) : undefined;
    assert(parts <= 5);
  }
  assert.deepEqual(seen, Array.from({ length: 30 }, (_, k) => at(k).toISOString()));
  const tiny = await all(
    readFrames(sql, { start: at(0), end: at(30), interval_s: 1, cap: 1 }),
  );
  assert.deepEqual([tiny.frames.length, tiny.end.resume_from], [1, at(1).toISOString()]);
});

databaseTest("frames are read as they are asked for, a bounded page at a time", async ({ sql }) => {
  const rows = Array.from(
    { length: 120 },
    (_, k) => Array.from({ length: 100 }, (_, i) => flightRow((0xa00000 + i).toString(16), k * 10)),
  ).flat();
  await writeHistory(sql, rows);
  const pages: number[] = [];
  const counting = new Proxy(sql, {
    get: (target, name, receiver) =>
      name !== "unsafe"
        ? Reflect.get(target, name, receiver)
        : async (...args: Parameters<Sql["unsafe"]>) => {
          const result = await target.unsafe(...args);
          pages.push(result.length);
          return result;
        },
  });
  const reading = readFrames(counting, { start: at(0), end: at(1200), interval_s: 10, cap: 1e6 });
  await reading.next();
  assert.deepEqual(pages, [100], "one short page for the first frame");
  let count = 1;
  while (!(await reading.next()).done) count++;
  assert.equal(count, 120);
  assert(Math.max(...pages) <= 4000, String(pages));
});

/** One anomaly every ten seconds, of all kinds, around the antimeridian. */
const TYPES = ["SQUAWK_7700", "HOLDING", "GO_AROUND"] as const;
const MANY = Array.from({ length: 60 }, (_, i) => {
  const resolved = i % 4 === 0;
  return anomalyRow(`id-${String(i).padStart(2, "0")}`, Math.floor(i / 3) * 10, {
    icao24: i % 2 ? "a00001" : "a00002",
    anomaly_type: TYPES[i % 3]!,
    severity: (["HIGH", "LOW", "MEDIUM"] as const)[i % 3]!,
    state: resolved ? "RESOLVED" : "ACTIVE",
    resolved_at: resolved ? at(10_000).toISOString() : null,
    position: i % 10 === 9
      ? null
      : { lat: -30 + i, lon: i < 30 ? 170 + i / 3 : -180 + (i - 30) / 3 },
  });
});

const newestFirst = (a: AnomalyPayload, b: AnomalyPayload) =>
  b.detected_at.localeCompare(a.detected_at) || b.anomaly_id.localeCompare(a.anomaly_id);

databaseTest("anomalies are found by what is asked, the newest first", async ({ sql }) => {
  await writeAnomalies(sql, MANY);
  const bbox = { lat_min: -20, lat_max: 20, lon_min: 175, lon_max: -175 };
  const inside = ({ position }: AnomalyPayload) =>
    !!position && Math.abs(position.lat) <= 20 && (position.lon >= 175 || position.lon <= -175);
  const cases: [Partial<AnomalyQuery>, (row: AnomalyPayload) => boolean][] = [
    [{}, () => true],
    [{ types: ["HOLDING"] }, (row) => row.anomaly_type === "HOLDING"],
    [{ types: ["HOLDING", "GO_AROUND"] }, (row) => row.anomaly_type !== "SQUAWK_7700"],
    [{ severities: ["HIGH"] }, (row) => row.severity === "HIGH"],
    [{ active: true }, (row) => row.state === "ACTIVE"],
    [{ active: false }, (row) => row.state === "RESOLVED"],
    [{ icao24: "a00001" }, (row) => row.icao24 === "a00001"],
    [{ start: at(50) }, (row) => row.detected_at >= at(50).toISOString()],
    [{ end: at(50) }, (row) => row.detected_at < at(50).toISOString()],
    [{ bbox }, inside],
    [
      { bbox: { ...bbox, lon_min: 170, lon_max: 180 } },
      ({ position }) => !!position && Math.abs(position.lat) <= 20 && position.lon >= 170,
    ],
    [
      { bbox, active: true, types: ["GO_AROUND"] },
      (row) => inside(row) && row.state === "ACTIVE" && row.anomaly_type === "GO_AROUND",
    ],
    [{ icao24: "' or true --" }, () => false],
    [{ types: ["\"}'; drop table anomalies; --"] }, () => false],
    [{ types: [] }, () => false],
  ];
  for (const [query, matches] of cases) {
    const { anomalies, next } = await readAnomalies(sql, { ...query, limit: 100 });
    const expected = MANY.filter(matches).sort(newestFirst);
    assert.deepEqual(anomalies, expected, JSON.stringify(query));
    assert.equal(next, undefined);
  }
  for (const row of (await readAnomalies(sql, { limit: 100 })).anomalies) {
    AnomalyPayload.strict().parse(row);
  }
});

databaseTest(
  "one anomaly is found by its id, by the index, however many are newer",
  async ({ sql }) => {
    await writeAnomalies(sql, MANY);
    const oldest = [...MANY].sort(newestFirst).at(-1)!;
    const { anomaly_id } = oldest;
    assert.deepEqual((await readAnomalies(sql, { anomaly_id, limit: 1 })).anomalies, [oldest]);
    assert.deepEqual((await readAnomalies(sql, { anomaly_id: "none", limit: 1 })).anomalies, []);
  },
);

databaseTest("pages of anomalies join without a gap, while new ones come in", async ({ sql }) => {
  await writeAnomalies(sql, MANY);
  const seen: AnomalyPayload[] = [];
  let before: AnomalyQuery["before"];
  do {
    const page = await readAnomalies(sql, { limit: 7, before });
    seen.push(...page.anomalies);
    await writeAnomalies(sql, [anomalyRow(`new-${seen.length}`, 5000 + seen.length)]);
    // As it goes through an address and back.
    before = page.next && parseCursor(formatCursor(page.next));
  } while (before);
  assert.deepEqual(seen, [...MANY].sort(newestFirst));
});

databaseTest("pages are exact to the microsecond others may have written", async ({ sql }) => {
  await sql.unsafe(`insert into anomalies (anomaly_id, icao24, anomaly_type, severity, detected_at)
    select 'us-' || i, 'abc123', 'HOLDING', 'LOW',
      timestamptz '2024-06-01T12:00:00Z' + i * interval '1 microsecond'
    from generate_series(1, 9) i`);
  const ids: string[] = [];
  let before: AnomalyQuery["before"];
  do {
    const page = await readAnomalies(sql, { limit: 2, before });
    ids.push(...page.anomalies.map(({ anomaly_id }) => anomaly_id));
    before = page.next;
  } while (before);
  assert.deepEqual(ids, Array.from({ length: 9 }, (_, i) => `us-${9 - i}`));
});

Deno.test("what is no cursor is none", () => {
  for (const word of ["", "_", "12", "12_", "x_y", "1e5_a", "123456789012345678901_a"]) {
    assert.equal(parseCursor(word), undefined, word);
  }
  const cursor = { detected_us: "1717243200000000", anomaly_id: "a_b-1" };
  assert.deepEqual(parseCursor(formatCursor(cursor)), cursor);
});
