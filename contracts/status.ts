/** What the hub tells of the whole system at `GET /status`, and what `deno task verify` writes down. */
import { z } from "zod";
import { Timestamp } from "./flight.ts";
import type { HeartbeatPayload } from "./heartbeat.ts";

/** One promise, held against the running system. */
export const VerifyCheck = z.object({
  check: z.string(),
  /** `skip` where the promise does not hold for this system, such as history with HISTORY=off. */
  status: z.enum(["pass", "fail", "skip"]),
  took_ms: z.int().min(0),
  /** Why it failed or was skipped, as a sentence with what to do. */
  cause: z.string().nullable(),
  /** What was seen, such as "3.9 deltas a second". */
  seen: z.string().nullable(),
});
export type VerifyCheck = z.infer<typeof VerifyCheck>;

/** One run: a line of `DATA_DIR/verify.jsonl`. */
export const VerifyRun = z.object({
  at: Timestamp,
  passed: z.boolean(),
  took_ms: z.int().min(0),
  checks: z.array(VerifyCheck),
});
export type VerifyRun = z.infer<typeof VerifyRun>;

export interface RoleStatus {
  /** As the supervisor says; of a role that runs elsewhere, whether it answers. */
  readonly status: "starting" | "running" | "restarting" | "stopped" | "unreachable";
  /** Null where nobody here starts the role. */
  readonly restarts: number | null;
  readonly last_error: string | null;
  /** Messages on the log that it has not taken yet; null for a role that reads none. */
  readonly lag: number | null;
  /** Updates published, processed or taken a second, over the last seconds; null before it is known. */
  readonly updates_per_s: number | null;
}

export interface SystemStatus {
  readonly timestamp: string;
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly stream_time: string | null;
  readonly mode: "live" | "replay" | null;
  readonly aircraft: number;
  readonly connections: number;
  readonly roles: Readonly<Record<"ingest" | "process" | "hub" | "ui", RoleStatus>>;
  readonly broker: { readonly kind: string; readonly status: string; readonly detail?: string };
  readonly database: { readonly status: string; readonly detail?: string };
  readonly sources: readonly HeartbeatPayload[];
  /** Since each role's start. */
  readonly drops: {
    /** Deltas that slow clients were spared. */
    readonly ticks_skipped: number;
    /** Updates that the log had dropped before process read them. */
    readonly messages_missed: number;
    /** Lines and messages that were not valid. */
    readonly messages_refused: number;
    /** Requests and connections that the hub turned away. */
    readonly requests_refused: number;
  };
  /** The latest runs of `deno task verify`, newest first; none where it never ran. */
  readonly verify: readonly VerifyRun[];
}
