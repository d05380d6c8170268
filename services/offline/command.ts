/** What commands that read recordings have in common: arguments, output, progress, how they end. */

export const FAILED = 1;
export const CALLED_WRONGLY = 2;

/** Text that is written to stdout in pieces worth a system call. */
export class Output {
  #text = "";

  line(text: string): void {
    this.#text += text + "\n";
    if (this.#text.length > 1 << 16) this.flush();
  }

  flush(): void {
    const bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}

/** Everything that is not a result. */
export function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

const PROGRESS_MS = 250;

/** A line on a terminal that is written over; nothing where there is none. */
export class Progress {
  #saidMs = performance.now();
  readonly #isShown = Deno.stderr.isTerminal();

  at(text: () => string): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#saidMs < PROGRESS_MS) return;
    this.#saidMs = now;
    say(`\r\x1b[K${text()}`);
  }

  end(): void {
    if (this.#isShown) say("\r\x1b[K");
  }
}

/** Runs a command and ends the process with its code. */
export async function run(help: string, work: (args: string[]) => Promise<number>): Promise<never> {
  const { args } = Deno;
  if (args.includes("--help") || args.includes("-h")) {
    const output = new Output();
    output.line(help.trimEnd());
    output.flush();
    Deno.exit(0);
  }
  try {
    Deno.exit(await work(args));
  } catch (error) {
    // Whoever reads us has had enough: `| head`.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    say(`${explained(error)}\n`);
    Deno.exit(error instanceof Misuse ? CALLED_WRONGLY : FAILED);
  }
}

/** Called in a way that cannot work. */
export class Misuse extends Error {}

function explained(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The file's name with what is wrong with it. */
export function unreadable(file: string, error: unknown): Error {
  if (error instanceof Deno.errors.BrokenPipe || error instanceof Misuse) return error;
  if (error instanceof Deno.errors.NotFound) return new Misuse(`${file}: there is no such file`);
  if (error instanceof Deno.errors.IsADirectory) return new Misuse(`${file} is a folder`);
  const code = (error as { code?: string }).code ?? "";
  if (code.startsWith("Z_")) return new Error(`${file}: its gzip data is damaged (${code})`);
  return new Error(`${file}: ${explained(error)}`);
}
