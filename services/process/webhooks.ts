/**
 * Anomalies to others' programs: each is sent once when it opens and once when it resolves, signed, as
 * often as it takes or until that is given up. Reads the log as a group of its own, whose offsets are
 * committed when everything before them has been sent: what is not, is read again after a restart, and
 * sent to whoever has not taken it.
 */
import { AnomalyEnvelope } from "../../contracts/anomaly.ts";
import { parseMessage } from "../../contracts/parse.ts";
import type { Database } from "../../db/database.ts";
import type { Batch, Bus, Reader } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { untilStopped } from "../wait.ts";
import { anomalyFilter } from "./webhook_filter.ts";
import { WebhookReceiver } from "./webhook_receiver.ts";
import { Taken } from "./webhooks_taken.ts";
import type { ProcessMetrics } from "./metrics.ts";

const GROUP = "skysentinel-webhooks";
/**
 * So many records may wait for their turn; then the oldest are given up. A group that is far behind
 * would make the producer of the embedded log wait, and history must not wait for somebody's server.
 */
const MOST_WAITING = 1000;
/** Anomalies that have come since the start, by id and state: one that goes on comes every 30 s. */
const MOST_REMEMBERED = 20_000;

export interface WebhookParts {
  readonly bus: Bus;
  readonly config: Config;
  readonly metrics: ProcessMetrics;
  readonly log: Log;
  readonly stopped: AbortSignal;
  /** Undefined without a history. */
  readonly database?: Database;
  /** The wait before the second attempt. */
  readonly firstWaitMs?: number;
  /** How long a receiver has to answer. */
  readonly answerWithinMs?: number;
}

/** A batch that was read, and what of it is still to be sent. */
interface Waiting {
  readonly batch: Batch;
  /** Ends the attempts to send what is in it. */
  readonly giveUp: AbortController;
  sent: boolean;
}

/** Opens the group; `run` of what it returns sends until it is stopped. Undefined without webhooks. */
export async function openWebhooks(parts: WebhookParts): Promise<Webhooks | undefined> {
  const { bus, config } = parts;
  if (config.WEBHOOK_URLS === undefined) return undefined;
  // What was before the first start is nobody's news.
  const topics = [config.KAFKA_TOPIC_ANOMALIES];
  return new Webhooks(parts, await bus.read({ topics, group: GROUP, from: "latest" }));
}

export class Webhooks {
  readonly reader: Reader;
  readonly #parts: WebhookParts;
  readonly #receivers: readonly WebhookReceiver[];
  readonly #isWanted: ReturnType<typeof anomalyFilter>;
  readonly #told = new Set<string>();
  /** What is not committed, by partition, in order. */
  readonly #waiting = new Map<number, Waiting[]>();
  #records = 0;
  readonly #failed = Promise.withResolvers<never>();

  constructor(parts: WebhookParts, reader: Reader) {
    const { config, stopped, database } = parts;
    this.#parts = parts;
    this.reader = reader;
    this.#isWanted = anomalyFilter(config);
    const taken = new Taken(database, stopped);
    this.#receivers = config.WEBHOOK_URLS!.map((url) =>
      new WebhookReceiver({ ...parts, taken, url, secret: config.WEBHOOK_SECRET! })
    );
    void untilStopped(stopped).then(() => reader.close());
  }

  /** Reads on, whatever becomes of what was read before, until it is stopped. */
  async run(): Promise<void> {
    await Promise.race([this.#read(), this.#failed.promise]);
  }

  async #read(): Promise<void> {
    for (let batch = await this.reader.next(); batch; batch = await this.reader.next()) {
      this.#take(batch);
    }
  }

  #take(batch: Batch): void {
    const waiting: Waiting = { batch, giveUp: new AbortController(), sent: false };
    const queue = this.#waiting.get(batch.partition) ?? [];
    this.#waiting.set(batch.partition, [...queue, waiting]);
    this.#records += batch.records.length;
    this.#makeRoom();
    const sending = batch.records.flatMap(({ value }) => value ? this.#send(value, waiting) : []);
    void Promise.all(sending).then(async () => {
      // What a stop has interrupted is for the next start.
      if (this.#parts.stopped.aborted) return;
      waiting.sent = true;
      await this.#commit(batch.partition);
    }).catch((error) => this.#failed.reject(error));
  }

  /** One record, to everyone; none where it is not wanted or has been told. */
  #send(value: Uint8Array, { giveUp }: Waiting): Promise<void>[] {
    const parsed = parseMessage(AnomalyEnvelope, value);
    // The hub keeps aside what is not valid.
    if (!parsed.ok || !this.#isWanted(parsed.value.payload)) return [];
    const { anomaly_id, state } = parsed.value.payload;
    const delivery = `${anomaly_id}:${state}`;
    const isNews = !this.#told.delete(delivery);
    this.#told.add(delivery);
    if (this.#told.size > MOST_REMEMBERED) this.#told.delete(this.#told.values().next().value!);
    if (!isNews) return [];
    const body = JSON.stringify(parsed.value);
    return this.#receivers.map((receiver) =>
      receiver.deliver({ anomaly_id, delivery, body, giveUp: giveUp.signal })
    );
  }

  #makeRoom(): void {
    if (this.#records <= MOST_WAITING) return;
    const all = [...this.#waiting.values()].flat().filter(({ giveUp }) => !giveUp.signal.aborted);
    // The last one is what has just come.
    for (const waiting of all.sort(byAge).slice(0, -1)) {
      waiting.giveUp.abort();
      this.#records -= waiting.batch.records.length;
      if (this.#records <= MOST_WAITING) return;
    }
  }

  async #commit(partition: number): Promise<void> {
    const queue = this.#waiting.get(partition)!;
    const open = queue.findIndex(({ sent }) => !sent);
    const done = queue.splice(0, open < 0 ? queue.length : open);
    for (const { batch, giveUp } of done) {
      if (!giveUp.signal.aborted) this.#records -= batch.records.length;
    }
    const last = done.findLast(({ batch }) => batch.records.length > 0);
    if (last) await this.reader.commit(last.batch);
  }
}

function byAge(a: Waiting, b: Waiting): number {
  return (a.batch.records[0]?.timestampMs ?? 0) - (b.batch.records[0]?.timestampMs ?? 0);
}
