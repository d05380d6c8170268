import assert from "node:assert/strict";
import { FlightEnvelope } from "../../../contracts/flight.ts";
import { HeartbeatEnvelope, type HeartbeatPayload } from "../../../contracts/heartbeat.ts";
import { Broker } from "../../bus/broker.ts";
import { EmbeddedBus } from "../../bus/memory.ts";
import { loadConfig } from "../../config.ts";
import { createLog } from "../../log.ts";
import { eventually } from "../../testing/deadline.ts";
import { Intake } from "../intake.ts";
import { createIngestMetrics } from "../metrics.ts";
import { Publisher } from "../publisher.ts";
import { SbsSource } from "./sbs.ts";

const silent = createLog({ role: "ingest", level: "error", format: "text" }, () => {});
const encoder = new TextEncoder();

/** A line about now, by a clock that is off. */
function message(type: number, rest: string, offMs = 0, hex = "A0B1C2"): string {
  const at = new Date(Date.now() + offMs);
  const [date, time] = at.toISOString().slice(0, -1).split("T");
  const stamp = `${date!.replaceAll("-", "/")},${time}`;
  return `MSG,${type},1,1,${hex},1,${stamp},${stamp},${rest}\r\n`;
}
const position = (lat: number, offMs = 0, hex?: string) =>
  message(3, `,10000,,,${lat},-74,,,0,0,0,0`, offMs, hex);

/** A server of lines: what each connection is told, one after the other; the last stays open. */
function serveLines(...connections: string[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  let count = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      const isLast = count >= connections.length - 1;
      const text = connections[Math.min(count++, connections.length - 1)]!;
      await connection.write(encoder.encode(text)).catch(() => {});
      if (isLast) open.push(connection);
      else connection.close();
    }
  })();
  return {
    port: listener.addr.port,
    say: (text: string) => open.at(-1)!.write(encoder.encode(text)),
    connections: () => count,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      await serving;
    },
  };
}

interface Heard {
  readonly flights: FlightEnvelope[];
  readonly beats: HeartbeatPayload[];
  readonly metrics: () => Promise<string>;
}

/** Listens to a port while `use` looks at what comes of it. */
async function listening(
  port: number,
  use: (heard: Heard) => Promise<void>,
  silentMs?: number,
): Promise<void> {
  const flights: FlightEnvelope[] = [];
  const beats: HeartbeatPayload[] = [];
  const embedded = new EmbeddedBus(new Broker({ compactedTopics: [] }));
  const config = loadConfig({});
  const metrics = createIngestMetrics([config.KAFKA_TOPIC_STATE, config.KAFKA_TOPIC_UPDATES]);
  const publisher = new Publisher(
    {
      read: (options) => embedded.read(options),
      status: () => embedded.status(),
      close: () => embedded.close(),
      publish: (topic, records) => {
        for (const { value } of records) {
          const said = value && JSON.parse(new TextDecoder().decode(value));
          if (topic === config.KAFKA_TOPIC_UPDATES) flights.push(FlightEnvelope.parse(said));
          if (said?.type === "heartbeat") beats.push(HeartbeatEnvelope.parse(said).payload);
        }
        return Promise.resolve();
      },
    },
    config,
    metrics,
  );
  const intake = new Intake({ publisher, metrics, there: new Map(), tellsProvenance: false });
  const name = "sbs:test";
  const about = { name, provider: "sbs", producerId: "me", bbox: undefined, pollIntervalS: 0.05 };
  const source = new SbsSource(
    { name, hostname: "127.0.0.1", port, intervalMs: 50, silentMs, random: () => 0 },
    { intake: intake.open(about), metrics, log: silent },
  );
  const stop = new AbortController();
  const running = Promise.all([intake.pump(stop.signal), source.run(stop.signal)]);
  try {
    await use({ flights, beats, metrics: () => metrics.registry.metrics() });
  } finally {
    stop.abort();
    await running;
  }
}

