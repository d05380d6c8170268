/** Runs every role in a worker of its own and starts those anew that throw or hang. */
import type { Broker } from "./bus/broker.ts";
import { serveBroker } from "./bus/port.ts";
import { type Config, SettingError } from "./config.ts";
import { disarm } from "./hung_worker.ts";
import type { Log } from "./log.ts";
import type { Role, RoleReport } from "./role.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

export interface SupervisorOptions {
  readonly roles: readonly Role[];
  readonly config: Config;
  readonly broker: Broker;
  readonly log: Log;
  /** Makes the worker of a role. */
  readonly spawn?: (role: Role) => Worker;
  /** A worker that has said nothing for this long hangs. */
  readonly hangAfterMs?: number;
  /** The wait before the first restart; it doubles with each one that follows soon after. */
  readonly firstBackoffMs?: number;
  /** How long a role may take to end before it is ended. */
  readonly stopWithinMs?: number;
}

const HANG_AFTER_MS = 10_000;
/** Code is loaded before the first sign of life, which a busy machine may take its time for. */
const START_WITHIN_MS = 180_000;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;
/** A worker that has run for this long is well again: its next restart waits as little as its first. */
const WELL_AFTER_MS = 60_000;
/** A watch that comes this many of its intervals late was not running in between. */
const ASLEEP_AFTER_INTERVALS = 3;
const STOP_WITHIN_MS = 3000;

