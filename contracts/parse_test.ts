import assert from "node:assert/strict";
import { z } from "zod";
import { DeadLetterEnvelope } from "./dead_letter.ts";
import { FlightEnvelope } from "./flight.ts";
import { parseJson, parseMessage } from "./parse.ts";
import { ClientMessage } from "./websocket.ts";

const UPDATE = {
  schema_version: 1,
  type: "flight_update",
  produced_at: "2024-06-01T14:00:00.000Z",
  source: {
    provider: "opensky",
    mode: "replay",
    bbox: { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 },
    poll_interval_s: 10,
  },
  payload: {
    icao24: "a0b1c2",
    position: { lat: 40.7, lon: -74 },
    on_ground: false,
    spi: false,
    last_contact_unix: 1_717_250_400,
  },
};

/** The update with `value` at a dotted path; undefined takes the key away. */
function updateWith(path: string, value: unknown): string {
  const copy = structuredClone(UPDATE);
  const keys = path.split(".");
  const last = keys.pop()!;
  let at: Record<string, unknown> = copy;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  at[last] = value;
  return JSON.stringify(copy);
}

function refusal(schema: z.ZodType, bytes: Uint8Array | string) {
  const parsed = parseMessage(schema, bytes);
  assert(!parsed.ok, "it was accepted");
  const { reason_code, reason } = parsed;
  return { reason_code, reason };
}

Deno.test("a message is read from text and from bytes alike", () => {
  const text = JSON.stringify(UPDATE);
  assert.deepEqual(parseMessage(FlightEnvelope, text), { ok: true, value: UPDATE });
  assert.deepEqual(parseMessage(FlightEnvelope, new TextEncoder().encode(text)), {
    ok: true,
    value: UPDATE,
  });
});

Deno.test("keys that we don't know are allowed", () => {
  assert.equal(parseMessage(FlightEnvelope, updateWith("payload.wake", "heavy")).ok, true);
  assert.equal(parseMessage(FlightEnvelope, updateWith("trace_id", "7f")).ok, true);
});

Deno.test("what is not JSON is not_json, with the parser's own words", () => {
  for (
    const [text, words] of [
      ["", /^not JSON: Unexpected end of JSON input$/],
      ["hello", /^not JSON: Unexpected token 'h'/],
      [JSON.stringify(UPDATE).slice(0, 100), /^not JSON: /],
    ] as const
  ) {
    const { reason_code, reason } = refusal(FlightEnvelope, text);
    assert.equal(reason_code, "not_json");
    assert.match(reason, words);
  }
});

Deno.test("bytes that are not UTF-8 are not_json, never read as something else", () => {
  assert.deepEqual(refusal(FlightEnvelope, new Uint8Array([0x22, 0xc3, 0x28, 0x22])), {
    reason_code: "not_json",
    reason: "not JSON: the bytes are not UTF-8",
  });
});

