import type { Flight } from "../../contracts/flight.ts";
import { shownAltitude } from "../filters.ts";
import { figureWithUnit } from "../format.ts";
import { units } from "../state.ts";

/** The second line of a label: altitude and ground speed. */
export function figuresOf(flight: Flight): string {
  const altitude = flight.on_ground
    ? "ground"
    : figureWithUnit(shownAltitude(flight), "altitude", units.peek());
  return `${altitude}  ${figureWithUnit(flight.velocity_mps, "speed", units.peek())}`;
}
