import { SettingError } from "../config.ts";
import { listen } from "../listen.ts";
import type { RunRole } from "../role.ts";
import { sleep } from "../wait.ts";
import { uiApp } from "./app.ts";
import type { Assets } from "./assets.ts";
import { readBuilt } from "./built.ts";

/** By how much the bundler may hear of a stop before we do. */
const BUNDLER_FIRST_MS = 2000;

/** Serves the page. It listens at once; the script follows, as soon as it is bundled if it is not. */
export const runUi: RunRole = async ({ config, log, stopped, ready }) => {
  const assets = Promise.withResolvers<Assets>();
  const app = uiApp({
    hubUrl: config.HUB_URL,
    backendPort: config.BACKEND_PORT,
    assets: assets.promise,
  });
  const { url, finished } = listen(
    { hostname: config.BACKEND_HOST, port: config.UI_PORT, setting: "UI_PORT", stopped },
    app.fetch,
  );
  ready(url);

  const startedMs = performance.now();
  loadAssets(config.DATA_DIR).then(assets.resolve, assets.reject);
  const files = await assets.promise.catch(async (error) => {
    // Ctrl-C reaches the bundler's process as well, and sooner than it reaches us.
    await sleep(BUNDLER_FIRST_MS, stopped);
    if (!stopped.aborted) throw error;
  });
  if (!files) return finished;
  const totalKb = [...files.values()].reduce((sum, { gzip }) => sum + gzip.length, 0) / 1000;
  log.info("the page's script is there", {
    files: files.size,
    gzip_kb: Math.round(totalKb),
    ms: Math.round(performance.now() - startedMs),
  });
  await finished;
};

async function loadAssets(dataDir: string): Promise<Assets> {
  const built = await readBuilt();
  if (built) return built;
  // Only here is esbuild loaded, which reads the environment and starts a child process.
  const { bundleIslands } = await import("./bundle.ts");
  await makeFolder(dataDir);
  try {
    return await bundleIslands(dataDir);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const remedy = "run deno task build, which bundles it before the start";
    throw new Error(`The page's script may not be bundled here: ${remedy}`, { cause: error });
  }
}

/** @throws SettingError where there can be no such folder, or nothing can be written there */
async function makeFolder(dataDir: string): Promise<void> {
  try {
    await Deno.mkdir(dataDir, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: dataDir, prefix: "writable-" }));
  } catch (error) {
    // What may not be written at all is said by the bundling.
    if (error instanceof Deno.errors.NotCapable) return;
    const remedy = "but that cannot be made or written to: say another, or run deno task build";
    throw new SettingError("DATA_DIR", dataDir, remedy);
  }
}
