/** A BaseStation feed on TCP, as readsb and dump1090 serve it on port 30003: listened to, not asked. */
import { SourceClock } from "../../../core/source_clock.ts";
import type { Log } from "../../log.ts";
import { sleep } from "../../wait.ts";
import { backoffMs } from "../backoff.ts";
import type { SourceIntake } from "../intake.ts";
import { linesOf } from "../lines.ts";
import type { IngestMetrics } from "../metrics.ts";
import { later } from "./recording.ts";
import { readSbsLine } from "./sbs_line.ts";
import { FeedError, type Source } from "./source.ts";

export interface SbsOptions {
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly intervalMs: number;
  /** A connection that says nothing for this long is taken to be dead. */
  readonly silentMs?: number;
  /** In [0, 1), for the jitter of the backoff. */
  readonly random?: () => number;
}

const SILENT_MS = 120_000;
const FIRST_BACKOFF_MS = 1000;
/** Lines with nothing to be made of in a row: this is no BaseStation feed. */
const MOST_NONSENSE = 100;

const decoder = new TextDecoder();

export class SbsSource implements Source {
  readonly #options: SbsOptions;
  readonly #intake: SourceIntake;
  readonly #metrics: IngestMetrics;
  readonly #log: Log;
  #clock = new SourceClock();
  #failures = 0;
  #problem: string | undefined;
  #retryAtMs: number | undefined;
  #heard = new Set<string>();

  constructor(
    options: SbsOptions,
    { intake, metrics, log }: { intake: SourceIntake; metrics: IngestMetrics; log: Log },
  ) {
    this.#options = options;
    this.#intake = intake;
    this.#metrics = metrics;
    this.#log = log;
    this.#problem = `${options.name} is being connected to`;
  }

  get name(): string {
    return this.#options.name;
  }

  async run(stopped: AbortSignal): Promise<void> {
    const beating = setInterval(() => this.#beat(), this.#options.intervalMs);
    while (!stopped.aborted) {
      try {
        await this.#listen(stopped);
      } catch (error) {
        if (stopped.aborted) break;
        await this.#failed(error, stopped);
      }
    }
    clearInterval(beating);
  }

  /** Until the connection ends, which it is not expected to. */
  async #listen(stopped: AbortSignal): Promise<void> {
    const { hostname, port, silentMs = SILENT_MS } = this.#options;
    const connection = await Deno.connect({ hostname, port, signal: stopped });
    const close = () => connection.close();
    let isSilent = false;
    const giveUp = () => {
      isSilent = true;
      // A connection is closed once: a stop that comes now finds it so.
      stopped.removeEventListener("abort", close);
      close();
    };
    let timer = setTimeout(giveUp, silentMs);
    stopped.addEventListener("abort", close);
    let nonsense = 0;
    try {
      for await (const lines of linesOf(connection.readable)) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, silentMs);
        for (const line of lines) nonsense = this.#take(line) ? 0 : nonsense + 1;
        if (nonsense > MOST_NONSENSE) {
          throw new FeedError("wrong_shape", "does not speak BaseStation: is it the right port?");
        }
      }
    } catch (error) {
      if (!isSilent) throw error;
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener("abort", close);
    }
    throw isSilent
      ? new FeedError("timeout", `has said nothing for ${silentMs / 1000} s`)
      : new FeedError("network", "has ended the connection");
  }

  /** Whether the line is one of the protocol's. */
  #take(bytes: Uint8Array): boolean {
    const parsed = readSbsLine(decoder.decode(bytes));
    if (!parsed) return true;
    if (!parsed.ok) {
      this.#intake.refused(parsed, () => bytes);
      return false;
    }
    if (this.#problem) this.#log.info(`${this.name} is heard`);
    this.#failures = 0;
    this.#problem = this.#retryAtMs = undefined;
    const said = parsed.value;
    // Some send local time: the clock is off by hours then, and goes on all the same.
    const shiftMs = this.#clock.shiftMs(said.last_contact_ms!, Date.now());
    if (shiftMs === undefined) {
      const reason = `the time is ${new Date(said.last_contact_ms!).toISOString()}, not near ours`;
      this.#intake.refused({ ok: false, reason_code: "implausible_time", reason }, () => bytes);
      return true;
    }
    this.#heard.add(said.icao24);
    this.#intake.report(later(said, shiftMs), () => bytes, { isPartial: true });
    return true;
  }

  async #failed(error: unknown, stopped: AbortSignal): Promise<void> {
    const { random = Math.random } = this.#options;
    const isOurs = error instanceof FeedError;
    this.#metrics.apiErrors.inc({ error_type: isOurs ? error.type : "network" });
    const firstMs = Math.min(FIRST_BACKOFF_MS, this.#options.intervalMs);
    const waitMs = backoffMs(firstMs, ++this.#failures, random(), "own");
    this.#retryAtMs = Date.now() + waitMs;
    const reason = isOurs ? error.message : `cannot be heard: ${(error as Error).message}`;
    this.#problem = `${this.name} ${reason}`;
    this.#log.warn(this.#problem, { again: new Date(this.#retryAtMs).toISOString() });
    this.#beat();
    await sleep(waitMs, stopped);
  }

  #beat(): void {
    this.#intake.beat({
      api_status: this.#problem === undefined ? "ok" : "error",
      poll_latency_ms: 0,
      flights_count: this.#heard.size,
      problem: this.#problem,
      retryAtMs: this.#retryAtMs,
    });
    this.#heard.clear();
  }
}
