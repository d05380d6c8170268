/** The bus over the embedded broker, which is in this worker or behind a message port. */
import type { Batch, Bus, BusStatus, OutRecord, Reader, ReadOptions } from "./bus.ts";
import { type BrokerLink, EMBEDDED_PARTITIONS, type PackedBatch } from "./broker.ts";
import { pack, unpack } from "./packed.ts";

export class EmbeddedBus implements Bus {
  readonly #broker: BrokerLink;
  readonly #readers = new Set<Reader>();
  #nextUnkeyed = 0;

  constructor(broker: BrokerLink) {
    this.#broker = broker;
  }

  async publish(topic: string, records: readonly OutRecord[]): Promise<void> {
    const byPartition: OutRecord[][] = Array.from({ length: EMBEDDED_PARTITIONS }, () => []);
    for (const record of records) {
      const { key } = record;
      byPartition[key === null ? this.#nextUnkeyed++ % EMBEDDED_PARTITIONS : partitionOf(key)]!
        .push(record);
    }
    const now = Date.now();
    const parts = byPartition.flatMap((some, partition) =>
      some.length ? [{ partition, packed: pack(some, now) }] : []
    );
    if (parts.length) await this.#broker.append(topic, parts);
  }

  async read(options: ReadOptions): Promise<Reader> {
    const broker = this.#broker;
    const id = await broker.openReader(options);
    const reader: Reader = {
      next: async () => {
        const packed = await broker.poll(id);
        return packed && toBatch(packed);
      },
      commit: (batch) => {
        const last = batch.records.at(-1);
        if (!last) return Promise.resolve();
        return broker.commit(id, batch.topic, batch.partition, last.offset + 1);
      },
      rewind: ({ topic, partition }, offset) => broker.rewind(id, topic, partition, offset),
      lag: () => broker.lag(id),
      close: () => {
        this.#readers.delete(reader);
        return broker.closeReader(id);
      },
    };
    this.#readers.add(reader);
    return reader;
  }

  status(): BusStatus {
    return { kind: "embedded", status: "ok" };
  }

  async close(): Promise<void> {
    for (const reader of [...this.#readers]) await reader.close();
  }
}

function toBatch({ packed, ...batch }: PackedBatch): Batch {
  return { ...batch, records: unpack(packed) };
}

/** FNV-1a over the key's UTF-16 units: the same key always lands on the same partition. */
function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % EMBEDDED_PARTITIONS;
}
