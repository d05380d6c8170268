/** What the tests from here on up share. */
import type { FlightPayload } from "../contracts/flight.ts";
import type { Detector } from "./detectors/detectors.ts";
import type { Finding } from "./finding.ts";
import { Track } from "./track/track.ts";

/** What an aircraft over New York said at `atS`, seconds since the epoch, with whatever the test is about. */
export function report(
  icao24: string,
  atS: number,
  fields: Partial<FlightPayload> = {},
): FlightPayload {
  return {
    icao24,
    callsign: "DAL2300",
    position: { lat: 40.7, lon: -74 },
    altitude_m: 3000,
    velocity_mps: 200,
    heading_deg: 90,
    vertical_rate_mps: 0,
    on_ground: false,
    spi: false,
    last_contact_unix: atS,
    ...fields,
  };
}

/** What a detector says after each report of one aircraft, which come in the order of their times. */
export function stoodAfter(
  detector: Detector,
  reports: readonly FlightPayload[],
): (Finding | undefined)[] {
  let track: Track | undefined;
  return reports.map((flight) => {
    if (track) track.update(flight);
    else track = new Track(flight);
    return detector.observe(track);
  });
}
