/**
 * The page's script, bundled before the start: `deno task build` writes it to `static/build/`. What is
 * served without esbuild and its child process needs it: executables, containers, `deno serve`.
 */
import { type Asset, type Assets, gunzip } from "./assets.ts";

const ROOT = new URL("../../", import.meta.url);
/** Where the script is kept, below the static files. */
export const BUILT = new URL("static/build/", ROOT);
const MANIFEST = "manifest.json";
/** What the bundle is made of: code, versions, and how it is bundled. */
const SOURCE_FOLDERS = ["islands", "clients", "contracts", "core"];
const SOURCE_FILES = ["deno.lock", "services/ui/bundle.ts"];

interface Manifest {
  /** What `hashSources` said when the script was bundled. */
  readonly sources: string;
  readonly imports: Readonly<Record<string, Asset["imports"]>>;
}

/** The script in `folder`; undefined when there is none or the sources have changed since. */
export async function readBuilt(folder = BUILT): Promise<Assets | undefined> {
  const text = await Deno.readTextFile(new URL(MANIFEST, folder)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { sources, imports }: Manifest = JSON.parse(text);
  // An executable is compiled with its script: there are no sources in it that could have changed.
  if (!Deno.build.standalone && sources !== await hashSources()) return undefined;
  return new Map(
    await Promise.all(
      Object.entries(imports).map(async ([name, imports]) => {
        const gzip = await Deno.readFile(compressed(name, folder));
        return [name, { code: await gunzip(gzip), gzip, imports }] as const;
      }),
    ),
  );
}

/** Replaces the script in `folder` by this one, compressed. */
export async function writeBuilt(assets: Assets, folder = BUILT): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, { gzip }] of assets) await Deno.writeFile(compressed(name, folder), gzip);
  const manifest: Manifest = {
    sources: await hashSources(),
    imports: Object.fromEntries([...assets].map(([name, { imports }]) => [name, imports])),
  };
  // Last: a folder without it is taken for none.
  await Deno.writeTextFile(new URL(MANIFEST, folder), JSON.stringify(manifest));
}

/** `deno compile --include` takes every file that ends in .js for a module of ours. */
function compressed(name: string, folder: URL): URL {
  return new URL(`${name}.gz`, folder);
}

/** SHA-256 over names and contents of all that the script is bundled from. */
async function hashSources(): Promise<string> {
  const paths = [...SOURCE_FILES];
  for (const folder of SOURCE_FOLDERS) await collect(folder, paths);
  const hashes = await Promise.all(
    paths.sort().map(async (path) =>
      `${path} ${await sha256(await Deno.readFile(new URL(path, ROOT)))}`
    ),
  );
  return await sha256(new TextEncoder().encode(hashes.join("\n")));
}

async function collect(folder: string, paths: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory) await collect(path, paths);
    else if (/\.tsx?$/.test(name) && !/_(test|bench)\.tsx?$/.test(name)) paths.push(path);
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
