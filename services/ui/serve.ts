/**
 * The page under `deno serve`, as on Deno Deploy: no worker, no child process, nothing written. The
 * script was bundled before, by `deno task build`; the hub is where HUB_URL says.
 */
import { readConfig } from "../config.ts";
import { uiApp } from "./app.ts";
import { readBuilt } from "./built.ts";

const config = await readConfig();
const assets = await readBuilt();
if (!assets) {
  throw new Error(
    "Cannot serve the page: static/build/ is not there or older than the sources. Run: deno task build",
  );
}
const app = uiApp({
  hubUrl: config.HUB_URL,
  backendPort: config.BACKEND_PORT,
  assets: Promise.resolve(assets),
});

export default { fetch: (request) => app.fetch(request) } satisfies Deno.ServeDefaultExport;
