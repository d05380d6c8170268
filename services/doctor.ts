/** `deno task doctor`: whether SkySentinel could run here as it is set up, and what to do where not. */
import { existsSync } from "node:fs";
import { databaseSentence, inTime, isOutage, openSql, type Sql } from "../db/database.ts";
import { checkRoom } from "../db/embedded.ts";
import { SCHEMA_VERSION, schemaVersion } from "../db/schema.ts";
import { explain, wrongSetting } from "./bus/kafka_errors.ts";
import { type Config, readConfig, SettingError, type SettingName } from "./config.ts";
import { boxOf } from "./ingest/box.ts";
import { lookAt } from "./ingest/look.ts";
import { surveyRecording } from "./ingest/sources/replay.ts";
import { type ErrorType, FeedError } from "./ingest/sources/source.ts";
import { createLog } from "./log.ts";
import type { Role } from "./role.ts";
import type { SourceSpec } from "./source_specs.ts";
import { checkTopics } from "./topics.ts";

const HELP =
  `Looks at what SkySentinel needs here, and says for each part that it is right, or what to do.

Usage: deno task doctor

Settings, the data folder, recordings, live sources (each is asked once, which costs OpenSky's credits
of one poll), broker and topics, the database with its schema and its clock, ports. It starts nothing,
and changes nothing but that the data folder is made. What is wrong begins with WRONG, what only may
surprise with NOTE.

Exit codes: 0 nothing is wrong, 1 something is, 2 called wrongly.
`;
const WRONG = 1;
const CALLED_WRONGLY = 2;
/** What the code is tested with. */
const DENO_VERSION = "2.9.6";
const ANSWER_WITHIN_MS = 2000;
/** Two clocks that differ by more make live aircraft stale, or of the future. */
const CLOCKS_MAY_DIFFER_MS = 2000;
/** With the embedded database, all in one process. */
const NEEDED_MB = 1200;

/** What was found of one part: a sentence, and whether it is in order. */
interface Finding {
  readonly part: string;
  readonly state: "ok" | "NOTE" | "WRONG";
  readonly says: string;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    print(Deno.stdout, HELP);
    return 0;
  }
  if (args.length > 0) {
    print(Deno.stderr, `There is no option "${args.join(" ")}".\n\n${HELP}`);
    return CALLED_WRONGLY;
  }
  let isWrong = false;
  for await (const { part, state, says } of examine()) {
    print(Deno.stdout, `${state.padEnd(6)} ${part.padEnd(10)} ${says}\n`);
    isWrong ||= state === "WRONG";
  }
  return isWrong ? WRONG : 0;
}

async function* examine(): AsyncGenerator<Finding> {
  yield runtime();
  let config: Config;
  try {
    config = await readConfig();
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    yield { part: "settings", state: "WRONG", says: error.message };
    return;
  }
  yield { part: "settings", state: "ok", says: "all of them are right" };
  yield await dataFolder(config);
  for (const source of config.SOURCES) {
    yield source.kind === "replay"
      ? await recording(source.where, config)
      : await liveSource(source, config);
  }
  yield* await broker(config);
  yield* await database(config);
  const address = listeningAddress(config);
  if (address) yield address;
  else for (const port of PORTS) yield await listening(config, port);
}

function runtime(): Finding {
  const { deno } = Deno.version;
  if (deno === DENO_VERSION) return { part: "deno", state: "ok", says: deno };
  return { part: "deno", state: "NOTE", says: `${deno}: the tests are run with ${DENO_VERSION}` };
}

async function dataFolder({ DATA_DIR }: Config): Promise<Finding> {
  const part = "data";
  try {
    await Deno.mkdir(DATA_DIR, { recursive: true });
    const beforeMs = Date.now();
    const file = await Deno.makeTempFile({ dir: DATA_DIR, prefix: "doctor-" });
    // A full disk has room for a name, and for nothing in it.
    const written = Deno.writeTextFile(file, "\n").then(() => Deno.stat(file));
    const { mtime } = await written.finally(() => Deno.remove(file));
    const afterMs = Date.now();
    const madeMs = mtime?.getTime() ?? beforeMs;
    const differsMs = Math.max(beforeMs - madeMs, madeMs - afterMs, 0);
    if (differsMs <= CLOCKS_MAY_DIFFER_MS) {
      return { part, state: "ok", says: `${DATA_DIR} can be written to` };
    }
    const says = `files in ${DATA_DIR} get times ${seconds(differsMs)} off: set both clocks by NTP`;
    return { part, state: "WRONG", says };
  } catch (error) {
    const says = `${DATA_DIR} cannot be written to (${
      sentence(error)
    }): set DATA_DIR to a folder that can`;
    return { part, state: "WRONG", says };
  }
}

