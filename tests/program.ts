/** The program as a user starts it: a process of its own, on free ports, in a folder of its own. */
import { taskCommands } from "./compile_tasks.ts";
import { packageCache } from "./processes.ts";

const ROOT = new URL("../", import.meta.url);
const PATIENCE_MS = 180_000;

export interface Program {
  readonly hub: string;
  readonly page: string;
  readonly ingest: string;
  readonly process: string;
  readonly pid: number;
  /** What it wrote to stderr so far. */
  log(): string;
  kill(signal: Deno.Signal): void;
  /** Its exit code, once it has ended. */
  readonly status: Promise<number>;
  /** Ends it and cleans up behind it. */
  end(): Promise<void>;
}

/** What `deno task start` does, without a shell between it and whoever ends it. */
const START = taskCommands("start")[0]!.slice(1, -1);

/** Starts `main.ts` with these settings over free ports. */
export async function startProgram(
  settings: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<Program> {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-" });
  const [hubPort, pagePort, ingestPort, processPort] = freePorts(4);
  const main = new URL("main.ts", ROOT).pathname;
  // In that folder there is no .env, and recordings have the names they have in ours.
  await Deno.symlink(new URL("fixtures", ROOT).pathname, `${dataDir}/fixtures`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...START, main, ...args],
    cwd: dataDir,
    clearEnv: true,
    env: {
      ...packageCache(),
      BACKEND_PORT: String(hubPort),
      UI_PORT: String(pagePort),
      INGEST_METRICS_PORT: String(ingestPort),
      PROCESS_METRICS_PORT: String(processPort),
      DATA_DIR: dataDir,
      // The embedded database takes a while and a gigabyte: who tests it asks for it.
      HISTORY: "off",
      ...settings,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const reading = (async () => {
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) log += chunk;
  })();
  const status = child.status.then(({ code }) => code);
  let hasEnded = false;
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  return {
    hub: `http://127.0.0.1:${hubPort}`,
    page: `http://127.0.0.1:${pagePort}`,
    ingest: `http://127.0.0.1:${ingestPort}`,
    process: `http://127.0.0.1:${processPort}`,
    pid: child.pid,
    log: () => log,
    kill,
    status,
    async end() {
      if (hasEnded) return;
      hasEnded = true;
      kill("SIGKILL");
      await Promise.all([status, reading]);
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

/** Runs it to its end: exit code and stderr. */
export async function runProgram(settings: Record<string, string>, args: readonly string[] = []) {
  const program = await startProgram(settings, args);
  const late = setTimeout(() => program.kill("SIGKILL"), PATIENCE_MS);
  const code = await program.status;
  clearTimeout(late);
  await program.end();
  return { code, log: program.log() };
}

/**
 * Below the ports that the system gives to whoever asks for any or connects from one: between now and
 * when it is listened on, none of these is given to somebody else.
 */
const [FIRST_PORT, PORTS] = [11_000, 20_000];
let nextPort = Math.floor(Math.random() * PORTS);

/** Ports of the loopback address that nobody listens on, no port twice. */
export function freePorts(count: number): number[] {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST_PORT + nextPort++ % PORTS;
    if (isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

export async function getJson<T = Record<string, unknown>>(url: string): Promise<T> {
  const response = await fetch(url);
  return await response.json() as T;
}
