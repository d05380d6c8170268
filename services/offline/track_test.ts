import assert from "node:assert/strict";
import { track } from "./track.ts";

const NYC = new URL("../../fixtures/opensky_nyc_sample.jsonl", import.meta.url).pathname;
const REPORT = { icao24: "3944ee", time: 1633609119, lat: 48.78, lon: 2.2, extra: "kept" };

Deno.test("a file without a report for it fails, and says what reads it", async () => {
  for (const isSmoothed of [false, true]) {
    await assert.rejects(track(NYC, isSmoothed, () => {}), /no line is a JSON report.*detect/);
  }
});

Deno.test("a file with its times in milliseconds fails, and says what they are to be", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, JSON.stringify({ ...REPORT, time: REPORT.time * 1000 }));
  try {
    await assert.rejects(track(file, false, () => {}), /no line is .* its time in Unix seconds/);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("every line is printed, reports with their estimates, others as they are", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, `not JSON\n${JSON.stringify(REPORT)}\n`);
  try {
    for (const isSmoothed of [false, true]) {
      const lines: string[] = [];
      const counts = await track(file, isSmoothed, (line) => lines.push(line));
      assert.deepEqual(counts, { reports: 1, others: 1, aircraft: 1 });
      assert.equal(lines[0], "not JSON");
      const { lat, lon, extra, baro_altitude } = JSON.parse(lines[1]!);
      assert.deepEqual({ lat, lon, extra, baro_altitude }, {
        lat: 48.78,
        lon: 2.2,
        extra: "kept",
        baro_altitude: null,
      });
    }
  } finally {
    await Deno.remove(file);
  }
});