async function recording(file: string, config: Config): Promise<Finding> {
  const part = "recording";
  const setting = file === config.REPLAY_FILE ? "REPLAY_FILE" : "SOURCES";
  try {
    const startS = config.REPLAY_START_SECONDS;
    const { reports, firstMs, lastMs } = await surveyRecording(
      file,
      startS,
      boxOf(config),
      setting,
    );
    if (reports === 0) {
      const says = `no line of ${file} is a report in a form that is known: docs/feeds.md has them`;
      return { part, state: "WRONG", says };
    }
    const [from, to] = [firstMs, lastMs].map((ms) => new Date(ms).toISOString());
    return { part, state: "ok", says: `${file} has ${reports} reports, from ${from} to ${to}` };
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return { part, state: "WRONG", says: error.message };
  }
}

const OUT_OF_REACH = "see that it runs and can be reached from here, and that its address is right";
const ANOTHER_FORM = "check its address: docs/feeds.md has the usual ones";
/** What to do about a source that fails so. */
const REMEDIES: Readonly<Record<ErrorType, string>> = {
  network: OUT_OF_REACH,
  timeout: OUT_OF_REACH,
  http: "check its address, the path as well",
  unauthorized: "check the user and the password in its address, or OPENSKY_CLIENT_ID and _SECRET",
  rate_limited: "leave it alone until then, and see that nothing else asks it for you",
  not_json: ANOTHER_FORM,
  wrong_shape: ANOTHER_FORM,
  clock: "set its clock by NTP, or see why its file is not written any more",
};

async function liveSource(spec: SourceSpec, config: Config): Promise<Finding> {
  const part = "source";
  const { name } = spec;
  try {
    const { aircraft, aheadMs, intervalMs = 0 } = await lookAt(spec, config);
    if (aheadMs !== undefined) {
      const where = `${seconds(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead" : "behind"}`;
      const says =
        `${name}: its clock is ${where}, which is corrected if it goes on as ours does; ` +
        REMEDIES.clock;
      return { part, state: "NOTE", says };
    }
    if (aircraft === 0) {
      const says =
        `${name} answers, but knows of no aircraft now: see whether its antenna hears, ` +
        "or whether BBOX_* is where you mean";
      return { part, state: "NOTE", says };
    }
    const isSeldom = intervalMs > config.POLL_INTERVAL_SECONDS * 1000;
    const often = isSeldom ? `; it is asked once in ${intervalMs / 1000} s` : "";
    return { part, state: "ok", says: `${name} answers: ${aircraft} aircraft${often}` };
  } catch (error) {
    if (!(error instanceof FeedError)) throw error;
    const { type, message, more } = error;
    const until = more.retryAtMs && ` until ${new Date(more.retryAtMs).toISOString()}`;
    // Some say themselves what to do.
    const remedy = /: (check|name) /.test(message) ? "" : `: ${REMEDIES[type]}`;
    const says = `${name} ${message}${until ?? ""}${remedy}`;
    return { part, state: type === "rate_limited" ? "NOTE" : "WRONG", says };
  }
}

async function broker(config: Config): Promise<Finding[]> {
  const { REDPANDA_BROKER: where } = config;
  if (where === undefined) {
    const says = "none is set: the log is in the memory of the one process";
    return [{ part: "broker", state: "ok", says }];
  }
  const { openTopicAdmin } = await import("./bus/kafka.ts");
  const silent = createLog({ role: "doctor", level: "error", format: "text" }, () => {});
  let admin;
  try {
    admin = await openTopicAdmin(config, silent);
  } catch (error) {
    const setting = error instanceof SettingError ? error : wrongSetting(error, config);
    const says = setting?.message ??
      `${where} cannot be used: ${explain(error, true)}; start it or change REDPANDA_BROKER`;
    return [{ part: "broker", state: "WRONG", says }];
  }
  try {
    const found: Finding[] = [{ part: "broker", state: "ok", says: `${where} answers` }];
    const differences = await checkTopics(admin, config);
    for (const { topic, what, isGrave } of differences) {
      const remedy = what === "is not there"
        ? "run deno task topics"
        : isGrave
        ? "change the topic on the broker, or delete it and run deno task topics"
        : "change the setting if that is meant so";
      const state = isGrave ? "WRONG" : "NOTE";
      found.push({ part: "topics", state, says: `${topic}: ${what}; ${remedy}` });
    }
    if (differences.length === 0) {
      found.push({ part: "topics", state: "ok", says: "all of them are there and right" });
    }
    return found;
  } finally {
    await admin.close();
  }
}

