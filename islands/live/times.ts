/**
 * An aircraft's own clocks in ms. `contracts/flight.ts` has `lastContactMs`, but importing it would
 * bring all of zod into the page.
 */
import type { Flight } from "../../contracts/flight.ts";
import { known } from "../known.ts";

/** When it was last heard of, in ms since the epoch. */
export function contactMs(flight: Flight): number {
  return flight.last_contact_ms ?? flight.last_contact_unix * 1000;
}

/** When it was where its position says, in ms since the epoch. */
export function positionMs(flight: Flight): number {
  if (known(flight.time_position_ms)) return flight.time_position_ms;
  return known(flight.time_position_unix) ? flight.time_position_unix * 1000 : contactMs(flight);
}
