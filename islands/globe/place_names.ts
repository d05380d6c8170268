import type { Spot } from "./controls.ts";
import { unitVector } from "./geo.ts";
import type { Projection } from "./projection.ts";
import type { Shown } from "./reckon.ts";

/** A line of `cities.json` or `airports.json`; the largest come first. */
export type NamedPlace = readonly [name: string, lat: number, lon: number, ...unknown[]];

const AT_MOST = 16;
/** Two names stand at least this far apart, in CSS pixels. */
const APART_PX = { x: 110, y: 34 };
/** How often it is asked anew which names are shown, while the view moves. */
const CHOOSE_EVERY_MS = 250;

interface Name {
  readonly element: HTMLElement;
  place: Shown | undefined;
}

/** Names of the largest of what is in view, as text beside where it is. */
export class PlaceNames {
  #places: readonly { readonly name: string; readonly place: Shown }[] = [];
  #names: Name[];
  #chosenMs = -Infinity;
  #isStale = true;

  /** `belowM`: from further away the globe is calmer without these names. */
  constructor(parent: HTMLElement, kind: string, readonly belowM: number) {
    this.#names = Array.from({ length: AT_MOST }, () => {
      const element = document.createElement("div");
      element.className = kind;
      element.hidden = true;
      // The names are for the eye: whoever listens has the aircraft's positions.
      element.ariaHidden = "true";
      parent.append(element);
      return { element, place: undefined };
    });
  }

  /** Takes the places, once they have come. */
  load(places: readonly NamedPlace[]) {
    this.#places = places.map(([name, lat, lon]) => {
      const [x, y, z] = unitVector(lat, lon);
      return { name, place: { x, y, z, altitudeM: 0 } };
    });
    this.#chosenMs = -Infinity;
    this.#isStale = true;
  }

  /**
   * Follows the view, from a distance in metres; `moved` when it is another than the frame before.
   * `taken` is where other names are: what is chosen here joins them.
   */
  update(nowMs: number, moved: boolean, distanceM: number, projection: Projection, taken: Spot[]) {
    const due = moved ? nowMs - this.#chosenMs > CHOOSE_EVERY_MS : this.#isStale;
    if (due) {
      this.#choose(distanceM, projection, taken);
      this.#chosenMs = nowMs;
    }
    if (!moved && !due) return;
    // A last look once the view has come to rest.
    this.#isStale = moved;
    for (const { element, place } of this.#names) {
      const spot = place && projection.toCanvas(place);
      element.hidden = !spot;
      if (spot) {
        element.style.transform = `translate(${spot.x.toFixed(1)}px, ${spot.y.toFixed(1)}px)`;
      }
    }
  }

  #choose(distanceM: number, projection: Projection, taken: Spot[]) {
    let chosen = 0;
    if (distanceM < this.belowM) {
      for (const { name, place } of this.#places) {
        if (chosen === AT_MOST) break;
        const spot = projection.toCanvas(place);
        if (!spot || !projection.holds(spot) || taken.some((other) => crowds(spot, other))) {
          continue;
        }
        taken.push(spot);
        const free = this.#names[chosen++]!;
        free.place = place;
        free.element.textContent = name;
      }
    }
    for (const rest of this.#names.slice(chosen)) rest.place = undefined;
  }
}

function crowds(a: Spot, b: Spot): boolean {
  return Math.abs(a.x - b.x) < APART_PX.x && Math.abs(a.y - b.y) < APART_PX.y;
}
