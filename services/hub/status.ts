/** `GET /status`: every role as well as it can be seen from here, and what `deno task verify` found. */
import type { RoleStatus, SystemStatus, VerifyRun } from "../../contracts/status.ts";
import { metricSum } from "../metrics_text.ts";
import type { Role, RoleReport } from "../role.ts";
import { orStopped, sleep } from "../wait.ts";

export interface StatusParts {
  /** What the hub says of itself and of what it reads: `GET /health`. */
  readonly health: () => Omit<SystemStatus, "timestamp" | "roles" | "drops" | "verify">;
  readonly roles: () => readonly RoleReport[];
  /** Where the roles answer of which the supervisor knows nothing. */
  readonly urls: Readonly<Record<Role, string>>;
  /** The hub's own metrics. */
  readonly metrics: () => Promise<string>;
  readonly verifyRuns: () => Promise<VerifyRun[]>;
}

/** How often the roles are looked at, and how long one may take to answer, on a busy machine as well. */
const LOOK_EVERY_MS = 2000;
const ANSWER_WITHIN_MS = 4000;
/** A rate is over so many looks. */
const LOOKS = 5;

/** Where each role says how many updates it has dealt with, and how many wait. */
const COUNTERS: Readonly<Record<Role, { readonly updates?: string; readonly lag?: string }>> = {
  ingest: { updates: "producer_flights_published_total" },
  process: {
    updates: "processing_messages_processed_total",
    lag: "processing_kafka_consumer_lag",
  },
  hub: { updates: "backend_messages_read_total", lag: "backend_kafka_consumer_lag" },
  ui: {},
};
/** Ingest publishes every update twice. */
const COPIES: Readonly<Partial<Record<Role, number>>> = { ingest: 2 };

/** A role in a process of its own. */
export interface RoleElsewhere {
  readonly role: Role;
  readonly status: "running" | "unreachable";
  readonly url: string;
  readonly lastError?: string;
}

interface Look {
  readonly atMs: number;
  /** The role's metrics; empty for one that has none, undefined when it did not answer. */
  readonly text: string | undefined;
}

/** Looks at every role now and then, so that a question is answered at once and costs nothing. */
export class StatusBoard {
  readonly #parts: StatusParts;
  readonly #looks = new Map<Role, Look[]>();
  /** Who has ever answered. */
  readonly #met = new Set<Role>();

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  /** Goes on looking until it is stopped. */
  async watch(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      // A broker that is away does not say how much is left: nobody waits for that at the end.
      await orStopped(stopped, this.look());
      await sleep(LOOK_EVERY_MS, stopped);
    }
  }

  async look(): Promise<void> {
    await Promise.all((Object.keys(COUNTERS) as Role[]).map(async (role) => {
      const text = role === "hub"
        ? await this.#parts.metrics().catch(() => undefined)
        : await this.#ask(role);
      const looks = this.#looks.get(role) ?? [];
      if (text !== undefined) this.#met.add(role);
      this.#looks.set(role, [...looks.slice(1 - LOOKS), { atMs: performance.now(), text }]);
    }));
  }

  /**
   * The roles of which the supervisor knows nothing and the data hangs on, once they have answered: one
   * that then does not twice in a row is away. Where nobody ever answered, it may run at another address.
   */
  elsewhere(): RoleElsewhere[] {
    const known = new Set(this.#parts.roles().map(({ role }) => role));
    return (["ingest", "process"] as const).flatMap((role): RoleElsewhere[] => {
      if (known.has(role) || !this.#met.has(role)) return [];
      const url = this.#parts.urls[role];
      const isThere = this.#looks.get(role)!.slice(-2).some(({ text }) => text !== undefined);
      return [
        isThere
          ? { role, status: "running", url }
          : { role, status: "unreachable", url, lastError: this.#missing(role) },
      ];
    });
  }

  #missing(role: Role): string {
    return `nobody answers at ${
      this.#parts.urls[role]
    }: start ${role}, or say in ROLE_URLS where it is`;
  }

  async describe(): Promise<SystemStatus> {
    const roles = Object.keys(COUNTERS) as Role[];
    const last = (role: Role) => this.#looks.get(role)?.at(-1)?.text ?? "";
    const sum = (role: Role, name: string) => metricSum(last(role), name) ?? 0;
    return {
      timestamp: new Date().toISOString(),
      ...this.#parts.health(),
      roles: Object.fromEntries(roles.map((role) => [role, this.#roleStatus(role)])) as Record<
        Role,
        RoleStatus
      >,
      drops: {
        ticks_skipped: sum("hub", "backend_websocket_ticks_skipped_total"),
        messages_missed: sum("process", "processing_messages_missed_total"),
        messages_refused: sum("ingest", "producer_deadletter_total") +
          sum("process", "processing_messages_refused_total") +
          sum("hub", "backend_messages_refused_total"),
        requests_refused: sum("hub", "backend_requests_refused_total"),
      },
      verify: await this.#parts.verifyRuns(),
    };
  }

  #roleStatus(role: Role): RoleStatus {
    const looks = this.#looks.get(role) ?? [];
    const report = this.#parts.roles().find((one) => one.role === role);
    const { updates, lag } = COUNTERS[role];
    const answers = looks.at(-1)?.text !== undefined;
    const missing = report || answers ? null : this.#missing(role);
    return {
      status: report?.status ?? (answers ? "running" : "unreachable"),
      restarts: report?.restarts ?? null,
      last_error: report?.lastError ?? missing,
      lag: lag === undefined ? null : metricSum(looks.at(-1)?.text ?? "", lag) ?? null,
      updates_per_s: updates === undefined ? null : rate(looks, updates, COPIES[role] ?? 1),
    };
  }

  async #ask(role: Role): Promise<string | undefined> {
    const url = this.#parts.roles().find((one) => one.role === role)?.url ?? this.#parts.urls[role];
    const path = role === "ui" ? "/health" : "/metrics";
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const response = await fetch(url + path, { signal });
      const text = await response.text();
      return response.ok ? text : undefined;
    } catch {
      // However it fails, the role does not answer.
      return undefined;
    }
  }
}

/** How fast a counter grew over these looks; null before there are two, or where it began anew. */
function rate(looks: readonly Look[], name: string, copies: number): number | null {
  const [first, last] = [looks.at(0), looks.at(-1)];
  if (!first || !last || first === last) return null;
  const [from, to] = [first, last].map(({ text }) => metricSum(text ?? "", name));
  if (from === undefined || to === undefined || to < from) return null;
  return Math.round((to - from) / copies / (last.atMs - first.atMs) * 10_000) / 10;
}
