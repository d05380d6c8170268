/** `deno task doctor` where all is well, and where one thing after the other is not. */
import assert from "node:assert/strict";
import { openSql } from "../../db/database.ts";
import { startRole } from "../../services/testing/role.ts";
import { freePorts } from "../program.ts";
import { externalBroker, kafkaTest, startKafka } from "../servers/kafka.ts";
import { startPostgis } from "../servers/postgis.ts";

const ROOT = new URL("../../", import.meta.url);

async function run(task: string, settings: Record<string, string>, args: string[] = []) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task, ...args],
    cwd: ROOT,
    env: { HISTORY: "off", NO_COLOR: "1", ...settings },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: decode(stdout), log: decode(stderr) };
}

/** Settings of a machine on which nothing is wrong. */
async function well(): Promise<Record<string, string>> {
  const [hub, ui, ingest, process] = freePorts(4).map(String) as [string, string, string, string];
  return {
    BACKEND_PORT: hub,
    UI_PORT: ui,
    INGEST_METRICS_PORT: ingest,
    PROCESS_METRICS_PORT: process,
    DATA_DIR: await Deno.makeTempDir({ prefix: "skysentinel-doctor-" }),
  };
}

Deno.test("on a machine where all is right, it says so of each part", async () => {
  const settings = await well();
  const { code, said } = await run("doctor", { ...settings, HISTORY: "on" });
  assert.equal(code, 0, said);
  for (const part of ["settings", "data", "recording", "broker", "database", "ports"]) {
    assert.match(said, new RegExp(`^(ok|NOTE) +${part} `, "m"));
  }
  assert.doesNotMatch(said, /WRONG/);
  await Deno.remove(settings.DATA_DIR!, { recursive: true });
});

Deno.test("each thing that is wrong has a line with what to do, and no secret", async () => {
  const settings = await well();
  const blocked = `${settings.DATA_DIR}/file`;
  await Deno.writeTextFile(blocked, "");
  const taken = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("somebody else"),
  );
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ UI_PORT: "http" }, /^WRONG +settings +UI_PORT is "http", but must be a port/m],
    [{ DATA_DIR: `${blocked}/data` }, /^WRONG +data .*set DATA_DIR to a folder that can/m],
    [{ REPLAY_FILE: "no.jsonl" }, /^WRONG +recording +no\.jsonl cannot be read.*set REPLAY_FILE/m],
    [{ REPLAY_FILE: blocked }, /^WRONG +recording .*no file with something in it/m],
    [{ REDPANDA_BROKER: "127.0.0.1:9" }, /^WRONG +broker .*start it or change REDPANDA_BROKER/m],
    [
      { HISTORY: "on", DATABASE_URL: "postgres://ann:hunter2@127.0.0.1:9/sky" },
      /^WRONG +database +no answer from the database at 127\.0\.0\.1:9\/sky/m,
    ],
    [
      { BACKEND_PORT: String(taken.addr.port) },
      /^WRONG +ports .*in use by something else: end that, or set BACKEND_PORT/m,
    ],
    [{ BACKEND_HOST: "192.0.2.1" }, /^WRONG +ports .*change BACKEND_HOST/m],
  ];
  for (const [more, line] of wrong) {
    const { code, said } = await run("doctor", { ...settings, ...more });
    assert.equal(code, 1, said);
    assert.match(said, line);
    assert.doesNotMatch(said, /hunter2/);
  }
  assert.equal((await run("doctor", settings, ["--now"])).code, 2);
  await taken.shutdown();
  await Deno.remove(settings.DATA_DIR!, { recursive: true });
});

Deno.test("a port that a role of ours listens on is no trouble", async () => {
  const settings = await well();
  const hub = await startRole("hub", { BACKEND_PORT: settings.BACKEND_PORT! });
  const { code, said } = await run("doctor", settings);
  assert.equal(code, 0, said);
  assert.match(said, new RegExp(`^ok +ports +hub runs on ${settings.BACKEND_PORT}`, "m"));
  await hub.stop();
  await Deno.remove(settings.DATA_DIR!, { recursive: true });
});

kafkaTest(
  "broker, topics, database, schema and clock, before and after they are set up",
  async () => {
    const postgis = await startPostgis();
    if (typeof postgis === "string") {
      return void Deno.stderr.writeSync(new TextEncoder().encode(`SKIPPED: doctor: ${postgis}\n`));
    }
    const kafka = externalBroker() ? undefined : await startKafka();
    const url = await postgis.createDatabase();
    const home = await well();
    const settings = {
      ...home,
      HISTORY: "on",
      REDPANDA_BROKER: externalBroker() ?? kafka!.broker,
      DATABASE_URL: url,
    };
    const sql = openSql(url);
    try {
      const before = await run("doctor", settings);
      assert.equal(before.code, 1, before.said);
      assert.match(before.said, /^ok +broker /m);
      assert.match(
        before.said,
        /^WRONG +topics +flights\.state: is not there; run deno task topics/m,
      );
      assert.match(before.said, /^WRONG +schema +version 0, .*: run deno task migrate/m);
      assert.match(before.said, /^ok +clock /m);
      for (const task of ["topics", "migrate"]) {
        const { code, log } = await run(task, settings);
        assert.equal(code, 0, log);
      }
      const after = await run("doctor", settings);
      assert.equal(after.code, 0, after.said);
      assert.match(after.said, /^ok +topics +all of them are there/m);
      const fewer = await run("doctor", { ...settings, KAFKA_PARTITIONS: "5" });
      assert.equal(fewer.code, 0, fewer.said);
      assert.match(fewer.said, /^NOTE +topics +flights\.state: partitions is 12, should be 5/m);
      await sql`insert into schema_migrations (version, name) values (999, 'of the future')`;
      const newer = await run("doctor", settings);
      assert.equal(newer.code, 1);
      assert.match(newer.said, /^WRONG +schema +version 999, .*run a version of SkySentinel/m);
    } finally {
      await sql.end();
      await kafka?.close();
      await postgis.close();
      await Deno.remove(home.DATA_DIR!, { recursive: true });
    }
  },
);
