/** Every role with the permissions that its executable is compiled with, and no others. */
import assert from "node:assert/strict";
import { SETTINGS } from "../../services/config.ts";
import { type Role, ROLES } from "../../services/role.ts";
import { compileTask, mayReadEnv } from "../compile_tasks.ts";
import { buildImage, type Image } from "../image.ts";
import { runDeno, startDeno } from "../processes.ts";
import { freePorts } from "../program.ts";

const ROOT = new URL("../../", import.meta.url);
let built: Promise<Image> | undefined;

Deno.test.afterAll(async () => await (await built)?.remove());

/** The setting of the port, and what a role that is well answers there. */
const ANSWERS: Readonly<
  Record<Role | "process", readonly [port: string, path: string, text: RegExp]>
> = {
  ingest: ["INGEST_METRICS_PORT", "/metrics", /^producer_polls_total/m],
  process: ["PROCESS_METRICS_PORT", "/metrics", /^processing_messages_processed_total/m],
  hub: ["BACKEND_PORT", "/health", /"status":"healthy"/],
  ui: ["UI_PORT", "/", /<title>SkySentinel<\/title>/],
};

for (const role of ROLES) {
  Deno.test(`${role} runs with the permissions it is compiled with`, async () => {
    // An executable reads what is embedded without a permission; here it lies in the folder that may
    // be read, as the image has nothing else in it.
    const { folder } = await (built ??= buildImage());
    const { flags, entry } = compileTask(role);
    const [setting, path, text] = ANSWERS[role];
    const [port] = freePorts(1);
    const env = { [setting]: String(port), HISTORY: "off" };
    const running = startDeno(["run", "--cached-only", ...flags, ...entry], { cwd: folder, env });
    try {
      const url = `http://127.0.0.1:${port}`;
      await running.until(async () => {
        const response = await fetch(url + path);
        const said = await response.text();
        return response.ok && text.test(said);
      }, `${text} at ${path}`);
      if (role === "ui") {
        const script = await fetch(`${url}/assets/main.js`);
        assert.equal(script.status, 200);
        assert.match(await script.text(), /import/);
      }
      running.kill("SIGTERM");
      assert.equal(await running.exitCode, 0, running.log());
    } finally {
      await running.end();
    }
    assert.doesNotMatch(running.log(), /NotCapable|Requires \w+ access/);
  });

  Deno.test(`${role} writes nothing, starts nothing, and reads no setting of others`, () => {
    const { flags } = compileTask(role);
    const names = flags.map((flag) => flag.split("=")[0]);
    const least = ["--no-prompt", "--allow-env", "--ignore-env", "--allow-read", "--allow-net"];
    assert.deepEqual(names, least);
    // All of a kind only where an address or a file is a setting of anyone's choice.
    assert.deepEqual(flags.filter((flag) => /^--allow-(env|read)$/.test(flag)), []);
    const settingsOf = (name: string) => Object.keys(SETTINGS).filter((s) => s.startsWith(name));
    const secrets: Readonly<Record<string, readonly Role[] | readonly string[]>> = {
      OPENSKY_: ["ingest"],
      KAFKA_: ["ingest", "process", "hub"],
      DATABASE_URL: ["process", "hub"],
      POSTGRES_PASSWORD: ["process", "hub"],
      GRAFANA_PASSWORD: [],
    };
    for (const [prefix, roles] of Object.entries(secrets)) {
      for (const name of settingsOf(prefix)) {
        const isOne = (roles as readonly string[]).includes(role);
        assert.equal(mayReadEnv(flags, name), isOne, `${role} and ${name}`);
      }
    }
  });

  Deno.test(`${role} may read every setting that its code names`, async () => {
    const { flags } = compileTask(role);
    // Bundling is for a start from the sources: what is compiled has its script.
    const elsewhere = new Set(["DATA_DIR"]);
    const named = new Set<string>();
    for (const path of codeOf(role)) {
      const text = await Deno.readTextFile(path);
      for (const [word] of text.matchAll(/\b[A-Z]+(?:_[A-Z]+)*\b/g)) {
        if (word in SETTINGS && !elsewhere.has(word)) named.add(word);
      }
    }
    assert.ok(named.size > 1);
    assert.deepEqual([...named].filter((name) => !mayReadEnv(flags, name)), []);
  });
}

function codeOf(role: Role): URL[] {
  const files = ["services/log.ts", "services/topics.ts"].map((path) => new URL(path, ROOT));
  const folders = [`services/${role}/`, ...(role === "ui" ? [] : ["services/bus/"])];
  const walk = (folder: URL): URL[] =>
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
      if (isDirectory) return walk(new URL(`${name}/`, folder));
      return /_(test|bench)\.ts$/.test(name) ? [] : [new URL(name, folder)];
    });
  const found = folders.flatMap((folder) => walk(new URL(folder, ROOT)));
  return role === "ui" ? found : [...files, ...found];
}

Deno.test("what is compiled in is there, and the page is built before", async () => {
  const { folder } = await (built ??= buildImage());
  for (const name of [...ROLES, "all"]) {
    const { includes, entry, buildsPage } = compileTask(name);
    for (const path of [...includes, entry[0]!]) {
      assert.ok((await Deno.stat(`${folder}/${path}`)).size > 0, path);
    }
    assert.equal(buildsPage, includes.includes("static"));
    assert.deepEqual(entry.slice(1), name === "all" ? [] : [name]);
  }
});

Deno.test("only all roles in one process have every permission", () => {
  // services/hung_worker.ts reads /proc/self/net/tcp, which takes all permissions, and calls libc.
  assert.deepEqual(compileTask("all").flags, ["--allow-all"]);
});

Deno.test("deno compile takes the whole program, as far as it goes without a download", async () => {
  const { folder } = await (built ??= buildImage());
  await Deno.mkdir(`${folder}/tools`, { recursive: true });
  await Deno.copyFile(new URL("tools/compile.ts", ROOT), `${folder}/tools/compile.ts`);
  // In place of the runtime that it would fetch: what comes out is complete, and does not start.
  const env = { DENORT_BIN: Deno.execPath() };
  const output = `${folder}/dist/skysentinel`;
  const { args } = compileTask("all");
  const command = ["run", "-A", "tools/compile.ts", "--output", output, ...args];
  const { code, log } = await runDeno(command, { cwd: folder, env });
  assert.equal(code, 0, log);
  const [empty, full] = [await Deno.stat(Deno.execPath()), await Deno.stat(output)];
  assert.ok(full.size > empty.size + 10_000_000, `${full.size} bytes`);
});
