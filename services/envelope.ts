import { MESSAGE_TYPES, SCHEMA_VERSION } from "../contracts/constants.ts";
import type { DeadLetterOrigin, DeadLetterPayload } from "../contracts/dead_letter.ts";
import type { Refusal } from "../contracts/parse.ts";
import type { OutRecord } from "./bus/bus.ts";

const encoder = new TextEncoder();

/** The bytes of a message as it goes onto the log, produced now. */
export function encodeEnvelope(type: string, source: unknown, payload: unknown): Uint8Array {
  return encodeEnvelopes([type], source, payload)[0]!;
}

/** The same under several types: what they have in common is written out once. */
export function encodeEnvelopes(
  types: readonly string[],
  source: unknown,
  payload: unknown,
  traceparent?: string,
): Uint8Array[] {
  const followed = traceparent === undefined ? "" : `"traceparent":${JSON.stringify(traceparent)},`;
  const rest =
    `"produced_at":"${new Date().toISOString()}",${followed}"source":${JSON.stringify(source)},` +
    `"payload":${JSON.stringify(payload)}}`;
  return types.map((type) =>
    encoder.encode(`{"schema_version":${SCHEMA_VERSION},"type":${JSON.stringify(type)},${rest}`)
  );
}

/** What was refused, whole, as `provider` puts it aside. */
export function deadLetter(
  provider: string,
  original: Uint8Array,
  origin: DeadLetterOrigin,
  { reason_code, reason }: Refusal,
): OutRecord {
  const payload: DeadLetterPayload = {
    original_base64: original.toBase64(),
    origin,
    reason_code,
    reason,
  };
  return { key: null, value: encodeEnvelope(MESSAGE_TYPES.deadLetter, { provider }, payload) };
}
