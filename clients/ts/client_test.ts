import assert from "node:assert/strict";
import type { AnomalyMessage, DeltaMessage, WebSocketMessage } from "../../contracts/websocket.ts";
import { report } from "../../core/testing.ts";
import { eventually, within } from "../../services/testing/deadline.ts";
import { type FlightEvent, FlightStream, socketUrl } from "./client.ts";

const timestamp = "2021-10-07T12:00:00.000Z";
const flight = (icao24: string, altitude_m = 3000) =>
  ({ ...report(icao24, 1_633_608_000, { altitude_m }), status: "NORMAL" }) as const;
const [a, b] = [flight("00000a"), flight("00000b")];

const snapshot = (sequence: number, ...flights: typeof a[]): WebSocketMessage => ({
  type: "snapshot",
  timestamp,
  sequence,
  flights,
});
const delta = (sequence: number, fields: Partial<DeltaMessage> = {}): WebSocketMessage => ({
  type: "delta",
  timestamp,
  sequence,
  upserts: [],
  removed: [],
  ...fields,
});
const anomaly: AnomalyMessage = {
  type: "anomaly",
  timestamp,
  payload: {
    anomaly_id: "one",
    icao24: "00000a",
    anomaly_type: "HOLDING",
    severity: "LOW",
    state: "ACTIVE",
    started_at: timestamp,
    detected_at: timestamp,
    details: {},
  },
};

/** A hub of which the test says every word. */
class ScriptedHub implements AsyncDisposable {
  readonly heard: unknown[] = [];
  connections = 0;
  offered = "";
  #socket?: WebSocket;
  #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(port = 0) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
      this.offered = request.headers.get("sec-websocket-protocol")!;
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "json" });
      socket.onopen = () => {
        this.connections++;
        this.#socket = socket;
      };
      socket.onmessage = ({ data }) => this.heard.push(JSON.parse(data));
      return response;
    });
  }

  get port() {
    return this.#server.addr.port;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async connected(times = 1) {
    await eventually(() => this.connections >= times, `connection ${times}`);
  }

  say(...messages: WebSocketMessage[]) {
    for (const message of messages) this.#socket!.send(JSON.stringify(message));
  }

  hangUp() {
    this.#socket!.close();
  }

  async [Symbol.asyncDispose]() {
    this.#socket?.close();
    await this.#server.shutdown();
  }
}

const altitudes = ({ flights }: FlightStream) =>
  [...flights.values()].map(({ icao24, altitude_m }) => `${icao24} ${altitude_m}`).sort().join();

Deno.test("the table follows snapshot and deltas", async () => {
  await using hub = new ScriptedHub();
  const stream = new FlightStream(hub.url);
  try {
    await hub.connected();
    hub.say(snapshot(7, a), delta(8, { upserts: [b] }), delta(9, { removed: [a.icao24] }));
    await eventually(() => altitudes(stream) === "00000b 3000", "the delta");
    assert.deepEqual(hub.heard, []);
    assert.deepEqual(stream.connection, { state: "open" });
  } finally {
    stream.close();
  }
});

Deno.test("a gap is asked about once, and the table is right again with the answer", async () => {
  await using hub = new ScriptedHub();
  const stream = new FlightStream(hub.url);
  try {
    await hub.connected();
    hub.say(
      snapshot(7, a),
      delta(9, { upserts: [b] }),
      delta(10),
      delta(13, { from_sequence: 11 }),
    );
    await eventually(() => hub.heard.length > 0, "resync");
    assert.equal(altitudes(stream), "00000a 3000", "nothing that follows a gap is believed");
    hub.say(snapshot(20, b), delta(23, { from_sequence: 20, upserts: [flight("00000c", 1)] }));
    await eventually(() => altitudes(stream) === "00000b 3000,00000c 1", "the snapshot");
    assert.deepEqual(hub.heard, [{ type: "resync" }]);
    hub.say(delta(30));
    await eventually(() => hub.heard.length === 2, "a second gap's resync");
  } finally {
    stream.close();
  }
});

Deno.test("a hub that starts again counts from elsewhere, and is believed", async () => {
  let hub = new ScriptedHub();
  const { port } = hub;
  const part = { icao24: ["00000a"], max_hz: 1 };
  const stream = new FlightStream(hub.url, { subscribe: part });
  try {
    await hub.connected();
    hub.say(snapshot(5000, a));
    await eventually(() => stream.flights.size === 1, "the snapshot");
    await hub[Symbol.asyncDispose]();
    await eventually(() => stream.connection.state === "waiting", "a wait");
    assert.equal(altitudes(stream), "00000a 3000", "what was there stays");
    hub = new ScriptedHub(port);
    await hub.connected();
    hub.say(delta(5001, { removed: [a.icao24] }), snapshot(3, b), delta(4, { upserts: [a] }));
    await eventually(() => altitudes(stream) === "00000a 3000,00000b 3000", "its own snapshot");
    assert.deepEqual(hub.heard, [{ type: "subscribe", ...part }], "asks for the same part again");
  } finally {
    stream.close();
    await hub[Symbol.asyncDispose]();
  }
});

Deno.test("what happens can be iterated, until the end", async () => {
  await using hub = new ScriptedHub();
  const stream = new FlightStream(hub.url);
  const seen: FlightEvent[] = [];
  const reading = (async () => {
    for await (const event of stream) seen.push(event);
  })();
  await hub.connected();
  hub.say(snapshot(7, a), delta(8), anomaly, delta(9, { removed: [a.icao24] }));
  await eventually(() => seen.length === 3, "three events");
  stream.close();
  await within(reading, "end of the iteration");
  assert.deepEqual(seen, [
    { kind: "snapshot" },
    { kind: "anomaly", anomaly: anomaly.payload },
    { kind: "delta", upserts: [], removed: [a.icao24] },
  ]);
});

Deno.test("who does not read gets one event for all that was missed, and the anomalies", async () => {
  await using hub = new ScriptedHub();
  const stream = new FlightStream(hub.url);
  const events = stream[Symbol.asyncIterator]();
  const first = events.next();
  await hub.connected();
  hub.say(snapshot(0), anomaly);
  const deltas = Array.from(
    { length: 5000 },
    (_, i) => delta(i + 1, { upserts: [flight("00000a", i)] }),
  );
  hub.say(...deltas);
  await eventually(() => altitudes(stream) === "00000a 4999", "the last delta");
  assert.deepEqual(await first, { done: false, value: { kind: "snapshot" } });
  stream.close();
  const rest = await Array.fromAsync(events);
  assert(rest.length <= 1000, `${rest.length} events had been waiting`);
  assert.deepEqual(rest[0], { kind: "snapshot" });
  assert.deepEqual(rest.filter(({ kind }) => kind === "anomaly").length, 1);
});

Deno.test("a token is said where a browser can say one", async () => {
  await using hub = new ScriptedHub();
  for (const [token, offered] of [[undefined, "json"], ["t0ken", "json, bearer.t0ken"]] as const) {
    const before = hub.connections;
    const stream = new FlightStream(hub.url, { token });
    await hub.connected(before + 1);
    assert.equal(hub.offered, offered);
    stream.close();
  }
});

Deno.test("the socket is below the hub's address", () => {
  assert.equal(socketUrl("http://192.0.2.7:8000"), "ws://192.0.2.7:8000/ws/flights");
  assert.equal(socketUrl("https://hub.example.org/"), "wss://hub.example.org/ws/flights");
  assert.equal(socketUrl("http://example.org:81/sky"), "ws://example.org:81/sky/ws/flights");
});
