/** The migrations in order, what version a database is at, and how it gets to ours. */
import { DatabaseRefused, type Sql } from "./database.ts";

/** The schema this code was written for: the number of the newest migration. */
export const SCHEMA_VERSION = 4;

const MIGRATIONS = new URL("./migrations/", import.meta.url);
const FILE_NAME = /^(\d{4})_\w+\.sql$/;

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
}

/** The table that says which migrations a database has. */
const VERSIONS_TABLE = `create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);`;
const UNIQUE_VIOLATION = "23505";
const UNDEFINED_TABLE = "42P01";
const INSUFFICIENT_PRIVILEGE = "42501";

/** All migrations, the first first. */
export async function readMigrations(): Promise<Migration[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(MIGRATIONS)) if (FILE_NAME.test(name)) names.push(name);
  return await Promise.all(
    names.sort().map(async (name) => ({
      version: Number(FILE_NAME.exec(name)![1]),
      name: name.replace(".sql", ""),
      text: await Deno.readTextFile(new URL(name, MIGRATIONS)),
    })),
  );
}

/** The newest migration this database has; 0 for one that has none. */
export async function schemaVersion(sql: Sql): Promise<number> {
  try {
    const [row] = await sql.unsafe<{ version: number | null }[]>(
      "select max(version) as version from schema_migrations",
    );
    return row?.version ?? 0;
  } catch (error) {
    if (hasCode(error, UNDEFINED_TABLE)) return 0;
    throw error;
  }
}

/** @throws DatabaseRefused when the database has another schema than this code, with what to do */
export async function checkSchema(sql: Sql): Promise<void> {
  const version = await schemaVersion(sql);
  refuseNewer(version);
  if (version < SCHEMA_VERSION) {
    throw new DatabaseRefused(
      `the database has schema version ${version}, but this code needs ${SCHEMA_VERSION}: ` +
        `run deno task migrate`,
    );
  }
}

/**
 * Brings the database to this code's schema; the names of the migrations it took. Two that do this at
 * the same time do not disturb each other. With `to`, no further than that version.
 * @throws DatabaseRefused when the database is newer than this code
 */
export async function migrate(
  sql: Sql,
  onStep: (migration: Migration) => void = () => {},
  to = Infinity,
): Promise<string[]> {
  const migrations = await readMigrations();
  const applied: string[] = [];
  let version = await schemaVersion(sql);
  refuseNewer(version);
  while (version < Math.min(to, migrations.length)) {
    const next = migrations[version]!;
    if (await apply(sql, next)) {
      applied.push(next.name);
      onStep(next);
    }
    version = await schemaVersion(sql);
  }
  return applied;
}

/** False when somebody else applied it meanwhile. */
async function apply(sql: Sql, migration: Migration): Promise<boolean> {
  try {
    // One simple query is one transaction, also through the embedded database's socket.
    await sql.unsafe(
      `select pg_advisory_xact_lock(hashtext('skysentinel migrations'));\n${script(migration)}`,
    ).simple();
    return true;
  } catch (error) {
    if (hasCode(error, UNIQUE_VIOLATION) && await schemaVersion(sql) >= migration.version) {
      return false;
    }
    if (hasCode(error, INSUFFICIENT_PRIVILEGE) && error instanceof Error) {
      throw new DatabaseRefused(
        `migration ${migration.name} was refused (${error.message}): have an administrator of the ` +
          `database run db/init.sql, or "create extension postgis" and deno task migrate again`,
      );
    }
    throw error;
  }
}

/** Every migration in one file, for `/docker-entrypoint-initdb.d` or `psql -f`. */
export async function initSql(): Promise<string> {
  const parts = (await readMigrations()).map((migration) =>
    `-- ${migration.name}\nbegin;\n${script(migration)}commit;\n`
  );
  return [
    "-- Made from db/migrations by `deno task migrate --write-init`: change those, not this.\n",
    "create extension if not exists postgis;\n\n",
    parts.join("\n"),
  ].join("");
}

function script({ version, name, text }: Migration): string {
  return `${VERSIONS_TABLE}
insert into schema_migrations (version, name) values (${version}, '${name}');
${text}`;
}

function refuseNewer(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new DatabaseRefused(
    `the database has schema version ${version}, but this code only knows ${SCHEMA_VERSION}: ` +
      `this code is older than the database, run the newer one`,
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
