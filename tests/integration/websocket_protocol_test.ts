/** The live stream over real sockets: a hub as it runs, clients as they connect. */
import assert from "node:assert/strict";
import { decode, encode } from "@msgpack/msgpack";
import { type SourceMode, TOPICS } from "../../contracts/constants.ts";
import type { Flight, FlightPayload } from "../../contracts/flight.ts";
import { type DeltaMessage, WebSocketMessage } from "../../contracts/websocket.ts";
import { report } from "../../core/testing.ts";
import type { OutRecord } from "../../services/bus/bus.ts";
import { eventually, within } from "../../services/testing/deadline.ts";
import { type RunningRole, startRole } from "../../services/testing/role.ts";
import { follow, LiveClient } from "../live_client.ts";
import { RawClient } from "../raw_client.ts";

const T0_S = 1_717_250_400;
/** Fifty ticks a second, where nothing depends on how fast they come. */
const QUICK = { WS_DELTA_INTERVAL_MS: "20" };
const [A, B] = ["a00001", "a00002"] as const;

function state(payload: FlightPayload, mode: SourceMode = "replay"): OutRecord {
  const bbox = { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 };
  const envelope = {
    schema_version: 1,
    type: "flight_state",
    produced_at: new Date().toISOString(),
    source: { provider: "opensky", mode, bbox, poll_interval_s: 10 },
    payload,
  };
  return { key: payload.icao24, value: new TextEncoder().encode(JSON.stringify(envelope)) };
}

