/** The tasks of deno.json, taken apart; of `compile:*`, as `deno compile` itself needs a download. */
import assert from "node:assert/strict";
import { parse } from "yaml";

const DENO_JSON = new URL("../deno.json", import.meta.url);

const COMPILE = ["deno", "run", "-A", "tools/compile.ts"];

export interface CompileTask {
  /** The permission flags, as they are given. */
  readonly flags: readonly string[];
  /** The files and folders that are embedded. */
  readonly includes: readonly string[];
  /** The module, and the arguments that are compiled in. */
  readonly entry: readonly string[];
  readonly buildsPage: boolean;
  /** All that is said to `deno compile`, but for the place of the executable. */
  readonly args: readonly string[];
}

/** What `deno task compile:NAME` would compile. */
export function compileTask(name: string): CompileTask {
  const steps = taskCommands(`compile:${name}`);
  const compile = steps.at(-1)!;
  assert.deepEqual(compile.slice(0, COMPILE.length), COMPILE);
  const flags: string[] = [];
  const includes: string[] = [];
  let rest = compile.slice(COMPILE.length);
  while (rest[0]!.startsWith("--")) {
    const [option, value] = rest as [string, string];
    const takesValue = option === "--output" || option === "--include";
    if (option === "--include") includes.push(value);
    if (/^--(allow|deny|ignore|no-prompt)/.test(option)) flags.push(option);
    rest = rest.slice(takesValue ? 2 : 1);
  }
  const buildsPage = steps.some((step) => step.join(" ") === "deno task build");
  const args = compile.slice(COMPILE.length);
  args.splice(args.indexOf("--output"), 2);
  return { flags, includes, entry: rest, buildsPage, args };
}

/** The commands of a task of deno.json, one after the other, each taken apart into its words. */
export function taskCommands(name: string): string[][] {
  // JSON is YAML.
  const { tasks } = parse(Deno.readTextFileSync(DENO_JSON)) as {
    tasks: Record<string, { command: string }>;
  };
  const command = tasks[name]?.command;
  assert(command, `deno.json has no task ${name}`);
  return command.split(" && ").map(words);
}

/** The words of a command line as a shell takes it, with single quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}

/** What `--allow-env` lets a role read. */
export function mayReadEnv(flags: readonly string[], name: string): boolean {
  const patterns = flags.find((flag) => flag.startsWith("--allow-env="))?.slice(12).split(",") ??
    [];
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  );
}
