/** A feed that is asked at its interval, with what it answers, refuses and does not answer. */
import { SourceClock } from "../../core/source_clock.ts";
import type { Log } from "../log.ts";
import { sleep } from "../wait.ts";
import { backoffMs } from "./backoff.ts";
import type { SourceIntake } from "./intake.ts";
import type { IngestMetrics } from "./metrics.ts";
import { type Answer, type Feed, FeedError, type Source } from "./sources/source.ts";

/** Asked again this much after the moment a feed has said, so as not to be early by its clock. */
const GRACE_MS = 500;
/** While a feed is left alone for long, it is said this often that it is. */
const SAID_EVERY_MS = 60_000;

export interface PolledParts {
  readonly intake: SourceIntake;
  readonly metrics: IngestMetrics;
  readonly log: Log;
  /** In [0, 1), for the jitter of the backoff. */
  readonly random?: () => number;
  readonly saidEveryMs?: number;
}

export class PolledSource implements Source {
  readonly #feed: Feed;
  readonly #parts: Required<PolledParts>;
  readonly #clock = new SourceClock();
  #failures = 0;
  #shiftMs = 0;

  constructor(feed: Feed, parts: PolledParts) {
    this.#feed = feed;
    this.#parts = { random: Math.random, saidEveryMs: SAID_EVERY_MS, ...parts };
  }

  get name(): string {
    return this.#feed.name;
  }

  async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await sleep(await this.#poll(stopped), stopped);
    }
  }

  /** Asks once; gives the time from then until it is to be asked again, ms. */
  async #poll(stopped: AbortSignal): Promise<number> {
    const { intake } = this.#parts;
    const startedMs = performance.now();
    const latencyMs = () => Math.round(performance.now() - startedMs);
    try {
      const answer = await this.#feed.poll(stopped);
      const latency = latencyMs();
      this.#take(answer);
      intake.pollIntervalS = this.#feed.intervalMs() / 1000;
      intake.beat({
        api_status: "ok",
        poll_latency_ms: latency,
        flights_count: answer.items.length,
        heardUntilMs: answer.nowMs + this.#shiftMs,
        problem: this.#shiftMs === 0 ? undefined : clockText(-this.#shiftMs) + ": corrected",
      });
      if (this.#failures > 0) this.#parts.log.info(`${this.name} answers again`);
      this.#failures = 0;
      // Polls begin an interval apart, however long an answer takes.
      return Math.max(0, this.#feed.intervalMs() - (performance.now() - startedMs));
    } catch (error) {
      if (stopped.aborted) return 0;
      if (!(error instanceof FeedError)) throw error;
      return await this.#failed(error, latencyMs(), stopped);
    }
  }

  #take(answer: Answer): void {
    const { intake } = this.#parts;
    const receivedMs = Date.now();
    const shiftMs = this.#clock.shiftMs(answer.nowMs, receivedMs);
    if (shiftMs === undefined) {
      const text = clockText(answer.nowMs - receivedMs);
      throw new FeedError("clock", `${text}: believed when it is seen to go on`);
    }
    if (shiftMs !== this.#shiftMs) {
      this.#shiftMs = shiftMs;
      this.#parts.log.warn(`${this.name}: ${clockText(-shiftMs)}`, { corrected: true });
    }
    for (const item of answer.items) {
      const read = answer.read(item, shiftMs);
      if (read === "not_icao") intake.rejected(read);
      else if (!read.ok) intake.refused(read, () => jsonBytes(item));
      else intake.report(read.value, () => jsonBytes(item));
    }
  }

  async #failed(error: FeedError, latencyMs: number, stopped: AbortSignal): Promise<number> {
    const { intake, metrics, log, random, saidEveryMs } = this.#parts;
    this.#failures++;
    const { type, message } = error;
    metrics.apiErrors.inc({ error_type: type });
    const { sent, retryAtMs } = error.more;
    if (sent && (type === "not_json" || type === "wrong_shape")) {
      intake.refused({ ok: false, reason_code: type, reason: message }, () => sent);
    }
    const waitMs = retryAtMs === undefined
      ? backoffMs(this.#feed.intervalMs(), this.#failures, random(), this.#feed.whose)
      : Math.max(this.#feed.intervalMs(), retryAtMs - Date.now() + GRACE_MS);
    const untilMs = Date.now() + waitMs;
    const problem = `${this.name} ${message}`;
    const say = (isPoll: boolean) =>
      intake.beat({
        api_status: type === "rate_limited" ? "rate_limited" : "error",
        poll_latency_ms: latencyMs,
        flights_count: 0,
        problem,
        retryAtMs: untilMs,
        isPoll,
      });
    say(true);
    log.warn(problem, { again: new Date(untilMs).toISOString() });
    // A feed may be away for hours: that we are still here is to be seen meanwhile.
    for (let restMs = waitMs; restMs > saidEveryMs; restMs = untilMs - Date.now()) {
      await sleep(saidEveryMs, stopped);
      if (stopped.aborted) return 0;
      say(false);
    }
    return Math.max(0, untilMs - Date.now());
  }
}

function clockText(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `its clock is ${seconds} s ${aheadMs > 0 ? "ahead" : "behind"}`;
}

const encoder = new TextEncoder();

function jsonBytes(item: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(item));
}
