/** What the hub tells of the whole system at `GET /status`, and what `deno task verify` writes down. */
import { z } from "zod";
import { SOURCE_MODES } from "./constants.ts";
import { Timestamp } from "./flight.ts";
import { SourceState } from "./heartbeat.ts";

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

/** What a probe will show: an anomaly of an aircraft that is not there. */
export const ProbeAnswer = z.object({
  icao24: z.string(),
  anomaly_type: z.string(),
  anomaly_id: z.string(),
});
export type ProbeAnswer = z.infer<typeof ProbeAnswer>;

/** Of aircraft that are not there: not among the addresses that states give to theirs. */
export const PROBE_ADDRESSES = { first: 0xfffe00, count: 0x100 } as const;

/** Whether this is one that `deno task verify` asked for. */
export function isProbe(icao24: string): boolean {
  const number = parseInt(icao24, 16) - PROBE_ADDRESSES.first;
  return number >= 0 && number < PROBE_ADDRESSES.count;
}

export const RoleStatus = z.object({
  /** As the supervisor says; of a role that runs elsewhere, whether it answers. */
  status: z.enum(["starting", "running", "restarting", "stopped", "unreachable"]),
  /** Null where nobody here starts the role. */
  restarts: z.int().nullable(),
  last_error: z.string().nullable(),
  /** Messages on the log that it has not taken yet; null for a role that reads none. */
  lag: z.number().nullable(),
  /** Updates published, processed or taken a second, over the last seconds; null before it is known. */
  updates_per_s: z.number().nullable(),
});
export type RoleStatus = z.infer<typeof RoleStatus>;

export const SystemStatus = z.object({
  timestamp: Timestamp,
  status: z.enum(["healthy", "degraded", "unhealthy"]),
  stream_time: Timestamp.nullable(),
  mode: z.enum(SOURCE_MODES).nullable(),
  aircraft: z.int(),
  connections: z.int(),
  roles: z.object({ ingest: RoleStatus, process: RoleStatus, hub: RoleStatus, ui: RoleStatus }),
  broker: z.object({ kind: z.string(), status: z.string(), detail: z.string().optional() }),
  database: z.object({ status: z.string(), detail: z.string().optional() }),
  sources: z.array(SourceState).readonly(),
  /** Since each role's start. */
  drops: z.object({
    /** Deltas that slow clients were spared. */
    ticks_skipped: z.number(),
    /** Updates that the log had dropped before process read them. */
    messages_missed: z.number(),
    /** Lines and messages that were not valid. */
    messages_refused: z.number(),
    /** Requests and connections that the hub turned away. */
    requests_refused: z.number(),
  }),
  /** The latest runs of `deno task verify`, newest first; none where it never ran. */
  verify: z.array(VerifyRun),
});
export type SystemStatus = z.infer<typeof SystemStatus>;
