/** Apart from the schemas, so that the page can have it without zod. */
import type { FlightPayload } from "./flight.ts";

/** Event time in ms since the epoch: the sub-second clock where the source has one. */
export function lastContactMs(flight: FlightPayload): number {
  return flight.last_contact_ms ?? flight.last_contact_unix * 1000;
}
