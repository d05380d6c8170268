import assert from "node:assert/strict";
import type { Bus } from "./bus/bus.ts";
import { EmbeddedBus } from "./bus/memory.ts";
import { loadConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { type Role, ROLES } from "./role.ts";
import { loadRole } from "./roles.ts";
import { within } from "./testing/deadline.ts";
import { newBroker } from "./testing/role.ts";

const log = createLog({ role: "main", level: "error", format: "text" }, () => {});
const config = loadConfig({
  BACKEND_PORT: "0",
  PROCESS_METRICS_PORT: "0",
  INGEST_METRICS_PORT: "0",
  UI_PORT: "0",
  REPLAY_FILE: "fixtures/quality/gliders.jsonl.gz",
  HISTORY: "off",
  WEBHOOK_URLS: "http://127.0.0.1:9/",
  WEBHOOK_SECRET: "of nobody's at all",
});

/**
 * Runs a role that is told to stop at its `step`-th question to the log, before it begins at the 0th, or
 * as soon as it is ready.
 */
async function stoppedAt(step: number, role: Role): Promise<number> {
  const bus = new EmbeddedBus(newBroker());
  const stop = new AbortController();
  if (step === 0) stop.abort();
  let asked = 0;
  const counting: Bus = {
    publish: (...args) => bus.publish(...args),
    async read(options) {
      if (++asked === step) {
        stop.abort();
        // What waited for the signal goes first.
        await new Promise((resolve) => setTimeout(resolve));
      }
      return await bus.read(options);
    },
    status: () => bus.status(),
    close: () => bus.close(),
  };
  const run = await loadRole(role);
  const running = run({
    config,
    bus: counting,
    log,
    stopped: stop.signal,
    ready: () => setTimeout(() => stop.abort()),
    roles: () => [],
  });
  await within(running, `end of ${role} told at ${step}`);
  await bus.close();
  return asked;
}

for (const role of ROLES) {
  Deno.test(`${role} ends when told to, whatever it is about while it starts`, async () => {
    const questions = await stoppedAt(Infinity, role);
    assert.ok(role === "ui" || questions >= 2, `${questions} questions to the log`);
    for (let step = 0; step <= questions; step++) await stoppedAt(step, role);
  });
}
