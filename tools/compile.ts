/**
 * `deno compile`, given these arguments and what it has to leave out. Deno 2.9.0 to 2.9.6 take a file
 * without an extension for JavaScript, and overflow their stack on one of bintrees' tests, a hundred
 * thousand numbers in a column (seen here; denoland/deno#36746 looks the same). prom-client needs
 * bintrees, nobody its tests. And V8's flags, as `deno task start` has them.
 */
import { join } from "node:path";

const V8_FLAGS = "--v8-flags=--heap-growing-percent=50,--max-semi-space-size=8";
const LEFT_OUT = { name: "bintrees", folder: "test" } as const;

if (import.meta.main) {
  const excluded = (await packageFolders(LEFT_OUT.name)).flatMap((folder) => [
    "--exclude",
    join(folder, LEFT_OUT.folder),
  ]);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["compile", V8_FLAGS, ...excluded, ...Deno.args],
  });
  Deno.exit((await command.spawn().status).code);
}

/** Where a package lies in Deno's cache: HOST/NAME/VERSION, of every host and version. */
async function packageFolders(name: string): Promise<string[]> {
  const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stderr: "inherit" });
  const { npmCache } = JSON.parse(new TextDecoder().decode((await info.output()).stdout));
  const folders = folderNames(npmCache).map((host) => join(npmCache, host, name));
  return folders.flatMap((folder) => folderNames(folder).map((version) => join(folder, version)));
}

function folderNames(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter((entry) => entry.isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
