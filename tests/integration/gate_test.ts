/** The gate takes nothing from the detectors: what was injected to be found is found behind it as well. */
import assert from "node:assert/strict";
import { Merger } from "../../core/merge.ts";
import { loadAirportIndex } from "../../services/airports.ts";
import { readRecording } from "../../services/ingest/sources/formats.ts";
import { detect } from "../../services/offline/detect.ts";

const INJECTED = new URL("../../fixtures/quality/injected_dev.jsonl.gz", import.meta.url).pathname;
const SOURCE = {
  provider: "test",
  mode: "live",
  bbox: { lat_min: -90, lat_max: 90, lon_min: -180, lon_max: 180 },
  poll_interval_s: 1,
};
const LEFT_AFTER_MS = 120_000;

/** What the intake would publish of a recording, as a recording. */
async function merged(file: string): Promise<string> {
  const merger = new Merger({ tellsProvenance: false });
  const heardMs = new Map<string, number>();
  const lines: string[] = [];
  for await (const entries of readRecording(file)) {
    for (const { parsed } of entries) {
      if (!parsed.ok) continue;
      const { flight } = parsed.value;
      const atMs = flight.last_contact_ms ?? flight.last_contact_unix * 1000;
      if (atMs - (heardMs.get(flight.icao24) ?? atMs) > LEFT_AFTER_MS) merger.forget(flight.icao24);
      heardMs.set(flight.icao24, atMs);
      const outcome = merger.observe("receiver", flight);
      if (outcome.kind !== "news") continue;
      const produced_at = new Date(atMs).toISOString();
      const envelope = { schema_version: 1, type: "flight_update", produced_at, source: SOURCE };
      lines.push(JSON.stringify({ ...envelope, payload: outcome.flight }));
    }
  }
  return lines.join("\n") + "\n";
}

async function eventsIn(file: string): Promise<Record<string, number>> {
  const { events } = await detect(file, await loadAirportIndex(), () => {});
  return Object.fromEntries([...events].sort());
}

Deno.test("behind the gate there are the same events, spoofing and jamming among them", async () => {
  const file = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeTextFile(file, await merged(INJECTED));
    const events = await eventsIn(INJECTED);
    assert(events.gnss_spoofing! >= 10 && events.gps_jamming! >= 5, JSON.stringify(events));
    assert.deepEqual(await eventsIn(file), events);
  } finally {
    await Deno.remove(file);
  }
});
