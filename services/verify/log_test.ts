import assert from "node:assert/strict";
import type { VerifyRun } from "../../contracts/status.ts";
import { appendVerifyRun, readVerifyRuns, verifyFile } from "./log.ts";

const run = (minute: number, causes = ["x".repeat(100)]): VerifyRun => ({
  at: new Date(Date.UTC(2026, 10, 25, 12, minute)).toISOString(),
  passed: false,
  took_ms: 1234,
  checks: causes.map((cause) => ({
    check: "page",
    status: "fail",
    took_ms: 12,
    cause,
    seen: null,
  })),
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/data`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runs come back newest first, as many as are wanted", async () => {
  await inFolder(async (folder) => {
    assert.deepEqual(await readVerifyRuns(folder, 3), []);
    for (let minute = 0; minute < 5; minute++) await appendVerifyRun(folder, run(minute));
    assert.deepEqual(await readVerifyRuns(folder, 2), [run(4), run(3)]);
    assert.equal((await readVerifyRuns(folder, 100)).length, 5);
  });
});

Deno.test("what is no run is left out, and of a long file only the end is read", async () => {
  await inFolder(async (folder) => {
    await appendVerifyRun(folder, run(0, ["y".repeat(300_000)]));
    await appendVerifyRun(folder, run(1));
    for (const line of ["", "{", "[]", '{"at":"now"}', "null"]) {
      await Deno.writeTextFile(verifyFile(folder), line + "\n", { append: true });
    }
    await appendVerifyRun(folder, run(2));
    await Deno.writeTextFile(verifyFile(folder), '{"at":"2026-', { append: true });
    assert.deepEqual(await readVerifyRuns(folder, 10), [run(2), run(1)]);
  });
});
