/**
 * compose.yaml where no container can be started: its structure, its settings, and its commands run on
 * this machine, from the image's files, with its environment, against a real broker and database.
 */
import assert from "node:assert/strict";
import { type SystemStatus, VerifyRun } from "../../contracts/status.ts";
import { openSql } from "../../db/database.ts";
import { SETTINGS } from "../../services/config.ts";
import { ROLES } from "../../services/role.ts";
import { compileTask, mayReadEnv } from "../compile_tasks.ts";
import { composeText, OURS, readCompose, type Service } from "../compose.ts";
import { buildImage, imageFiles } from "../image.ts";
import { runDeno, startDeno, type Started } from "../processes.ts";
import { freePorts, getJson } from "../program.ts";
import { externalBroker, kafkaTest, startKafka } from "../servers/kafka.ts";
import { startPostgis } from "../servers/postgis.ts";

const ROOT = new URL("../../", import.meta.url);
const { services, volumes } = readCompose();
const ours: readonly string[] = OURS;
/** Runs to its end, before others start. */
const runsOnce = ({ restart }: Service) => restart === "no";

Deno.test("every role has a container, and what has to be there before them", () => {
  const expected = ["redpanda", "postgis", "prometheus", "grafana", ...ours];
  assert.deepEqual(
    expected.filter((name) => !(name in services)),
    [],
  );
  for (const name of ["prometheus", "grafana"]) {
    assert.deepEqual(services[name]!.profiles, ["monitoring"]);
  }
});

for (const [name, service] of Object.entries(services)) {
  Deno.test(`compose, ${name}: pinned, not root, watched, started in order`, () => {
    if (ours.includes(name)) {
      assert.equal(service.build, ".");
      assert.equal(service.read_only, true);
    } else assert.match(service.image, /^[\w/-]+:v?\d+[\w.-]+$/);
    assert.match(service.user ?? "", /^[1-9]\d*:\d+$/, "a user that is not root");
    assert.ok(service.restart === "unless-stopped" || runsOnce(service));
    assert.equal(service.healthcheck === undefined, runsOnce(service));
    for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/);
    for (const volume of service.volumes ?? []) {
      const [source] = volume.split(":") as [string];
      assert.ok(source in volumes || (source.startsWith("./") && volume.endsWith(":ro")), volume);
    }
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const isOnce = runsOnce(services[other]!);
      assert.equal(condition, isOnce ? "service_completed_successfully" : "service_healthy");
    }
  });
}

Deno.test("what is to last is on a named volume, and every volume is used", () => {
  const used = Object.values(services).flatMap((service) => service.volumes ?? [])
    .map((volume) => volume.split(":")[0]!);
  for (const name of Object.keys(volumes)) assert.ok(used.includes(name), name);
  for (const name of ["redpanda", "postgis", "prometheus", "grafana"]) {
    assert.ok(services[name]!.volumes?.some((volume) => volume.startsWith(`${name}-data:`)), name);
  }
});

