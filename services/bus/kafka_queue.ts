/**
 * What goes out to one topic: one request at a time, in order. kafkajs gives the sequence numbers of
 * a failed request to the next one, so with two under way the broker could take the second for a
 * repetition of the first and drop it (tulios/kafkajs#1005).
 */
import { Buffer } from "node:buffer";
import type { OutRecord } from "./bus.ts";

/** A record as kafkajs takes it. The partition is chosen once, so that a repetition is the same. */
export interface OutMessage {
  readonly key: string | null;
  readonly value: Buffer | null;
  partition?: number;
}

/** Well under the 1 MiB that brokers take in one batch, even if all of it goes to one partition. */
const MAX_REQUEST_BYTES = 640 * 1024;

/** Messages that one caller waits for. */
interface Parcel {
  readonly messages: readonly OutMessage[];
  readonly bytes: number;
  readonly sent: PromiseWithResolvers<void>;
}

export class TopicQueue {
  readonly #send: (messages: OutMessage[]) => Promise<void>;
  readonly #waiting: Parcel[] = [];
  #isSending = false;

  /** `send` resolves when the log has the messages, however long that takes. */
  constructor(send: (messages: OutMessage[]) => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when the log has the records; rejects when `send` gives them up. */
  async publish(records: readonly OutRecord[]): Promise<void> {
    const parcels = wrap(records);
    this.#waiting.push(...parcels);
    void this.#drain();
    await Promise.all(parcels.map(({ sent }) => sent.promise));
  }

  async #drain(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      const parcels = this.#next();
      try {
        await this.#send(parcels.flatMap(({ messages }) => messages));
        for (const { sent } of parcels) sent.resolve();
      } catch (error) {
        for (const { sent } of parcels) sent.reject(error);
      }
    }
    this.#isSending = false;
  }

  /** The first parcel and those behind it that fit into the same request. */
  #next(): Parcel[] {
    let [count, bytes] = [0, 0];
    do bytes += this.#waiting[count++]!.bytes; while (
      count < this.#waiting.length && bytes + this.#waiting[count]!.bytes <= MAX_REQUEST_BYTES
    );
    return this.#waiting.splice(0, count);
  }
}

/** Parcels of at most a request's size; a record that is larger is alone. */
function wrap(records: readonly OutRecord[]): Parcel[] {
  const parcels: Parcel[] = [];
  let [messages, bytes]: [OutMessage[], number] = [[], 0];
  const close = () => {
    if (messages.length) parcels.push({ messages, bytes, sent: Promise.withResolvers<void>() });
    [messages, bytes] = [[], 0];
  };
  for (const { key, value } of records) {
    const size = (key?.length ?? 0) + (value?.length ?? 0);
    if (bytes + size > MAX_REQUEST_BYTES) close();
    messages.push({
      key,
      value: value && Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    });
    bytes += size;
  }
  close();
  return parcels;
}