Deno.test("an aircraft is put together from its messages", async () => {
  const parts = message(1, "DAL1    ,,,,,,,,,,,") + message(4, ",,100,90,,,600,,,,,") +
    message(6, ",,,,,,,0021,0,0,0,");
  await using feed = serveLines(parts + position(40) + "STA,,5,179,A0B1C2,10103,,,,,RM\r\n");
  await listening(feed.port, async ({ flights, beats }) => {
    const { source, payload } = await eventually(() => flights[0], "a flight");
    assert.deepEqual([source.provider, source.mode], ["sbs", "live"]);
    assert.deepEqual(
      [payload.icao24, payload.callsign, payload.position, payload.squawk, payload.velocity_mps],
      ["a0b1c2", "DAL1", { lat: 40, lon: -74 }, "0021", 51.444],
    );
    await eventually(() => beats.find(({ api_status }) => api_status === "ok"), "a heartbeat");
  });
});

for (const hours of [2, -5, 5.75]) {
  Deno.test(`a clock of local time, ${hours} h off, is seen through`, async () => {
    const offMs = hours * 3_600_000;
    await using feed = serveLines(position(40, offMs) + position(40.0001, offMs + 40));
    await listening(feed.port, async ({ flights }) => {
      const { payload } = await eventually(() => flights.at(-1), "a flight");
      assert(Math.abs(payload.last_contact_unix - Date.now() / 1000) < 30);
    });
  });
}

Deno.test("a connection that ends in the middle of a line is made anew", async () => {
  await using feed = serveLines(position(40).slice(0, 60), "", position(40, 0, "A00001"));
  await listening(feed.port, async ({ flights, beats, metrics }) => {
    const { payload } = await eventually(() => flights[0], "a flight");
    assert.equal(payload.icao24, "a00001");
    assert.equal(feed.connections(), 3);
    const lost = beats.find(({ api_status }) => api_status === "error")!;
    assert.match(lost.problem!, /^sbs:test has ended the connection$/);
    assert(lost.retry_at_unix! > 0);
    const counted = await metrics();
    assert.match(counted, /rejected_total{source="sbs:test",reason="wrong_shape"} 1/);
    assert.match(counted, /^producer_api_errors_total{error_type="network"} 2$/m);
  });
});

Deno.test("a connection that says nothing is made anew", async () => {
  await using feed = serveLines("");
  await listening(feed.port, async ({ beats }) => {
    await eventually(() => feed.connections() > 1, "another connection");
    await eventually(
      () => beats.find(({ problem }) => /has said nothing for 0.05 s/.test(problem ?? "")),
      "what is wrong",
    );
  }, 50);
});

Deno.test("what is no BaseStation feed is left, and said to be none", async () => {
  await using feed = serveLines("<p>\r\n".repeat(200));
  await listening(feed.port, async ({ beats, flights }) => {
    const isIt = ({ problem }: HeartbeatPayload) =>
      /does not speak BaseStation/.test(problem ?? "");
    await eventually(() => beats.find(isIt), "what is wrong");
    assert.deepEqual(flights, []);
  });
});

Deno.test("lines that are wrong are counted, and those after them are taken", async () => {
  const bad = position(140) + "rubbish\r\n" + message(4, ",,fast,,,,,,,,,") + "MSG,3,1,1,A0\r\n";
  await using feed = serveLines(bad + position(40));
  await listening(feed.port, async ({ flights, metrics }) => {
    await eventually(() => flights[0], "a flight");
    const counted = await metrics();
    assert.match(counted, /reason="impossible_value"} 1/);
    assert.match(counted, /reason="wrong_shape"} 3/);
  });
});

Deno.test("the date of another day, as a line of long ago, moves nobody", async () => {
  await using feed = serveLines(position(40) + position(41, -86_400_000) + position(40.0001, 10));
  await listening(feed.port, async ({ flights, metrics }) => {
    await eventually(() => flights.at(-1)?.payload.position.lat === 40.0001, "the last position");
    assert.deepEqual(flights.map(({ payload }) => payload.position.lat), [40, 40.0001]);
    assert.match(await metrics(), /reason="implausible_time"} 1/);
  });
});
