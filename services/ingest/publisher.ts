/** Puts what the sources say onto the log: state, updates, tombstones, heartbeats, dead letters. */
import { MESSAGE_TYPES, TOPICS } from "../../contracts/constants.ts";
import type { DeadLetterOrigin } from "../../contracts/dead_letter.ts";
import type { FlightPayload, FlightSource } from "../../contracts/flight.ts";
import type { HeartbeatPayload } from "../../contracts/heartbeat.ts";
import type { Refusal } from "../../contracts/parse.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { Bus, OutRecord } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import { deadLetter, encodeEnvelope, encodeEnvelopes } from "../envelope.ts";
import { beginTrace, type Step } from "../trace.ts";
import type { IngestMetrics } from "./metrics.ts";
import type { Newest } from "./probe.ts";

/** `source.provider` of what ingest says of itself. */
const INGEST_PROVIDER = "skysentinel-ingest";

/** Records published together: enough for the log to be fast, few enough to be there at once. */
const BATCH_RECORDS = 500;
/** Refused lines may be long, up to a megabyte each. */
const BATCH_REFUSED_BYTES = 1 << 20;

/** Gathers records until `flush` publishes them, each topic's in the order they were given. */
export class Publisher {
  readonly #bus: Bus;
  readonly #metrics: IngestMetrics;
  readonly #topics: { readonly state: string; readonly updates: string };
  #state: OutRecord[] = [];
  #updates: OutRecord[] = [];
  #deadLetters: OutRecord[] = [];
  #heartbeats: OutRecord[] = [];
  #tombstones = 0;
  #refusedBytes = 0;
  #newest: Newest | undefined;
  /** How far event time has come, ms. */
  #streamMs = -Infinity;
  /** Of updates that are followed and not yet published. */
  #steps: Step[] = [];

  constructor(bus: Bus, config: Config, metrics: IngestMetrics) {
    this.#bus = bus;
    this.#metrics = metrics;
    this.#topics = { state: config.KAFKA_TOPIC_STATE, updates: config.KAFKA_TOPIC_UPDATES };
  }

  /** The report that was given last. */
  get newest(): Newest | undefined {
    return this.#newest;
  }

  /** Whether it is time to flush: there is enough for one batch. */
  get isFull(): boolean {
    return this.#state.length + this.#deadLetters.length >= BATCH_RECORDS ||
      this.#refusedBytes >= BATCH_REFUSED_BYTES;
  }

  /** A report, for both topics: they differ in the envelope's type alone. */
  report(source: FlightSource, flight: FlightPayload): void {
    const { flightState, flightUpdate } = MESSAGE_TYPES;
    this.#newest = { source, flight };
    this.passed(lastContactMs(flight));
    const key = flight.icao24;
    const step = beginTrace("ingest.publish", { icao24: key, provider: source.provider });
    if (step) this.#steps.push(step);
    const [state, update] = encodeEnvelopes(
      [flightState, flightUpdate],
      source,
      flight,
      step?.traceparent,
    );
    this.#state.push({ key, value: state! });
    this.#updates.push({ key, value: update! });
  }

  /** Event time has come so far, ms: as a report says, or a source that has heard of nobody. */
  passed(atMs: number): void {
    this.#streamMs = Math.max(this.#streamMs, atMs);
  }

  /** The aircraft has left: compaction may forget it. */
  departed(icao24: string): void {
    this.#state.push({ key: icao24, value: null });
    this.#tombstones++;
  }

  refused(original: Uint8Array, origin: DeadLetterOrigin, refusal: Refusal): void {
    this.#refusedBytes += original.length;
    this.#deadLetters.push(deadLetter(INGEST_PROVIDER, original, origin, refusal));
    this.#metrics.deadLetters.inc({ reason_code: refusal.reason_code });
  }

  /** How a source does. Everything given before is on the log before this is. */
  heartbeat(source: FlightSource, payload: HeartbeatPayload): void {
    const stream = this.#streamMs > 0
      ? { topic: this.#topics.updates, newest_at: new Date(this.#streamMs).toISOString() }
      : null;
    const value = encodeEnvelope(MESSAGE_TYPES.heartbeat, source, { ...payload, stream });
    this.#heartbeats.push({ key: payload.producer_id, value });
  }

  /** Resolves when the log has everything given so far. */
  async flush(): Promise<void> {
    const [state, updates, deadLetters] = [this.#state, this.#updates, this.#deadLetters];
    const heartbeats = this.#heartbeats;
    const reports = state.length - this.#tombstones;
    this.#state = [];
    this.#updates = [];
    this.#deadLetters = [];
    this.#heartbeats = [];
    this.#tombstones = 0;
    this.#refusedBytes = 0;
    const { published } = this.#metrics;
    const steps = this.#steps.splice(0);
    await Promise.all([
      publish(this.#bus, this.#topics.state, state),
      publish(this.#bus, this.#topics.updates, updates),
      publish(this.#bus, TOPICS.deadletter, deadLetters),
    ]);
    await publish(this.#bus, TOPICS.heartbeat, heartbeats);
    for (const step of steps) step.end();
    published.inc({ topic: this.#topics.state }, reports);
    published.inc({ topic: this.#topics.updates }, updates.length);
  }
}

async function publish(bus: Bus, topic: string, records: readonly OutRecord[]): Promise<void> {
  if (records.length > 0) await bus.publish(topic, records);
}
