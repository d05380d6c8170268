/**
 * Rows a second into both forms of the database, one writer, and how long the embedded one takes to
 * start. Its memory is the whole process's, what the first start leaves behind included: `deno run -A tools/bench_database.ts`. Prints a table.
 */
import { seededRandom } from "../core/seeded_random.ts";
import { startPostgis } from "../tests/servers/postgis.ts";
import { openSql, type Sql } from "../db/database.ts";
import { startEmbedded } from "../db/embedded.ts";
import type { FlightRow } from "../db/rows.ts";
import { migrate } from "../db/schema.ts";
import { flightRow, quietLog } from "../db/testing.ts";
import { ROWS_PER_WRITE, writeCurrent, writeHistory } from "../db/writes.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const AIRCRAFT = 2000;
const SECONDS = 40;

const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

/** All over the world, as a worldwide source has them: the spatial index has to place each. */
function traffic(): FlightRow[][] {
  const random = seededRandom(1);
  const places = Array.from({ length: AIRCRAFT }, (_, i) => ({
    icao24: (i * 7919 % 0xffffff).toString(16).padStart(6, "0"),
    lat: random() * 140 - 70,
    lon: random() * 358 - 179,
  }));
  return Array.from(
    { length: SECONDS },
    (_, k) =>
      places.map(({ icao24, lat, lon }) =>
        flightRow(icao24, k, { position: { lat: lat + k * 0.002, lon }, altitude_m: 9000 + k })
      ),
  );
}

async function measure(form: string, sql: Sql): Promise<void> {
  const batches = traffic();
  const rows = batches.length * AIRCRAFT;
  for (
    const [table, write] of [["flights_history", writeHistory], [
      "flights_current",
      writeCurrent,
    ]] as const
  ) {
    const startedMs = performance.now();
    for (const batch of batches) await write(sql, batch);
    const rate = rows / (performance.now() - startedMs) * 1000;
    print(`${form.padEnd(9)} ${table.padEnd(16)} ${(rate / 1000).toFixed(1).padStart(6)} k rows/s`);
  }
}

const memoryMb = () => Math.round(Deno.memoryUsage().rss / 1e6);

async function benchEmbedded(): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-embedded-" });
  try {
    for (const start of ["first start", "reopened"]) {
      const startedMs = performance.now();
      const embedded = startEmbedded({ dataDir, log: quietLog });
      await embedded.ready;
      const tookS = ((performance.now() - startedMs) / 1000).toFixed(1);
      print(`embedded  ${start.padEnd(16)} ${tookS.padStart(6)} s, this process ${memoryMb()} MB`);
      if (start === "reopened") {
        const sql = openSql(embedded.url);
        await measure("embedded", sql);
        await sql.end();
        print(`embedded  after that       this process ${memoryMb()} MB`);
      }
      await embedded.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function benchServer(): Promise<void> {
  const server = await startPostgis();
  try {
    const sql = openSql(server.url);
    await migrate(sql);
    await measure("server", sql);
    await sql.end();
  } finally {
    await server.close();
  }
}

print(`${AIRCRAFT} aircraft, ${ROWS_PER_WRITE} rows a statement`);
await benchServer();
await benchEmbedded();