async function withHub(
  settings: Record<string, string>,
  test: (hub: RunningRole, publish: (...records: OutRecord[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const hub = await startRole("hub", { BACKEND_PORT: "0", ...settings });
  try {
    await test(hub, (...records) => hub.bus.publish(TOPICS.state, records));
  } finally {
    await hub.stop();
  }
}

const connect = (hub: RunningRole, protocols?: readonly string[]) =>
  LiveClient.connect(hub.url, { protocols, check: (message) => WebSocketMessage.parse(message) });

/** Deltas until `seen` says that it has seen enough. */
async function deltasUntil(
  client: LiveClient,
  seen: (delta: DeltaMessage) => boolean,
): Promise<DeltaMessage[]> {
  const deltas: DeltaMessage[] = [];
  do deltas.push(await client.delta()); while (!seen(deltas.at(-1)!));
  return deltas;
}

Deno.test("first a snapshot, then deltas that go on from it without a gap", async () => {
  await withHub(QUICK, async (hub, publish) => {
    await publish(state(report(A, T0_S)));
    const client = await connect(hub);
    const picture = new Map<string, Flight>();
    const snapshot = await client.snapshot();
    follow(picture, snapshot);
    let { sequence } = snapshot;
    for (let i = 1; i <= 8; i++) {
      await publish(state(report(A, T0_S + i)), state(report(B, T0_S + i)));
      const deltas = await deltasUntil(client, (delta) => {
        assert.equal(delta.sequence, ++sequence);
        assert.equal(delta.from_sequence, undefined);
        follow(picture, delta);
        return picture.get(B)?.last_contact_unix === T0_S + i;
      });
      assert.equal(deltas.at(-1)!.stream_time, new Date((T0_S + i) * 1000).toISOString());
      assert.equal(deltas.at(-1)!.mode, "replay");
    }
    assert.deepEqual([...picture.keys()].sort(), [A, B]);
    await client.close();
  });
});

Deno.test("a client that joins later has the same from its snapshot on", async () => {
  await withHub(QUICK, async (hub, publish) => {
    const first = await connect(hub);
    const pictures = [new Map<string, Flight>(), new Map<string, Flight>()] as const;
    follow(pictures[0], await first.snapshot());
    await publish(...Array.from({ length: 50 }, (_, i) => state(report(`b000${10 + i}`, T0_S))));
    await deltasUntil(first, (delta) => {
      follow(pictures[0], delta);
      return pictures[0].size === 50;
    });
    const second = await connect(hub);
    follow(pictures[1], await second.snapshot());
    await publish({ key: "b00010", value: null }, state(report(A, T0_S + 1)));
    for (const [i, client] of [first, second].entries()) {
      await deltasUntil(client, (delta) => {
        follow(pictures[i]!, delta);
        return pictures[i]!.has(A) && !pictures[i]!.has("b00010");
      });
    }
    assert.equal(pictures[0].size, 50);
    assert.deepEqual(pictures[1], pictures[0]);
    await Promise.all([first.close(), second.close()]);
  });
});

for (
  const [what, isBusy] of [["changes come all the time", true], ["nothing comes", false]] as const
) {
  Deno.test(`while ${what}, deltas come at 2 to 5 Hz`, async () => {
    await withHub({}, async (hub, publish) => {
      const client = await connect(hub);
      await client.snapshot();
      const sentMs: number[] = [];
      for (let i = 0; i <= 6; i++) {
        if (isBusy) await publish(state(report(A, T0_S + i)));
        sentMs.push(Date.parse((await client.delta()).timestamp));
      }
      const intervalsMs = sentMs.slice(1).map((ms, i) => ms - sentMs[i]!).sort((a, b) => a - b);
      // A busy machine makes single ones late, and what comes after those early.
      const medianMs = intervalsMs[3]!;
      assert(medianMs > 170 && medianMs < 1500, `${intervalsMs} ms between deltas`);
      await client.close();
    });
  });
}

Deno.test("a resync is answered with a snapshot, and the deltas go on from it", async () => {
  await withHub(QUICK, async (hub, publish) => {
    const client = await connect(hub);
    await client.snapshot();
    await publish(state(report(A, T0_S)));
    await deltasUntil(client, ({ upserts }) => upserts.length > 0);
    client.send({ type: "resync" });
    const { sequence, flights } = await client.skipTo("snapshot");
    assert.deepEqual(flights, [{ ...report(A, T0_S), status: "NORMAL" }]);
    assert.equal((await client.delta()).sequence, sequence + 1);
    await client.close();
  });
});

Deno.test("a subscription narrows what comes, for this client alone", async () => {
  await withHub(QUICK, async (hub, publish) => {
    const [part, whole] = [await connect(hub), await connect(hub)];
    await part.snapshot();
    await whole.snapshot();
    part.send({ type: "subscribe", max_altitude_m: 1000 });
    await part.skipTo("snapshot");
    await publish(
      state(report(A, T0_S, { altitude_m: 500 })),
      state(report(B, T0_S, { altitude_m: 5000 })),
    );
    const all = new Set<string>();
    await deltasUntil(whole, ({ upserts }) => {
      for (const { icao24 } of upserts) all.add(icao24);
      return all.size === 2;
    });
    const low = await deltasUntil(part, ({ upserts }) => upserts.length > 0);
    assert.deepEqual(low.at(-1)!.upserts.map(({ icao24 }) => icao24), [A]);
    // It climbs out of the range.
    await publish(state(report(A, T0_S + 1, { altitude_m: 1500 })));
    const left = await deltasUntil(part, ({ removed }) => removed.length > 0);
    assert.deepEqual(left.at(-1)!.removed, [A]);
    assert(left.every(({ upserts }) => upserts.length === 0));
    await Promise.all([part.close(), whole.close()]);
  });
});

Deno.test("on a replay, aircraft go stale and are removed by its own time", async () => {
  const settings = { WS_STALE_THRESHOLD_SECONDS: "2", ...QUICK };
  await withHub(settings, async (hub, publish) => {
    const client = await connect(hub);
    await client.snapshot();
    const picture = new Map<string, Flight>();
    const until = (seen: () => boolean) =>
      deltasUntil(client, (delta) => {
        follow(picture, delta);
        return seen();
      });
    await publish(state(report(A, T0_S)), state(report(B, T0_S)));
    await until(() => picture.size === 2);
    await publish(state(report(B, T0_S + 1)));
    await until(() => picture.get(B)!.last_contact_unix === T0_S + 1);
    assert.equal(picture.get(A)!.status, "NORMAL", "after 1 s");
    await publish(state(report(B, T0_S + 2)));
    await until(() => picture.get(A)!.status === "STALE");
    assert.equal(picture.get(B)!.status, "NORMAL");
    await publish(state(report(B, T0_S + 4)));
    await until(() => !picture.has(A));
    assert.deepEqual([...picture.values()], [{ ...report(B, T0_S + 4), status: "NORMAL" }]);
    await client.close();
  });
});

Deno.test("live aircraft go stale and are removed by the clock", async () => {
  const settings = { WS_STALE_THRESHOLD_SECONDS: "0.5", ...QUICK };
  await withHub(settings, async (hub, publish) => {
    const client = await connect(hub);
    await client.snapshot();
    const heardMs = Date.now();
    const live = report(A, Math.floor(heardMs / 1000), { last_contact_ms: heardMs });
    await publish(state(live, "live"));
    const atMs = (deltas: DeltaMessage[]) => Date.parse(deltas.at(-1)!.timestamp) - heardMs;
    const stale = await deltasUntil(
      client,
      ({ upserts }) => upserts.some(({ status }) => status === "STALE"),
    );
    assert(atMs(stale) >= 500, `stale after ${atMs(stale)} ms`);
    const gone = await deltasUntil(client, ({ removed }) => removed.includes(A));
    assert(atMs(gone) >= 1000, `gone after ${atMs(gone)} ms`);
    await client.close();
  });
});

Deno.test("a client that offers json gets it, also among others; one that offers none is served", async () => {
  await withHub({}, async (hub) => {
    for (
      const [offered, selected] of [[["json"], "json"], [["x", "json"], "json"], [[], ""]] as const
    ) {
      const client = await connect(hub, offered);
      assert.equal(client.socket.protocol, selected);
      await client.snapshot();
      await client.close();
    }
  });
});

Deno.test("subprotocols are a list however it is written (RFC 9110, 5.6.1)", async () => {
  await withHub({}, async (hub) => {
    for (const list of ["json,v9", "v9,json", "json , v9", ",json,"]) {
      const client = await RawClient.connect(hub.url, { "sec-websocket-protocol": list });
      assert.match(client.answer, /^http\/1\.1 101 [^]*^sec-websocket-protocol: json\r?$/m, list);
      client.close();
    }
  });
});

Deno.test("of subprotocols that it does not know the hub selects none (RFC 6455, 4.2.2)", async () => {
  await withHub({}, async (hub) => {
    const client = await RawClient.connect(hub.url, { "sec-websocket-protocol": "v9, xml" });
    assert.match(client.answer, /^http\/1\.1 101 /);
    assert.match(client.answer, /\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk\+xoo=/);
    assert.doesNotMatch(client.answer, /sec-websocket-protocol/);
    assert.equal(JSON.parse((await client.next())!).type, "snapshot");
    client.close();
  });
});

Deno.test("who has left, politely or not, is not counted any more", async () => {
  await withHub(QUICK, async (hub) => {
    const [staying, polite] = [await connect(hub), await connect(hub)];
    const abrupt = await RawClient.connect(hub.url);
    assert.equal(await metric(hub, "backend_websocket_connections"), 3);
    await polite.close();
    abrupt.close();
    await staying.snapshot();
    for (let i = 0; await metric(hub, "backend_websocket_connections") !== 1; i++) {
      assert(i < 20, "they are still counted");
      await staying.delta();
    }
    await staying.close();
  });
});

Deno.test("an upgrade that is not one is refused with a sentence", async () => {
  await withHub({}, async (hub) => {
    const client = await RawClient.connect(hub.url, { connection: "keep-alive" });
    assert.match(client.answer, /^http\/1\.1 400 /);
    client.close();
  });
});

for (
  const [what, data, closeCode, code] of [
    ["rubbish", "hello", 1008, "not_json"],
    ["a wrong message", '{"type":"subscribe","max_hz":"fast"}', 1008, "wrong_shape"],
    ["bytes", new Uint8Array([1, 2, 3]), 1003, "not_text"],
    ["20 000 characters", " ".repeat(20_000), 1009, "message_too_big"],
  ] as const
) {
  Deno.test(`who sends ${what} is told why before the connection ends; others go on`, async () => {
    await withHub({}, async (hub) => {
      const [rude, other] = [await connect(hub), await connect(hub)];
      rude.socket.send(data);
      const error = await rude.skipTo("error");
      assert.equal(error.code, code);
      assert(error.message.length > 10, error.message);
      const closed = await within(rude.closed, "close");
      assert.deepEqual([closed.code, closed.reason], [closeCode, code]);
      const { sequence } = await other.snapshot();
      const [first, second] = [await other.delta(), await other.delta()];
      assert.deepEqual([first.sequence, second.sequence], [sequence + 1, sequence + 2]);
      await other.close();
    });
  });
}

Deno.test("who sends too much too fast is told so, and the connection ends", async () => {
  await withHub({}, async (hub) => {
    const client = await connect(hub);
    for (let i = 0; i < 51; i++) client.send({ type: "resync" });
    assert.equal((await client.skipTo("error")).code, "too_many_messages");
    assert.equal((await within(client.closed, "close")).code, 1008);
  });
});

async function metric(hub: RunningRole, name: string): Promise<number> {
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))!.split(" ")[1]);
}

