import assert from "node:assert/strict";
import { Broker } from "../bus/broker.ts";
import type { Bus } from "../bus/bus.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { within } from "../testing/deadline.ts";
import { runHub } from "./hub.ts";

/** Runs a hub on `bus` until `stopped`; what it logs is for nobody. */
function startHub(bus: Bus, stopped: AbortSignal, ready: () => void) {
  const log = createLog({ role: "hub", level: "error", format: "text" }, () => {});
  const config = loadConfig({ BACKEND_PORT: "0" });
  return runHub({ config, bus, log, stopped, ready, roles: () => [] });
}

const newBus = () => new EmbeddedBus(new Broker({ compactedTopics: [] }));

Deno.test("a hub whose log fails is a crash, for the supervisor to see", async () => {
  const bus = newBus();
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const reader = { next: () => Promise.reject(new Error("the log is gone")) };
  const failing: Bus = {
    publish: (...args) => bus.publish(...args),
    read: async (options) => ({ ...await bus.read(options), ...reader }),
    status: () => ({ kind: "kafka", status: "down" }),
    close: () => bus.close(),
  };
  const running = startHub(failing, stop.signal, ready.resolve);
  running.catch(() => {});
  await within(ready.promise, "start of the hub");
  await assert.rejects(within(running, "crash"), /the log is gone/);
  stop.abort();
});