Deno.test("every refusal names the field, its value and what would be right", () => {
  const cases: [path: string, value: unknown, code: string, reason: string][] = [
    [
      "payload.position.lat",
      123.4,
      "impossible_value",
      "payload.position.lat is 123.4, but must be at most 90",
    ],
    [
      "payload.position.lon",
      -180.5,
      "impossible_value",
      "payload.position.lon is -180.5, but must be at least -180",
    ],
    [
      "payload.heading_deg",
      360,
      "impossible_value",
      "payload.heading_deg is 360, but must be less than 360",
    ],
    [
      "payload.icao24",
      "A0B1C2",
      "impossible_value",
      'payload.icao24 is "A0B1C2", but must match /^[0-9a-f]{6}$/',
    ],
    [
      "payload.squawk",
      "7800",
      "impossible_value",
      'payload.squawk is "7800", but must match /^[0-7]{4}$/',
    ],
    [
      "source.provider",
      "",
      "impossible_value",
      'source.provider is "", but must not be empty',
    ],
    [
      "source.mode",
      "simulated",
      "impossible_value",
      'source.mode is "simulated", but must be one of "live", "replay"',
    ],
    ["source.mode", 3, "wrong_shape", 'source.mode is 3, but must be one of "live", "replay"'],
    ["payload", "late", "wrong_shape", 'payload is "late", but must be an object'],
    ["payload", [1, 2], "wrong_shape", "payload is an array of 2, but must be an object"],
    ["payload", undefined, "wrong_shape", "payload is missing, but must be an object"],
    ["payload", null, "wrong_shape", "payload is null, but must be an object"],
    [
      "payload.position",
      undefined,
      "wrong_shape",
      "payload.position is missing, but must be an object",
    ],
    [
      "payload.position.lat",
      "40.7",
      "wrong_shape",
      'payload.position.lat is "40.7", but must be a number',
    ],
    [
      "payload.last_contact_unix",
      1.5,
      "wrong_shape",
      "payload.last_contact_unix is 1.5, but must be a whole number",
    ],
    [
      "payload.on_ground",
      { a: 1, b: 2 },
      "wrong_shape",
      "payload.on_ground is an object of a, b, but must be true or false",
    ],
    [
      "payload.on_ground",
      {},
      "wrong_shape",
      "payload.on_ground is an empty object, but must be true or false",
    ],
    [
      "type",
      "heartbeat",
      "wrong_shape",
      'type is "heartbeat", but must be one of "flight_state", "flight_update"',
    ],
    ["schema_version", "1", "wrong_shape", 'schema_version is "1", but must be 1'],
    ["schema_version", 0, "impossible_value", "schema_version is 0, but must be 1"],
    ["schema_version", undefined, "wrong_shape", "schema_version is missing, but must be 1"],
    [
      "schema_version",
      2,
      "future_schema_version",
      "schema_version is 2, but the newest known here is 1",
    ],
  ];
  for (const [path, value, reason_code, reason] of cases) {
    assert.deepEqual(refusal(FlightEnvelope, updateWith(path, value)), { reason_code, reason });
  }
});

Deno.test("a message that is no object at all is wrong_shape", () => {
  assert.deepEqual(refusal(FlightEnvelope, "[]"), {
    reason_code: "wrong_shape",
    reason: "the message is an array of 0, but must be an object",
  });
  assert.equal(refusal(FlightEnvelope, "null").reason_code, "wrong_shape");
});

Deno.test("a newer version is said to be one, whatever else differs in it", () => {
  const text = JSON.stringify({ schema_version: 3, produced_at: 17, kind: "flight" });
  assert.equal(refusal(FlightEnvelope, text).reason_code, "future_schema_version");
});

Deno.test("a message without versions is not judged by a stray schema_version", () => {
  const text = JSON.stringify({ type: "subscribe", schema_version: 9, max_hz: 0 });
  assert.deepEqual(refusal(ClientMessage, text), {
    reason_code: "impossible_value",
    reason: "max_hz is 0, but must be at least 0.1",
  });
});

Deno.test("a choice of shapes names what it chooses by", () => {
  assert.deepEqual(refusal(ClientMessage, '{"type":"snapshot"}'), {
    reason_code: "wrong_shape",
    reason: 'type is "snapshot", but must be one of "resync", "subscribe"',
  });
  const letter = {
    ...UPDATE,
    type: "dead_letter",
    payload: { original_base64: "", origin: { from: "x" }, reason_code: "not_json", reason: "x" },
  };
  assert.deepEqual(refusal(DeadLetterEnvelope, JSON.stringify(letter)), {
    reason_code: "wrong_shape",
    reason: "payload.origin is an object of from, but must have one of the allowed shapes",
  });
});

Deno.test("a reason stays short, whatever was sent", () => {
  const long = refusal(FlightEnvelope, updateWith("payload.icao24", "x".repeat(100_000)));
  assert(long.reason.length < 200, long.reason);
  const keys = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key_${i}`, i]));
  assert(refusal(FlightEnvelope, updateWith("payload.on_ground", keys)).reason.length < 200);
});

Deno.test("a value nested deeper than the stack is refused like any other", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assert.equal(parseJson(deep).ok, true);
  const { reason } = refusal(FlightEnvelope, `{"schema_version":1,"type":${deep}}`);
  assert.match(reason, /^type is an array of 1, but must be one of/);
});