/** As much news of a hundred aircraft as fills what lies between two sockets in a few ticks. */
function muchNews(at: number): OutRecord[] {
  return Array.from({ length: 100 }, (_, i) => {
    const icao24 = (0xb00000 + i).toString(16);
    return state(report(icao24, T0_S + at, { origin_country: "x".repeat(10_000) }));
  });
}

Deno.test("a client that stops reading holds nobody up, and has one delta when it reads on", async () => {
  await withHub({ WS_DELTA_INTERVAL_MS: "50" }, async (hub, publish) => {
    const reading = await connect(hub);
    const pictures = { reading: new Map<string, Flight>(), stopped: new Map<string, Flight>() };
    const first = await reading.snapshot();
    const stopped = await RawClient.connect(hub.url);
    let { sequence } = first;
    let round = 0;
    const newsArrives = async () => {
      await publish(...muchNews(++round));
      await deltasUntil(reading, (delta) => {
        assert.deepEqual([delta.sequence, delta.from_sequence], [++sequence, undefined]);
        follow(pictures.reading, delta);
        const flights = [...pictures.reading.values()];
        return flights.length === 100 && flights.every((f) => f.last_contact_unix === T0_S + round);
      });
    };
    while (await metric(hub, "backend_websocket_ticks_skipped_total") < 5) {
      assert(round < 200, "the hub goes on sending to a client that does not read");
      await newsArrives();
    }

    let [at, gaps] = [0, 0];
    const isUpToDate = () => pictures.stopped.size === 100 && at >= sequence;
    while (!isUpToDate()) {
      const message: WebSocketMessage = WebSocketMessage.parse(JSON.parse((await stopped.next())!));
      assert(message.type === "snapshot" || message.type === "delta");
      if (message.type === "delta") {
        assert.equal(message.from_sequence ?? message.sequence - 1, at);
        if (message.from_sequence !== undefined) gaps++;
      }
      at = message.sequence;
      follow(pictures.stopped, message);
    }
    assert.equal(gaps, 1);
    assert.deepEqual(pictures.stopped, pictures.reading);
    stopped.close();
    await reading.close();
  });
});

