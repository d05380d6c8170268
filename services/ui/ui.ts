import { listen } from "../listen.ts";
import type { RunRole } from "../role.ts";
import { uiApp } from "./app.ts";
import { type Assets, bundleIslands } from "./bundle.ts";

/** Serves the page. It listens at once; the script follows as soon as it is bundled. */
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
  bundleIslands(config.DATA_DIR).then(assets.resolve, assets.reject);
  const files = await assets.promise;
  const totalKb = [...files.values()].reduce((sum, { gzip }) => sum + gzip.length, 0) / 1000;
  log.info("the page's script is bundled", {
    files: files.size,
    gzip_kb: Math.round(totalKb),
    ms: Math.round(performance.now() - startedMs),
  });
  await finished;
};
