import type { Flight } from "../../contracts/flight.ts";
import { shownAltitude } from "../filters.ts";
import { figureWithUnit } from "../format.ts";
import { units } from "../state.ts";
import type { Spot } from "./controls.ts";

/** A label that follows an aircraft: text nodes only, so that a callsign is never markup. */
export class Label {
  #element = document.createElement("div");
  #name = document.createElement("strong");
  #figures = document.createElement("span");

  constructor(kind: "selected" | "hovered", parent: HTMLElement) {
    this.#element.className = "label";
    this.#element.dataset.label = kind;
    this.#element.hidden = true;
    this.#element.append(this.#name, this.#figures);
    parent.append(this.#element);
  }

  /** Puts the label beside `spot` of the canvas; without a flight or a spot there is none. */
  show(flight: Flight | undefined, spot: Spot | undefined) {
    this.#element.hidden = !flight || !spot;
    if (!flight || !spot) return;
    setText(this.#name, flight.callsign ?? flight.icao24.toUpperCase());
    setText(this.#figures, figuresOf(flight));
    this.#element.style.transform = `translate(${spot.x.toFixed(1)}px, ${spot.y.toFixed(1)}px)`;
  }
}

function figuresOf(flight: Flight): string {
  const altitude = flight.on_ground
    ? "ground"
    : figureWithUnit(shownAltitude(flight), "altitude", units.peek());
  return `${altitude}  ${figureWithUnit(flight.velocity_mps, "speed", units.peek())}`;
}

/** Writing the same text again would still make the browser lay it out again. */
function setText(element: HTMLElement, text: string) {
  if (element.textContent !== text) element.textContent = text;
}
