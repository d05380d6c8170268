/** `deno task verify` against the program as a user starts it: all well, and after its end. */
import assert from "node:assert/strict";
import { type SystemStatus, VerifyRun } from "../../contracts/status.ts";
import { ROLES } from "../../services/role.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { packageCache } from "../processes.ts";
import { getJson, startProgram } from "../program.ts";

const VERIFY = new URL("../../services/verify/verify.ts", import.meta.url).pathname;

/** In a folder without a .env: what is set for a system here is not for this one. */
async function verify(
  settings: Record<string, string> & { DATA_DIR: string },
  args: readonly string[] = [],
) {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", VERIFY, ...args],
    cwd: settings.DATA_DIR,
    clearEnv: true,
    env: { ...packageCache(), ...settings, HISTORY: "off", NO_COLOR: "1" },
  }).output();
  return { code, said: new TextDecoder().decode(stdout) };
}

Deno.test("a system that runs keeps every promise; one that has ended keeps none", async () => {
  const program = await startProgram();
  const dataDir = await Deno.makeTempDir();
  const settings = {
    DATA_DIR: dataDir,
    ROLE_URLS:
      `ingest=${program.ingest},process=${program.process},hub=${program.hub},ui=${program.page}`,
  };
  const runs = async () =>
    (await Deno.readTextFile(`${dataDir}/verify.jsonl`)).trim().split("\n")
      .map((line) => VerifyRun.parse(JSON.parse(line)));
  try {
    assert.equal((await verify(settings, ["--last=60"])).code, 1, "there was no run yet");
    await eventually(
      async () => (await getJson<{ cache_size: number }>(`${program.hub}/health`)).cache_size > 0,
      "aircraft",
    );
    // The page comes before its script, which is bundled meanwhile.
    await eventually(async () => {
      const response = await fetch(`${program.page}/assets/main.js`);
      await response.body?.cancel();
      return response.ok;
    }, "the page's script");
    const { code, said } = await verify(settings);
    assert.equal(code, 0, said);
    const [well] = await runs();
    assert.equal(well!.passed, true);
    assert.deepEqual(
      well!.checks.map(({ status }) => status),
      ["pass", "skip", "pass", "pass", "skip", "pass", "pass", "pass"],
      said,
    );
    assert.equal((await verify(settings, ["--last=600"])).code, 0);
    await eventually(async () => {
      const { roles } = await getJson<SystemStatus>(`${program.hub}/status`);
      return ROLES.every((role) => roles[role].status === "running");
    }, "word that every role runs");
    // The aircraft of the probe is on no map.
    assert.doesNotMatch(JSON.stringify(await getJson(`${program.hub}/flights`)), /VERIFY/);
  } finally {
    await program.end();
  }
  const { code, said } = await verify(settings);
  assert.equal(code, 1, said);
  const [, ended] = await runs();
  assert.equal(ended!.passed, false);
  for (const { check, status, cause } of ended!.checks) {
    if (status === "skip") continue;
    assert.equal(status, "fail", check);
    assert.match(cause!, /does not answer|cannot be connected to|closed/, check);
  }
  assert.equal((await verify(settings, ["--last=600"])).code, 1);
  assert.equal((await verify(settings, ["--fast"])).code, 2);
  await Deno.remove(dataDir, { recursive: true });
});
