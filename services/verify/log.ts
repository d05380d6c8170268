/** `DATA_DIR/verify.jsonl`: what `deno task verify` found, a run a line, the newest last. */
import { VerifyRun } from "../../contracts/status.ts";

export function verifyFile(dataDir: string): string {
  return `${dataDir}/verify.jsonl`;
}

/** Enough for the last days, whatever the file has grown to. */
const TAIL_BYTES = 256 * 1024;

/** The latest runs, newest first; none where there is no file. Lines that are none are left out. */
export async function readVerifyRuns(dataDir: string, most: number): Promise<VerifyRun[]> {
  try {
    using file = await Deno.open(verifyFile(dataDir));
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.min(size, TAIL_BYTES));
    await file.seek(size - bytes.length, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const count = await file.read(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    return new TextDecoder().decode(bytes).split("\n").toReversed().flatMap(runOf).slice(0, most);
  } catch (error) {
    // A role reads only below the folder that it is started in.
    const isNone = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
    if (isNone) return [];
    throw error;
  }
}

export async function appendVerifyRun(dataDir: string, run: VerifyRun): Promise<void> {
  await Deno.mkdir(dataDir, { recursive: true });
  await Deno.writeTextFile(verifyFile(dataDir), JSON.stringify(run) + "\n", { append: true });
}

function runOf(line: string): VerifyRun[] {
  try {
    const run = VerifyRun.safeParse(JSON.parse(line));
    return run.success ? [run.data] : [];
  } catch (error) {
    // The line that is being written, or the tail of one.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
