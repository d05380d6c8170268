import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** The most a line may have: more is not a report, and must not fill the memory. */
export const LONGEST_LINE_BYTES = 1 << 20;

const NEWLINE = 10;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * The lines of a file, plain or gzip, without their ends, as many at a time as were read. A line that
 * is longer than `longest` bytes comes cut to that.
 * @throws Deno.errors.NotFound and alike; an Error with zlib's code when gzip data is damaged or ends too early
 */
export async function* readLines(
  path: string,
  longest = LONGEST_LINE_BYTES,
): AsyncGenerator<Uint8Array[]> {
  yield* linesOf(await openUnpacked(path), longest);
}

/** The same of bytes that come in pieces from anywhere. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  longest = LONGEST_LINE_BYTES,
): AsyncGenerator<Uint8Array[]> {
  const unfinished = new Pieces(longest);
  for await (const chunk of chunks) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end);
      lines.push(unfinished.isEmpty && part.length <= longest ? part : unfinished.joined(part));
      start = end + 1;
    }
    unfinished.add(chunk.subarray(start));
    if (lines.length) yield lines;
  }
  if (!unfinished.isEmpty) yield [unfinished.joined()];
}

/** All of a file as text, plain or gzip; undefined where that is more than `most` bytes. */
export async function readText(path: string, most: number): Promise<string | undefined> {
  const pieces = new Pieces(most + 1);
  for await (const chunk of await openUnpacked(path)) {
    pieces.add(chunk);
    if (pieces.length > most) return undefined;
  }
  return new TextDecoder().decode(pieces.joined());
}

/** What has come of something so far: copied together once, when it is whole. */
class Pieces {
  readonly #longest: number;
  #parts: Uint8Array[] = [];
  length = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  add(part: Uint8Array): void {
    const taken = part.subarray(0, this.#longest - this.length);
    if (taken.length === 0) return;
    this.#parts.push(taken);
    this.length += taken.length;
  }

  /** All of it, with `last` at its end; after that there is nothing. */
  joined(last: Uint8Array = new Uint8Array()): Uint8Array {
    this.add(last);
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.length = 0;
    return whole;
  }
}

/** Whether it is gzip is told by its first bytes: names mislead. Several gzip members are one file. */
async function openUnpacked(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = await Deno.open(path);
  const first = new Uint8Array(2);
  const read = await file.read(first);
  await file.seek(0, Deno.SeekMode.Start);
  const isGzip = read === 2 && first[0] === GZIP_MAGIC[0] && first[1] === GZIP_MAGIC[1];
  return isGzip ? Readable.fromWeb(file.readable).pipe(createGunzip()) : file.readable;
}
