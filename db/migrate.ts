/** `deno task migrate`: brings the database at DATABASE_URL to this code's schema. */
import { readConfig, SettingError } from "../services/config.ts";
import { loadAirports, readAirportsFile } from "./airports.ts";
import { DatabaseRefused, databaseSentence, isOutage, knock, openSql } from "./database.ts";
import { initSql, migrate, SCHEMA_VERSION } from "./schema.ts";

const HELP = `Brings a database to this code's schema.

Usage: deno task migrate [--write-init]

The database is the one of DATABASE_URL (with POSTGRES_PASSWORD, if the address has no password); it is
waited for, up to half a minute. What it has already is left alone. The embedded database, used
when there is no DATABASE_URL, does this by itself.

  --write-init   write db/init.sql anew from db/migrations, and touch no database

Exit codes: 0 done, 1 failed, 2 called or set up wrongly.
`;

const INIT_SQL = new URL("./init.sql", import.meta.url);
const FAILED = 1;
const CALLED_WRONGLY = 2;
const WAIT_MS = 30_000;
const RETRY_AFTER_MS = 1000;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    Deno.stdout.writeSync(new TextEncoder().encode(HELP));
    return 0;
  }
  if (args.length > 1 || (args.length === 1 && args[0] !== "--write-init")) {
    say(`There is no option "${args.join(" ")}".\n\n${HELP}`);
    return CALLED_WRONGLY;
  }
  if (args.length === 1) {
    await Deno.writeTextFile(INIT_SQL, await initSql());
    say("Wrote db/init.sql\n");
    return 0;
  }
  try {
    const { DATABASE_URL: url, POSTGRES_PASSWORD: password } = await readConfig();
    if (url === undefined) {
      say("DATABASE_URL is not set: the embedded database migrates itself when it starts\n");
      return CALLED_WRONGLY;
    }
    return await migrateServer(url, password);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    say(`Cannot migrate: ${error.message}\n`);
    return CALLED_WRONGLY;
  }
}

async function migrateServer(url: string, password: string | undefined): Promise<number> {
  const { hostname, port, pathname } = new URL(url);
  const where = `${hostname}:${port || 5432}${pathname}`;
  const sql = openSql(url, { password, max: 1 });
  try {
    await untilThere(url, password, where);
    const applied = await migrate(sql, ({ name }) => say(`${where}: ${name}\n`));
    if (await loadAirports(sql, await readAirportsFile())) say(`${where}: airports loaded\n`);
    const done = applied.length === 0 ? "has been" : "is now";
    say(`${where}: ${done} at schema version ${SCHEMA_VERSION}\n`);
    return 0;
  } catch (error) {
    const isExpected = error instanceof DatabaseRefused || isOutage(error) ||
      (error instanceof Error && "code" in error);
    if (!isExpected) throw error;
    say(`Cannot migrate: ${databaseSentence(error, where)}\n`);
    return FAILED;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function untilThere(url: string, password: string | undefined, where: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return await knock(url, { password });
    } catch (error) {
      if (!isOutage(error) || Date.now() > deadline) throw error;
      say(`Waiting: ${databaseSentence(error, where)}\n`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
  }
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
