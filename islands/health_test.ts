import assert from "node:assert/strict";
import { roleTrouble, seldomAsked, type SourceHealth } from "./health.ts";

const NOW_MS = Date.UTC(2024, 5, 1, 14);

function source(everyS: number, askedAgoS: number, more: Partial<SourceHealth> = {}): SourceHealth {
  return {
    producer_id: "ingest-1",
    name: `every ${everyS} s`,
    api_status: "ok",
    timestamp: new Date(NOW_MS - askedAgoS * 1000).toISOString(),
    poll_interval_s: everyS,
    ...more,
  };
}

const asked = (...sources: SourceHealth[]) => seldomAsked({ sources }, NOW_MS);

Deno.test("of sources that are all asked seldom, the next one and when it is due", () => {
  assert.deepEqual(asked(source(216, 60)), { name: "every 216 s", everyS: 216, inS: 156 });
  assert.equal(asked(source(900, 0), source(216, 60), source(300, 200))!.inS, 100);
  assert.equal(asked(source(216, 500))!.inS, 0);
});

Deno.test("nothing is said where one is asked often enough, is not well, or none is known", () => {
  assert.equal(asked(), undefined);
  assert.equal(seldomAsked({}, NOW_MS), undefined);
  assert.equal(asked(source(120, 60)), undefined);
  assert.equal(asked(source(216, 60), source(10, 1)), undefined);
  assert.equal(asked(source(216, 60), source(300, 0, { api_status: "rate_limited" })), undefined);
});

Deno.test("a role that does not run is said with what that means; the page itself is here", () => {
  const running = { status: "running" };
  const trouble = (roles: Record<string, { status: string }>) => roleTrouble({ roles });
  assert.equal(roleTrouble({}), undefined);
  assert.equal(
    trouble({ ingest: running, process: running, ui: { status: "starting" } }),
    undefined,
  );
  assert.match(
    trouble({ ingest: running, process: { status: "unreachable" } })!,
    /^Process is away/,
  );
  assert.match(trouble({ ingest: { status: "restarting" } })!, /^Ingest is away/);
});
