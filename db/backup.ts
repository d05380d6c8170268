/** `deno task backup FILE` and `deno task restore FILE`: all that is kept, of either form of the database. */
import { readConfig, SettingError } from "../services/config.ts";
import { databaseSentence, inTime, openSql } from "./database.ts";
import { lockData } from "./embedded.ts";
import { schemaVersion } from "./schema.ts";

const HELP = `Keeps the database in a file, and brings it back.

Usage: deno task backup FILE
       deno task restore FILE [--replace]

The server of DATABASE_URL (with POSTGRES_PASSWORD, if the address has no password) while it runs, by
pg_dump, pg_restore and psql, PostgreSQL's own client programs; without DATABASE_URL the embedded
database in DATA_DIR, while SkySentinel does not run, by tar.

  --replace   restore over the data that is there, which is gone then: of a server all of the database's
              schema public

Nothing is half done: a backup that fails leaves no file, a restore that fails the data as it was.
A backup of an earlier version is brought up to date by deno task migrate (the server) or the next
start (embedded).

Exit codes: 0 done, 1 failed, 2 called or set up wrongly.
`;
const FAILED = 1;
const CALLED_WRONGLY = 2;

/** What cannot be done, as a sentence with what to do. */
class Refused extends Error {
  override name = "Refused";
}

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    Deno.stdout.writeSync(new TextEncoder().encode(HELP));
    return 0;
  }
  const [verb, file, ...options] = args;
  const isReplacing = options[0] === "--replace";
  const isKnown = verb === "backup" ? options.length === 0 : verb === "restore" &&
    (options.length === 0 || (options.length === 1 && isReplacing));
  if (!isKnown || file === undefined || file.startsWith("-")) {
    say(`That is no way to call it.\n\n${HELP}`);
    return CALLED_WRONGLY;
  }
  try {
    const { DATABASE_URL: url, POSTGRES_PASSWORD: password, DATA_DIR } = await readConfig();
    if (verb === "backup") {
      await (url === undefined
        ? backupEmbedded(DATA_DIR, file)
        : backupServer(url, password, file));
    } else if (url === undefined) await restoreEmbedded(DATA_DIR, file, isReplacing);
    else await restoreServer(url, password, file, isReplacing);
    say(`${verb === "backup" ? "Kept in" : "Restored from"} ${file}\n`);
    return 0;
  } catch (error) {
    if (error instanceof SettingError) {
      say(`Cannot ${verb}: ${error.message}\n`);
      return CALLED_WRONGLY;
    }
    if (!(error instanceof Refused)) throw error;
    say(`Cannot ${verb}: ${error.message}\n`);
    return FAILED;
  }
}

async function backupServer(url: string, password: string | undefined, file: string) {
  const { address, env } = connection(url, password);
  await viaUnfinished(
    file,
    (unfinished) =>
      run("pg_dump", ["--format=custom", `--file=${unfinished}`, `--dbname=${address}`], env),
  );
}

async function restoreServer(
  url: string,
  password: string | undefined,
  file: string,
  isReplacing: boolean,
): Promise<void> {
  const { address, env, where } = connection(url, password);
  const sql = openSql(url, { password, max: 1 });
  try {
    const version = await inTime(sql, schemaVersion);
    if (version > 0 && !isReplacing) {
      throw new Refused(`there is data in ${where}: add --replace if it may go`);
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(databaseSentence(error, where));
  } finally {
    await sql.end({ timeout: 1 });
  }
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-restore-" });
  const script = `${folder}/restore.sql`;
  try {
    await run("pg_restore", ["--no-owner", `--file=${script}`, file], env);
    await run("psql", [
      ...["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"],
      // What a later version has made must not stay beside an earlier one's tables.
      ...isReplacing ? ["--command=drop schema public cascade; create schema public"] : [],
      ...[`--file=${script}`, `--dbname=${address}`],
    ], env);
  } finally {
    await removeAll(folder);
  }
}

/** For PostgreSQL's own programs: the password is in the environment, which no list of processes shows. */
function connection(url: string, password: string | undefined) {
  const address = new URL(url);
  const { hostname, port, pathname } = address;
  const PGPASSWORD = decodeURIComponent(address.password) || password || "skysentinel";
  address.password = "";
  const where = `${hostname}:${port || 5432}${pathname}`;
  return { address: address.href, env: { PGPASSWORD }, where };
}

async function backupEmbedded(dataDir: string, file: string): Promise<void> {
  await exists(`${dataDir}/postgis/PG_VERSION`, `there is no embedded database in ${dataDir}`);
  using _lock = lockOf(dataDir);
  await viaUnfinished(
    file,
    (unfinished) => run("tar", ["-czf", unfinished, "-C", dataDir, "postgis"], {}),
  );
}

async function restoreEmbedded(dataDir: string, file: string, isReplacing: boolean): Promise<void> {
  await exists(file, `there is no ${file}`);
  using _lock = lockOf(dataDir);
  const [kept, fresh] = [`${dataDir}/postgis`, `${dataDir}/postgis.restored`];
  const isThere = await isFile(`${kept}/PG_VERSION`);
  if (isThere && !isReplacing) {
    throw new Refused(`there is data in ${kept}: add --replace if it may go`);
  }
  await removeAll(fresh);
  await Deno.mkdir(fresh, { recursive: true });
  try {
    await run("tar", ["-xzf", file, "-C", fresh], {});
    await exists(`${fresh}/postgis/PG_VERSION`, `${file} is no backup of an embedded database`);
    await removeAll(kept);
    await Deno.rename(`${fresh}/postgis`, kept);
  } finally {
    await removeAll(fresh);
  }
}

function lockOf(dataDir: string): Deno.FsFile {
  try {
    return lockData(dataDir);
  } catch (error) {
    throw new Refused(error instanceof Error ? error.message : String(error));
  }
}

/** Made beside where it goes, and moved there when it is whole. */
async function viaUnfinished(
  file: string,
  make: (unfinished: string) => Promise<void>,
): Promise<void> {
  const unfinished = `${file}.unfinished`;
  try {
    await make(unfinished);
    await Deno.rename(unfinished, file);
  } catch (error) {
    await removeAll(unfinished);
    throw error;
  }
}

/** Runs a program to its end. @throws Refused with what it said */
async function run(program: string, args: readonly string[], env: Record<string, string>) {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, { args: [...args], env, stdout: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Refused(`${program} is not installed: it comes with PostgreSQL's client programs`);
  }
  if (output.success) return;
  const said = new TextDecoder().decode(output.stderr).trim().split("\n").slice(0, 3).join("; ");
  throw new Refused(`${program} said: ${said}`);
}

async function exists(path: string, otherwise: string): Promise<void> {
  if (!await isFile(path)) throw new Refused(otherwise);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

async function removeAll(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
