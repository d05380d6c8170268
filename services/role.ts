import type { Bus } from "./bus/bus.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";

/** The parts SkySentinel runs as: each in a worker of its own, or each in a process of its own. */
export const ROLES = ["ingest", "process", "hub", "ui"] as const;
export type Role = (typeof ROLES)[number];

export interface RoleReport {
  readonly role: Role;
  readonly status: "starting" | "running" | "restarting" | "stopped";
  /** How often it has been restarted since the start. */
  readonly restarts: number;
  /** Why it was restarted last. */
  readonly lastError?: string;
  /** Where it answers. */
  readonly url?: string;
}

/** What a role is given to work with. */
export interface RoleContext {
  readonly config: Config;
  readonly bus: Bus;
  readonly log: Log;
  /** Aborted when the role is to stop. */
  readonly stopped: AbortSignal;
  /** To be called once the role does its job. */
  ready(url?: string): void;
  /** Every role as the supervisor sees it; of a role that runs alone, only itself. */
  roles(): readonly RoleReport[];
  /** Why the embedded database failed, until it works: whoever connects sees only that nobody answers. */
  databaseFailure?(): string | undefined;
}

/** Runs until it is told to stop. A throw is a crash: the supervisor starts it anew. */
export type RunRole = (context: RoleContext) => Promise<void>;
