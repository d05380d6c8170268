/**
 * A real PostGIS for tests, without containers: Debian's packages, in a folder of its own, on a free
 * port of the loopback address. `TEST_DATABASE_URL` names one that runs already, whose user may create
 * databases, for the tests that do not kill it.
 */
import { openSql } from "../../db/database.ts";
import { within } from "../../services/testing/deadline.ts";
import { freePorts } from "../program.ts";

const VERSIONS = ["18", "17", "16", "15", "14"];
const START_WITHIN_MS = 180_000;
const REMEDY = "apt-get install -y --no-install-recommends postgresql-15-postgis-3, " +
  "or set TEST_DATABASE_URL";
/** Superuser, password and database, as in the containers. */
const NAME = "skysentinel";

export interface PostgisServer {
  /** Of the database `skysentinel`, user and password the same, empty at first. */
  readonly url: string;
  /** The address of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Ends it without a checkpoint, as a crash. */
  kill(): Promise<void>;
  /** Starts it anew on the same port and data, after it was killed. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

const binaries = findBinaries();
/** Why PostGIS cannot be run here; undefined when it can. */
export const postgisMissing: string | undefined = binaries === undefined
  ? "no PostgreSQL server with PostGIS is installed"
  : undefined;

/**
 * A test against a real server. Without one it is skipped loudly; with CI=true it fails.
 * `needs` is "own" for a test that kills the server.
 */
export function postgisTest(
  name: string,
  run: (t: Deno.TestContext) => Promise<void>,
  needs: "any" | "own" = "any",
): void {
  const isThere = !postgisMissing || (needs === "any" && externalUrl() !== undefined);
  const required = Deno.env.get("CI") === "true";
  const reason = `${postgisMissing}: ${REMEDY}`;
  if (!isThere) say(`${required ? "FAILS" : "SKIPPED"}: ${name}: ${reason}\n`);
  Deno.test({
    name,
    ignore: !isThere && !required,
    // A server and its connections outlive single tests.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) => isThere ? run(t) : Promise.reject(new Error(reason)),
  });
}

/** The address of the server that runs already, if one was named. */
export function externalUrl(): string | undefined {
  return Deno.env.get("TEST_DATABASE_URL") || undefined;
}

/** A new server; ends by itself when the test's process does. */
export async function startPostgis(): Promise<PostgisServer> {
  if (binaries === undefined) throw new Error(`${postgisMissing}: ${REMEDY}`);
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-postgis-" });
  const [port] = freePorts(1);
  const [data, log] = [`${folder}/data`, `${folder}/log`];
  // The server refuses to run as root, as which tests often do.
  const asUser = Deno.uid() === 0
    ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    : [];
  if (asUser.length > 0) await run(["chown", "postgres", folder]);
  await Deno.writeTextFile(`${folder}/password`, NAME);
  await run([
    ...asUser,
    ...[`${binaries}/initdb`, "-D", data, "-U", NAME, `--pwfile=${folder}/password`],
    ...["-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"],
  ]);
  const settings = {
    port,
    unix_socket_directories: folder,
    listen_addresses: "127.0.0.1",
    shared_buffers: "64MB",
    // Nothing here has to outlive the machine; what is committed still outlives a crash.
    fsync: "off",
    full_page_writes: "off",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [...asUser, `${binaries}/postgres`, "-D", data, ...options];
  let running: Running | undefined;
  const adminUrl = `postgres://${NAME}:${NAME}@127.0.0.1:${port}/postgres`;
  const server = {
    url: adminUrl,
    createDatabase: () => createDatabase(adminUrl),
    async start() {
      running = await spawn(command, log);
      await untilAnswering(adminUrl, running, log);
    },
    async kill() {
      await running?.kill();
      running = undefined;
    },
    async close() {
      await server.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
  await server.start();
  server.url = await createDatabase(adminUrl, NAME);
  return server;
}

let made = 0;

/** The address of a new, empty database on the server of this address. */
export async function createDatabase(
  url: string,
  name = `${NAME}_test_${Deno.pid}_${++made}`,
): Promise<string> {
  const sql = openSql(url, { max: 1 });
  await sql.unsafe(`create database ${name}`).finally(() => sql.end());
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

interface Running {
  readonly ended: Promise<unknown>;
  kill(): Promise<void>;
}

/** The server below a shell that holds the pipe to us: when we are gone, however that was, so is it. */
async function spawn(command: readonly string[], logFile: string): Promise<Running> {
  const script = `"$@" >>"$LOG" 2>&1 </dev/null & server=$!; echo $server
    ( cat >/dev/null; kill -QUIT $server 2>/dev/null ) <&3 3<&- & wait $server`;
  const child = new Deno.Command("bash", {
    args: ["-c", `exec 3<&0; ${script}`, "postgis", ...command],
    env: { LOG: logFile },
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ended = child.status;
  const output = child.stdout.getReader();
  const { value } = await output.read();
  const pid = Number(new TextDecoder().decode(value));
  return {
    ended,
    async kill() {
      try {
        // To PostgreSQL the immediate shutdown: no checkpoint, recovery at the next start.
        Deno.kill(pid, "SIGQUIT");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      await ended;
      await child.stdin.close().catch(() => {});
      await output.cancel();
    },
  };
}

async function untilAnswering(url: string, running: Running, logFile: string): Promise<void> {
  let hasEnded = false;
  void running.ended.then(() => hasEnded = true);
  const sql = openSql(url, { max: 1 });
  const answering = (async () => {
    for (;;) {
      if (hasEnded) throw new Error(`PostGIS did not start:\n${await Deno.readTextFile(logFile)}`);
      if (await sql.unsafe("select 1").then(() => true, () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await within(answering, "PostGIS that answers", START_WITHIN_MS).finally(() => sql.end());
}

function findBinaries(): string | undefined {
  const found = VERSIONS.find((version) =>
    isThere(`/usr/share/postgresql/${version}/extension/postgis.control`) &&
    isThere(`/usr/lib/postgresql/${version}/bin/initdb`)
  );
  return found && `/usr/lib/postgresql/${found}/bin`;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function run([program, ...args]: string[]): Promise<void> {
  const { success, code, stderr } = await new Deno.Command(program!, { args, cwd: "/" }).output();
  if (success) return;
  throw new Error(`${program} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
