/**
 * Makes `fixtures/paris_2021-10-07.jsonl.gz` from a recording with one report a line.
 *
 *     deno run -R -W tools/make_paris_fixture.ts RECORDING.jsonl.gz
 */
import { gunzipSync, gzipSync } from "node:zlib";

const TARGET = new URL("../fixtures/paris_2021-10-07.jsonl.gz", import.meta.url);
/** Byte 9 of a gzip header names the operating system; 255 is "unknown" (RFC 1952). */
const OS_BYTE = 9;

/** A report as one compact line: unknown values are left out, whole numbers have no fraction. */
export function compactLine(line: string): string {
  const report: Record<string, unknown> = JSON.parse(line);
  return JSON.stringify(Object.fromEntries(
    Object.entries(report).filter(([, value]) => value !== null),
  ));
}

/** Gzip at its smallest, without a time or a system's name in the header: the same bytes every day. */
export function gzipPlain(text: string): Uint8Array {
  const packed = new Uint8Array(gzipSync(text, { level: 9 }));
  packed[OS_BYTE] = 255;
  return packed;
}

function say(to: typeof Deno.stdout | typeof Deno.stderr, line: string) {
  to.writeSync(new TextEncoder().encode(line + "\n"));
}

if (import.meta.main) {
  const [recording] = Deno.args;
  if (recording === undefined) {
    say(Deno.stderr, "Call it with a recording: make_paris_fixture.ts RECORDING.jsonl.gz");
    Deno.exit(2);
  }
  const text = new TextDecoder().decode(gunzipSync(Deno.readFileSync(recording)));
  const lines = text.split("\n").filter((line) => line !== "").map(compactLine);
  const packed = gzipPlain(lines.join("\n") + "\n");
  Deno.writeFileSync(TARGET, packed);
  say(Deno.stdout, `${lines.length} reports, ${packed.length} bytes`);
}
