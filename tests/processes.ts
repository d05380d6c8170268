/** Child processes of a test: what they wrote, how they ended, and that they end with the test. */
import { eventually } from "../services/testing/deadline.ts";

/** Long, for a machine that has much else to do. */
const PATIENCE_MS = 180_000;
const decoder = new TextDecoder();

export interface Started {
  /** What it wrote to stderr so far. */
  log(): string;
  kill(signal: Deno.Signal): void;
  readonly exitCode: Promise<number>;
  /** The first answer that is neither undefined nor false; what it logged when it fails or ends first. */
  until<T>(ask: () => Promise<T | undefined | false>, what: string): Promise<T>;
  /** Ends it, however it is. */
  end(): Promise<void>;
}

export interface StartOptions {
  readonly cwd: string;
  /** Its whole environment, beside where Deno finds its packages. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts `deno` with these arguments. */
export function startDeno(args: readonly string[], { cwd, env }: StartOptions): Started {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { ...packageCache(), NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const reading = (async () => {
    for await (const bytes of child.stderr) log += decoder.decode(bytes, { stream: true });
  })();
  const exitCode = Promise.all([child.status, reading]).then(([{ code }]) => code);
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  let hasEnded = false;
  void exitCode.then(() => hasEnded = true);
  return {
    log: () => log,
    kill,
    exitCode,
    async until(ask, what) {
      try {
        return await eventually(
          () => {
            if (hasEnded) throw new Error(`it ended before there was ${what}`);
            return ask();
          },
          what,
          PATIENCE_MS,
        );
      } catch (error) {
        throw new Error(`${args.at(-1)}: ${error}\n${log}`);
      }
    },
    async end() {
      kill("SIGKILL");
      await exitCode;
    },
  };
}

/** Runs it to its end. */
export async function runDeno(args: readonly string[], options: StartOptions) {
  const started = startDeno(args, options);
  return { code: await started.exitCode, log: started.log() };
}

/** Where Deno finds its packages. */
export function packageCache(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