Deno.test("every environment name is a setting, or the image's own", () => {
  const belongs: Readonly<Record<string, RegExp>> = { postgis: /^POSTGRES_/, grafana: /^GF_/ };
  for (const [name, { environment }] of Object.entries(services)) {
    for (const variable of Object.keys(environment ?? {})) {
      assert.ok(belongs[name]?.test(variable) ?? variable in SETTINGS, `${name}: ${variable}`);
    }
  }
  for (const [, variable] of composeText().matchAll(/\$\{(\w+)/g)) {
    assert.ok(variable! in SETTINGS, `\${${variable}} is not a setting`);
  }
});

Deno.test("there is no secret in the file: passwords come from .env, with the documented default", () => {
  for (const { environment } of Object.values(services)) {
    for (const [name, value] of Object.entries(environment ?? {})) {
      if (!/PASSWORD|SECRET/.test(name)) continue;
      assert.match(value, /^\$\{[A-Z_]+:-(skysentinel)?\}$/, name);
    }
  }
  assert.doesNotMatch(composeText(), /:\/\/[^/\s]+:[^/\s]+@/, "an address with a password in it");
});

Deno.test("a role has the permissions it is compiled with, and every setting it may read", () => {
  /** Of a broker elsewhere: the one here wants none of them. */
  const notHere = /^KAFKA_(SASL|TLS)/;
  for (const role of ROLES) {
    const { flags, entry } = compileTask(role);
    const command = ["run", "--cached-only", ...flags, ...entry];
    assert.deepEqual(services[role]!.command, command, role);
    const readable = Object.keys(SETTINGS).filter((name) =>
      mayReadEnv(flags, name) && !notHere.test(name)
    );
    assert.deepEqual(Object.keys(services[role]!.environment!).sort(), readable.sort(), role);
  }
});

Deno.test("verify may read its settings, and write its results", () => {
  const { command, environment } = services.verify!;
  const flags = command!.filter((word) => word.startsWith("--"));
  const notHere = /^KAFKA_(SASL|TLS)/;
  const readable = Object.keys(SETTINGS).filter((name) =>
    mayReadEnv(flags, name) && !notHere.test(name)
  );
  assert.deepEqual(Object.keys(environment!).sort(), readable.sort());
  assert.ok(flags.includes(`--allow-write=${environment!.DATA_DIR}`));
  for (const service of [services.hub!, services.verify!]) {
    assert.match(service.volumes![0]!, /^verify-data:\/app\/\.data(:ro)?$/);
  }
});

Deno.test("a role is asked where it listens, and published there", () => {
  for (const role of ROLES) {
    const { ports, healthcheck, environment } = services[role]!;
    const port = ports![0]!.split(":").at(-1)!;
    assert.ok(Object.values(environment!).includes(port), role);
    assert.equal(new URL(healthcheck!.test.at(-1)!).port, port, role);
    assert.equal(environment!.BACKEND_HOST, "0.0.0.0");
  }
});

Deno.test("the image has what is run, without tests, settings and history", () => {
  const files = imageFiles();
  for (const needed of ["main.ts", "deno.lock", "services/topics.ts", "static/page.css"]) {
    assert.ok(files.includes(needed), needed);
  }
  const unwanted = /_test\.|_bench\.|^(\.|tests|tools|docs|recordings)|^static\/build/;
  assert.deepEqual(files.filter((path) => unwanted.test(path)), []);
});

Deno.test("the image has the Deno that everything is tested with", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));
  const [, version] = /^ARG DENO_VERSION=(.+)$/m.exec(await read("Dockerfile"))!;
  assert.ok((await read(".ci/run")).includes(`deno@${version} `));
});

