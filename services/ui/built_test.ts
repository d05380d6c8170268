import assert from "node:assert/strict";
import { type Assets, gzip } from "./assets.ts";
import { readBuilt, writeBuilt } from "./built.ts";

async function script(): Promise<Assets> {
  const asset = async (text: string, imports: { name: string; later: boolean }[]) => {
    const code = new TextEncoder().encode(text);
    return { code, gzip: await gzip(code), imports };
  };
  return new Map([
    ["main.js", await asset('import("./scene-1.js")', [{ name: "scene-1.js", later: true }])],
    ["scene-1.js", await asset("export {};", [])],
  ]);
}

async function withFolder(act: (folder: URL) => Promise<void>) {
  const path = await Deno.makeTempDir({ prefix: "skysentinel-" });
  try {
    await act(new URL(`file://${path}/build/`));
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("what was built is read back, to the byte", async () => {
  await withFolder(async (folder) => {
    const assets = await script();
    assert.equal(await readBuilt(folder), undefined);
    await writeBuilt(assets, folder);
    assert.deepEqual(await readBuilt(folder), assets);
  });
});

Deno.test("what was built from other sources is not taken", async () => {
  await withFolder(async (folder) => {
    await writeBuilt(await script(), folder);
    const manifest = new URL("manifest.json", folder);
    const text = await Deno.readTextFile(manifest);
    const { sources } = JSON.parse(text);
    await Deno.writeTextFile(manifest, text.replace(sources, "0".repeat(64)));
    assert.equal(await readBuilt(folder), undefined);
  });
});
