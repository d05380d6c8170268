import { embeddedUrl } from "./db/database.ts";
import { type EmbeddedDatabase, startEmbedded } from "./db/embedded.ts";
import { Broker } from "./services/bus/broker.ts";
import { connectBus } from "./services/bus/connect.ts";
import { type Config, readConfig, SettingError } from "./services/config.ts";
import { createLog } from "./services/log.ts";
import { type Role, ROLES } from "./services/role.ts";
import { loadRole } from "./services/roles.ts";
import { Supervisor } from "./services/supervisor.ts";

const HELP = `SkySentinel: real-time flight watch.

Usage: deno task start [${ROLES.join("|")}]

Without an argument every role runs here, each in a worker that is restarted when it fails.
With one, that role alone.

Settings come from the environment and from .env; .env.example has them all. Often wanted:
  REPLAY_FILE=FILE    replay this recording instead of the demo (plain or gzip)
  REPLAY_SPEED=10     ten times as fast, or max
  UI_PORT=3000        where the page is
  BACKEND_PORT=8000   where the API and the WebSocket are

Exit codes: 0 stopped as asked, 1 failed, 2 called or set up wrongly.
`;

/**
 * The embedded database starts behind the live view: it takes all of a processor for a while, which the
 * first aircraft on the screen come before.
 */
const DATABASE_AFTER_MS = 2000;

const FAILED = 1;
const CALLED_WRONGLY = 2;
/** How long a role that runs alone may take to end before its connections are closed. */
const STOP_WITHIN_MS = 3000;

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs until a signal ends it; the result is the exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    Deno.stdout.writeSync(new TextEncoder().encode(HELP));
    return 0;
  }
  const [role] = args;
  if (args.length > 1 || (role !== undefined && !isRole(role))) {
    say(`There is no role "${args.join(" ")}".\n\n${HELP}`);
    return CALLED_WRONGLY;
  }
  try {
    const config = await readConfig();
    return role === undefined ? await runAll(config) : await runAlone(role, config);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    say(`Cannot start: ${error.message}\n`);
    return CALLED_WRONGLY;
  }
}

async function runAll(settings: Config): Promise<number> {
  const log = createLog({ role: "main", level: settings.LOG_LEVEL, format: settings.LOG_FORMAT });
  const broker = embeddedBroker(settings);
  const isEmbedded = settings.HISTORY && settings.DATABASE_URL === undefined;
  const databasePort = isEmbedded ? freePort() : undefined;
  const config = databasePort === undefined
    ? settings
    : { ...settings, DATABASE_URL: embeddedUrl(databasePort) };
  const supervisor = new Supervisor({ roles: ROLES, config, broker, log });
  const signalled = untilSignalled();
  supervisor.start();
  let database: EmbeddedDatabase | undefined;
  let databaseTimer: ReturnType<typeof setTimeout> | undefined;
  let isStopping = false;
  void supervisor.running.then(() => {
    if (isStopping) return;
    const page = supervisor.reports().find(({ role }) => role === "ui")?.url;
    log.info(`SkySentinel is up: open ${page}`);
    if (databasePort === undefined) return;
    databaseTimer = setTimeout(() => {
      database = startEmbedded({
        dataDir: config.DATA_DIR,
        port: databasePort,
        log,
        onFailure: (reason) => supervisor.databaseFailed(reason),
      });
    }, DATABASE_AFTER_MS);
  });
  const ended = await Promise.race([signalled, supervisor.failed]);
  isStopping = true;
  if (!(ended instanceof SettingError)) log.info("Stopping", { signal: ended });
  clearTimeout(databaseTimer);
  await supervisor.stop();
  await database?.close();
  if (ended instanceof SettingError) throw ended;
  return 0;
}

async function runAlone(role: Role, config: Config): Promise<number> {
  const log = createLog({ role, level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const signalled = untilSignalled();
  if (config.REDPANDA_BROKER === undefined && role !== "ui") {
    log.warn("REDPANDA_BROKER is not set: this role has a log of its own that no other can read");
  }
  const stop = new AbortController();
  const bus = await connectBus(config, log, () => embeddedBroker(config));
  let url: string | undefined;
  const run = await loadRole(role);
  const running = run({
    config,
    bus,
    log,
    stopped: stop.signal,
    ready: (at) => url = at,
    roles: () => [{ role, status: url ? "running" : "starting", restarts: 0, url }],
  });
  // Rejections after the signal are looked at below.
  const failing = running.then(() => undefined);
  const ended = await Promise.race([signalled, failing]);
  if (ended === undefined) {
    log.error("The role ended without being told to");
    return FAILED;
  }
  log.info("Stopping", { signal: ended });
  // What fails while it ends is no crash, as it is none of a worker's.
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.debug("Failed while it was stopping", { reason: String(event.reason) });
  });
  stop.abort();
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, STOP_WITHIN_MS);
  // What waits for a broker that is away ends when the connection to it is closed.
  await Promise.race([failing, late.promise]).catch(() => {});
  clearTimeout(timer);
  await bus.close();
  return 0;
}

function embeddedBroker(config: Config): Broker {
  return new Broker({ compactedTopics: [config.KAFKA_TOPIC_STATE] });
}

/** A port of this machine that nobody listens on now. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function untilSignalled(): Promise<Deno.Signal> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => resolve(signal));
    }
  });
}

function isRole(word: string): word is Role {
  return (ROLES as readonly string[]).includes(word);
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
