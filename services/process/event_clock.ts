/**
 * How far event time has come on the topic of updates, as ingest says in its heartbeats. A partition knows by
 * itself only what its own aircraft say: when they fall silent, its clock stands still.
 */
import { HeartbeatEnvelope } from "../../contracts/heartbeat.ts";
import { parseMessage } from "../../contracts/parse.ts";
import type { PartitionLag, Reader } from "../bus/bus.ts";

/** How often a reader's partitions are looked at. */
const EVERY_MS = 1000;

/** A partition is without anything new at `atMs`, event time, if all before `endOffset` has been read. */
export interface Quiet {
  readonly partition: number;
  readonly endOffset: number;
  readonly atMs: number;
  /** When that was said, Unix ms: what was published after it is not covered. */
  readonly saidMs: number;
}

export class EventClock {
  readonly #topic: string;
  #said: Pick<Quiet, "atMs" | "saidMs"> | undefined;

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** Takes what heartbeats say, until the reader is closed; what was said last counts. */
  async follow(heartbeats: Reader): Promise<void> {
    for (let batch = await heartbeats.next(); batch; batch = await heartbeats.next()) {
      for (const { value, timestampMs: saidMs } of batch.records) {
        const beat = value && parseMessage(HeartbeatEnvelope, value);
        // The hub puts the others to the dead letters.
        const stream = beat?.ok ? beat.value.payload.stream : undefined;
        if (stream?.topic !== this.#topic) continue;
        this.#said = { atMs: Date.parse(stream.newest_at), saidMs };
      }
    }
  }

  /** Of this reader's partitions: asked as often as one likes, it answers once in a while. */
  quietOf(reader: Reader): () => Promise<Quiet[]> {
    let dueMs = -Infinity;
    return async () => {
      const said = this.#said;
      if (!said || performance.now() < dueMs) return [];
      dueMs = performance.now() + EVERY_MS;
      // What was published before the heartbeat is on the log by now.
      return (await reader.lag()).flatMap(({ partition, endOffset }: PartitionLag) =>
        endOffset === undefined ? [] : [{ partition, endOffset, ...said }]
      );
    };
  }
}

/** Whether this is all that was published before. */
export function isQuiet(
  { nextOffset, publishedMs }: { readonly nextOffset: number; readonly publishedMs: number },
  { endOffset, saidMs }: Quiet,
): boolean {
  return nextOffset >= endOffset && publishedMs <= saidMs;
}
