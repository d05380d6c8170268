/** Takes the log into the cache: who is where, and how the sources are doing. */
import type { z } from "zod";
import { TOPICS } from "../../contracts/constants.ts";
import { AnomalyEnvelope } from "../../contracts/anomaly.ts";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { HeartbeatEnvelope, type SourceState } from "../../contracts/heartbeat.ts";
import { parseMessage } from "../../contracts/parse.ts";
import type { FlightCache } from "../../core/flight_cache.ts";
import type { Batch, Bus, BusRecord, OutRecord, Reader } from "../bus/bus.ts";
import { deadLetter } from "../envelope.ts";
import { continueTrace, type Step } from "../trace.ts";
import type { LiveFeed } from "./live.ts";
import type { HubMetrics } from "./metrics.ts";

/** `source.provider` of what the hub says itself. */
const HUB_PROVIDER = "skysentinel-hub";

/** The newest heartbeat of each producer. */
export type Sources = Map<string, SourceState>;

export interface Feed {
  readonly bus: Bus;
  readonly cache: FlightCache;
  readonly sources: Sources;
  readonly metrics: HubMetrics;
  /** Takes the step of an update that is followed: it ends when clients have been sent it. */
  readonly followed?: (step: Step) => void;
}

/** Reads the latest state of every aircraft, and on from there, until the reader is closed. */
export async function followState(feed: Feed, reader: Reader): Promise<void> {
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    await eachValid(feed, batch, FlightEnvelope, (envelope, { key }) => {
      if (envelope === null) return feed.cache.remove(key ?? "");
      const step = continueTrace(envelope.traceparent, "hub.deliver");
      if (step) feed.followed?.(step);
      const isNews = feed.cache.apply(envelope.payload, envelope.source.mode);
      if (!isNews) feed.metrics.outdated.inc();
    });
  }
}

/** How the sources are doing, for `/health` and, where nothing more will come, for every client. */
export async function followHeartbeats(feed: Feed, live: LiveFeed, reader: Reader): Promise<void> {
  const expected = new Expected();
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    await eachValid(feed, batch, HeartbeatEnvelope, (envelope) => {
      if (!envelope) return;
      const { payload, source } = envelope;
      const { poll_interval_s } = source;
      feed.sources.set(payload.producer_id, { ...payload, poll_interval_s });
      expected.heard(envelope);
    });
    for (const producerId of expected.leftOver()) feed.sources.delete(producerId);
    const hasEnded = ({ replay }: SourceState) => replay?.ended ?? false;
    live.setReplayEnded(feed.sources.size > 0 && [...feed.sources.values()].every(hasEnded));
  }
}

/** Silences that are longer than this, and than three of its polls, are not a source's own. */
const LONGEST_SILENCE_MS = 300_000;
const POLLS_MISSED = 3;

/**
 * Live sources that have been taken out of the settings: they are silent while others go on. One that
 * is silent because nobody is heard any more is not.
 */
class Expected {
  readonly #untilMs = new Map<string, number>();
  #newestMs = -Infinity;

  heard({ payload, source }: HeartbeatEnvelope): void {
    // A replay's clock is the recording's.
    if (payload.replay) return;
    const atMs = Date.parse(payload.timestamp);
    const silenceMs = Math.max(LONGEST_SILENCE_MS, POLLS_MISSED * source.poll_interval_s * 1000);
    this.#untilMs.set(payload.producer_id, atMs + silenceMs);
    this.#newestMs = Math.max(this.#newestMs, atMs);
  }

  /** Forgets and returns them. */
  leftOver(): string[] {
    const gone = [...this.#untilMs].filter(([, untilMs]) => untilMs < this.#newestMs);
    for (const [producerId] of gone) this.#untilMs.delete(producerId);
    return gone.map(([producerId]) => producerId);
  }
}

/** Anomalies as they come: who has one open is marked, and every client is told what is new. */
export async function followAnomalies(feed: Feed, live: LiveFeed, reader: Reader): Promise<void> {
  const open = new Map<string, string>();
  // What is on the log already is known by now: it marks aircraft, but it is no news.
  let known = (await reader.lag()).reduce((sum, { lag }) => sum + lag, 0);
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    const isNews = known <= 0;
    known -= batch.records.length;
    await eachValid(feed, batch, AnomalyEnvelope, (envelope) => {
      if (!envelope) return;
      const { payload } = envelope;
      if (payload.state === "ACTIVE") open.set(payload.anomaly_id, payload.icao24);
      else open.delete(payload.anomaly_id);
      if (isNews) live.anomaly(payload);
    });
    feed.cache.setAnomalous(new Set(open.values()));
  }
}

/** Shows each message that is valid, tombstones as null; the others go to the dead letters. */
async function eachValid<T>(
  { bus, metrics }: Feed,
  batch: Batch,
  schema: z.ZodType<T>,
  see: (envelope: T | null, record: BusRecord) => void,
): Promise<void> {
  const refused: OutRecord[] = [];
  metrics.read.inc(batch.records.length);
  for (const record of batch.records) {
    const parsed = record.value && parseMessage(schema, record.value);
    if (parsed === null || parsed.ok) see(parsed && parsed.value, record);
    else {
      metrics.refused.inc({ reason_code: parsed.reason_code });
      const origin = { topic: batch.topic, partition: batch.partition, offset: record.offset };
      refused.push(deadLetter(HUB_PROVIDER, record.value!, origin, parsed));
    }
  }
  if (refused.length > 0) await bus.publish(TOPICS.deadletter, refused);
}
