/**
 * A folder of links to npm packages in Deno's own cache, laid out as bundlers expect: a checkout has
 * no `node_modules`, and may be read-only.
 */
import { join, resolve } from "node:path";

const ROOT = new URL("../../", import.meta.url);

/** A package of deno.lock's npm section: which others it needs, by name. */
interface LockedPackage {
  readonly dependencies?: readonly string[];
}

/**
 * Links `names` and all they depend on, in the versions of deno.lock, under `dataDir` and returns that
 * folder. What `deno run main.ts` did not download, being for browsers only, is downloaded first:
 * `entry` is the module that imports it.
 * @throws Error naming the package that is missing, and what the download said
 */
export async function linkPackages(
  names: readonly string[],
  dataDir: string,
  entry: string,
): Promise<string> {
  const farm = resolve(dataDir, "build", "node_modules");
  const wanted = withDependencies(names, await lockedPackages());
  let found = await findInCache(wanted);
  if (found.missing.length > 0) {
    const said = await download(entry);
    found = await findInCache(wanted);
    if (found.missing.length > 0) {
      throw new Error(
        `Cannot bundle the page: ${
          found.missing.join(", ")
        } is not in Deno's cache and could not ` +
          `be downloaded. ${said}`,
      );
    }
  }
  for (const [name, folder] of found.folders) await link(folder, join(farm, name));
  return farm;
}

async function lockedPackages(): Promise<Map<string, LockedPackage>> {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  return new Map(Object.entries<LockedPackage>(lock.npm));
}

/** Name and version of everything that is needed, from keys such as `preact-render-to-string@6.8.2_preact@11.2.0`. */
function withDependencies(
  names: readonly string[],
  locked: ReadonlyMap<string, LockedPackage>,
): Map<string, string> {
  const versions = new Map<string, string>();
  const visit = (wanted: string) => {
    const { name, version } = parts(wanted);
    const key = [...locked.keys()].find((key) => {
      const known = parts(key);
      return known.name === name && (version === undefined || known.version === version);
    });
    if (!key) throw new Error(`Cannot bundle the page: deno.lock does not know ${wanted}`);
    const exact = parts(key).version!;
    const before = versions.get(name);
    if (before === exact) return;
    if (before) {
      throw new Error(`Cannot bundle the page: ${name} is needed as ${before} and ${exact}`);
    }
    versions.set(name, exact);
    locked.get(key)!.dependencies?.forEach(visit);
  };
  names.forEach(visit);
  return versions;
}

/** A scoped name begins with @; what follows an underscore are the peers it was resolved with. */
function parts(key: string): { name: string; version: string | undefined } {
  const at = key.indexOf("@", 1);
  if (at < 0) return { name: key, version: undefined };
  return { name: key.slice(0, at), version: key.slice(at + 1).split("_")[0] };
}

/** The cache holds `HOST/NAME/VERSION`; which host that is depends on where npm packages come from. */
async function findInCache(wanted: ReadonlyMap<string, string>) {
  const { stdout } = await deno("info", "--json");
  const cache: string = JSON.parse(stdout).npmCache;
  const hosts = await folderNames(cache);
  const folders = new Map<string, string>();
  const missing: string[] = [];
  for (const [name, version] of wanted) {
    const candidates = hosts.map((host) => join(cache, host, name, version));
    const present = await Promise.all(candidates.map(exists));
    const folder = candidates[present.indexOf(true)];
    if (folder) folders.set(name, folder);
    else missing.push(`${name}@${version}`);
  }
  return { folders, missing };
}

async function download(entry: string): Promise<string> {
  const config = new URL("deno.json", ROOT).pathname;
  return (await deno("cache", "--frozen", "--config", config, entry)).stderr.trim();
}

async function deno(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function folderNames(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(path)) if (entry.isDirectory) names.push(entry.name);
  } catch (error) {
    // Before the first download there is no cache.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function link(target: string, path: string) {
  if (await Deno.readLink(path).catch(() => undefined) === target) return;
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.remove(path).catch(() => undefined);
  try {
    await Deno.symlink(target, path, { type: "dir" });
  } catch (error) {
    // Another start on the same data folder may have made it in between: then it is what we wanted.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
