import assert from "node:assert/strict";
import { Broker } from "./bus/broker.ts";
import { loadConfig } from "./config.ts";
import { createLog } from "./log.ts";
import type { Role, RoleReport } from "./role.ts";
import { Supervisor } from "./supervisor.ts";
import { eventually } from "./testing/deadline.ts";

/**
 * A supervisor whose workers behave as told, role by role; each is asked anew at a restart. Silence is
 * for ever where nobody hangs: a busy machine keeps the well ones waiting, too.
 */
function supervise(
  faults: Partial<Record<Role, () => string>>,
  { hangAfterMs = 60_000, stopWithinMs }: { hangAfterMs?: number; stopWithinMs?: number } = {},
) {
  const lines: string[] = [];
  const supervisor = new Supervisor({
    roles: Object.keys(faults) as Role[],
    config: loadConfig({}),
    broker: new Broker({ compactedTopics: [] }),
    log: createLog({ role: "main", level: "info", format: "text" }, (line) => lines.push(line)),
    hangAfterMs,
    stopWithinMs,
    firstBackoffMs: 5,
    spawn: (role) => {
      const url = new URL("./testing/faulty_worker.ts", import.meta.url);
      return new Worker(url, { type: "module", name: faults[role]!() });
    },
  });
  supervisor.start();
  const report = (role: Role) => supervisor.reports().find((r) => r.role === role)!;
  return { supervisor, report, lines };
}

/** Faulty in its first life, well after that. */
function faultyOnce(fault: string): () => string {
  let lives = 0;
  return () => lives++ === 0 ? fault : "";
}

/** More than a well worker takes for a sign of life, even where it has little of the processor. */
const HANG_AFTER_MS = 1500;
const FAULTS: readonly (readonly [string, RegExp])[] = [
  ["throws", /thrown on purpose/],
  ["rejects", /rejected on purpose/],
  ["hangs", /no sign of life/],
  ["ends", /ended without being told/],
];

for (const [fault, reason] of FAULTS) {
  Deno.test(`a role that ${fault} is started anew while the others carry on`, async () => {
    const hangAfterMs = fault === "hangs" ? HANG_AFTER_MS : undefined;
    const roles = { ingest: faultyOnce(`fault=${fault}`), hub: () => "" };
    const { supervisor, report, lines } = supervise(roles, { hangAfterMs });
    await eventually(() => report("hub").status === "running", "the other one runs");
    const isWell = ({ status, restarts }: RoleReport) => status === "running" && restarts > 0;
    await eventually(() => isWell(report("ingest")), "ingest is well again");
    assert.match(report("ingest").lastError!, reason);
    assert.deepEqual([report("hub").status, report("hub").restarts], ["running", 0]);
    assert.match(lines.join(""), /ingest failed and is restarted/);
    await supervisor.stop();
    assert.deepEqual(supervisor.reports().map(({ status }) => status), ["stopped", "stopped"]);
  });
}

Deno.test("a role that keeps failing waits longer each time", async () => {
  const { supervisor, report, lines } = supervise({ ingest: () => "fault=throws" });
  await eventually(() => report("ingest").restarts >= 4, "it has failed four times");
  await supervisor.stop();
  const waits = [...lines.join("").matchAll(/waitMs=(\d+)/g)].map(([, ms]) => Number(ms));
  assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40]);
});

Deno.test("the port of a role that hung is there for its successor at once", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const { supervisor, report } = supervise({ hub: () => `port=${port}` }, {
    hangAfterMs: HANG_AFTER_MS,
  });
  await eventually(() => report("hub").status === "running", "the hub listens");
  const asking = new AbortController();
  const hung = fetch(`http://127.0.0.1:${port}/hang`, asking).catch(() => undefined);
  await eventually(() => report("hub").restarts > 0, "the hang is noticed");
  await eventually(() => report("hub").status === "running", "its successor listens");
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(await answer.text(), "well");
  assert.equal(report("hub").restarts, 1, "it got the port at its first try");
  asking.abort();
  await hung;
  await supervisor.stop();
});

Deno.test("a setting that is wrong stops the start: no restart would mend it", async () => {
  const { supervisor, report } = supervise({ ui: () => "fault=setting" });
  assert.equal((await supervisor.failed).message, "UI_PORT is wrong");
  assert.equal(report("ui").restarts, 0);
  await supervisor.stop();
});

Deno.test("a role that does not end when told to is ended", async () => {
  const { supervisor, report } = supervise({ ingest: () => "fault=deaf" }, { stopWithinMs: 10 });
  await eventually(() => report("ingest").status === "running", "it runs");
  await supervisor.stop();
  assert.equal(report("ingest").status, "stopped");
});