async function database(config: Config): Promise<Finding[]> {
  const part = "database";
  const { HISTORY, DATABASE_URL: url, POSTGRES_PASSWORD: password, DATA_DIR } = config;
  if (!HISTORY) return [{ part, state: "ok", says: "none: HISTORY=off" }];
  if (url === undefined) return [embedded(DATA_DIR)];
  const { hostname, port, pathname } = new URL(url);
  const where = `${hostname}:${port || 5432}${pathname}`;
  const sql = openSql(url, { password, max: 1 });
  try {
    const differsMs = await inTime(sql, clockDifference);
    const version = await schemaVersion(sql);
    return [
      { part, state: "ok", says: `${where} answers` },
      schema(version),
      differsMs > CLOCKS_MAY_DIFFER_MS
        ? {
          part: "clock",
          state: "WRONG",
          says: `the database's differs from ours by ${seconds(differsMs)}: set both by NTP`,
        }
        : { part: "clock", state: "ok", says: "the same as the database's, within two seconds" },
    ];
  } catch (error) {
    const remedy = isOutage(error) ? ", or change DATABASE_URL" : "";
    return [{ part, state: "WRONG", says: databaseSentence(error, where) + remedy }];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function schema(version: number): Finding {
  const part = "schema";
  if (version === SCHEMA_VERSION) return { part, state: "ok", says: `version ${version}` };
  const remedy = version < SCHEMA_VERSION
    ? "run deno task migrate"
    : "run a version of SkySentinel that knows it";
  const says = `version ${version}, but this code needs ${SCHEMA_VERSION}: ${remedy}`;
  return { part, state: "WRONG", says };
}

/** The embedded database cannot be asked while it does not run; it needs memory when it does. */
function embedded(dataDir: string): Finding {
  try {
    if (existsSync(dataDir)) checkRoom(dataDir);
  } catch (error) {
    return { part: "database", state: "WRONG", says: sentence(error) };
  }
  const availableMb = Math.round(Deno.systemMemoryInfo().available / 2 ** 20);
  if (availableMb >= NEEDED_MB) {
    const says = `embedded, in ${dataDir}; it makes and migrates itself`;
    return { part: "database", state: "ok", says };
  }
  const says =
    `embedded, and ${availableMb} MB of memory are free, where ${NEEDED_MB} are good to have: ` +
    "set DATABASE_URL to a server, or HISTORY=off";
  return { part: "database", state: "NOTE", says };
}

/** How far apart the clocks are at least: the database looked at its own somewhere between. */
async function clockDifference(sql: Sql): Promise<number> {
  const before = Date.now();
  const [row] = await sql.unsafe<{ ms: number }[]>(
    "select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms",
  );
  const after = Date.now();
  return Math.max(before - row!.ms, row!.ms - after, 0);
}

interface PortOf {
  readonly role: Role;
  readonly setting: SettingName & `${string}_PORT`;
  /** What only this role answers. */
  readonly path: string;
  readonly mark: RegExp;
}

const PORTS: readonly PortOf[] = [
  { role: "hub", setting: "BACKEND_PORT", path: "/metrics", mark: /^backend_flights_cached /m },
  { role: "ui", setting: "UI_PORT", path: "/", mark: /<title>SkySentinel/ },
  {
    role: "ingest",
    setting: "INGEST_METRICS_PORT",
    path: "/metrics",
    mark: /^producer_polls_total/m,
  },
  {
    role: "process",
    setting: "PROCESS_METRICS_PORT",
    path: "/metrics",
    mark: /^processing_messages_processed_total /m,
  },
];

/** Undefined where it is right. */
function listeningAddress({ BACKEND_HOST: hostname }: Config): Finding | undefined {
  try {
    Deno.listen({ hostname, port: 0 }).close();
  } catch {
    const says = `${hostname} is no address of this machine: change BACKEND_HOST`;
    return { part: "ports", state: "WRONG", says };
  }
}

async function listening(config: Config, { role, setting, path, mark }: PortOf): Promise<Finding> {
  const part = "ports";
  const port = config[setting];
  const { BACKEND_HOST: hostname } = config;
  try {
    Deno.listen({ hostname, port }).close();
    return { part, state: "ok", says: `${port} is free for ${role}` };
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      const says = `this user may not listen on ${port}: set ${setting} to one from 1024 on`;
      return { part, state: "WRONG", says };
    }
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
  }
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const isOurs = await fetch(config.ROLE_URLS[role] + path, { signal })
    .then(async (response) => mark.test(await response.text()), () => false);
  if (isOurs) return { part, state: "ok", says: `${role} runs on ${port}` };
  const says = `${port} is in use by something else: end that, or set ${setting} to another port`;
  return { part, state: "WRONG", says };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function print(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  to.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
