/** How the sources and the history are doing, as the hub says it: asked for while the page is in sight. */
import { signal } from "@preact/signals";
import { DEPARTED_AFTER_S } from "../contracts/constants.ts";
import { utcTime } from "./format.ts";
import { askHub } from "./live/token.ts";
import { feed, tickMs } from "./state.ts";

/** What the page reads of `/health`; every part may be missing. */
export interface Health {
  readonly database?: {
    readonly status: "ok" | "starting" | "down" | "off";
    readonly detail?: string;
  };
  readonly sources?: readonly SourceHealth[];
  readonly roles?: Readonly<Record<string, { readonly status: string }>>;
}

export interface SourceHealth {
  readonly producer_id: string;
  readonly api_status: "ok" | "rate_limited" | "error";
  /** When it was asked last. */
  readonly timestamp?: string;
  readonly name?: string | null;
  /** When it is asked again. */
  readonly retry_at_unix?: number | null;
  readonly poll_interval_s?: number;
}

export const health = signal<Health>({});

const EVERY_MS = 10_000;

/** Asks now, and again every ten seconds while somebody looks. */
export function keepHealth(hub: string): void {
  const ask = async () => {
    if (document.hidden) return;
    try {
      // An unhealthy hub answers with 503 and the same words.
      health.value = await (await askHub(`${hub}/health`)).json();
    } catch {
      // That the hub is not there is said by the stream.
      health.value = {};
    }
  };
  ask();
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
}

/**
 * Of a source that is asked so seldom that aircraft leave in between, how often and in how many seconds
 * again; undefined where another is asked often enough. `nowMs` is the hub's clock.
 */
export function seldomAsked(
  { sources = [] }: Health,
  nowMs: number,
): { readonly name: string; readonly everyS: number; readonly inS: number } | undefined {
  const dueMs = ({ timestamp = "", poll_interval_s = 0 }: SourceHealth) =>
    Date.parse(timestamp) + poll_interval_s * 1000;
  const [next] = sources.toSorted((a, b) => dueMs(a) - dueMs(b));
  const isSeldom = sources.every(({ api_status, poll_interval_s = 0 }) =>
    api_status === "ok" && poll_interval_s > DEPARTED_AFTER_S
  );
  if (!next || !isSeldom) return undefined;
  const inS = Math.max(0, Math.ceil((dueMs(next) - nowMs) / 1000));
  return { name: nameOf(next), everyS: next.poll_interval_s!, inS };
}

/** The same of now, counted down where it is shown. */
export function seldomAskedNow(): ReturnType<typeof seldomAsked> {
  tickMs.value;
  return seldomAsked(health.value, Date.now() + feed.value.hubAheadMs);
}

/** What is wrong with the sources, in a sentence; undefined where all is well. */
export function sourceTrouble({ sources }: Health): string | undefined {
  const limited = sources?.find(({ api_status }) => api_status === "rate_limited");
  if (limited) {
    const { retry_at_unix: retryUnix } = limited;
    if (!retryUnix) return `${nameOf(limited)}: rate-limited, asked less often`;
    return `${nameOf(limited)}: rate-limited until ${utcTime(retryUnix * 1000).slice(0, 5)} UTC`;
  }
  const failing = sources?.find(({ api_status }) => api_status === "error");
  return failing && `${nameOf(failing)} is failing: asked again`;
}

/** What does not happen while a role is away. */
const WITHOUT: Readonly<Record<string, string>> = {
  ingest: "Ingest is away: nothing new comes",
  process: "Process is away: anomalies wait",
};

/** Which role does not run, and what that means, in a sentence; undefined where all of them do. */
export function roleTrouble({ roles = {} }: Health): string | undefined {
  const away = Object.keys(WITHOUT).find((role) =>
    roles[role] !== undefined && roles[role].status !== "running"
  );
  return away && WITHOUT[away];
}

function nameOf({ name, producer_id }: SourceHealth): string {
  return name || producer_id;
}
