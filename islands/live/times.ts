/** An aircraft's own clocks in ms. */
import type { Flight } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import { known } from "../known.ts";

/** When it was where its position says, in ms since the epoch. */
export function positionMs(flight: Flight): number {
  if (known(flight.time_position_ms)) return flight.time_position_ms;
  return known(flight.time_position_unix)
    ? flight.time_position_unix * 1000
    : lastContactMs(flight);
}
