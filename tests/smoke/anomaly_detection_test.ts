import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { AnomalyMessage } from "../../contracts/websocket.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { startProgram } from "../program.ts";

const FIXTURE = "fixtures/opensky_nyc_sample.jsonl";
const RECORDED_UNTIL_S = Date.parse("2024-06-01T14:25:00Z") / 1000;

interface Expected {
  readonly events: { icao24: string; event: string; start: number; stop: number }[];
}

/** What a client hears of anomalies, and which aircraft it sees marked, until it is closed. */
function listener(socket: WebSocket) {
  const seen: AnomalyPayload[] = [];
  const marked = new Set<string>();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "anomaly") seen.push(AnomalyMessage.parse(message).payload);
    for (const { icao24, status } of message.upserts ?? []) {
      if (status === "ANOMALY") marked.add(icao24);
    }
  };
  return { seen, marked };
}

Deno.test("the New York sample: three emergency squawks reach the socket, the glitch does not", async () => {
  const { events }: Expected = JSON.parse(
    await Deno.readTextFile(FIXTURE.replace(".jsonl", ".expected.json")),
  );
  const squawks = events.filter(({ event }) => event === "emergency_squawk");
  const program = await startProgram({ REPLAY_FILE: FIXTURE, REPLAY_SPEED: "150" });
  try {
    const socket = await eventually(() =>
      new Promise<WebSocket | undefined>((resolve) => {
        const socket = new WebSocket(`${program.hub.replace("http", "ws")}/ws/flights`);
        socket.onopen = () => resolve(socket);
        socket.onerror = () => resolve(undefined);
      }), "connection to the hub");
    const { seen, marked } = listener(socket);
    await eventually(() => program.log().includes("The replay has ended"), "end of the replay");
    await eventually(() => marked.size === squawks.length, "marked aircraft");
    socket.close();
    await new Promise((resolve) => socket.onclose = resolve);

    const heard = new Set(seen.map(({ icao24 }) => icao24));
    assert.deepEqual(heard, new Set(squawks.map(({ icao24 }) => icao24)));
    assert.deepEqual(marked, heard);
    for (const { icao24, start, stop } of squawks) {
      const [opened, resolved, ...more] = seen.filter((anomaly) => anomaly.icao24 === icao24);
      // The last one still stood when the sample ended.
      const isOver = stop < RECORDED_UNTIL_S - 30;
      assert.deepEqual(
        [opened?.state, resolved?.state, more.length],
        ["ACTIVE", isOver ? "RESOLVED" : undefined, 0],
      );
      const at = (time: string) => Date.parse(time) / 1000;
      assert(Math.abs(at(opened!.started_at) - start) <= 10, `${icao24}: ${opened!.started_at}`);
      assert(at(opened!.detected_at) - at(opened!.started_at) <= 20);
      if (isOver) assert(Math.abs(at(resolved!.resolved_at!) - stop) <= 30);
    }
  } finally {
    await program.end();
  }
});
