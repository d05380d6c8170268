import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** The most a line may have: more is not a report, and must not fill the memory. */
export const LONGEST_LINE_BYTES = 1 << 20;

const NEWLINE = 10;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * The lines of a file, plain or gzip, without their ends, as many at a time as were read. A line that
 * is too long comes cut to LONGEST_LINE_BYTES.
 * @throws Deno.errors.NotFound and alike; an Error with zlib's code when gzip data is damaged or ends too early
 */
export async function* readLines(path: string): AsyncGenerator<Uint8Array[]> {
  yield* linesOf(await openUnpacked(path));
}

/** The same of bytes that come in pieces from anywhere. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let rest = new Uint8Array();
  for await (const chunk of chunks) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end);
      lines.push(rest.length || part.length > LONGEST_LINE_BYTES ? joined(rest, part) : part);
      rest = new Uint8Array();
      start = end + 1;
    }
    rest = joined(rest, chunk.subarray(start));
    if (lines.length) yield lines;
  }
  if (rest.length) yield [rest];
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

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(Math.min(head.length + tail.length, LONGEST_LINE_BYTES));
  whole.set(head.subarray(0, whole.length));
  whole.set(tail.subarray(0, whole.length - head.length), head.length);
  return whole;
}
