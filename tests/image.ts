/**
 * What the Dockerfile puts into the image, in a folder of this machine: the files that .dockerignore
 * lets through, after every RUN. Packages stay in Deno's own cache.
 */
import assert from "node:assert/strict";
import { dirname } from "node:path";

const ROOT = new URL("../", import.meta.url).pathname;

export interface Image {
  /** The image's /app. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Builds it anew, in a temporary folder. */
export async function buildImage(): Promise<Image> {
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-image-" });
  for (const path of imageFiles()) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.copyFile(ROOT + path, `${folder}/${path}`);
  }
  const dockerfile = await Deno.readTextFile(ROOT + "Dockerfile");
  for (const [, command] of dockerfile.matchAll(/^RUN (.+)$/gm)) {
    const { success, stderr } = await new Deno.Command("sh", {
      args: ["-c", command!],
      cwd: folder,
      env: { PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}` },
    }).output();
    assert(success, `RUN ${command}: ${new TextDecoder().decode(stderr)}`);
  }
  return { folder, remove: () => Deno.remove(folder, { recursive: true }) };
}

/** The files that `COPY . .` copies, by their paths. */
export function imageFiles(): string[] {
  const rules = ignoreRules(Deno.readTextFileSync(ROOT + ".dockerignore"));
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(ROOT + folder)) {
      const path = folder + name;
      if (isDirectory && name !== ".git") walk(`${path}/`);
      else if (isFile && !isIgnored(path, rules)) found.push(path);
    }
  };
  walk("");
  return found;
}

interface IgnoreRule {
  readonly pattern: RegExp;
  readonly isException: boolean;
}

/** The subset of Docker's patterns that ours are written in. A folder's rule is its content's, too. */
function ignoreRules(text: string): IgnoreRule[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const isException = line.startsWith("!");
    const pattern = line.slice(isException ? 1 : 0)
      .replaceAll(".", "\\.").replaceAll(/\*\*\/|\*/g, (star) => star === "*" ? "[^/]*" : "(.*/)?");
    return { pattern: new RegExp(`^${pattern}(/|$)`), isException };
  });
}

/** The last rule that fits decides. */
function isIgnored(path: string, rules: readonly IgnoreRule[]): boolean {
  return !(rules.findLast(({ pattern }) => pattern.test(path))?.isException ?? true);
}
