/** `deno task doctor` where all is well, and where one thing after the other is not. */
import assert from "node:assert/strict";
import { openSql } from "../../db/database.ts";
import { aircraftItem, serveFeed } from "../../services/ingest/sources/testing.ts";
import { startRole } from "../../services/testing/role.ts";
import { freePorts } from "../program.ts";
import { externalBroker, KAFKA_USER, kafkaTest, startKafka } from "../servers/kafka.ts";
import { startPostgis } from "../servers/postgis.ts";

/** All of it but the password. */
const SIGN_IN = {
  KAFKA_SASL_MECHANISM: "scram-sha-256",
  KAFKA_SASL_USERNAME: KAFKA_USER.username,
};
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
  const [rubbish, cut] = [`${settings.DATA_DIR}/rubbish`, `${settings.DATA_DIR}/cut.gz`];
  await Deno.writeTextFile(rubbish, "not a report\n");
  const whole = await Deno.readFile(new URL("fixtures/paris_2021-10-07.jsonl.gz", ROOT));
  await Deno.writeFile(cut, whole.subarray(0, 3000));
  const taken = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("somebody else"),
  );
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ UI_PORT: "http" }, /^WRONG +settings +UI_PORT is "http", but must be a port/m],
    [{ DATA_DIR: `${blocked}/data` }, /^WRONG +data .*set DATA_DIR to a folder that can/m],
    [
      { REPLAY_FILE: "no.jsonl" },
      /^WRONG +recording +REPLAY_FILE is "no\.jsonl", but there is no/m,
    ],
    [{ REPLAY_FILE: blocked }, /^WRONG +recording .*that file is empty: name one/m],
    [{ REPLAY_FILE: rubbish }, /^WRONG +recording +no line of .*rubbish is a report .*feeds\.md/m],
    [{ SOURCES: `replay:${cut}` }, /^WRONG +recording +SOURCES is .*but it is not whole: name/m],
    [{ REDPANDA_BROKER: "127.0.0.1:9" }, /^WRONG +broker .*start it or change REDPANDA_BROKER/m],
    [
      { HISTORY: "on", DATABASE_URL: "postgres://ann:hunter2@127.0.0.1:9/sky" },
      /^WRONG +database +no answer .* 127\.0\.0\.1:9\/sky .*runs there, or change DATABASE_URL$/m,
    ],
    [
      { HISTORY: "on", DATABASE_URL: `postgres://ann:hunter2@127.0.0.1:${taken.addr.port}/sky` },
      /^WRONG +database +no answer from the database .* or change DATABASE_URL$/m,
    ],
    [
      { REDPANDA_BROKER: `127.0.0.1:${taken.addr.port}`, KAFKA_TLS: "on" },
      /^WRONG +broker .*KAFKA_TLS/m,
    ],
    [
      { BACKEND_PORT: String(taken.addr.port) },
      /^WRONG +ports .*in use by something else: end that, or set BACKEND_PORT/m,
    ],
    [
      { BACKEND_HOST: "192.0.2.1" },
      /^WRONG +ports +192\.0\.2\.1 is no address .*change BACKEND_HOST\n(?!.*BACKEND_HOST)/m,
    ],
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

Deno.test("each live source is asked once: what it knows, or what to do", async () => {
  const settings = await well();
  const aircraft = Array.from({ length: 3 }, (_, i) => aircraftItem(i));
  const answer = (now: number, list: unknown[] = aircraft) =>
    JSON.stringify({ now, messages: 1, aircraft: list });
  await using good = serveFeed(() => answer(Date.now() / 1000));
  await using empty = serveFeed(() => answer(Date.now() / 1000, []));
  await using stale = serveFeed(() => answer(Date.now() / 1000 - 3600));
  await using closed = serveFeed(() => new Response("", { status: 401 }));
  await using page = serveFeed(() => new Response("<html>"));
  await using limited = serveFeed(() =>
    new Response("", { status: 429, headers: { "x-rate-limit-retry-after-seconds": "3600" } })
  );
  const speaking = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const times = "2024/06/01,14:00:00.000,2024/06/01,14:00:00.000";
  const spoken = (async () => {
    for await (const connection of speaking) {
      const message = `MSG,3,1,1,3C6444,1,${times},,35000,,,48.1,2.2,,,0,0,0,0\r\n`;
      await connection.write(new TextEncoder().encode(message));
    }
  })();
  const sbs = `127.0.0.1:${speaking.addr.port}`;
  try {
    const well = await run("doctor", {
      ...settings,
      SOURCES: `readsb:${good.url}/a.json,readsb:${empty.url}/a.json,readsb:${stale.url}/a.json,` +
        `sbs:${sbs},opensky`,
      OPENSKY_URL: limited.url,
    });
    assert.equal(well.code, 0, well.said);
    assert.match(
      well.said,
      new RegExp(`^ok +source +readsb:${good.host} answers: 3 aircraft$`, "m"),
    );
    assert.match(well.said, /^NOTE +source .* knows of no aircraft now/m);
    assert.match(well.said, /^NOTE +source .* its clock is 36\d\d\.\d s behind/m);
    assert.match(well.said, new RegExp(`^ok +source +sbs:${sbs} answers: 1 aircraft$`, "m"));
    assert.match(
      well.said,
      /^NOTE +source +opensky asked too often .* until 20\S+Z: leave it alone/m,
    );
    assert.equal(good.requests.length, 1);

    const wrong = await run("doctor", {
      ...settings,
      SOURCES: `readsb:http://ann:hunter2@${closed.host}/a.json,readsb:${page.url}/,` +
        "sbs:127.0.0.1:9,readsb:/no/such/aircraft.json",
    });
    assert.equal(wrong.code, 1, wrong.said);
    assert.match(wrong.said, /^WRONG +source .* refuses us \(HTTP 401\): check the user/m);
    assert.match(wrong.said, /^WRONG +source .* is a web page, not JSON: check the address$/m);
    assert.match(wrong.said, /^WRONG +source +sbs:127\.0\.0\.1:9 cannot be heard: .*: see that/m);
    assert.match(wrong.said, /^WRONG +source +readsb:\S+ is not there: name a file, or an/m);
    assert.doesNotMatch(wrong.said, /hunter2/);
  } finally {
    speaking.close();
    await spoken;
    await Deno.remove(settings.DATA_DIR!, { recursive: true });
  }
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
      const refused: readonly (readonly [Record<string, string>, RegExp])[] = kafka
        ? [
          [
            { REDPANDA_BROKER: kafka.saslBroker, ...SIGN_IN, KAFKA_SASL_PASSWORD: "hunter2" },
            /^WRONG +broker +KAFKA_SASL_PASSWORD is "\(hidden\)", but .* does not accept it/m,
          ],
          [
            { REDPANDA_BROKER: kafka.tlsBroker, KAFKA_TLS: "on" },
            /^WRONG +broker +KAFKA_TLS_CA_FILE is "", but .*self-signed certificate/m,
          ],
          [{ KAFKA_TLS: "on" }, /^WRONG +broker .*KAFKA_TLS may have to be off; /m],
        ]
        : [];
      for (const [more, line] of refused) {
        const { code, said } = await run("doctor", { ...settings, ...more });
        assert.equal(code, 1, said);
        assert.match(said, line);
        assert.doesNotMatch(said, /hunter2/);
      }
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
