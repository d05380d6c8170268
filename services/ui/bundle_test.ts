import assert from "node:assert/strict";
import { type Assets, ENTRIES } from "./assets.ts";
import { bundleIslands } from "./bundle.ts";

/** Bytes after gzip, as `ui.md` allows them. */
const FIRST_LOAD_AT_MOST = 30_000;
const SCENE_AT_MOST = 370_000;

/** The files that come with `name`: itself and what it imports at once. */
function together(assets: Assets, name: string, seen = new Set<string>()): Set<string> {
  seen.add(name);
  for (const { name: imported, later } of assets.get(name)!.imports) {
    if (!later && !seen.has(imported)) together(assets, imported, seen);
  }
  return seen;
}

function gzipBytes(assets: Assets, names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + assets.get(name)!.gzip.length, 0);
}

Deno.test("the page's script keeps to its budget, and three.js comes later", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-" });
  try {
    const assets = await bundleIslands(dataDir);
    const [main, pages] = ENTRIES.map((entry) => together(assets, entry));
    const scene = [...assets.keys()].find((name) => name.startsWith("scene-"))!;
    const more = [...together(assets, scene)].filter((name) => !main!.has(name));
    const [firstBytes, sceneBytes] = [gzipBytes(assets, main!), gzipBytes(assets, more)];
    assert.ok(firstBytes <= FIRST_LOAD_AT_MOST, `first load: ${firstBytes} bytes`);
    const pagesBytes = gzipBytes(assets, pages!);
    assert.ok(pagesBytes <= FIRST_LOAD_AT_MOST, `the other pages: ${pagesBytes} bytes`);
    assert.ok(sceneBytes <= SCENE_AT_MOST, `the scene: ${sceneBytes} bytes`);
    assert.ok(sceneBytes > 100_000, "the scene is not in the first load");
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
