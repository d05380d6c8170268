/** Runs a real role in this thread, as `main.ts ROLE` does, on an embedded log. */
import { TOPICS } from "../../contracts/constants.ts";
import { Broker } from "../bus/broker.ts";
import type { Bus } from "../bus/bus.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import type { Role } from "../role.ts";
import { loadRole } from "../roles.ts";
import { within } from "./deadline.ts";

export interface RunningRole {
  readonly url: string;
  /** A connection of the test's own to the role's log. */
  readonly bus: Bus;
  /** Resolves when the role has ended by itself, as it must. */
  stop(): Promise<void>;
  /** Lets go of one that cannot end by itself any more. */
  abandon(): Promise<void>;
}

export function newBroker(): Broker {
  return new Broker({ compactedTopics: [TOPICS.state] });
}

/**
 * Starts a role with these settings, on a log of its own or on `broker`; resolves when it says that it
 * is ready. `through` stands between the role and its log.
 */
export async function startRole(
  role: Role,
  settings: Record<string, string>,
  broker: Broker = newBroker(),
  through: (bus: Bus) => Bus = (bus) => bus,
): Promise<RunningRole> {
  const [bus, own] = [through(new EmbeddedBus(broker)), new EmbeddedBus(broker)];
  const stopping = new AbortController();
  const ready = Promise.withResolvers<string>();
  const run = await loadRole(role);
  let url: string | undefined;
  const running = run({
    config: loadConfig(settings),
    bus,
    log: createLog({ role, level: "error", format: "text" }),
    stopped: stopping.signal,
    ready: (at) => ready.resolve(url = at ?? ""),
    roles: () => [{ role, status: url === undefined ? "starting" : "running", restarts: 0, url }],
  });
  const failed = running.then(() => Promise.reject(new Error(`${role} ended before it was ready`)));
  await within(Promise.race([ready.promise, failed]), `start of ${role}`);
  failed.catch(() => {});
  return {
    url: url!,
    bus: own,
    async stop() {
      stopping.abort();
      await within(running, `end of ${role}`);
      await own.close();
    },
    async abandon() {
      stopping.abort();
      await bus.close();
      await own.close();
    },
  };
}
