import { SettingError } from "../config.ts";
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
  const server = listen(config.BACKEND_HOST, config.UI_PORT, stopped, app.fetch);
  ready(`http://${config.BACKEND_HOST}:${server.addr.port}`);

  const startedMs = performance.now();
  bundleIslands(config.DATA_DIR).then(assets.resolve, assets.reject);
  const files = await assets.promise;
  const totalKb = [...files.values()].reduce((sum, { gzip }) => sum + gzip.length, 0) / 1000;
  log.info("the page's script is bundled", {
    files: files.size,
    gzip_kb: Math.round(totalKb),
    ms: Math.round(performance.now() - startedMs),
  });
  await server.finished;
};

function listen(hostname: string, port: number, signal: AbortSignal, fetch: Deno.ServeHandler) {
  try {
    return Deno.serve({ hostname, port, signal, onListen: () => {} }, fetch);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new SettingError(
      "UI_PORT",
      String(port),
      "but that port is in use: stop what listens there or choose another, such as " +
        `UI_PORT=${port + 1}`,
    );
  }
}
