/** `deno task build`: the page's script into `static/build/`, for what cannot bundle it at the start. */
import { writeBuilt } from "./built.ts";
import { bundleIslands } from "./bundle.ts";

const HELP = `Bundles the page's script into static/build, which its server then serves as it is.

Usage: deno task build
`;

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

async function build(): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-" });
  try {
    const assets = await bundleIslands(dataDir);
    await writeBuilt(assets);
    const kb = [...assets.values()].reduce((sum, { gzip }) => sum + gzip.length, 0) / 1000;
    const [files, size] = [assets.size, Math.round(kb)];
    say(`Built the page's script into static/build: ${files} files, ${size} KB gzip\n`);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

if (import.meta.main) {
  if (Deno.args.length === 0) await build();
  else say(HELP);
  if (!["", "--help", "-h"].includes(Deno.args.join())) Deno.exit(2);
}
