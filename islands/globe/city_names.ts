import type { CameraRig } from "./camera.ts";
import type { Spot } from "./controls.ts";
import { unitVector } from "./geo.ts";
import type { Projection } from "./projection.ts";
import type { Shown } from "./reckon.ts";

/** A line of `cities.json`; the largest cities come first. */
export type City = readonly [name: string, lat: number, lon: number];

const AT_MOST = 16;
/** Two names stand at least this far apart, in CSS pixels. */
const APART_PX = { x: 110, y: 34 };
/** From further away the globe is calmer without names. */
const BELOW_M = 5_000_000;
/** How often it is asked anew which names are shown, while the view moves. */
const CHOOSE_EVERY_MS = 250;

interface Name {
  readonly element: HTMLElement;
  place: Shown | undefined;
}

/** Names of the largest cities in view, as text beside their lights. */
export class CityNames {
  #cities: readonly { readonly name: string; readonly place: Shown }[] = [];
  #names: Name[];
  #chosenMs = -Infinity;

  constructor(parent: HTMLElement) {
    this.#names = Array.from({ length: AT_MOST }, () => {
      const element = document.createElement("div");
      element.className = "city";
      element.hidden = true;
      // The names are for the eye: whoever listens has the aircraft's positions.
      element.ariaHidden = "true";
      parent.append(element);
      return { element, place: undefined };
    });
  }

  /** Takes the cities, once they have come. */
  load(cities: readonly City[]) {
    this.#cities = cities.map(([name, lat, lon]) => {
      const [x, y, z] = unitVector(lat, lon);
      return { name, place: { x, y, z, altitudeM: 0 } };
    });
    this.#chosenMs = -Infinity;
  }

  /** Follows the view; `moved` when it is another than the frame before. */
  update(nowMs: number, moved: boolean, rig: CameraRig, projection: Projection) {
    if (moved || this.#chosenMs === -Infinity) {
      if (nowMs - this.#chosenMs > CHOOSE_EVERY_MS) {
        this.#choose(rig, projection);
        this.#chosenMs = nowMs;
      }
    }
    for (const { element, place } of this.#names) {
      const spot = place && projection.toCanvas(place);
      element.hidden = !spot;
      if (spot) {
        element.style.transform = `translate(${spot.x.toFixed(1)}px, ${spot.y.toFixed(1)}px)`;
      }
    }
  }

  #choose(rig: CameraRig, projection: Projection) {
    const taken: Spot[] = [];
    if (rig.view.distanceM < BELOW_M) {
      for (const { name, place } of this.#cities) {
        if (taken.length === AT_MOST) break;
        const spot = projection.toCanvas(place);
        if (!spot || !projection.holds(spot) || taken.some((other) => crowds(spot, other))) {
          continue;
        }
        const chosen = this.#names[taken.push(spot) - 1]!;
        chosen.place = place;
        chosen.element.textContent = name;
      }
    }
    for (const rest of this.#names.slice(taken.length)) rest.place = undefined;
  }
}

function crowds(a: Spot, b: Spot): boolean {
  return Math.abs(a.x - b.x) < APART_PX.x && Math.abs(a.y - b.y) < APART_PX.y;
}
