/** The same test against both forms of the database: a PostGIS server and the embedded one. */
import { openSql, type Sql } from "../../db/database.ts";
import { loadAirports, readAirportsFile } from "../../db/airports.ts";
import { migrate } from "../../db/schema.ts";
import { emptyTables, startTestEmbedded } from "../../db/testing.ts";
import {
  createDatabase,
  externalUrl,
  type PostgisServer,
  postgisTest,
  startPostgis,
} from "./postgis.ts";

export interface DatabaseForm {
  readonly name: "server" | "embedded";
  readonly url: string;
  readonly sql: Sql;
}

interface Running extends DatabaseForm {
  close(): Promise<void>;
}

const running: Partial<Record<DatabaseForm["name"], Promise<Running>>> = {};
Deno.test.afterAll(async () => {
  for (const form of Object.values(running)) await (await form).close();
});

/** Registers a test for each form. Tables are empty, airports are loaded. */
export function databaseTest(name: string, run: (form: DatabaseForm) => Promise<void>): void {
  postgisTest(`${name} (server)`, async () => await run(await emptied(formOf("server"))));
  Deno.test({
    name: `${name} (embedded)`,
    // A database outlives single tests.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => await run(await emptied(formOf("embedded"))),
  });
}

/** Started once per test file. */
export function formOf(name: DatabaseForm["name"]): Promise<DatabaseForm> {
  return running[name] ??= name === "server" ? startServer() : startEmbedded();
}

async function emptied(starting: Promise<DatabaseForm>): Promise<DatabaseForm> {
  const form = await starting;
  await emptyTables(form.sql);
  return form;
}

async function startServer(): Promise<Running> {
  const external = externalUrl();
  const server: PostgisServer | undefined = external ? undefined : await startPostgis();
  const url = await createDatabase(server?.url ?? external!);
  const sql = openSql(url);
  await migrate(sql);
  await loadAirports(sql, await readAirportsFile());
  return {
    name: "server",
    url,
    sql,
    async close() {
      await sql.end({ timeout: 1 });
      await server?.close();
    },
  };
}

async function startEmbedded(): Promise<Running> {
  const embedded = await startTestEmbedded();
  const sql = openSql(embedded.url);
  return {
    name: "embedded",
    url: embedded.url,
    sql,
    async close() {
      await sql.end({ timeout: 1 });
      await embedded.close();
    },
  };
}
