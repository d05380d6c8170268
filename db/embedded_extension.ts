/** PostGIS for the embedded database, without the parts of it that nobody here uses. */
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Extension } from "@electric-sql/pglite";
import { postgis } from "@electric-sql/pglite-postgis";

/**
 * The package also brings rasters, topology, a geocoder and the upgrades from every earlier version,
 * all of it unpacked and compiled at every start. Without them a start takes 0.9 s instead of 2.0 s,
 * and 440 MB instead of 760 MB (with the same buffers).
 */
const KEPT =
  /^(lib\/postgresql\/postgis-3\.so|share\/postgresql\/extension\/postgis(\.control|--\d+\.\d+\.\d+\.sql)|share\/proj\/.*)$/;

const BLOCK_BYTES = 512;

/** The extension, its smaller bundle made in `dataDir` at the first start. */
export async function postgisExtension(dataDir: string): Promise<Extension> {
  await Deno.mkdir(dataDir, { recursive: true });
  return {
    ...postgis,
    async setup(pg, options) {
      const own = await postgis.setup(pg, options);
      if (!own.bundlePath) throw new Error("the PostGIS package does not say where its files are");
      return { ...own, bundlePath: await smallerBundle(own.bundlePath, dataDir) };
    },
  };
}

async function smallerBundle(bundle: URL, dataDir: string): Promise<URL> {
  const { size } = await Deno.stat(bundle);
  const folder = new URL(`file://${encodeURI(await Deno.realPath(dataDir))}/`);
  // The size tells one version of the package from another.
  const smaller = new URL(`postgis-extension-${size}.tar.gz`, folder);
  try {
    await Deno.stat(smaller);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const unfinished = new URL(`${smaller.href}.unfinished`);
    const tar = keptEntries(gunzipSync(await Deno.readFile(bundle)));
    await Deno.writeFile(unfinished, gzipSync(tar, { level: 1 }));
    await Deno.rename(unfinished, smaller);
  }
  return smaller;
}

/** The tar archive (POSIX ustar) with nothing but the entries that are kept. */
function keptEntries(tar: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  for (let at = 0; at + BLOCK_BYTES <= tar.length;) {
    const name = field(tar, at, 100);
    if (name === "") break;
    const bytes = parseInt(field(tar, at + 124, 12), 8);
    const end = at + BLOCK_BYTES * (1 + Math.ceil(bytes / BLOCK_BYTES));
    if (KEPT.test(name)) kept.push(tar.subarray(at, end));
    at = end;
  }
  if (kept.length < 3) {
    throw new Error("the PostGIS package does not have the files it used to have");
  }
  kept.push(new Uint8Array(2 * BLOCK_BYTES));
  return Buffer.concat(kept);
}

/** A field of a tar header: text up to the first zero. */
function field(tar: Uint8Array, at: number, length: number): string {
  const text = new TextDecoder().decode(tar.subarray(at, at + length));
  return text.replace(/\0.*$/s, "").trim();
}