Deno.test("the hub ends when it is told to, with a client that does not read", async () => {
  const hub = await startRole("hub", { BACKEND_PORT: "0", WS_DELTA_INTERVAL_MS: "50" });
  const reading = await connect(hub);
  const stopped = await RawClient.connect(hub.url);
  for (let round = 1; await metric(hub, "backend_websocket_ticks_skipped_total") < 1; round++) {
    await hub.bus.publish(TOPICS.state, muchNews(round));
    await reading.skipTo("delta");
  }
  await hub.stop();
  assert.equal((await within(reading.closed, "close")).code, 1001);
  stopped.close();
});

Deno.test("msgpack: a snapshot, then numbered deltas, as binary messages", async () => {
  await withHub({}, async (hub, publish) => {
    await publish(state(report(A, T0_S)));
    const url = `${hub.url.replace("http:", "ws:")}/ws/flights`;
    const socket = new WebSocket(url, ["msgpack", "json"]);
    socket.binaryType = "arraybuffer";
    const messages: unknown[][] = [];
    socket.onmessage = ({ data }) => messages.push(decode(data as ArrayBuffer) as unknown[]);
    await eventually(() => messages.length > 4, "messages");
    assert.equal(socket.protocol, "msgpack");
    const [tag, sequence, timestampMs, rows] = messages[0]!;
    assert.equal(tag, "snapshot");
    assert(Math.abs(Number(timestampMs) - Date.now()) < 60_000);
    const all = [...rows as unknown[][], ...messages.slice(1).flatMap((m) => m[2] as unknown[][])];
    assert.deepEqual(all[0]!.slice(0, 3), [A, 40.7, -74]);
    const numbers = messages.slice(1).map(([number]) => number);
    assert.deepEqual(numbers, numbers.map((_, i) => Number(sequence) + 1 + i));
    socket.send(encode({ type: "resync" }));
    await eventually(() => messages.filter(([tag]) => tag === "snapshot").length === 2, "snapshot");
    socket.close();
    await within(new Promise((resolve) => socket.onclose = resolve), "close");
  });
});
