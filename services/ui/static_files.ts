/** What lies in `static/`, read once and kept. */

const FOLDER = new URL("../../static/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  jpg: "image/jpeg",
  png: "image/png",
  json: "application/json",
  bin: "application/octet-stream",
};

export interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const kept = new Map<string, StaticFile>();

/** The file at `path` below `static/`, or undefined: there, of a type we serve, and nowhere else. */
export async function readStatic(path: string): Promise<StaticFile | undefined> {
  const known = kept.get(path);
  if (known) return known;
  // Names of plain words only: no way up, no hidden file, no encoded slash.
  const type = /^(\w[\w-]*\/)*\w[\w-]*\.(\w+)$/.exec(path)?.[2];
  if (!type || !TYPES[type]) return undefined;
  try {
    const bytes = await Deno.readFile(new URL(path, FOLDER));
    const file = { bytes, type: TYPES[type] };
    kept.set(path, file);
    return file;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return;
    throw error;
  }
}
