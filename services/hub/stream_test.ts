import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { WebSocketMessage } from "../../contracts/websocket.ts";
import { report } from "../../core/testing.ts";
import { eventually, within } from "../testing/deadline.ts";
import { streamRoutes } from "./stream.ts";
import { hub, hubWith, T0_S } from "./testing/hub.ts";

const A = report("a00001", T0_S, { altitude_m: 11_000 });
const B = report("a00002", T0_S, { altitude_m: 500, position: { lat: 48.8, lon: 2.3 } });
const ANOMALY: AnomalyPayload = {
  anomaly_id: "x",
  icao24: "a00001",
  anomaly_type: "HOLDING",
  severity: "LOW",
  state: "ACTIVE",
  started_at: "2024-06-01T14:00:00.000Z",
  detected_at: "2024-06-01T14:00:00.000Z",
  details: { sequence: 7 },
};

interface SentEvent {
  readonly id?: string;
  readonly name: string;
  readonly message: WebSocketMessage;
}

/** Reads events as the standard says they are to be read, one at a time. */
class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.pipeThrough(
      new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
    )
      .getReader();
  }

  async next(): Promise<SentEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split("\n");
        this.#text = this.#text.slice(end + 2);
        const fields = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s, 2)));
        if (fields.data === undefined) continue;
        const message = WebSocketMessage.parse(JSON.parse(fields.data));
        return { id: fields.id, name: fields.event, message };
      }
      const { done, value } = await within(this.#reader.read(), "event");
      if (done) return undefined;
      this.#text += value;
    }
  }

  cancel() {
    return this.#reader.cancel();
  }
}

async function listen(parts: ReturnType<typeof hub>, query = "", init: RequestInit = {}) {
  const response = await parts.request(`/flights/stream${query}`, init);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
  return new EventReader(response.body!);
}

const addresses = (event: SentEvent | undefined) => {
  const message = event!.message;
  if (message.type === "snapshot") return message.flights.map(({ icao24 }) => icao24);
  if (message.type === "delta") return message.upserts.map(({ icao24 }) => icao24);
  throw new Error(`it is ${message.type}`);
};

Deno.test("a snapshot, then what changes, numbered; an anomaly has no number", async () => {
  const parts = hubWith(A, B);
  const events = await listen(parts);
  const snapshot = await events.next();
  assert.deepEqual([snapshot!.name, snapshot!.id], ["snapshot", "0"]);
  assert.deepEqual(addresses(snapshot), ["a00001", "a00002"]);
  parts.cache.apply(report("a00003", T0_S + 1), "replay");
  parts.live.tick();
  parts.live.anomaly(ANOMALY);
  const delta = await events.next();
  assert.deepEqual([delta!.name, delta!.id], ["delta", "1"]);
  assert(addresses(delta).includes("a00003"));
  const anomaly = await events.next();
  assert.deepEqual([anomaly!.name, anomaly!.id], ["anomaly", undefined]);
  await events.cancel();
});

for (
  const [query, expected] of [
    ["?bbox=1,48,3,50", ["a00002"]],
    ["?min_altitude_m=1000", ["a00001"]],
    ["?max_altitude_m=1000", ["a00002"]],
    ["?icao24=A00001,ffffff", ["a00001"]],
    ["?icao24=ffffff", []],
  ] as const
) {
  Deno.test(`${query} is told of ${expected.length}, and of nothing else first`, async () => {
    const parts = hubWith(A, B);
    const events = await listen(parts, query);
    assert.deepEqual(addresses(await events.next()), expected);
    await events.cancel();
  });
}

Deno.test("who connects again gets a snapshot, whatever it saw last", async () => {
  const parts = hubWith(A);
  parts.live.tick();
  const events = await listen(parts, "", { headers: { "last-event-id": "0" } });
  const first = await events.next();
  assert.deepEqual([first!.name, first!.id], ["snapshot", "1"]);
  await events.cancel();
});

