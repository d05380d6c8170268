/** What the tests of this folder share. */
import type { Flight } from "../contracts/flight.ts";

/** A flight over Paris, with whatever the test is about. */
export function flight(fields: Partial<Flight> = {}): Flight {
  return {
    icao24: "3944ef",
    callsign: "AFR1234",
    position: { lat: 48.8566, lon: 2.3522 },
    altitude_m: 3000,
    geo_altitude_m: 3050,
    velocity_mps: 200,
    heading_deg: 90,
    vertical_rate_mps: 0,
    on_ground: false,
    squawk: "1000",
    spi: false,
    time_position_unix: 1_633_608_000,
    last_contact_unix: 1_633_608_000,
    status: "NORMAL",
    ...fields,
  };
}
