/** What the tests of this folder share. */
import type { Checkpoint } from "../../db/checkpoints.ts";
import type { Sql } from "../../db/database.ts";
import type { Recorder } from "./recorder.ts";

/** In place of the database: checkpoints that are kept, by partition, and a recorder's way to them. */
export function keeping() {
  const kept = new Map<number, Checkpoint>();
  const sql = {
    unsafe(query: string, values: unknown[]) {
      if (!query.startsWith("select")) {
        const [partition, nextOffset, publishedMs, format, state] = values;
        const row = { partition, nextOffset, publishedMs, format, state } as Checkpoint;
        kept.set(row.partition, row);
        return Promise.resolve();
      }
      const asked = new Set(String(values[0]).match(/-?\d+/g)?.map(Number));
      const rows = [...kept.values()].filter(({ partition }) => asked.has(partition));
      return Promise.resolve(rows.map(({ nextOffset, publishedMs, ...row }) => (
        { ...row, next_offset: String(nextOffset), published_ms: String(publishedMs) }
      )));
    },
  } as unknown as Sql;
  const persist: Recorder["persist"] = async (work) => {
    await work(sql);
    return true;
  };
  return { kept, persist };
}
