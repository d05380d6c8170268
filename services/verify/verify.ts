/** `deno task verify`: whether the system that runs keeps its promises. */
import type { VerifyCheck, VerifyRun } from "../../contracts/status.ts";
import type { Bus } from "../bus/bus.ts";
import { type Config, readConfig, SettingError } from "../config.ts";
import { createLog } from "../log.ts";
import { CHECKS, Skipped, type System } from "./checks.ts";
import { appendVerifyRun, readVerifyRuns, verifyFile } from "./log.ts";

const HELP = `Checks the system that runs: one check for each promise.

Usage: deno task verify [--smoke] [--every=SECONDS | --last=SECONDS]

Services healthy, topics configured, valid states on the log, a snapshot and deltas at 2 to 5 Hz, history
that grows, an anomaly of an aircraft that is not there from its topic to the socket and the table,
metrics, the page. A line of JSON with all of it is appended to DATA_DIR/verify.jsonl, which the hub
shows at GET /status.

  --smoke           run the smoke tests as well: they start programs of their own
  --every=SECONDS   go on, every so many seconds, until it is ended
  --last=SECONDS    check nothing: was the last run not longer ago, and did it pass?

Settings come from the environment and from .env: ROLE_URLS when the roles are not on this machine,
REDPANDA_BROKER, HISTORY, BACKEND_TOKENS, DATA_DIR.

Exit codes: 0 every promise is kept, 1 one is not, 2 called or set up wrongly.
`;
const BROKEN = 1;
const CALLED_WRONGLY = 2;
/** A broker that is away is waited for without end by whoever reads. */
const CHECK_WITHIN_MS = 90_000;
/** They start programs, a broker and databases, one after the other. */
const SMOKE_WITHIN_MS = 900_000;
/** Where programs and packages are: all that the smoke tests may know of what is set here. */
const SMOKE_ENVIRONMENT = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME"];

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    out(HELP);
    return 0;
  }
  const seconds = (name: string) =>
    args.map((arg) => new RegExp(`^--${name}=([1-9]\\d*)$`).exec(arg)?.[1]).find(Boolean);
  const [every, last] = [seconds("every"), seconds("last")];
  const known = [every && `--every=${every}`, last && `--last=${last}`, "--smoke"];
  const unknown = args.filter((arg) => !known.includes(arg));
  if (unknown.length > 0 || (every && last)) {
    err(`There is no option "${(unknown.length > 0 ? unknown : args).join(" ")}".\n\n${HELP}`);
    return CALLED_WRONGLY;
  }
  try {
    const config = await readConfig();
    if (last !== undefined) return await lastRun(config, Number(last));
    for (;;) {
      const run = await verify(config, { smoke: args.includes("--smoke") });
      await appendVerifyRun(config.DATA_DIR, run);
      if (every === undefined) return run.passed ? 0 : BROKEN;
      await new Promise((resolve) => setTimeout(resolve, Number(every) * 1000));
    }
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    err(`Cannot verify: ${error.message}\n`);
    return CALLED_WRONGLY;
  }
}

/** Every check in turn, each with a line on stdout. */
async function verify(config: Config, { smoke }: { smoke: boolean }): Promise<VerifyRun> {
  const at = new Date().toISOString();
  const startedMs = performance.now();
  const system: System = { config, bus: await openBus(config) };
  const checks: VerifyCheck[] = [];
  const note = (result: VerifyCheck) => {
    const { check, status, took_ms, seen, cause } = result;
    out(`${status.toUpperCase()}  ${check.padEnd(36)} ${took_ms} ms  ${seen ?? cause}\n`);
    checks.push(result);
  };
  for (const [name, check] of Object.entries(CHECKS)) {
    note(await held(name, CHECK_WITHIN_MS, () => check(system)));
  }
  if (smoke) note(await held("smoke tests", SMOKE_WITHIN_MS, smokeTests));
  await system.bus?.close();
  const passed = checks.every(({ status }) => status !== "fail");
  return { at, passed, took_ms: Math.round(performance.now() - startedMs), checks };
}

async function held(
  check: string,
  withinMs: number,
  work: (late: AbortSignal) => Promise<string>,
): Promise<VerifyCheck> {
  const startedMs = performance.now();
  const took = () => Math.round(performance.now() - startedMs);
  const late = Promise.withResolvers<never>();
  const ended = new AbortController();
  const timer = setTimeout(() => {
    late.reject(new Error(`it did not end within ${withinMs / 1000} s`));
    ended.abort();
  }, withinMs);
  try {
    const seen = await Promise.race([work(ended.signal), late.promise]);
    return { check, status: "pass", took_ms: took(), cause: null, seen };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const status = error instanceof Skipped ? "skip" : "fail";
    return { check, status, took_ms: took(), cause, seen: null };
  } finally {
    clearTimeout(timer);
  }
}

async function openBus(config: Config): Promise<Bus | undefined> {
  if (config.REDPANDA_BROKER === undefined) return undefined;
  const { KafkaBus } = await import("../bus/kafka.ts");
  const log = createLog({ role: "verify", level: "error", format: config.LOG_FORMAT });
  // Topics have a check of their own.
  return new KafkaBus(config, log);
}

/** They must not meet the system that runs: nothing that is set here is known to them. */
async function smokeTests(signal: AbortSignal): Promise<string> {
  const known = SMOKE_ENVIRONMENT.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "tests/smoke"],
    cwd: new URL("../../", import.meta.url),
    clearEnv: true,
    env: { ...Object.fromEntries(known), NO_COLOR: "1" },
    stderr: "null",
    signal,
  }).output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  if (code === 0) return lines.at(-1) ?? "";
  // The list at the end has each by its name and place.
  const failed = lines.filter((line) => line.includes(" => ./")).slice(0, 3).join("; ");
  throw new Error(`${failed || "they did not run"}: deno test -A tests/smoke says more`);
}

async function lastRun(config: Config, seconds: number): Promise<number> {
  const [run] = await readVerifyRuns(config.DATA_DIR, 1);
  if (!run) {
    err(`There is no run in ${verifyFile(config.DATA_DIR)}\n`);
    return BROKEN;
  }
  const agoS = Math.round((Date.now() - Date.parse(run.at)) / 1000);
  const failed = run.checks.filter(({ status }) => status === "fail");
  out(`The last run was ${agoS} s ago and ${run.passed ? "passed" : "failed"}\n`);
  for (const { check, cause } of failed) out(`${check}: ${cause}\n`);
  return run.passed && agoS <= seconds ? 0 : BROKEN;
}

function out(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function err(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
