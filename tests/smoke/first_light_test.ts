import assert from "node:assert/strict";
import { SnapshotMessage } from "../../contracts/websocket.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { freePorts, getJson, runProgram, startProgram } from "../program.ts";

interface Health {
  status: string;
  cache_size: number;
  mode: string;
  stream_time: string;
  roles: Record<string, { status: string; restarts: number }>;
  sources: { replay: { file: string } }[];
}

Deno.test("started without a setting, it shows real aircraft of the demo and ends when told to", async () => {
  const program = await startProgram();
  try {
    const health = await eventually(async () => {
      const health = await getJson<Health>(`${program.hub}/health`);
      return health.status === "healthy" && health.cache_size > 5 && health;
    }, "aircraft in the hub");
    assert.equal(health.mode, "replay");
    assert.match(health.stream_time, /^2021-10-07T/);
    assert.equal(health.sources[0]!.replay.file, "paris_2021-10-07.jsonl.gz");
    for (const role of Object.values(health.roles)) assert.equal(role.status, "running");

    const socket = new WebSocket(`${program.hub.replace("http", "ws")}/ws/flights`, "json");
    const first = await new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
    assert(SnapshotMessage.parse(JSON.parse(first.data)).flights.length > 5);
    socket.close();
    await new Promise((resolve) => socket.onclose = resolve);

    const page = await (await fetch(program.page)).text();
    assert.match(page, /<title>SkySentinel/);
    await eventually(
      () => Promise.resolve(program.log().includes("SkySentinel is up")),
      "the word",
    );
    program.kill("SIGINT");
    assert.equal(await program.status, 0, program.log());
  } finally {
    await program.end();
  }
});

Deno.test("SIGTERM ends it as well, and its ports are free at once", async () => {
  const [port] = freePorts(1);
  const settings = { BACKEND_PORT: String(port) };
  for (let start = 0; start < 2; start++) {
    const program = await startProgram(settings);
    try {
      const hub = `http://127.0.0.1:${port}`;
      await eventually(() => getJson(`${hub}/health`), "the hub");
      program.kill("SIGTERM");
      assert.equal(await program.status, 0, program.log());
    } finally {
      await program.end();
    }
  }
});

for (const role of ["ingest", "process", "hub"]) {
  Deno.test(`SIGTERM while ${role} is being loaded ends it as well`, async () => {
    const program = await startProgram({}, [role]);
    try {
      const saysFirst = () => program.log().includes("REDPANDA_BROKER is not set");
      await eventually(saysFirst, "its first word");
      program.kill("SIGTERM");
      assert.equal(await program.status, 0, program.log());
    } finally {
      await program.end();
    }
  });
}

Deno.test("a role runs alone", async () => {
  const program = await startProgram({}, ["ingest"]);
  try {
    const metrics = await eventually(async () => {
      const text = await (await fetch(`${program.ingest}/metrics`)).text();
      return /producer_flights_published_total\{topic="flights.updates"\} [1-9]/.test(text) && text;
    }, "published flights");
    assert.match(metrics, /producer_flights_published_total\{topic="flights.state"\} [1-9]/);
    await assert.rejects(fetch(`${program.hub}/health`), TypeError);
    program.kill("SIGTERM");
    assert.equal(await program.status, 0, program.log());
  } finally {
    await program.end();
  }
});

Deno.test("refused lines are logged and counted, and the replay goes on", async () => {
  const file = await Deno.makeTempFile();
  const line = (at: number) =>
    JSON.stringify({ icao24: "abc001", time: 1.6e9 + at, lat: 48, lon: 2 });
  await Deno.writeTextFile(file, [line(0), "rubbish", line(1), "[]", line(2)].join("\n"));
  const program = await startProgram({ REPLAY_FILE: file, REPLAY_SPEED: "max" }, ["ingest"]);
  try {
    await eventually(() => Promise.resolve(program.log().includes("replay has ended")), "the end");
    assert.match(program.log(), /Published 3 flights/);
    assert.match(program.log(), /Refused 2 lines/);
    const metrics = await (await fetch(`${program.ingest}/metrics`)).text();
    assert.match(metrics, /producer_deadletter_total\{reason_code="not_json"\} 1/);
    assert.match(metrics, /producer_deadletter_total\{reason_code="wrong_shape"\} 1/);
  } finally {
    await program.end();
    await Deno.remove(file);
  }
});

const WRONG: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  [
    "a missing file",
    { REPLAY_FILE: "no/such.jsonl" },
    /REPLAY_FILE is "no\/such.jsonl", but there is/,
  ],
  [
    "a feed without a port",
    { SOURCES: "sbs:localhost" },
    /SOURCES is "sbs:localhost", but must be/,
  ],
  ["an address nobody knows", { BACKEND_HOST: "nonsense.invalid" }, /BACKEND_HOST is "nonsense/],
  [
    "a folder for a file",
    { REPLAY_FILE: "fixtures" },
    /REPLAY_FILE is "fixtures", but that is a folder/,
  ],
  ["data in a place that cannot be", { DATA_DIR: "/proc/none" }, /DATA_DIR is "\/proc\/none"/],
  ["a malformed setting", { REPLAY_SPEED: "fast" }, /REPLAY_SPEED is "fast", but must be a factor/],
  ["an unknown setting", { REPLAY_SPED: "2" }, /REPLAY_SPED is "2".* did you mean REPLAY_SPEED\?/],
];

for (const [what, settings, sentence] of WRONG) {
  Deno.test(`${what} stops the start with one sentence`, async () => {
    const { code, log } = await runProgram(settings);
    assert.equal(code, 2);
    const said = log.split("\n").filter((line) => line.startsWith("Cannot start"));
    assert.equal(said.length, 1, log);
    assert.match(said[0]!, sentence);
  });
}

for (const setting of ["BACKEND_PORT", "UI_PORT", "INGEST_METRICS_PORT"]) {
  Deno.test(`${setting} in use stops the start with one sentence`, async () => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const { port } = taken.addr;
      const { code, log } = await runProgram({ [setting]: String(port) });
      assert.equal(code, 2);
      assert.match(
        log,
        new RegExp(`Cannot start: ${setting} is "${port}", but that port is in use`),
      );
    } finally {
      taken.close();
    }
  });
}

Deno.test("a role that does not exist, or too many, is a wrong call", async () => {
  assert.equal((await runProgram({}, ["hubb"])).code, 2);
  assert.equal((await runProgram({}, ["hub", "ui"])).code, 2);
  const help = await runProgram({}, ["--help"]);
  assert.equal(help.code, 0);
});

Deno.test("a process that was suspended goes on with the roles it had", async () => {
  const program = await startProgram();
  try {
    await eventually(() => program.log().includes("SkySentinel is up"), "start");
    program.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    program.kill("SIGCONT");
    const asked = performance.now();
    // A few rounds of the watch, in which a restart would happen.
    await eventually(() => performance.now() - asked > 4000, "time");
    const { roles } = await getJson<Health>(`${program.hub}/health`);
    assert.deepEqual(Object.values(roles).map(({ restarts }) => restarts), [0, 0, 0, 0]);
  } finally {
    await program.end();
  }
});