Deno.test("a reader that stops has no queue, and is brought up to date when it reads on", async () => {
  const parts = hub();
  const many = (atS: number) => {
    for (let i = 0; i < 2000; i++) {
      parts.cache.apply(report((0xa00000 + i).toString(16), atS), "replay");
    }
  };
  many(T0_S);
  const events = await listen(parts);
  await events.next();
  // 2 000 aircraft are half a megabyte: the second delta is already too much for one that does not read.
  for (let i = 1; i <= 50; i++) {
    many(T0_S + i);
    parts.live.tick();
  }
  const skipped = (await parts.metricLines()).find((line) =>
    line.startsWith("backend_websocket_ticks_skipped_total ")
  );
  assert(Number(skipped!.split(" ")[1]) >= 45, skipped);
  let atS = T0_S + 50;
  const ticking = setInterval(() => {
    parts.cache.apply(report("a00000", ++atS), "replay");
    parts.live.tick();
  }, 5);
  let at = 0;
  let deltas = 0;
  while (at < 51) {
    const { message } = (await events.next())!;
    assert(message.type === "delta");
    assert((message.from_sequence ?? message.sequence - 1) <= at, "nothing is missing");
    at = message.sequence;
    deltas++;
  }
  clearInterval(ticking);
  assert(deltas <= 4, `${deltas} events for 50 ticks`);
  await events.cancel();
});

Deno.test("who leaves is forgotten, and gives its room back; a HEAD takes none", async () => {
  const parts = hubWith(A);
  const events = await listen(parts);
  assert.equal(parts.live.connections, 1);
  await events.cancel();
  await eventually(() => parts.live.connections === 0, "end of the connection");
  const head = await parts.request("/flights/stream", { method: "HEAD" });
  assert.match(head.headers.get("content-type")!, /^text\/event-stream/);
  assert.equal(parts.live.connections, 0);
});

Deno.test("when the hub stops, the stream ends", async () => {
  const parts = hubWith(A);
  const events = await listen(parts);
  await events.next();
  parts.live.close();
  assert.equal(await events.next(), undefined);
});

Deno.test("a wrong parameter is told as everywhere", async () => {
  const { json } = hubWith(A);
  for (const query of ["bbox=1", "max_hz=0", "icao24=DAL1", "icao=a00001", "on_ground=true"]) {
    const { status, body } = await json(`/flights/stream?${query}`);
    assert.equal(status, 400, query);
    assert.match(body.code, /^(invalid|unknown)_parameter$/);
  }
});

Deno.test("over a real connection events come as they happen, and who hangs up is noticed", async () => {
  const parts = hubWith(A);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => parts.app.fetch(request, info),
  );
  const hangUp = new AbortController();
  try {
    const url = `http://127.0.0.1:${server.addr.port}/flights/stream`;
    const response = await fetch(url, {
      signal: hangUp.signal,
      headers: { "accept-encoding": "gzip" },
    });
    const events = new EventReader(response.body!);
    assert.deepEqual(addresses(await events.next()), ["a00001"]);
    for (let i = 1; i <= 3; i++) {
      parts.cache.apply(report("a00003", T0_S + i), "replay");
      parts.live.tick();
      assert.deepEqual([(await events.next())!.id], [String(i)]);
    }
    hangUp.abort();
    await eventually(() => {
      parts.cache.apply(report("a00003", T0_S + 9), "replay");
      parts.live.tick();
      return parts.live.connections === 0;
    }, "end of the connection");
  } finally {
    await server.shutdown();
  }
});

Deno.test("a reader that reads nothing for too long is let go, one that reads is not", async () => {
  const parts = hubWith(A);
  const left: string[] = [];
  const app = streamRoutes({
    live: parts.live,
    takeRoom: (c) => () => left.push(c.req.query("icao24")!),
    stalledMs: 0,
    lookEveryMs: 1,
  });
  const ask = async (icao24: string) =>
    (await app.request(`/flights/stream?icao24=${icao24}`)).body!;
  const reading = new EventReader(await ask("a00001"));
  assert.deepEqual(addresses(await reading.next()), ["a00001"]);
  let next = reading.next();
  const stalled = await ask("a00002");
  await eventually(() => left.includes("a00002"), "the end of the one that does not read");
  assert.equal(parts.live.connections, 1);
  // What it had not read ends, and is no endless silence.
  const said = await within(new Response(stalled).text(), "end");
  assert.match(said, /event: snapshot/);
  for (let i = 1; i <= 5; i++) {
    parts.cache.apply(report("a00001", T0_S + i), "replay");
    parts.live.tick();
    assert.deepEqual(addresses(await next), ["a00001"]);
    next = reading.next();
  }
  assert.deepEqual(left, ["a00002"]);
  await reading.cancel();
  await next;
  assert.deepEqual([left.length, parts.live.connections], [2, 0]);
});
