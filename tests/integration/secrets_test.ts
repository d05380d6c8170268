/** Secrets are set in every way there is, and everything that can go wrong with them does: nobody says them. */
import assert from "node:assert/strict";
import { eventually } from "../../services/testing/deadline.ts";
import { ROLES } from "../../services/role.ts";
import { startProgram } from "../program.ts";

const ROOT = new URL("../../", import.meta.url);
const SECRETS = {
  OPENSKY_CLIENT_ID: "ann",
  OPENSKY_CLIENT_SECRET: "s3cret-of-opensky",
  BACKEND_TOKENS: "s3cret-token-of-the-hub,s3cret-second-token",
  WEBHOOK_URLS: "http://127.0.0.1:9/s3cret-path-of-a-webhook",
  WEBHOOK_SECRET: "s3cret-of-the-webhooks",
  POSTGRES_PASSWORD: "s3cret-of-postgres",
  GRAFANA_PASSWORD: "s3cret-of-grafana",
  DATABASE_URL: "postgres://ann:s3cret-in-the-url@127.0.0.1:9/sky",
  KAFKA_SASL_MECHANISM: "plain",
  KAFKA_SASL_USERNAME: "ann",
  KAFKA_SASL_PASSWORD: "s3cret-of-kafka",
};
/** Nobody is there: whoever wants a broker or a database says so again and again. */
const NOBODY = { ...SECRETS, REDPANDA_BROKER: "127.0.0.1:9", HISTORY: "on", LOG_LEVEL: "debug" };
const SAID = /s3cret/;
const SAYS_WHERE = /127\.0\.0\.1/;

for (const role of ROLES) {
  for (const LOG_FORMAT of ["text", "json"]) {
    Deno.test(`${role} says no secret, in ${LOG_FORMAT}`, async () => {
      const program = await startProgram({ ...NOBODY, LOG_FORMAT }, [role]);
      const url = {
        ingest: program.ingest,
        process: program.process,
        hub: program.hub,
        ui: program.page,
      }[role];
      try {
        const answers: string[] = [];
        await eventually(async () => {
          for (const path of ["/", "/health", "/metrics", "/flights", "/status", "/anomalies"]) {
            const headers = { authorization: "Bearer s3cre-guess-of-a-token" };
            const response = await fetch(url + path, { headers });
            answers.push(
              `${path} ${JSON.stringify([...response.headers])} ${await response.text()}`,
            );
          }
          // The page's server has no broker to complain of.
          return role === "ui" || /127\.0\.0\.1:9/.test(program.log());
        }, "a word about the broker");
        for (const answer of answers) assert.doesNotMatch(answer, SAID);
      } finally {
        await program.end();
      }
      assert.doesNotMatch(program.log(), SAID);
    });
  }
}

for (const task of ["topics", "migrate", "doctor", "verify"]) {
  Deno.test(`deno task ${task} says no secret when nobody is there`, async () => {
    const dataDir = await Deno.makeTempDir();
    const args = task === "topics" ? ["topics", "--wait=1"] : [task];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["task", ...args],
      cwd: ROOT,
      // The broker is left out where it would be waited for.
      env: { ...NOBODY, ...task === "verify" && { REDPANDA_BROKER: "" }, DATA_DIR: dataDir },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let said = "";
    const listen = async (output: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const text of output.pipeThrough(new TextDecoderStream())) {
        const isNew = !SAYS_WHERE.test(said);
        said += text;
        // migrate waits for its database for half a minute: that it says so is enough.
        if (task === "migrate" && isNew && SAYS_WHERE.test(said)) child.kill("SIGTERM");
      }
    };
    await Promise.all([listen(child.stdout), listen(child.stderr), child.status]);
    assert.match(said, SAYS_WHERE);
    assert.doesNotMatch(said, SAID);
    await Deno.remove(dataDir, { recursive: true });
  });
}

for (
  const [name, value] of [
    ["BACKEND_TOKENS", "s3cret short"],
    ["DATABASE_URL", "s3cret://x"],
    ["KAFKA_SASL_PASWORD", "s3cret"],
    ["BACKEND_TOKEN", "s3cret-token-of-the-hub"],
    ["OPENSKY_PASSWORD", "s3cret"],
  ] as const
) {
  Deno.test(`a wrong ${name} is told without its value`, async () => {
    const program = await startProgram({ [name]: value }, ["hub"]);
    assert.equal(await program.status, 2);
    await program.end();
    assert.match(program.log(), new RegExp(`${name} is "\\(hidden\\)"`));
    assert.doesNotMatch(program.log(), SAID);
  });
}
