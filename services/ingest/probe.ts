/**
 * An aircraft that is not there, for `deno task verify`: on request it says on `flights.updates` that
 * its radio has failed and then that it is well again, so that the whole way of an anomaly can be
 * watched. It is over the sea at 0 N 0 E, is not on `flights.state`, so that no map shows it, and nothing of
 * the request goes into it.
 */
import { MESSAGE_TYPES } from "../../contracts/constants.ts";
import type { FlightPayload, FlightSource } from "../../contracts/flight.ts";
import { PROBE_ADDRESSES, type ProbeAnswer } from "../../contracts/status.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { Bus } from "../bus/bus.ts";
import { encodeEnvelope } from "../envelope.ts";

export const PROBE_PROVIDER = "skysentinel-verify";
/** A second apart: three of a code confirm it, three of another end it. */
const SQUAWKS = ["7600", "7600", "7600", "2000", "2000", "2000"];
const AGAIN_AFTER_MS = 5000;
/** What a page of somebody's cannot send without being asked first, which is answered with no. */
const HEADER = "x-skysentinel-probe";

/** What was published last: a probe flies in its time, live or of a recording. */
export interface Newest {
  readonly source: FlightSource;
  readonly flight: FlightPayload;
}

export class Probe {
  readonly #bus: Bus;
  readonly #topic: string;
  readonly #newest: () => Newest | undefined;
  #lastMs = -Infinity;
  #publishedMs = -Infinity;

  constructor(bus: Bus, topic: string, newest: () => Newest | undefined) {
    this.#bus = bus;
    this.#topic = topic;
    this.#newest = newest;
  }

  /** The answer to a request for `/probe`. */
  async answer(request: Request): Promise<Response> {
    if (request.method !== "POST" || request.headers.get(HEADER) === null) {
      return problem(400, "bad_probe", `Send POST with the header ${HEADER}: 1`);
    }
    const waitMs = this.#publishedMs + AGAIN_AFTER_MS - performance.now();
    if (waitMs > 0) {
      const retryAfterS = Math.ceil(waitMs / 1000);
      const message = `There was a probe a moment ago: ask again in ${retryAfterS} s`;
      return problem(429, "too_many_requests", message, retryAfterS);
    }
    const newest = this.#newest();
    if (!newest) {
      const message =
        "Nothing has been published yet, so that there is no time to fly in: try later";
      return problem(503, "no_stream_time", message, AGAIN_AFTER_MS / 1000);
    }
    this.#publishedMs = performance.now();
    return Response.json(await this.#fly(newest));
  }

  async #fly({ source, flight }: Newest): Promise<ProbeAnswer> {
    const newestS = Math.floor(lastContactMs(flight) / 1000);
    // In the past, so that no clock of the stream is moved; a stream that stands still is outrun.
    const startS = Math.max(newestS - SQUAWKS.length, this.#lastMs / 1000 + 1);
    // Each minute another, so that none comes back soon.
    const { first, count } = PROBE_ADDRESSES;
    const icao24 = (first + Math.floor(startS / 60) % count).toString(16);
    const records = SQUAWKS.map((squawk, i) => {
      const value = encodeEnvelope(
        MESSAGE_TYPES.flightUpdate,
        { ...source, provider: PROBE_PROVIDER },
        report(icao24, startS + i, squawk),
      );
      return { key: icao24, value };
    });
    this.#lastMs = (startS + SQUAWKS.length - 1) * 1000;
    await this.#bus.publish(this.#topic, records);
    const anomaly_type = "SQUAWK_7600";
    return { icao24, anomaly_type, anomaly_id: `${icao24}-${anomaly_type}-${startS * 1000}` };
  }
}

/** At 200 m/s to the north, 10 km high. */
function report(icao24: string, atS: number, squawk: string): FlightPayload {
  return {
    icao24,
    callsign: "VERIFY",
    position: { lat: (atS % 60) * 0.0018, lon: 0 },
    altitude_m: 10_000,
    geo_altitude_m: null,
    velocity_mps: 200,
    heading_deg: 0,
    vertical_rate_mps: 0,
    on_ground: false,
    squawk,
    spi: false,
    time_position_unix: atS,
    last_contact_unix: atS,
  };
}

function problem(
  status: number,
  code: string,
  message: string,
  retryAfterS?: number,
): Response {
  const headers = new Headers();
  if (retryAfterS !== undefined) headers.set("retry-after", String(retryAfterS));
  return Response.json({ status, code, message }, { status, headers });
}