/** One role, over all the workers it has run in. */
interface Supervised {
  readonly role: Role;
  report: RoleReport;
  worker?: Worker;
  threadId?: number;
  disconnect?: () => void;
  startedAtMs: number;
  /** Undefined until this worker's first sign of life. */
  lastBeatMs?: number;
  /** Restarts in a row without a spell of being well. */
  attempts: number;
  restartTimer?: ReturnType<typeof setTimeout>;
  ended: PromiseWithResolvers<void>;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #roles: Supervised[];
  readonly #failed = Promise.withResolvers<SettingError>();
  readonly #running = Promise.withResolvers<void>();
  #watch?: ReturnType<typeof setInterval>;
  #watchedMs = 0;
  #stopping = false;
  #databaseFailure: string | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#roles = options.roles.map((role) => ({
      role,
      report: { role, status: "starting", restarts: 0 },
      startedAtMs: 0,
      attempts: 0,
      ended: Promise.withResolvers<void>(),
    }));
  }

  /** Resolves when a role cannot start for a setting that is wrong: no restart would mend that. */
  get failed(): Promise<SettingError> {
    return this.#failed.promise;
  }

  /** Resolves once every role has run at the same time. */
  get running(): Promise<void> {
    return this.#running.promise;
  }

  reports(): RoleReport[] {
    return this.#roles.map(({ report }) => report);
  }

  /** Why the embedded database failed, for those who can only see that nobody answers. */
  databaseFailed(reason: string | undefined): void {
    this.#databaseFailure = reason;
    this.#tell();
  }

  start(): void {
    for (const supervised of this.#roles) this.#startWorker(supervised);
    const hangAfterMs = this.#options.hangAfterMs ?? HANG_AFTER_MS;
    const everyMs = Math.min(hangAfterMs / 4, 1000);
    this.#watch = setInterval(() => this.#endHung(hangAfterMs, everyMs), everyMs);
    this.#watchedMs = performance.now();
  }

  /** Lets every role end by itself, and ends those that do not. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watch);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, this.#options.stopWithinMs ?? STOP_WITHIN_MS);
    await Promise.all(this.#roles.map(async (supervised) => {
      clearTimeout(supervised.restartTimer);
      if (supervised.worker) {
        post(supervised.worker, { type: "stop" });
        await Promise.race([supervised.ended.promise, late.promise]);
      }
      this.#endWorker(supervised);
      supervised.report = { ...supervised.report, status: "stopped" };
    }));
    clearTimeout(timer);
  }

  #startWorker(supervised: Supervised): void {
    const { config, broker } = this.#options;
    const worker = (this.#options.spawn ?? spawnWorker)(supervised.role);
    const { port1, port2 } = new MessageChannel();
    supervised.worker = worker;
    supervised.disconnect = serveBroker(port1, broker);
    supervised.ended = Promise.withResolvers();
    supervised.startedAtMs = performance.now();
    supervised.lastBeatMs = undefined;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(supervised, data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#crashed(supervised, event.message);
    };
    post(worker, { type: "start", role: supervised.role, config, broker: port2 }, [port2]);
    this.#tell();
  }

  #hear(supervised: Supervised, message: FromWorker): void {
    supervised.lastBeatMs = performance.now();
    switch (message.type) {
      case "started":
        supervised.threadId = message.threadId;
        return;
      case "beat":
        return;
      case "ready":
        this.#report(supervised, { status: "running", url: message.url });
        return;
      case "stopped":
        supervised.ended.resolve();
        if (!this.#stopping) this.#crashed(supervised, "it ended without being told to");
        return;
      case "failed":
        supervised.ended.resolve();
        if (message.isSetting && supervised.report.restarts === 0) {
          this.#failed.resolve(SettingError.said(message.message));
        } else this.#crashed(supervised, message.message);
    }
  }

  #endHung(hangAfterMs: number, everyMs: number): void {
    const now = performance.now();
    const sinceLastMs = now - this.#watchedMs;
    this.#watchedMs = now;
    // The whole process was asleep, as when a laptop's lid is closed: nobody could give a sign of life.
    if (sinceLastMs > ASLEEP_AFTER_INTERVALS * everyMs) {
      for (const supervised of this.#roles) {
        if (supervised.lastBeatMs === undefined) supervised.startedAtMs = now;
        else supervised.lastBeatMs = now;
      }
      return;
    }
    for (const supervised of this.#roles) {
      const { worker, startedAtMs, lastBeatMs } = supervised;
      const silentMs = now - (lastBeatMs ?? startedAtMs);
      if (!worker || silentMs <= (lastBeatMs === undefined ? START_WITHIN_MS : hangAfterMs)) {
        continue;
      }
      this.#crashed(supervised, `it hung: no sign of life for ${(silentMs / 1000).toFixed(1)} s`);
      this.#disarm(supervised);
    }
  }

  #disarm({ role, report, threadId }: Supervised): void {
    const port = Number(URL.parse(report.url ?? "")?.port) || undefined;
    try {
      disarm({ port, threadId });
    } catch (error) {
      this.#options.log.warn(`The port and the thread of the hung ${role} cannot be freed`, {
        cause: String(error),
        remedy: "start SkySentinel anew",
      });
    }
  }

  #crashed(supervised: Supervised, reason: string): void {
    if (this.#stopping || !supervised.worker) return;
    this.#endWorker(supervised);
    if (performance.now() - supervised.startedAtMs > WELL_AFTER_MS) supervised.attempts = 0;
    const first = this.#options.firstBackoffMs ?? FIRST_BACKOFF_MS;
    const waitMs = Math.min(first * 2 ** supervised.attempts++, LONGEST_BACKOFF_MS);
    this.#options.log.error(`${supervised.role} failed and is restarted`, { reason, waitMs });
    supervised.restartTimer = setTimeout(() => this.#startWorker(supervised), waitMs);
    const restarts = supervised.report.restarts + 1;
    this.#report(supervised, { status: "restarting", restarts, lastError: reason });
  }

  #endWorker(supervised: Supervised): void {
    supervised.worker?.terminate();
    supervised.disconnect?.();
    supervised.worker = undefined;
  }

  /** Notes what is new of a role and tells all of them: the hub says it to whoever asks. */
  #report(supervised: Supervised, news: Partial<RoleReport>): void {
    supervised.report = { ...supervised.report, ...news };
    if (this.reports().every(({ status }) => status === "running")) this.#running.resolve();
    this.#tell();
  }

  #tell(): void {
    const news = {
      type: "roles",
      reports: this.reports(),
      databaseFailure: this.#databaseFailure,
    } as const;
    for (const { worker } of this.#roles) if (worker) post(worker, news);
  }
}

function spawnWorker(_role: Role): Worker {
  // The literal that `deno compile` follows.
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

function post(worker: Worker, message: ToWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}
