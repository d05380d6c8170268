/** Aircraft in steady flight, published onto the log as ingest would, for load and soak tests. */
import { report } from "../core/testing.ts";
import type { Bus } from "../services/bus/bus.ts";
import type { Config } from "../services/config.ts";
import { encodeEnvelope } from "../services/envelope.ts";

export interface TrafficOptions {
  readonly aircraft: number;
  /** Updates a second over all aircraft. */
  readonly perSecond: number;
  /** Also onto `flights.updates`, which the process role reads. */
  readonly updates: boolean;
}

export interface Traffic {
  readonly published: number;
  stop(): Promise<void>;
}

const TURN_MS = 100;
const FIRST = 0x100000;
/** Metres to a degree of latitude. */
const M_PER_DEG = 111_320;
const SPEED_MPS = 200;
const SOURCE = {
  provider: "bench",
  mode: "live",
  bbox: { lat_min: -60, lat_max: 60, lon_min: -180, lon_max: 180 },
  poll_interval_s: 1,
};

/** Goes on until it is stopped; a log that does not take it is waited for. */
export function startTraffic(bus: Bus, config: Config, options: TrafficOptions): Traffic {
  let [published, isOver] = [0, false];
  const beganMs = Date.now();
  const flying = (async () => {
    const startedMs = performance.now();
    for (let turn = 0; !isOver; turn++) {
      const waitMs = startedMs + turn * TURN_MS - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const from = Math.round(turn * options.perSecond * TURN_MS / 1000);
      const to = Math.round((turn + 1) * options.perSecond * TURN_MS / 1000);
      const flights = Array.from(
        { length: to - from },
        (_, i) => flight((from + i) % options.aircraft, beganMs),
      );
      const records = (type: string) =>
        flights.map((flight) => ({
          key: flight.icao24,
          value: encodeEnvelope(type, SOURCE, flight),
        }));
      await bus.publish(config.KAFKA_TOPIC_STATE, records("flight_state"));
      if (options.updates) {
        await bus.publish(config.KAFKA_TOPIC_UPDATES, records("flight_update"));
      }
      published += flights.length;
    }
  })();
  return {
    get published() {
      return published;
    },
    async stop() {
      isOver = true;
      await flying;
    },
  };
}

/** The nth one now: each on a meridian of its own, northwards round and round between 60 S and 60 N. */
function flight(n: number, beganMs: number) {
  const nowMs = Date.now();
  const flownDeg = (nowMs - beganMs) / 1000 * SPEED_MPS / M_PER_DEG;
  const lat = (n * 7.3 + flownDeg) % 120 - 60;
  return report((FIRST + n).toString(16), Math.floor(nowMs / 1000), {
    last_contact_ms: nowMs,
    position: { lat, lon: n * 0.61803 % 360 - 180 },
    altitude_m: 9000 + n % 30 * 100,
    velocity_mps: SPEED_MPS,
    heading_deg: 0,
    squawk: "2346",
    origin_country: "United States",
  });
}
