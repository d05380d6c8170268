/** Labels that follow aircraft: text nodes only, so that a callsign is never markup. */
import type { Flight } from "../../contracts/flight.ts";
import type { ColumnsTable } from "../live/columns_table.ts";
import type { AircraftLayer } from "./aircraft_layer.ts";
import type { Spot } from "./controls.ts";
import type { Projection } from "./projection.ts";
import type { Shown } from "./reckon.ts";

/** What a label says below the name. */
export type Figures = (flight: Flight) => string;

/** A name longer than any callsign is somebody's mistake: its beginning is enough on the globe. */
const LONGEST_NAME = 24;

class Label {
  readonly element = document.createElement("div");
  readonly #name = document.createElement("strong");
  readonly #figures = document.createElement("span");

  constructor(kind: string, parent: HTMLElement) {
    this.element.className = `label ${kind}`;
    this.element.dataset.label = kind;
    this.element.hidden = true;
    this.element.append(this.#name, this.#figures);
    parent.append(this.element);
  }

  say(flight: Flight, figures: Figures) {
    const name = flight.callsign ?? flight.icao24.toUpperCase();
    setText(this.#name, name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
    setText(this.#figures, figures(flight));
  }

  moveTo(spot: Spot | undefined) {
    const hidden = !spot;
    if (this.element.hidden !== hidden) this.element.hidden = hidden;
    if (spot) {
      this.element.style.transform = `translate(${spot.x.toFixed(1)}px, ${spot.y.toFixed(1)}px)`;
    }
  }
}

/** The label of one aircraft, the selected one's or that under the pointer. */
export class SingleLabel {
  readonly #label: Label;

  constructor(kind: "selected" | "hovered", parent: HTMLElement) {
    this.#label = new Label(kind, parent);
  }

  /** Puts the label beside `spot` of the canvas; without a flight or a spot there is none. */
  show(flight: Flight | undefined, spot: Spot | undefined, figures: Figures) {
    if (flight && spot) this.#label.say(flight, figures);
    this.#label.moveTo(flight && spot);
  }
}

const at: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
const AT_MOST = 48;
/** The room a label takes, in CSS pixels: none is put where another one is. */
const ROOM = { width: 104, height: 38 };
const CHOOSE_EVERY_MS = 400;

/** Labels for as many aircraft in view as have room. */
export class ManyLabels {
  readonly #labels: { readonly label: Label; icao24: string }[] = [];
  readonly #parent: HTMLElement;
  #chosenMs = -Infinity;

  constructor(parent: HTMLElement) {
    this.#parent = parent;
  }

  /** Follows the view and the aircraft; with `wanted` false there are none. */
  update(
    wanted: boolean,
    nowMs: number,
    layer: AircraftLayer,
    table: ColumnsTable,
    projection: Projection,
    figures: Figures,
    taken: ReadonlySet<string | undefined>,
  ) {
    if (!wanted && this.#chosenMs === -Infinity) return;
    if (wanted && nowMs - this.#chosenMs > CHOOSE_EVERY_MS) {
      this.#choose(layer, projection, taken);
      this.#chosenMs = nowMs;
      for (const { label, icao24 } of this.#labels) {
        const flight = table.flights.get(icao24);
        if (flight) label.say(flight, figures);
      }
    } else if (!wanted) {
      for (const one of this.#labels) one.icao24 = "";
      this.#chosenMs = -Infinity;
    }
    for (const { label, icao24 } of this.#labels) {
      const shown = icao24 === "" ? undefined : layer.shown(icao24, at);
      label.moveTo(shown && projection.toCanvas(shown));
    }
  }

  /** Those that have a label keep it while there is room, so that labels rest. */
  #choose(layer: AircraftLayer, projection: Projection, taken: ReadonlySet<string | undefined>) {
    // Two in one cell of a label's size would overlap: a cell holds one at most.
    const cells = new Map<number, Spot>();
    const cellOf = (column: number, row: number) => column * 4096 + row;
    const fits = (spot: Spot): boolean => {
      const column = Math.floor(spot.x / ROOM.width);
      const row = Math.floor(spot.y / ROOM.height);
      for (let x = column - 1; x <= column + 1; x++) {
        for (let y = row - 1; y <= row + 1; y++) {
          const other = cells.get(cellOf(x, y));
          if (
            other && Math.abs(other.x - spot.x) < ROOM.width &&
            Math.abs(other.y - spot.y) < ROOM.height
          ) return false;
        }
      }
      cells.set(cellOf(column, row), spot);
      return true;
    };
    const keeps = new Set<string>();
    for (const { icao24 } of this.#labels) {
      const shown = icao24 === "" || taken.has(icao24) ? undefined : layer.shown(icao24, at);
      const spot = shown && projection.toCanvas(shown);
      if (spot && projection.holds(spot) && fits(spot)) keeps.add(icao24);
    }
    const chosen = [...keeps];
    layer.forEachShown((row, shown) => {
      if (chosen.length >= AT_MOST) return;
      const spot = projection.toCanvas(shown);
      if (!spot || !projection.holds(spot)) return;
      const icao24 = layer.icao24(row);
      if (keeps.has(icao24) || taken.has(icao24) || !fits(spot)) return;
      chosen.push(icao24);
    });
    while (this.#labels.length < chosen.length) {
      this.#labels.push({ label: new Label("one", this.#parent), icao24: "" });
    }
    // Each keeps its element, or the text would jump from one to another.
    const free = this.#labels.filter(({ icao24 }) => !keeps.has(icao24));
    for (const one of free) one.icao24 = "";
    for (const icao24 of chosen) if (!keeps.has(icao24)) free.pop()!.icao24 = icao24;
  }
}

/** Writing the same text again would still make the browser lay it out again. */
function setText(element: HTMLElement, text: string) {
  if (element.textContent !== text) element.textContent = text;
}