const composeProgram = await findComposeProgram();
if (!composeProgram) {
  say(
    "SKIPPED: docker compose reads the file: apt-get install -y docker-compose, no daemon needed\n",
  );
}
Deno.test({
  name: "docker compose reads the file",
  ignore: !composeProgram,
  async fn() {
    const [program, ...args] = composeProgram!;
    const { success, stderr } = await new Deno.Command(program!, {
      args: [...args, "--profile", "monitoring", "config", "--quiet"],
      cwd: ROOT,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  },
});

async function findComposeProgram(): Promise<readonly string[] | undefined> {
  for (const program of [["docker", "compose"], ["docker-compose"]]) {
    const [name, ...args] = program;
    const command = new Deno.Command(name!, { args: [...args, "version"] });
    try {
      if ((await command.output()).success) return program;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

kafkaTest("compose's commands make aircraft, from topics to the page", async () => {
  const postgis = await startPostgis();
  if (typeof postgis === "string") return say(`SKIPPED: compose's commands: ${postgis}\n`);
  const kafka = externalBroker() ? undefined : await startKafka();
  const image = await buildImage();
  const url = await postgis.createDatabase();
  const sql = openSql(url);
  const started: Started[] = [];
  try {
    const here = moveHere(externalBroker() ?? kafka!.broker, new URL(url));
    const options = (name: string) => ({ cwd: image.folder, env: here.environment(name) });
    for (const name of ours.filter((name) => runsOnce(services[name]!))) {
      const { code, log } = await runDeno(here.command(name), options(name));
      assert.equal(code, 0, `${name}: ${log}`);
    }
    for (const role of ROLES) started.push(startDeno(here.command(role), options(role)));
    for (const [i, role] of ROLES.entries()) {
      const check = here.healthCheck(role);
      const isHealthy = async () =>
        (await runDeno(check, { cwd: image.folder, env: {} })).code === 0;
      await started[i]!.until(isHealthy, "success of its health check");
    }
    const flights = `http://127.0.0.1:${here.port("hub")}/flights`;
    await started[ROLES.indexOf("hub")]!.until(
      async () => (await getJson<{ count: number }>(flights)).count > 0,
      "aircraft",
    );
    const rows = async () => (await sql.unsafe("select from flights_history limit 1")).length > 0;
    await started[ROLES.indexOf("process")]!.until(rows, "history");
    await started[ROLES.indexOf("hub")]!.until(async () => {
      const url = `http://127.0.0.1:${here.port("hub")}/health`;
      return (await getJson<{ status: string }>(url)).status === "healthy";
    }, "word that all is well");
    // Once, in place of every ten minutes.
    const verify = here.command("verify").filter((word) => !word.startsWith("--every"));
    const { code, log } = await runDeno(verify, options("verify"));
    const results = await Deno.readTextFile(`${image.folder}/.data/verify.jsonl`);
    assert.equal(code, 0, log + results);
    const { checks } = VerifyRun.parse(JSON.parse(results));
    for (const { check, status } of checks) assert.equal(status, "pass", check);
    const [, , ...health] = services.verify!.healthcheck!.test;
    assert.equal((await runDeno(health, options("verify"))).code, 0);
    // A role that is busy may answer the hub too late once, and in time when it looks again.
    const status = await started[ROLES.indexOf("hub")]!.until(async () => {
      const url = `http://127.0.0.1:${here.port("hub")}/status`;
      const said = await getJson<SystemStatus>(url);
      return ROLES.every((role) => said.roles[role].status === "running") && said;
    }, "word that every role runs");
    assert.equal(status.verify.length, 1);
    for (const role of started) role.kill("SIGTERM");
    for (const [i, role] of started.entries()) {
      assert.equal(await role.exitCode, 0, `${ROLES[i]}: ${role.log()}`);
      assert.doesNotMatch(role.log(), /NotCapable|Requires \w+ access/);
    }
  } finally {
    for (const role of started) await role.end();
    await sql.end();
    await image.remove();
    await kafka?.close();
    await postgis.close();
  }
});

/** compose.yaml's services on free ports of this machine, with this broker and database. */
function moveHere(broker: string, database: URL) {
  const containerPort = (role: string) => services[role]!.ports![0]!.split(":").at(-1)!;
  const free = freePorts(ROLES.length);
  const ports = new Map(ROLES.map((role, i) => [containerPort(role), String(free[i])]));
  const port = (role: string) => ports.get(containerPort(role))!;
  // What .env would say: the page and the hub learn where the other is.
  const { password } = database;
  database.password = "";
  const filled = readCompose({
    POSTGRES_PASSWORD: decodeURIComponent(password),
    BACKEND_PORT: port("hub"),
    UI_PORT: port("ui"),
    REPLAY_SPEED: "20",
  });
  return {
    port,
    command: (name: string) => filled.services[name]!.command!,
    environment: (name: string): Record<string, string> =>
      Object.fromEntries(
        Object.entries(filled.services[name]!.environment!).map(([key, value]) => {
          if (key === "REDPANDA_BROKER") return [key, broker];
          if (key === "DATABASE_URL") return [key, database.href];
          if (key === "BACKEND_HOST") return [key, "127.0.0.1"];
          if (key === "ROLE_URLS") {
            return [key, ROLES.map((role) => `${role}=http://127.0.0.1:${port(role)}`).join(",")];
          }
          return [key, ports.get(value) ?? value];
        }),
      ),
    healthCheck: (role: string) => {
      const [, , ...args] = filled.services[role]!.healthcheck!.test;
      const address = new URL(args.at(-1)!);
      address.port = port(role);
      return [...args.slice(0, -1), address.href];
    },
  };
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
