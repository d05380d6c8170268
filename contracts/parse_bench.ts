import { FlightEnvelope } from "./flight.ts";
import { parseMessage } from "./parse.ts";

const text = JSON.stringify({
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
    callsign: "DAL2300",
    position: { lat: 40.6413, lon: -73.7781 },
    altitude_m: 1524,
    geo_altitude_m: 1562.1,
    velocity_mps: 128.6,
    heading_deg: 223.4,
    vertical_rate_mps: -5.2,
    on_ground: false,
    squawk: "2346",
    spi: false,
    time_position_unix: 1_717_250_399,
    last_contact_unix: 1_717_250_400,
  },
});
const bytes = new TextEncoder().encode(text);
const message = JSON.parse(text);
const wrong = new TextEncoder().encode(text.replace("40.6413", "140.6413"));

Deno.bench("JSON.parse alone", () => void JSON.parse(text));
Deno.bench("zod alone", () => void FlightEnvelope.safeParse(message));
Deno.bench("parseMessage: UTF-8, JSON and zod", { baseline: true }, () => {
  parseMessage(FlightEnvelope, bytes);
});
Deno.bench("parseMessage: a message that is refused", () => {
  parseMessage(FlightEnvelope, wrong);
});
