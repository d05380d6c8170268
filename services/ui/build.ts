/** `deno task build`: the page's script into `static/build/`, for what cannot bundle it at the start. */
import { writeBuilt } from "./built.ts";
import { bundleIslands } from "./bundle.ts";

if (import.meta.main) {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-" });
  try {
    const assets = await bundleIslands(dataDir);
    await writeBuilt(assets);
    const kb = [...assets.values()].reduce((sum, { gzip }) => sum + gzip.length, 0) / 1000;
    const said = `Built the page's script into static/build: ${assets.size} files, ${
      Math.round(kb)
    } KB gzip\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(said));
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}
