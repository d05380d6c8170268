/** The process role's memory, by partition of the log; see services/process/checkpoints.ts. */
import type { Sql } from "./database.ts";

export interface Checkpoint {
  readonly partition: number;
  /** The first record that is not in it, and when the last one that is was published, Unix ms. */
  readonly nextOffset: number;
  readonly publishedMs: number;
  readonly format: string;
  readonly state: Uint8Array;
}

/**
 * Keeps this one instead of the partition's earlier one. One that is older in every way than what is
 * there comes from somebody who has lost the partition, and is dropped.
 */
export async function writeCheckpoint(sql: Sql, checkpoint: Checkpoint): Promise<void> {
  const { partition, nextOffset, publishedMs, format, state } = checkpoint;
  await sql.unsafe(
    `insert into process_checkpoints as kept (partition, next_offset, published_ms, format, state)
     values ($1::integer, $2::bigint, $3::bigint, $4::text, $5::bytea)
     on conflict (partition) do update set next_offset = excluded.next_offset,
       published_ms = excluded.published_ms, format = excluded.format, state = excluded.state,
       taken_at = now()
     where excluded.next_offset >= kept.next_offset or excluded.published_ms >= kept.published_ms`,
    [partition, nextOffset, publishedMs, format, state],
    { prepare: true },
  );
}

/** Those of these partitions that are there. */
export async function readCheckpoints(
  sql: Sql,
  partitions: readonly number[],
): Promise<Checkpoint[]> {
  const rows = await sql.unsafe<
    {
      partition: number;
      next_offset: string;
      published_ms: string;
      format: string;
      state: Uint8Array;
    }[]
  >(
    `select partition, next_offset, published_ms, format, state from process_checkpoints
     where partition = any($1::text::integer[])`,
    [`{${partitions.join(",")}}`],
    { prepare: true },
  );
  return rows.map(({ partition, next_offset, published_ms, format, state }) => ({
    partition,
    nextOffset: Number(next_offset),
    publishedMs: Number(published_ms),
    format,
    state,
  }));
}
