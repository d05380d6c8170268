import assert from "node:assert/strict";
import { type ColumnsFrame, messageOf, readFrame } from "../../contracts/columns.ts";
import type { WsProtocol } from "../../contracts/constants.ts";
import { FlightCache } from "../../core/flight_cache.ts";
import { report } from "../../core/testing.ts";
import { type ClientSocket, LiveFeed } from "./live.ts";
import { createHubMetrics } from "./metrics.ts";

const T0_S = 1_717_250_400;
const [A, B, C] = ["a00001", "a00002", "a00003"] as const;

/** Keeps what it is sent as messages, whatever they were written in. */
class FakeSocket implements ClientSocket {
  readyState: WebSocket["readyState"] = WebSocket.OPEN;
  bufferedAmount = 0;
  readonly messages: unknown[] = [];

  send(data: Parameters<WebSocket["send"]>[0]): void {
    if (typeof data === "string") this.messages.push(JSON.parse(data));
    else {
      const message = readFrame((data as Uint8Array<ArrayBuffer>).slice().buffer);
      this.messages.push("count" in message ? messageOf(message as ColumnsFrame) : message);
    }
  }

  close(): void {
    this.readyState = WebSocket.CLOSED;
  }
}

Deno.test("a client of columns is told what one of json is told, all or a part of it, in step or behind", () => {
  const cache = new FlightCache(60);
  let nowMs = T0_S * 1000;
  const metrics = createHubMetrics({ cache, connections: () => 0, readers: () => [] });
  const live = new LiveFeed(cache, 200, metrics, () => nowMs, () => nowMs);
  const pair = (["json", "columns"] satisfies WsProtocol[]).map((protocol) => {
    const socket = new FakeSocket();
    live.opened(socket, protocol);
    return socket;
  }) as [FakeSocket, FakeSocket];
  const tick = () => {
    nowMs += 200;
    live.tick();
  };
  const told = () => {
    const [json, columns] = pair.map(({ messages }) => messages.splice(0));
    assert.deepEqual(columns, json);
    return json as { type: string; upserts?: { icao24: string }[]; removed?: string[] }[];
  };

  cache.apply(report(A, T0_S, { altitude_m: 4000, heading_deg: 12.5 }), "live");
  tick();
  assert.deepEqual(told().map(({ type }) => type), ["snapshot", "delta"]);

  cache.apply(report(B, T0_S), "live");
  for (const socket of pair) {
    live.heard(
      socket,
      JSON.stringify({
        type: "subscribe",
        bbox: { lat_min: 40, lat_max: 41, lon_min: -75, lon_max: -73 },
      }),
    );
  }
  cache.apply(report(C, T0_S, { position: { lat: 10, lon: 10 } }), "live");
  cache.apply(report(A, T0_S + 1, { position: { lat: 20, lon: 20 } }), "live");
  tick();
  const [snapshot, delta] = told();
  assert.equal(snapshot!.type, "snapshot");
  assert.deepEqual(delta!.removed, [A], "it has left the box");

  for (const socket of pair) socket.bufferedAmount = 10 * 2 ** 20;
  cache.apply(report(B, T0_S + 2, { velocity_mps: 100 }), "live");
  tick();
  tick();
  for (const socket of pair) socket.bufferedAmount = 0;
  cache.remove(B);
  tick();
  assert.deepEqual(told().map(({ removed }) => removed), [[B]], "in one, with from_sequence");

  live.heard(pair[1], "rubbish");
  live.heard(pair[0], "rubbish");
  assert.deepEqual(told().map(({ type }) => type), ["error"]);
  live.close();
});
