/** The page's script as it is served: bundled files, in memory. */

/** One bundled file. */
export interface Asset {
  readonly code: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  /** The other bundled files that it imports, by name; `later` for a dynamic import. */
  readonly imports: readonly { readonly name: string; readonly later: boolean }[];
}
/** Bundled files by name. The entries keep theirs; every other name holds a hash of its content. */
export type Assets = ReadonlyMap<string, Asset>;

/** The files whose names stay the same when their content changes: the globe's and the other pages'. */
export const ENTRIES = ["main.js", "pages.js"] as const;

/** The bytes, compressed as browsers take them. */
export function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new CompressionStream("gzip"));
}

/** What was compressed. */
export function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new DecompressionStream("gzip"));
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer(),
  );
}
