/** Takes the log into the cache: who is where, and how the sources are doing. */
import { MESSAGE_TYPES, SCHEMA_VERSION, TOPICS } from "../../contracts/constants.ts";
import type { DeadLetterEnvelope } from "../../contracts/dead_letter.ts";
import { FlightEnvelope, type FlightPayload, lastContactMs } from "../../contracts/flight.ts";
import { HeartbeatEnvelope, type HeartbeatPayload } from "../../contracts/heartbeat.ts";
import { type Parsed, parseMessage, type Refusal } from "../../contracts/parse.ts";
import type { FlightCache } from "../../core/flight_cache.ts";
import type { Batch, Bus, BusRecord, OutRecord, Reader } from "../bus/bus.ts";
import type { HubMetrics } from "./metrics.ts";

/** `source.provider` of what the hub says itself. */
const HUB_PROVIDER = "skysentinel-hub";
/** A Timestamp's year has four digits: nothing later could be said to anyone. */
const LAST_MS = Date.UTC(10_000, 0) - 1;
const encoder = new TextEncoder();

/** The newest heartbeat of each producer. */
export type Sources = Map<string, HeartbeatPayload>;

export interface Feed {
  readonly bus: Bus;
  readonly cache: FlightCache;
  readonly sources: Sources;
  readonly metrics: HubMetrics;
}

/** Reads the latest state of every aircraft, and on from there, until the reader is closed. */
export async function followState(feed: Feed, reader: Reader): Promise<void> {
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    await eachValid(feed, batch, parseFlight, (envelope, { key }) => {
      if (envelope === null) return feed.cache.remove(key ?? "");
      const isNews = feed.cache.apply(envelope.payload, envelope.source.mode);
      if (!isNews) feed.metrics.outdated.inc();
    });
  }
}

export async function followHeartbeats(feed: Feed, reader: Reader): Promise<void> {
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    await eachValid(feed, batch, parseHeartbeat, (envelope) => {
      if (envelope) feed.sources.set(envelope.payload.producer_id, envelope.payload);
    });
  }
}

function parseFlight(value: Uint8Array): Parsed<FlightEnvelope> {
  const parsed = parseMessage(FlightEnvelope, value);
  if (!parsed.ok || lastContactMs(parsed.value.payload) <= LAST_MS) return parsed;
  return { ok: false, reason_code: "implausible_time", reason: tooLate(parsed.value.payload) };
}

function tooLate(flight: FlightPayload): string {
  const clock = typeof flight.last_contact_ms === "number"
    ? "last_contact_ms"
    : "last_contact_unix";
  return `payload.${clock} is ${flight[clock]}, but must be before the year 10000`;
}

function parseHeartbeat(value: Uint8Array): Parsed<HeartbeatEnvelope> {
  return parseMessage(HeartbeatEnvelope, value);
}

/** Shows each message that is valid, tombstones as null; the others go to the dead letters. */
async function eachValid<T>(
  { bus, metrics }: Feed,
  batch: Batch,
  parse: (value: Uint8Array) => Parsed<T>,
  see: (envelope: T | null, record: BusRecord) => void,
): Promise<void> {
  const refused: OutRecord[] = [];
  for (const record of batch.records) {
    const parsed = record.value && parse(record.value);
    if (parsed === null || parsed.ok) see(parsed && parsed.value, record);
    else {
      metrics.refused.inc({ reason_code: parsed.reason_code });
      refused.push({ key: null, value: deadLetter(batch, record, parsed) });
    }
  }
  if (refused.length > 0) await bus.publish(TOPICS.deadletter, refused);
}

function deadLetter({ topic, partition }: Batch, record: BusRecord, refusal: Refusal): Uint8Array {
  const { reason_code, reason } = refusal;
  const envelope: DeadLetterEnvelope = {
    schema_version: SCHEMA_VERSION,
    type: MESSAGE_TYPES.deadLetter,
    produced_at: new Date().toISOString(),
    source: { provider: HUB_PROVIDER },
    payload: {
      original_base64: record.value!.toBase64(),
      origin: { topic, partition, offset: record.offset },
      reason_code,
      reason,
    },
  };
  return encoder.encode(JSON.stringify(envelope));
}
