/** One address that anomalies are sent to, and how it is doing. */
import { createHash } from "node:crypto";
import type { Log } from "../log.ts";
import { sleep } from "../wait.ts";
import type { ProcessMetrics } from "./metrics.ts";
import type { Taken } from "./webhooks_taken.ts";

export interface ReceiverParts {
  readonly url: string;
  readonly secret: string;
  readonly metrics: ProcessMetrics;
  readonly log: Log;
  readonly stopped: AbortSignal;
  readonly taken: Pick<Taken, "has" | "add">;
  readonly firstWaitMs?: number;
  readonly answerWithinMs?: number;
}

export interface Delivery {
  readonly anomaly_id: string;
  /** The anomaly and its state: what a receiver knows a repetition by. */
  readonly delivery: string;
  readonly body: string;
  /** Aborted when it may wait no longer. */
  readonly giveUp: AbortSignal;
}

/** How an attempt ended; also the metric's label. */
export const ATTEMPT_RESULTS = [
  "delivered",
  "refused",
  "redirected",
  "timed_out",
  "unreachable",
] as const;
type AttemptResult = (typeof ATTEMPT_RESULTS)[number];

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** With these waits some eight minutes: longer than a restart, shorter than the news is news. */
const MOST_ATTEMPTS = 10;
const ANSWER_WITHIN_MS = 10_000;
/** Requests under way to one receiver. */
const MOST_AT_ONCE = 4;

export class WebhookReceiver {
  readonly #parts: ReceiverParts;
  /** Without its path, which may be a secret. */
  readonly #origin: string;
  /** Of its address: what is kept of it is no secret. */
  readonly #digest: string;
  readonly #key: Promise<CryptoKey>;
  /** The newest delivery of each anomaly: that it resolved comes after that it opened. */
  readonly #last = new Map<string, Promise<void>>();
  #underWay = 0;
  readonly #turns: (() => void)[] = [];
  #isDown = false;
  #saidRepeated = false;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#origin = new URL(parts.url).origin;
    this.#digest = createHash("sha256").update(parts.url).digest("hex");
    const secret = new TextEncoder().encode(parts.secret);
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    this.#key = crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  }

  /** Resolves when it has been taken, or will not be: given up or stopped. */
  async deliver(delivery: Delivery): Promise<void> {
    const { anomaly_id } = delivery;
    const { webhooksWaiting } = this.#parts.metrics;
    const before = this.#last.get(anomaly_id);
    const own = Promise.resolve(before).then(() => this.#try(delivery));
    this.#last.set(anomaly_id, own);
    webhooksWaiting.inc();
    await own;
    webhooksWaiting.dec();
    if (this.#last.get(anomaly_id) === own) this.#last.delete(anomaly_id);
  }

  async #try({ delivery, body, giveUp }: Delivery): Promise<void> {
    const { metrics, log, stopped, taken, firstWaitMs = FIRST_WAIT_MS } = this.#parts;
    if (await taken.has(this.#digest, delivery)) return this.#tellRepeated(delivery);
    const end = AbortSignal.any([stopped, giveUp]);
    for (let attempt = 0; attempt < MOST_ATTEMPTS && !end.aborted; attempt++) {
      const { result, detail, retryAfterMs = 0 } = await this.#attempt(delivery, body, end);
      if (end.aborted && result !== "delivered") break;
      metrics.webhookAttempts.inc({ result });
      this.#tellHealth(result, detail);
      if (result === "delivered") return await taken.add(this.#digest, delivery);
      // Half of the wait is by chance, or all that failed together would come again together.
      const waitMs = firstWaitMs * 2 ** attempt * (0.5 + Math.random() / 2);
      await sleep(Math.min(LONGEST_WAIT_MS, Math.max(waitMs, retryAfterMs)), end);
    }
    if (stopped.aborted) return;
    metrics.webhooksGivenUp.inc();
    log.warn("Gave up sending an anomaly", { to: this.#origin, delivery });
  }

  async #attempt(delivery: string, body: string, end: AbortSignal): Promise<{
    result: AttemptResult;
    detail: string;
    retryAfterMs?: number;
  }> {
    await this.#turn();
    const { url, answerWithinMs = ANSWER_WITHIN_MS } = this.#parts;
    const timeout = AbortSignal.timeout(answerWithinMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...await this.#sign(body), "skysentinel-delivery": delivery },
        body,
        // It would go to somebody who was not named, with everything that is in it.
        redirect: "manual",
        signal: AbortSignal.any([end, timeout]),
      });
      await response.body?.cancel();
      const { status, ok, headers } = response;
      if (ok) return { result: "delivered", detail: "" };
      if (status >= 300 && status < 400) {
        return { result: "redirected", detail: `it redirects (${status}): name the new address` };
      }
      const seconds = Number(headers.get("retry-after") ?? 0);
      return {
        result: "refused",
        detail: `it answers ${status}`,
        retryAfterMs: seconds > 0 ? seconds * 1000 : 0,
      };
    } catch (error) {
      if (timeout.aborted) {
        const detail = `no answer in ${answerWithinMs / 1000} s`;
        return { result: "timed_out", detail };
      }
      // The message may have the address in it.
      const name = error instanceof Error ? error.name : "error";
      return { result: "unreachable", detail: `it cannot be reached (${name})` };
    } finally {
      const next = this.#turns.shift();
      if (next) next();
      else this.#underWay--;
    }
  }

  /** Said once: whoever plays a recording again may wonder. */
  #tellRepeated(delivery: string): void {
    const { log } = this.#parts;
    const to = this.#origin;
    if (this.#saidRepeated) log.debug("It has taken this anomaly before", { to, delivery });
    else log.info("What it has taken before the start is not sent again", { to, delivery });
    this.#saidRepeated = true;
  }

  /** Says when it begins to fail and when it is well again, not every time. */
  #tellHealth(result: AttemptResult, detail: string): void {
    const { log } = this.#parts;
    const isDown = result !== "delivered";
    if (isDown && !this.#isDown) {
      log.warn("A webhook is not taken", { by: this.#origin, result, detail });
    } else if (!isDown && this.#isDown) log.info("A webhook is taken again", { by: this.#origin });
    this.#isDown = isDown;
  }

  /** The headers that tell a receiver who sends this, and when: HMAC-SHA256 of `TIMESTAMP.BODY`. */
  async #sign(body: string): Promise<Record<string, string>> {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signed = new TextEncoder().encode(`${timestamp}.${body}`);
    const signature = new Uint8Array(await crypto.subtle.sign("HMAC", await this.#key, signed));
    return {
      "content-type": "application/json",
      "user-agent": "SkySentinel",
      "skysentinel-timestamp": timestamp,
      "skysentinel-signature": `v1=${signature.toHex()}`,
    };
  }

  /** Resolves when there is room for one more request. */
  async #turn(): Promise<void> {
    if (this.#underWay < MOST_AT_ONCE) this.#underWay++;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
  }
}
