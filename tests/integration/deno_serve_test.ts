/** The page under `deno serve`, as Deno Deploy runs it: it may read, and answer, and nothing else. */
import assert from "node:assert/strict";
import { buildImage } from "../image.ts";
import { runDeno, startDeno } from "../processes.ts";
import { freePorts } from "../program.ts";

const PERMISSIONS = ["--no-prompt", "--allow-net", "--allow-env", "--allow-read"];

function serve(port: number): string[] {
  const where = ["--host=127.0.0.1", `--port=${port}`];
  return ["serve", "--cached-only", ...PERMISSIONS, ...where, "services/ui/serve.ts"];
}

Deno.test("deno serve answers with the page, its script and the hub's address", async () => {
  const image = await buildImage();
  const [port] = freePorts(1) as [number];
  const env = { HUB_URL: "https://hub.example.org" };
  const running = startDeno(serve(port), { cwd: image.folder, env });
  try {
    const url = `http://127.0.0.1:${port}`;
    const page = await running.until(async () => await (await fetch(url)).text(), "page");
    assert.match(page, /data-hub-url="https:\/\/hub\.example\.org"/);
    const script = await fetch(`${url}/assets/main.js`, { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(script.headers.get("Content-Encoding"), "gzip");
    const code = await script.text();
    const parts = [...code.matchAll(/["']\.\/([\w.-]+\.js)["']/g)].map(([, name]) => name);
    assert.ok(parts.length > 0);
    for (const name of parts) {
      const part = await fetch(`${url}/assets/${name}`);
      assert.equal(part.status, 200, name);
      await part.body?.cancel();
    }
    assert.deepEqual(await (await fetch(`${url}/health`)).json(), { status: "healthy" });
  } finally {
    await running.end();
    await image.remove();
  }
});

Deno.test("deno serve refuses a script that is older than its sources, and says what to do", async () => {
  const image = await buildImage();
  try {
    await Deno.writeTextFile(`${image.folder}/islands/main.tsx`, "// changed\n", { append: true });
    const [port] = freePorts(1) as [number];
    const { code, log } = await runDeno(serve(port), { cwd: image.folder, env: {} });
    assert.equal(code, 1);
    assert.match(
      log,
      /static\/build\/ is not there or older than the sources. Run: deno task build/,
    );
  } finally {
    await image.remove();
  }
});
