import assert from "node:assert/strict";
import { loadConfig, SettingError } from "../config.ts";
import { createLog } from "../log.ts";
import type { RoleContext } from "../role.ts";
import { runUi } from "./ui.ts";

const log = createLog({ role: "ui", level: "error", format: "text" });

async function withRole(
  port: number,
  act: (context: RoleContext, url: Promise<string>, stop: () => void) => Promise<void>,
) {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-" });
  const config = loadConfig({ UI_PORT: String(port), DATA_DIR: dataDir });
  const stopping = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const context: RoleContext = {
    config,
    // The page's server reads nothing from the log.
    bus: undefined as never,
    log,
    stopped: stopping.signal,
    ready: (url) => resolve(url ?? ""),
    roles: () => [],
  };
  try {
    await act(context, promise, () => stopping.abort());
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

Deno.test("the role serves the page and its script, and ends when told to", async () => {
  await withRole(0, async (context, url, stop) => {
    const running = runUi(context);
    const page = await fetch(await url);
    assert.match(await page.text(), /<title>SkySentinel<\/title>/);
    const script = await fetch(`${await url}/assets/main.js`);
    assert.equal(script.status, 200);
    assert.ok((await script.text()).length > 1000);
    stop();
    await running;
  });
});

Deno.test("a port that is taken is a setting to change", async () => {
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  try {
    await withRole(port, async (context) => {
      await assert.rejects(runUi(context), (error) => {
        assert.ok(error instanceof SettingError);
        assert.match(error.message, new RegExp(`^UI_PORT is "${port}", but that port is in use: `));
        return true;
      });
    });
  } finally {
    other.close();
  }
});
