/** Several recordings at once: receivers of the same sky, played side by side. */
import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { HeartbeatEnvelope } from "../../contracts/heartbeat.ts";
import type { Bus } from "../bus/bus.ts";
import { eventually } from "../testing/deadline.ts";
import { newBroker, startRole } from "../testing/role.ts";
import { readToEnd } from "./read_to_end.ts";

const T0_S = 1_717_250_400;

/** What a receiver has written down: one aircraft of its own, and one that the other hears as well. */
function heard(own: string, fields: Record<string, unknown>): string {
  return Array.from({ length: 60 }, (_, s) =>
    JSON.stringify({
      now: T0_S + s,
      aircraft: [
        { hex: own, lat: 40 + s / 2000, lon: -74, gs: 120, seen: 0, seen_pos: 0 },
        { hex: "a00003", lat: 41 + s / 2000, lon: -73, gs: 120, seen: 0, seen_pos: 0, ...fields },
      ],
    })).join("\n");
}

async function payloads(bus: Bus) {
  const flights: FlightEnvelope[] = [];
  await readToEnd(bus, TOPICS.updates, ({ value }) => {
    flights.push(FlightEnvelope.parse(JSON.parse(new TextDecoder().decode(value!))));
  });
  return flights;
}

async function beats(bus: Bus) {
  const found: HeartbeatEnvelope["payload"][] = [];
  await readToEnd(bus, TOPICS.heartbeat, ({ value }) => {
    found.push(HeartbeatEnvelope.parse(JSON.parse(new TextDecoder().decode(value!))).payload);
  });
  return found;
}

Deno.test("two recordings are one picture, in stream order, each message once", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/roof.jsonl`, heard("a00001", { flight: "DAL1" }));
  await Deno.writeTextFile(`${folder}/hill.jsonl`, heard("a00002", { r: "N1" }));
  const ingest = await startRole("ingest", {
    SOURCES: `replay:${folder}/roof.jsonl,replay:${folder}/hill.jsonl`,
    REPLAY_SPEED: "max",
    INGEST_METRICS_PORT: "0",
  });
  try {
    const ended = await eventually(async () => {
      const last = (await beats(ingest.bus)).filter(({ replay }) => replay?.ended);
      return last.length === 2 && last;
    }, "the end");
    assert.deepEqual(ended.map(({ replay }) => replay!.file).sort(), ["hill.jsonl", "roof.jsonl"]);
    assert.deepEqual(ended.map(({ replay }) => replay!.line), [60, 60]);
    assert.equal(new Set(ended.map(({ producer_id }) => producer_id)).size, 2);
    const flights = await payloads(ingest.bus);
    const of = (icao24: string) =>
      flights.map(({ payload }) => payload).filter((flight) => flight.icao24 === icao24);
    assert.deepEqual([of("a00001").length, of("a00002").length], [60, 60]);
    const shared = of("a00003");
    // The other's report adds what it alone knows, once; the rest is the same message again.
    assert(shared.length >= 60 && shared.length <= 62, `${shared.length}`);
    const last = shared.at(-1)!;
    assert.deepEqual([last.callsign, last.registration], ["DAL1", "N1"]);
    assert.match(last.provenance!, /^position=(roof|hill).jsonl,/);
    const times = shared.map(({ last_contact_unix }) => last_contact_unix);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    const metrics = await (await fetch(`${ingest.url}/metrics`)).text();
    assert.match(metrics, /rejected_total{source="hill.jsonl",reason="duplicate"} 5\d/);
  } finally {
    await ingest.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("two recordings that were cut off go on where each was: nothing is missing", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/roof.jsonl`, heard("a00001", {}));
  await Deno.writeTextFile(`${folder}/hill.jsonl`, heard("a00002", {}));
  const broker = newBroker();
  const start = (REPLAY_SPEED: string) =>
    startRole("ingest", {
      SOURCES: `replay:${folder}/roof.jsonl,replay:${folder}/hill.jsonl`,
      REPLAY_SPEED,
      POLL_INTERVAL_SECONDS: "5",
      INGEST_METRICS_PORT: "0",
    }, broker);
  const come = async (bus: Bus) =>
    new Map((await beats(bus)).map(({ replay }) => [replay!.file, replay!] as const));
  try {
    // Fast enough to be waited for, slow enough not to come to the end before it is stopped.
    const first = await start("10");
    const cut = await eventually(async () => {
      const at = await come(first.bus);
      const lines = [...at.values()].map(({ line }) => line);
      return lines.length === 2 && lines.every((line) => line >= 10) && at;
    }, "a part of it");
    assert([...cut.values()].every(({ ended }) => !ended), "it was cut off");
    await first.stop();
    const second = await start("max");
    await eventually(
      async () => [...(await come(second.bus)).values()].every(({ ended }) => ended),
      "the end",
    );
    const flights = await payloads(second.bus);
    for (const icao24 of ["a00001", "a00002", "a00003"]) {
      const times = flights.flatMap(({ payload }) =>
        payload.icao24 === icao24 ? [payload.last_contact_unix - T0_S] : []
      );
      assert.deepEqual([...new Set(times)], Array.from({ length: 60 }, (_, s) => s), icao24);
      // What came after the last heartbeat is said again: five seconds of the stream at most.
      assert(times.length <= 66, `${icao24}: ${times.length}`);
    }
    await second.stop();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
