/** The history in bulk: every row that was asked for once and in order, whatever the pages, in every form. */
import assert from "node:assert/strict";
import type { FlightPayload } from "../../contracts/flight.ts";
import { HistoryRow, RowCollection } from "../../contracts/http.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { connectDatabase, type Database, type Sql } from "../../db/database.ts";
import { readExport } from "../../db/export.ts";
import type { FlightRow } from "../../db/rows.ts";
import { flightRow, T0_MS } from "../../db/testing.ts";
import { writeHistory } from "../../db/writes.ts";
import { hub } from "../../services/hub/testing/hub.ts";
import { readRecording } from "../../services/ingest/sources/formats.ts";
import { within } from "../../services/testing/deadline.ts";
import { type DatabaseForm, databaseTest } from "../servers/database_forms.ts";

const at = (seconds: number) => new Date(T0_MS + seconds * 1000);
const RANGE = `start_ts=${at(0).toISOString()}&end_ts=${at(36_000).toISOString()}`;
const address = (i: number) => i.toString(16).padStart(6, "0");

/** What a page cannot hold at one moment, a long gap, and traffic by chance. */
function manyRows(): FlightRow[] {
  const random = seededRandom(8);
  const crowd = Array.from({ length: 4500 }, (_, i) => flightRow(address(i), 100));
  const later = Array.from(
    { length: 3000 },
    (_, i) =>
      flightRow(address(i % 50), 30_000 + Math.floor(i / 50) * 7, {
        position: { lat: random() * 100 - 50, lon: random() * 360 - 180 },
        altitude_m: random() < 0.1 ? null : 1000,
      }),
  );
  return [...crowd, ...later];
}
const order = ({ icao24, last_contact_unix }: FlightRow) => `${last_contact_unix} ${icao24}`;
const orderOf = (rows: readonly FlightRow[]) => rows.map(order).sort();

async function write(sql: Sql, rows: readonly FlightRow[]): Promise<void> {
  for (let i = 0; i < rows.length; i += 2500) await writeHistory(sql, rows.slice(i, i + 2500));
}

async function withHub(
  { url }: DatabaseForm,
  use: (
    request: (path: string, init?: RequestInit) => Promise<Response>,
    database: Database,
  ) => Promise<void>,
): Promise<void> {
  const database = connectDatabase(url);
  try {
    await within(database.whenOk(), "database");
    await use(hub({ database }).request, database);
  } finally {
    await database.close();
  }
}

databaseTest(
  "an export has every report once, by time and address, in every form",
  async (form) => {
    const rows = manyRows();
    await write(form.sql, rows);
    await write(form.sql, [flightRow("ffffff", 36_000), flightRow("ffffff", -1)]);
    await withHub(form, async (request) => {
      const text = async (format: string) => {
        const response = await request(`/export/history?${RANGE}&format=${format}`);
        assert.equal(response.status, 200);
        return await response.text();
      };
      const lines = (await text("jsonl")).split("\n");
      assert.equal(lines.pop(), "");
      const read = lines.map((line) => HistoryRow.parse(JSON.parse(line)));
      assert.deepEqual(read.map(order), orderOf(rows));
      assert.equal(
        read.filter(({ altitude_m }) => altitude_m === null).length,
        rows.filter(({ altitude_m }) => altitude_m === null).length,
      );

      const [head, ...table] = (await text("csv")).trimEnd().split("\r\n");
      const column = head!.split(",").indexOf("icao24");
      assert.deepEqual(
        table.map((line) => line.split(",")[column]),
        read.map(({ icao24 }) => icao24),
      );

      const { features } = RowCollection.parse(JSON.parse(await text("geojson")));
      assert.deepEqual(
        features.map(({ geometry }) => geometry.coordinates),
        read.map(({ position }) => [position.lon, position.lat]),
      );
    });
  },
);

databaseTest("an export is a recording: replayed, it is what was written", async (form) => {
  const rows = manyRows();
  await write(form.sql, rows);
  await withHub(form, async (request) => {
    const file = await Deno.makeTempFile();
    try {
      for (const format of ["jsonl", "csv"]) {
        const response = await request(`/export/history?${RANGE}&format=${format}`);
        await Deno.writeTextFile(file, await response.text());
        const entries = (await Array.fromAsync(readRecording(file))).flat();
        const flights = entries.map(({ parsed }) => {
          assert(parsed.ok, "a line that is refused");
          return parsed.value.flight;
        });
        const said = (flight: FlightPayload) => [
          flight.icao24,
          flight.last_contact_unix,
          flight.position,
          flight.altitude_m,
          flight.velocity_mps,
          flight.heading_deg,
          flight.vertical_rate_mps,
          flight.on_ground,
          flight.callsign,
          flight.squawk,
        ];
        const sorted = rows.toSorted((a, b) => order(a) < order(b) ? -1 : 1);
        assert.deepEqual(flights.map(said), sorted.map(said), format);
      }
    } finally {
      await Deno.remove(file);
    }
  });
});

