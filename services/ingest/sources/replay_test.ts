import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { SettingError } from "../../config.ts";
import { type ReplayStep, replaySteps, surveyRecording } from "./replay.ts";

const EARTH = { lat_min: -90, lat_max: 90, lon_min: -180, lon_max: 180 };
const T0_S = 1_600_000_000;

/** A report `atS` seconds into the recording. */
function report(atS: number, icao24 = "abc001", lat = 48, lon = 2): string {
  return JSON.stringify({ icao24, time: T0_S + atS, lat, lon });
}

async function withFile<T>(content: string | Uint8Array, use: (path: string) => Promise<T>) {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

interface Options {
  loops?: boolean;
  /** Ends an endless replay. */
  most?: number;
  cycleMs?: number;
}

async function stepsOf(content: string | Uint8Array, { loops, most, cycleMs }: Options = {}) {
  return await withFile(content, async (path) => {
    const recording = await surveyRecording(path, 0, EARTH);
    const steps: ReplayStep[] = [];
    const start = { loop: 0, line: 0 };
    const options = { cycleMs: cycleMs ?? 1e9, loops: loops ?? false, start };
    for await (const step of replaySteps(recording, options)) {
      steps.push(step);
      if (steps.length === most) break;
    }
    return { recording, steps };
  });
}

/** Steps in a few characters: `r3` a report 3 s in, `x2` line 2 refused, `c10` a cycle 10 s in. */
function brief(steps: readonly ReplayStep[]): string {
  return steps.map((step) => {
    if (step.kind === "refused") return `x${step.line}`;
    return `${step.kind === "cycle" ? "c" : "r"}${(step.atMs - T0_S * 1000) / 1000}`;
  }).join(" ");
}

Deno.test("plain and gzip files replay alike, whatever they are called", async () => {
  const text = `${report(0)}\n${report(1)}\r\n\n${report(2)}`;
  const plain = await stepsOf(text);
  const packed = await stepsOf(gzipSync(text));
  assert.equal(brief(plain.steps), "r0 r1 r2");
  assert.deepEqual(packed.steps, plain.steps);
  assert.deepEqual(plain.steps.map(({ line }) => line), [1, 2, 4]);
});

Deno.test("a gzip file of several members is one recording", async () => {
  const members = [gzipSync(`${report(0)}\n`), gzipSync(`${report(1)}\n${report(2)}`)];
  const { steps } = await stepsOf(Uint8Array.from(members.flatMap((member) => [...member])));
  assert.equal(brief(steps), "r0 r1 r2");
});

Deno.test("the survey knows the extent in time and space", async () => {
  const lines = [report(0, "abc001", 48, 2), report(7, "abc002", 49, -1), "rubbish", report(5)];
  const { recording } = await stepsOf(lines.join("\n"));
  assert.deepEqual(recording.bbox, { lat_min: 48, lat_max: 49, lon_min: -1, lon_max: 2 });
  assert.equal(recording.firstMs, T0_S * 1000);
  assert.equal(recording.lastMs, (T0_S + 7) * 1000);
  assert.equal(recording.reports, 3);
});

Deno.test("a late report is played in its place, and time does not go back", async () => {
  const { steps } = await stepsOf([report(0), report(10), report(4), report(11)].join("\n"));
  assert.equal(brief(steps), "r0 r10 r10 r11");
  assert.equal(steps[2]!.kind === "report" && steps[2]!.flight.last_contact_unix, T0_S + 4);
});

Deno.test("rounds follow one another by the recording's whole length", async () => {
  const content = [report(0), report(30), report(60)].join("\n");
  const { steps } = await stepsOf(content, { loops: true, most: 7 });
  assert.equal(brief(steps), "r0 r30 r60 r60 r90 r120 r120");
  assert.deepEqual(
    steps.map((step) => step.kind === "report" && step.flight.last_contact_unix - T0_S),
    [0, 30, 60, 60, 90, 120, 120],
  );
});

Deno.test("a recording of one moment loops without standing still", async () => {
  const { steps } = await stepsOf(report(0), { loops: true, most: 3 });
  assert.equal(brief(steps), "r0 r1 r2");
});

Deno.test("cycles come at each interval of stream time, before what is reported then", async () => {
  const content = [report(0), report(9), report(20), report(31)].join("\n");
  const { steps } = await stepsOf(content, { cycleMs: 10_000 });
  assert.equal(brief(steps), "r0 r9 c10 c20 r20 c30 r31");
});

Deno.test("a long silence is not filled with heartbeats", async () => {
  const content = [report(0), report(3000), report(3010)].join("\n");
  const { steps } = await stepsOf(content, { cycleMs: 10_000 });
  assert.equal(brief(steps), "r0 c3000 r3000 c3010 r3010");
});

Deno.test("one clock that is years ahead is refused, and the replay goes on", async () => {
  const content = [report(0), report(1e9), report(1), report(2)].join("\n");
  const { steps, recording } = await stepsOf(content);
  assert.equal(brief(steps), "r0 x2 r1 r2");
  assert.match(steps[1]!.kind === "refused" ? steps[1]!.refusal.reason : "", /over an hour ahead/);
  assert.equal(recording.lastMs, (T0_S + 2) * 1000);
});

Deno.test("a wrong clock in the first line is noticed as well", async () => {
  const { steps } = await stepsOf([report(1e9), report(0), report(1)].join("\n"));
  assert.equal(brief(steps), "x1 r0 r1");
});

Deno.test("one clock that stands at zero is refused", async () => {
  const { steps } = await stepsOf([report(0), report(1), report(-T0_S), report(2)].join("\n"));
  assert.equal(brief(steps), "r0 r1 x3 r2");
});

Deno.test("a first report whose clock was not set yet is refused", async () => {
  const { steps, recording } = await stepsOf([report(-T0_S), report(0), report(1)].join("\n"));
  assert.equal(brief(steps), "x1 r0 r1");
  assert.equal(recording.firstMs, T0_S * 1000);
});

Deno.test("a clock is waited for past refused lines, but not past any number of them", async () => {
  const few = await stepsOf([report(0), report(1e9), "{", "[]", report(1)].join("\n"));
  assert.equal(brief(few.steps), "r0 x2 x3 x4 r1");
  const many = Array.from({ length: 40 }, () => "{");
  const { steps } = await stepsOf(
    [report(0), report(1), report(1e9), ...many, report(2)].join("\n"),
  );
  assert.equal(steps.at(-1)!.kind, "refused");
  assert.equal(steps.filter(({ kind }) => kind === "report").length, 3);
});

Deno.test("a jump ahead that lasts is a gap in the recording", async () => {
  const { steps } = await stepsOf([report(0), report(86_400), report(86_401)].join("\n"));
  assert.equal(brief(steps), "r0 c86400 r86400 r86401");
});

Deno.test("every refused line is there with its number, and nothing else is lost", async () => {
  const content = ["{", report(0), "[]", report(1), '{"icao24":', report(2), "\u0000"].join("\n");
  assert.equal(brief((await stepsOf(content)).steps), "x1 r0 x3 r1 x5 r2 x7");
});

Deno.test("a line without an end is refused, not gathered for ever", async () => {
  const content = `${report(0)}\n${"x".repeat(3 << 20)}\n${report(1)}\n`;
  const { steps } = await stepsOf(content);
  assert.equal(brief(steps), "r0 x2 r1");
  assert(steps[1]!.kind === "refused" && steps[1]!.original.length === 1 << 20);
});

Deno.test("a recording without one valid report is played all the same", async () => {
  const { steps, recording } = await stepsOf("{\n[]\n", { loops: true });
  assert.equal(brief(steps), "x1 x2");
  assert.deepEqual(recording.bbox, EARTH);
});

async function refusal(content: string | Uint8Array, startS = 0): Promise<string> {
  return await withFile(content, async (path) => {
    const error = await surveyRecording(path, startS, EARTH).catch((error) => error);
    assert(error instanceof SettingError, `${error}`);
    return error.message.replace(path, "FILE");
  });
}

Deno.test("a file that cannot be replayed is refused with the setting, its value and the remedy", async () => {
  assert.match(await refusal(""), /^REPLAY_FILE is "FILE", but that file is empty/);
  assert.match(await refusal("\n \n"), /that file is empty/);
  assert.match(await refusal(gzipSync("")), /that file is empty/);
  const whole = gzipSync(Array.from({ length: 5000 }, (_, i) => report(i)).join("\n"));
  assert.match(await refusal(whole.subarray(0, whole.length / 2)), /but it is not whole/);
  assert.match(await refusal(report(0), 60), /^REPLAY_START_SECONDS is "60".* 0 seconds long/);
  const missing = surveyRecording("no/such/file.jsonl", 0, EARTH);
  await assert.rejects(missing, /REPLAY_FILE is "no\/such\/file.jsonl", but there is no such file/);
  const folder = await Deno.makeTempDir();
  await assert.rejects(surveyRecording(folder, 0, EARTH), /but that is a folder/);
  await Deno.remove(folder);
});
