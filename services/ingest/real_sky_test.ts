/** The merge against what receivers have really heard: nobody knows better where those aircraft were. */
import assert from "node:assert/strict";
import { Merger } from "../../core/merge.ts";
import { readRecording } from "./sources/formats.ts";

const PARIS = new URL("../../fixtures/paris_2021-10-07.jsonl.gz", import.meta.url).pathname;
const REPORTS = 60_000;

Deno.test("of a real sky less than one report in a thousand is taken for impossible", async () => {
  const merger = new Merger({ tellsProvenance: false });
  const counts = new Map<string, number>();
  let reports = 0;
  for await (const entries of readRecording(PARIS)) {
    for (const { parsed } of entries) {
      assert(parsed.ok);
      const { kind } = merger.observe("paris", parsed.value.flight);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      reports++;
    }
    if (reports >= REPORTS) break;
  }
  const unreachable = counts.get("unreachable") ?? 0;
  assert(unreachable < reports / 1000, `${unreachable} of ${reports}`);
  assert(counts.get("news")! > 0.99 * reports, `${JSON.stringify([...counts])}`);
});
