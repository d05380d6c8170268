import assert from "node:assert/strict";
import { seededRandom } from "../core/seeded_random.ts";
import {
  type ColumnsFrame,
  messageOf,
  NUMBER_COLUMNS,
  NUMBER_NAMES,
  readFrame,
  TEXT_COLUMNS,
  TEXT_NAMES,
} from "./columns.ts";
import { frameOf, writeMessage, writeMessageFrame } from "./columns_writer.ts";
import { Flight } from "./flight.ts";
import { DeltaMessage, SnapshotMessage, WebSocketMessage } from "./websocket.ts";

const EXAMPLES = new URL("examples/websocket_messages/", import.meta.url);
const examples = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => ({
  name,
  message: WebSocketMessage.parse(JSON.parse(Deno.readTextFileSync(new URL(name, EXAMPLES)))),
}));
/** Bytes that were written down once: other people's readers and ours are held to them. */
const golden = Uint8Array.from(
  Deno.readTextFileSync(new URL("columns_example.hex", import.meta.url)).trim().split(/\s+/),
  (byte) => parseInt(byte, 16),
);

type Step = SnapshotMessage | DeltaMessage;
const isStep = (message: WebSocketMessage): message is Step =>
  message.type === "snapshot" || message.type === "delta";

/** What a reader of `columns` gets of a message in JSON: null is left out, measures are 32 bits long. */
function asColumns(message: Step): unknown {
  return JSON.parse(JSON.stringify(message), function (key, value) {
    if (value === null || value === false && key === "replay_ended") return undefined;
    const name = NUMBER_NAMES.find((column) => column === key);
    const isSingle = name && NUMBER_COLUMNS[name][1] === "f32";
    return isSingle && typeof value === "number" ? Math.fround(value) : value;
  });
}

function read(bytes: Uint8Array<ArrayBuffer>): ColumnsFrame {
  return readFrame(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  ) as ColumnsFrame;
}

Deno.test("every column of an aircraft has a place in the frame, and every place its own id", () => {
  const columns = [...NUMBER_NAMES, ...TEXT_NAMES].filter((name) =>
    name !== "lat" && name !== "lon"
  );
  assert.deepEqual([...columns, "position"].sort(), Object.keys(Flight.shape).sort());
  const ids = [
    ...NUMBER_NAMES.map((name) => NUMBER_COLUMNS[name][0]),
    ...Object.values(TEXT_COLUMNS),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

for (const { name, message } of examples) {
  if (!isStep(message)) continue;
  Deno.test(`columns: ${name} says the same as in JSON`, () => {
    assert.deepEqual(messageOf(frameOf(message)), asColumns(message));
  });
}

Deno.test("columns: random aircraft, texts in any script, say the same as in JSON", () => {
  const random = seededRandom(7);
  const maximal = (examples.find(({ name }) => name === "snapshot_maximal.json")!
    .message as SnapshotMessage).flights[0]!;
  const texts = ["AFR1", "", "Ünïcödé ✈", "日本", "x".repeat(300), "<b>bold</b>"];
  const flights = Array.from({ length: 300 }, (_, i) => {
    const flight: Record<string, unknown> = {
      ...maximal,
      icao24: (i * 55_555).toString(16).padStart(6, "0").slice(-6),
      position: { lat: random() * 180 - 90, lon: random() * 360 - 180 },
      on_ground: random() < 0.5,
    };
    for (const name of Object.keys(maximal)) {
      if (Flight.shape[name as keyof Flight].safeParse(null).success && random() < 0.3) {
        flight[name] = null;
      } else if (typeof flight[name] === "number" && !name.endsWith("x") && random() < 0.5) {
        flight[name] = Math.floor(random() * 300);
      }
    }
    const callsign = texts[Math.floor(random() * texts.length)]!;
    return Flight.parse({ ...flight, callsign: callsign || null });
  });
  const message: Step = {
    type: "delta",
    timestamp: "2024-06-01T14:00:01.400Z",
    sequence: 77,
    from_sequence: 70,
    upserts: flights,
    removed: ["000000", "ffffff"],
  };
  assert.deepEqual(messageOf(frameOf(message)), asColumns(message));
});

Deno.test("columns: anomalies and errors are the messages of JSON", () => {
  for (const { message } of examples) {
    if (message.type !== "anomaly" && message.type !== "error") continue;
    assert.deepEqual(readFrame(writeMessageFrame(message).buffer), message);
  }
});

Deno.test("columns: the bytes that were written down are read, and written, as they were", () => {
  const { message } = examples.find(({ name }) => name === "delta.json")!;
  assert(isStep(message));
  assert.deepEqual(messageOf(read(golden)), asColumns(message));
  assert.deepEqual(writeMessage(message), golden);
});

Deno.test("columns: a heading that rounds to a full circle is north", () => {
  const flight = {
    ...(examples.find(({ name }) => name === "snapshot_maximal.json")!
      .message as SnapshotMessage).flights[0]!,
    heading_deg: 359.99999999,
  };
  const message = { type: "snapshot", timestamp: "2024-06-01T14:00:01.400Z", sequence: 1 } as const;
  const [back] = (messageOf(frameOf({ ...message, flights: [flight] })) as SnapshotMessage).flights;
  assert.equal(back!.heading_deg, 0);
});

Deno.test("columns: a column of later readers is passed over", () => {
  const later = golden.slice();
  // The last one in the directory is a text: under an id that nobody knows it is not looked at.
  const columns = new DataView(later.buffer).getUint16(36, true);
  later[40 + 8 * (columns - 1)] = 200;
  const [before, after] = [read(golden), read(later)];
  assert.equal(after.count, before.count);
  assert.equal(Object.keys(after.texts).length, Object.keys(before.texts).length - 1);
});

Deno.test("columns: a frame that is cut off anywhere, or is none, is refused or says no more", () => {
  for (let length = 0; length < golden.length; length++) {
    assert.throws(() => read(golden.slice(0, length)), Error, `${length} bytes`);
  }
  assert.throws(() => read(Uint8Array.of(9, 1, 0, 0)), /kind 9/);
  assert.throws(() => read(Uint8Array.of(2, 9, 0, 0)), /version 9/);
  const random = seededRandom(3);
  for (let i = 0; i < 5000; i++) {
    const broken = golden.slice();
    for (let k = 0; k < 3; k++) {
      broken[Math.floor(random() * golden.length)] = Math.floor(random() * 256);
    }
    try {
      const frame = read(broken);
      // Whatever it says it has, it has.
      for (const column of Object.values(frame.numbers)) assert.equal(column.length, frame.count);
    } catch (error) {
      assert(error instanceof Error);
    }
  }
});
