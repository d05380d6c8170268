import assert from "node:assert/strict";
import type { Database, Sql } from "../../db/database.ts";
import { createLog } from "../log.ts";
import { Retention } from "./retention.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2024, 5, 1, 14);

/** Until when each table was cleaned, by the statement's function. */
function retention() {
  const cleaned: Record<string, string[]> = {};
  const sql = {
    unsafe(statement: string, [asOf]: string[]) {
      const [, name] = /select cleanup_(\w+)\(/.exec(statement)!;
      (cleaned[name!] ??= []).push(asOf!);
      return Promise.resolve([{ removed: 0 }]);
    },
  } as unknown as Sql;
  const database = { use: (work: (sql: Sql) => unknown) => work(sql) } as unknown as Database;
  const log = createLog({ role: "process", level: "error", format: "text" }, () => {});
  return { kept: new Retention(database, log), cleaned };
}

Deno.test("one report of a wrong clock takes no row away, in whatever order it comes", async () => {
  const wrongMs = NOW_MS + 400 * 24 * HOUR_MS;
  for (
    const times of [[NOW_MS, NOW_MS, wrongMs, NOW_MS + 1, NOW_MS + 2 * HOUR_MS / 2], [
      wrongMs,
      NOW_MS,
      NOW_MS + 1,
      -Infinity,
      wrongMs,
      NOW_MS + HOUR_MS,
    ]]
  ) {
    const { kept, cleaned } = retention();
    for (const ms of times) await kept.keep(ms);
    const latest = Object.values(cleaned).flat().sort().at(-1)!;
    assert(Date.parse(latest) <= NOW_MS + HOUR_MS, latest);
    assert(cleaned.old_history!.length > 0);
  }
});

Deno.test("a stream that was away for a day is believed with its second word", async () => {
  const { kept, cleaned } = retention();
  const later = NOW_MS + 24 * HOUR_MS;
  for (const ms of [NOW_MS, NOW_MS + 1, later, later + 1000]) await kept.keep(ms);
  assert.equal(cleaned.stale_flights!.at(-1), new Date(later).toISOString());
  assert.equal(cleaned.old_history!.at(-1), new Date(later).toISOString());
});
