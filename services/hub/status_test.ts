import assert from "node:assert/strict";
import type { SystemStatus, VerifyRun } from "../../contracts/status.ts";
import type { RoleReport } from "../role.ts";
import { appendVerifyRun } from "../verify/log.ts";
import { eventually, within } from "../testing/deadline.ts";
import { startRole } from "../testing/role.ts";
import { StatusBoard } from "./status.ts";

const NOBODY = "http://127.0.0.1:1";
const HEALTH = {
  status: "healthy",
  stream_time: null,
  mode: null,
  aircraft: 0,
  connections: 0,
  broker: { kind: "kafka", status: "ok" },
  database: { status: "off" },
  sources: [],
} as const;
const RUN: VerifyRun = { at: "2026-11-25T12:00:00.000Z", passed: true, took_ms: 1, checks: [] };

/** A role's metrics on a port of its own, for as long as the test takes. */
async function withRole(
  answer: () => Response,
  test: (url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  await test(`http://127.0.0.1:${server.addr.port}`);
  await server.shutdown();
}

function board(urls: Partial<Record<string, string>>, reports: RoleReport[] = []): StatusBoard {
  return new StatusBoard({
    health: () => HEALTH,
    roles: () => reports,
    urls: { ingest: NOBODY, process: NOBODY, hub: NOBODY, ui: NOBODY, ...urls },
    metrics: () => Promise.resolve("backend_websocket_ticks_skipped_total 7\n"),
    verifyRuns: () => Promise.resolve([RUN]),
  });
}

Deno.test("a role elsewhere runs when it answers, with its lag and its rate", async () => {
  let processed = 1000;
  const metrics = () =>
    new Response(
      `processing_messages_processed_total ${processed += 500}\n` +
        'processing_kafka_consumer_lag{topic="u",partition="0"} 3\n' +
        'processing_kafka_consumer_lag{topic="u",partition="1"} 4\n' +
        "processing_messages_missed_total 2\n",
    );
  await withRole(metrics, async (url) => {
    const status = board({ process: url });
    await status.look();
    assert.equal(
      (await status.describe()).roles.process.updates_per_s,
      null,
      "one look is no rate",
    );
    await status.look();
    const { roles, drops, verify } = await status.describe();
    assert.deepEqual([roles.process.status, roles.process.lag], ["running", 7]);
    assert(roles.process.updates_per_s! > 0);
    assert.deepEqual([roles.ingest.status, roles.ingest.lag], ["unreachable", null]);
    assert.deepEqual([roles.hub.status, roles.ui.status], ["running", "unreachable"]);
    assert.deepEqual([drops.ticks_skipped, drops.messages_missed], [7, 2]);
    assert.deepEqual(verify, [RUN]);
    processed = 0;
    await status.look();
    const { process } = (await status.describe()).roles;
    assert.equal(process.updates_per_s, null, "it began anew");
  });
});

Deno.test("a role elsewhere that has answered is away once it has not twice, with what to do", async () => {
  let answers = false;
  await withRole(() => new Response("", { status: answers ? 200 : 500 }), async (url) => {
    const reports: RoleReport[] = [{ role: "ingest", status: "running", restarts: 0 }];
    const status = board({ process: url }, reports);
    for (let i = 0; i < 3; i++) await status.look();
    assert.deepEqual(status.elsewhere(), [], "it may be at another address");
    const lastError = `nobody answers at ${url}: start process, or say in ROLE_URLS where it is`;
    assert.equal((await status.describe()).roles.process.last_error, lastError);
    answers = true;
    await status.look();
    assert.deepEqual(status.elsewhere(), [{ role: "process", status: "running", url }]);
    assert.equal((await status.describe()).roles.process.last_error, null);
    answers = false;
    await status.look();
    assert.equal(status.elsewhere()[0]!.status, "running", "once is nothing");
    await status.look();
    assert.deepEqual(status.elsewhere(), [{
      role: "process",
      status: "unreachable",
      url,
      lastError,
    }]);
    answers = true;
    await status.look();
    assert.equal(status.elsewhere()[0]!.status, "running");
  });
});

for (
  const [what, answer] of [
    ["an error", () => new Response("processing_kafka_consumer_lag 1\n", { status: 500 })],
    ["a page of somebody else's", () => new Response("<html>hello</html>")],
  ] as const
) {
  Deno.test(`a role that answers with ${what} has no figures, and nothing fails`, async () => {
    await withRole(answer, async (url) => {
      const status = board({ process: url });
      await status.look();
      await status.look();
      const { lag, updates_per_s } = (await status.describe()).roles.process;
      assert.deepEqual([lag, updates_per_s], [null, null]);
    });
  });
}

Deno.test("metrics that cannot be had end nothing, and hold up no stop", async () => {
  const parts = {
    health: () => HEALTH,
    roles: () => [],
    urls: { ingest: NOBODY, process: NOBODY, hub: NOBODY, ui: NOBODY },
    verifyRuns: () => Promise.resolve([]),
  };
  const failing = new StatusBoard({
    ...parts,
    metrics: () => Promise.reject(new Error("the broker is away")),
  });
  await failing.look();
  assert.equal((await failing.describe()).roles.hub.lag, null);
  const hanging = new StatusBoard({ ...parts, metrics: () => new Promise(() => {}) });
  const stopping = new AbortController();
  const watching = hanging.watch(stopping.signal);
  stopping.abort();
  await within(watching, "end of the watch");
});

Deno.test("what the supervisor says of a role goes before whether it answers", async () => {
  const report: RoleReport = {
    role: "ingest",
    status: "restarting",
    restarts: 3,
    lastError: "it hung",
  };
  const status = board({}, [report]);
  await status.look();
  const { ingest } = (await status.describe()).roles;
  assert.deepEqual([ingest.status, ingest.restarts, ingest.last_error], [
    "restarting",
    3,
    "it hung",
  ]);
});

Deno.test("GET /status of a hub that runs, with the last run of verify", async () => {
  const folder = await Deno.makeTempDir();
  const hub = await startRole("hub", {
    BACKEND_PORT: "0",
    DATA_DIR: folder,
    ROLE_URLS: `ingest=${NOBODY},process=${NOBODY},ui=${NOBODY}`,
  });
  try {
    await appendVerifyRun(folder, RUN);
    const status = await eventually(async () => {
      const answer: SystemStatus = await (await fetch(`${hub.url}/status`)).json();
      return answer.roles.hub.lag !== null && answer;
    }, "a first look");
    assert.deepEqual(status.verify, [RUN]);
    assert.deepEqual([status.status, status.roles.hub.status], ["healthy", "running"]);
    assert.equal(status.roles.hub.lag, 0);
    assert.equal(status.roles.process.status, "unreachable");
  } finally {
    await hub.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
