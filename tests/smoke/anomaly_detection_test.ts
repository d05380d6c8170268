import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { AnomalyMessage } from "../../contracts/websocket.ts";
import { eventName } from "../../services/offline/detect.ts";
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

Deno.test("the New York sample: its events reach the socket, the glitches do not", async () => {
  const { events }: Expected = JSON.parse(
    await Deno.readTextFile(FIXTURE.replace(".jsonl", ".expected.json")),
  );
  const told = new Set(events.map(({ icao24 }) => icao24));
  // So slow that the client is there before the first of them, also where the hub takes its time.
  const program = await startProgram({ REPLAY_FILE: FIXTURE, REPLAY_SPEED: "50" });
  try {
    const socket = await eventually(() =>
      new Promise<WebSocket | undefined>((resolve) => {
        const socket = new WebSocket(`${program.hub.replace("http", "ws")}/ws/flights`);
        socket.onopen = () => resolve(socket);
        socket.onerror = () => resolve(undefined);
      }), "connection to the hub");
    const { seen, marked } = listener(socket);
    await eventually(() => program.log().includes("The replay has ended"), "end of the replay");
    await eventually(() => marked.size === told.size, "marked aircraft");
    socket.close();
    await new Promise((resolve) => socket.onclose = resolve);

    assert.deepEqual(new Set(seen.map(({ icao24 }) => icao24)), told);
    assert.deepEqual(marked, told);
    const at = (time: string) => Date.parse(time) / 1000;
    for (const { icao24, event, start, stop } of events) {
      const own = seen.filter((anomaly) =>
        anomaly.icao24 === icao24 && eventName(anomaly.anomaly_type) === event
      );
      const [opened, last] = [own[0]!, own.at(-1)!];
      assert.equal(opened?.state, "ACTIVE", `${event} of ${icao24}`);
      // One anomaly, however often it is told: it opens, goes on, and resolves once.
      assert.equal(new Set(own.map(({ anomaly_id }) => anomaly_id)).size, 1);
      assert.equal(own.slice(0, -1).every(({ state }) => state === "ACTIVE"), true);
      // What still stood when the sample ended stays open.
      const isOver = stop < RECORDED_UNTIL_S - 400;
      if (isOver) assert.equal(last.state, "RESOLVED", `${event} of ${icao24}`);
      assert(at(opened.started_at) <= stop && at(opened.detected_at) >= start);
      if (last.resolved_at) assert(at(last.resolved_at) >= start);
      if (event === "emergency_squawk") {
        assert(Math.abs(at(opened.started_at) - start) <= 10, `${icao24}: ${opened.started_at}`);
        assert(at(opened.detected_at) - at(opened.started_at) <= 20);
      }
    }
  } finally {
    await program.end();
  }
});
