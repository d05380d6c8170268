/** `/?mock=N`: the page without a hub. What a hub would send comes from here, in the same frames. */
import type { Line } from "../../clients/ts/socket.ts";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { type FrameHead, writeFrame, writeMessageFrame } from "../../contracts/columns_writer.ts";
import type { ClientMessage } from "../../contracts/websocket.ts";
import { MockTraffic } from "./mock_traffic.ts";

export const MOCK_AIRCRAFT = 2000;
const TICK_MS = 200;
/** Every aircraft is heard of once a second. */
const TICKS_PER_ROUND = 5;

/** A connection to nowhere. */
export class MockLine implements Line {
  onopen: WebSocket["onopen"] = null;
  onmessage: WebSocket["onmessage"] = null;
  onclose: WebSocket["onclose"] = null;
  readyState: WebSocket["readyState"] = WebSocket.OPEN;
  readonly #startMs = Date.now();
  readonly #traffic: MockTraffic;
  #sequence = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(count: number) {
    this.#traffic = new MockTraffic(count, this.#startMs);
    setTimeout(() => {
      this.onopen?.call(this as unknown as WebSocket, new Event("open"));
      this.#snapshot();
      this.#tellAnomalies();
      this.#timer = setInterval(() => this.#tick(), TICK_MS);
    });
  }

  send(text: string) {
    const message: ClientMessage = JSON.parse(text);
    this.#snapshot();
    if (message.type !== "subscribe") return;
    clearInterval(this.#timer);
    const everyMs = message.max_hz === undefined ? TICK_MS : 1000 / message.max_hz;
    this.#timer = setInterval(() => this.#tick(), everyMs);
  }

  close() {
    clearInterval(this.#timer);
    this.readyState = WebSocket.CLOSED;
  }

  #snapshot() {
    const rows = Array.from({ length: this.#traffic.size }, (_, i) => this.#row(i));
    this.#say(writeFrame(this.#head("snapshot"), rows));
  }

  #tick() {
    this.#sequence++;
    const rows = [];
    const first = this.#sequence % TICKS_PER_ROUND;
    for (let i = first; i < this.#traffic.size; i += TICKS_PER_ROUND) rows.push(this.#row(i));
    this.#say(writeFrame(this.#head("delta"), rows));
  }

  #tellAnomalies() {
    for (let i = 0; i < this.#traffic.size; i++) {
      const { flight } = this.#row(i);
      if (flight.squawk !== "7700") continue;
      const at = new Date().toISOString();
      const payload: AnomalyPayload = {
        anomaly_id: `mock-${flight.icao24}`,
        icao24: flight.icao24,
        callsign: flight.callsign,
        anomaly_type: "SQUAWK_7700",
        severity: "HIGH",
        state: "ACTIVE",
        started_at: at,
        detected_at: at,
        position: flight.position,
        altitude_m: flight.altitude_m,
        details: { squawk: "7700", meaning: "emergency", reports: 3 },
      };
      this.#say(writeMessageFrame({ type: "anomaly", timestamp: at, payload }));
    }
  }

  #row(i: number) {
    const nowMs = Date.now();
    const flight = this.#traffic.at(i, (nowMs - this.#startMs) / 1000, nowMs);
    return { flight, status: flight.squawk === "7700" ? "ANOMALY" : flight.status };
  }

  #head(type: "snapshot" | "delta"): FrameHead {
    const nowMs = Date.now();
    return {
      type,
      timestamp_ms: nowMs,
      stream_time_ms: nowMs,
      mode: "live",
      replay_ended: false,
      sequence: this.#sequence,
    };
  }

  #say(frame: Uint8Array<ArrayBuffer>) {
    const event = new MessageEvent("message", { data: frame.buffer });
    this.onmessage?.call(this as unknown as WebSocket, event);
  }
}
