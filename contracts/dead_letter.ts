import { z } from "zod";
import { MESSAGE_TYPES, REASON_CODES, SCHEMA_VERSION } from "./constants.ts";
import { Timestamp } from "./flight.ts";

/** Where the refused bytes came from: a line of a file, a message of a topic, or a feed. */
export const DeadLetterOrigin = z.union([
  z.object({ file: z.string(), line: z.int().min(1) }),
  z.object({ topic: z.string(), partition: z.int().min(0), offset: z.int().min(0) }),
  z.object({ source: z.string() }),
]);
export type DeadLetterOrigin = z.infer<typeof DeadLetterOrigin>;

/** What was refused, whole, and why: `reason` is a sentence with the field and its value. */
export const DeadLetterPayload = z.object({
  original_base64: z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/),
  origin: DeadLetterOrigin,
  reason_code: z.enum(REASON_CODES),
  reason: z.string().min(1),
});
export type DeadLetterPayload = z.infer<typeof DeadLetterPayload>;

/** The value of a message on `deadletter.flights`. */
export const DeadLetterEnvelope = z.object({
  schema_version: z.literal(SCHEMA_VERSION),
  type: z.literal(MESSAGE_TYPES.deadLetter),
  produced_at: Timestamp,
  source: z.object({ provider: z.string().min(1) }),
  payload: DeadLetterPayload,
});
export type DeadLetterEnvelope = z.infer<typeof DeadLetterEnvelope>;