databaseTest("an export is narrowed by aircraft, area and time", async (form) => {
  const rows = manyRows();
  await write(form.sql, rows);
  await withHub(form, async (request) => {
    const asked = async (query: string) => {
      const response = await request(`/export/history?format=jsonl&${query}`);
      const lines = (await response.text()).split("\n").filter((line) => line !== "");
      return lines.map((line) => order(JSON.parse(line)));
    };
    const wanted = (one: (row: FlightRow) => boolean) => orderOf(rows.filter(one));
    assert.deepEqual(
      await asked(`${RANGE}&icao24=000001,00000A`),
      wanted(({ icao24 }) => ["000001", "00000a"].includes(icao24)),
    );
    assert.deepEqual(
      await asked(`${RANGE}&bbox=-10,-20,30,40`),
      wanted(({ position: { lat, lon } }) => lat >= -20 && lat <= 40 && lon >= -10 && lon <= 30),
    );
    assert.deepEqual(
      await asked(`${RANGE}&bbox=170,-20,-170,40`),
      wanted(({ position: { lat, lon } }) =>
        lat >= -20 && lat <= 40 && (lon >= 170 || lon <= -170)
      ),
      "across the antimeridian",
    );
    const [from, until] = [at(30_007).toISOString(), at(30_021).toISOString()];
    assert.deepEqual(
      await asked(`start_ts=${from}&end_ts=${until}`),
      wanted(({ last_contact_unix }) =>
        last_contact_unix >= T0_MS / 1000 + 30_007 && last_contact_unix < T0_MS / 1000 + 30_021
      ),
    );
    assert.deepEqual(await asked(`${RANGE}&icao24=fffffe`), []);
  });
});

databaseTest(
  "of nothing an export is empty in its own way, and pages are read when asked for",
  async (form) => {
    await withHub(form, async (request) => {
      const text = async (format: string) =>
        await (await request(`/export/history?${RANGE}&format=${format}`)).text();
      assert.match(await text("csv"), /^icao24,callsign,lat,lon,[^\r\n]+,recorded_at\r\n$/);
      assert.equal(await text("jsonl"), "");
      assert.deepEqual(JSON.parse(await text("geojson")), {
        type: "FeatureCollection",
        features: [],
      });
    });
    await write(form.sql, manyRows());
    const pages = readExport(form.sql, { start: at(0), end: at(36_000) });
    assert.equal((await pages.next()).value!.length, 2000);
    // What comes between two pages belongs to the later one: nothing had been read ahead.
    await write(form.sql, [flightRow("fffff0", 101)]);
    const rest = (await Array.fromAsync(pages)).flat();
    assert(rest.some(({ icao24 }) => icao24 === "fffff0"));
  },
);

databaseTest(
  "two exports at once are enough; one that ends or is given up makes room",
  async (form) => {
    await write(form.sql, manyRows());
    await withHub(form, async (request) => {
      const ask = () => request(`/export/history?${RANGE}`);
      const [first, second] = [await ask(), await ask()];
      const third = await ask();
      assert.equal(third.status, 429);
      assert.match(third.headers.get("retry-after")!, /^\d+$/);
      assert.equal((await third.json()).code, "too_many_exports");
      await first.body!.cancel();
      assert.equal((await ask()).status, 200, "the first was given up");
      assert.equal((await ask()).status, 429);
      await second.text();
      const head = await request(`/export/history?${RANGE}`, { method: "HEAD" });
      assert.equal(head.status, 200);
      const last = await ask();
      assert.equal(last.status, 200, "the second has ended");
      await last.body!.cancel();
    });
  },
);

databaseTest("an export that cannot go on breaks off instead of looking whole", async (form) => {
  await write(form.sql, manyRows());
  await withHub(form, async (request, database) => {
    const response = await request(`/export/history?${RANGE}&format=jsonl`);
    const reader = response.body!.getReader();
    await reader.read();
    await database.close();
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    });
    const after = await request(`/export/history?${RANGE}&format=jsonl`);
    assert.equal(after.status, 503, "it is told at once, and nobody's room was lost");
    await after.body!.cancel();
  });
});
