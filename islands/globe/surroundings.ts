/** Everything that is there without aircraft: the earth, lines, lights, airports, names, stars. */
import type { Object3D } from "three";
import { type Airport, airportLayer, airportsShown } from "./airports.ts";
import type { CameraRig } from "./camera.ts";
import type { Spot } from "./controls.ts";
import { Earth, nearness } from "./earth.ts";
import { type EyeUniforms, setEye } from "./eye.ts";
import { placeOf } from "./geo.ts";
import { Land } from "./land.ts";
import { CountryLines } from "./lines.ts";
import { type NamedPlace, PlaceNames } from "./place_names.ts";
import { placeLayer, readPlaces } from "./places.ts";
import type { Projection } from "./projection.ts";
import { createStars } from "./stars.ts";
import { sunVector } from "./sun.ts";

/** The sun moves by its own width in two minutes. */
const SUN_EVERY_MS = 1000;

export class Surroundings {
  readonly earth: Earth;
  readonly #land = new Land();
  readonly #lines: CountryLines;
  readonly #stars;
  readonly #cities: PlaceNames;
  readonly #airportNames: PlaceNames;
  #places: ReturnType<typeof placeLayer> | undefined;
  #airports: ReturnType<typeof airportLayer> | undefined;
  #sunMs = -Infinity;
  #closed = false;

  /** Puts itself into `world`, and names into `place`; `onChange` is told when there is more to see. */
  constructor(
    readonly eye: EyeUniforms,
    readonly world: Object3D,
    place: HTMLElement,
    pixelRatio: number,
    onChange: () => void,
  ) {
    this.earth = new Earth(eye, this.#land, onChange);
    this.#stars = createStars(eye, pixelRatio);
    this.#cities = new PlaceNames(place, "city", 5_000_000);
    this.#airportNames = new PlaceNames(place, "city airport", 500_000);
    this.#lines = new CountryLines(eye, load, (scale, countries) => {
      this.#land.add(scale, countries);
      onChange();
    });
    world.add(this.earth.mesh, this.#stars, this.#lines.lines);
    const add = (layer: Object3D) => {
      if (!this.#closed) world.add(layer);
      onChange();
    };
    // Without lights, airports and names the globe is poorer, not wrong: it goes on without what fails.
    const poorer = () => {};
    load("places.bin").then(async (response) => {
      const places = readPlaces(new Uint8Array(await response.arrayBuffer()));
      add(this.#places = placeLayer(places, eye, pixelRatio));
    }).catch(poorer);
    load("airports.json").then(async (response) => {
      const airports: Airport[] = await response.json();
      add(this.#airports = airportLayer(airports, eye, pixelRatio));
      this.#airportNames.load(airports);
    }).catch(poorer);
    load("cities.json").then(async (response) => {
      const named: NamedPlace[] = await response.json();
      this.#cities.load(named);
      onChange();
    }).catch(poorer);
  }

  /** Follows the camera; `flying` from a cockpit. Names come with `updateNames`. */
  update(rig: CameraRig, streamMs: number, height: number, flying: boolean) {
    const { eye } = rig;
    setEye(this.eye, eye);
    if (Math.abs(streamMs - this.#sunMs) > SUN_EVERY_MS) {
      this.#sunMs = streamMs;
      this.eye.sun.value.set(...sunVector(streamMs));
    }
    const heightRadii = eye.length() - 1;
    // From a cockpit the ground is looked at far ahead of what is below.
    const distanceM = flying ? Math.max(60_000, heightRadii * 2e8) : rig.view.distanceM;
    const near = flying ? 1 : nearness(distanceM);
    this.earth.update(rig.camera, heightRadii, height);
    this.earth.set("near", near);
    this.earth.set("flying", flying ? 1 : 0);
    this.#lines.update(eye, flying ? 0 : distanceM);
    // From low above the ground nearly all of it is seen at a grazing angle.
    this.#lines.lines.material.uniforms.fade!.value = flying ? 0.012 : 0.25;
    for (const layer of [this.#places, this.#airports]) {
      if (layer) layer.material.uniforms.fade!.value = flying ? 0.02 : 0.2;
    }
    const { lat, lon } = flying ? placeOf([eye.x, eye.y, eye.z]) : rig.view;
    this.#land.look(lat, lon, distanceM);
    if (this.#places) this.#places.material.uniforms.near!.value = near;
    if (this.#airports) {
      this.#airports.material.uniforms.shown!.value = flying ? 2 : airportsShown(distanceM);
    }
    const day = this.eye.nightShown.value * this.eye.sun.value.dot(eye) / eye.length();
    this.#stars.material.uniforms.starlight!.value = flying
      ? Math.max(0, Math.min(1, (0.02 - day) / 0.2))
      : 1;
  }

  updateNames(nowMs: number, moved: boolean, distanceM: number, projection: Projection) {
    const taken: Spot[] = [];
    this.#cities.update(nowMs, moved, distanceM, projection, taken);
    this.#airportNames.update(nowMs, moved, distanceM, projection, taken);
  }

  close() {
    this.#closed = true;
    this.earth.close();
    this.#land.close();
    this.#lines.close();
    for (const layer of [this.#stars, this.#places, this.#airports]) {
      layer?.geometry.dispose();
      layer?.material.dispose();
    }
  }
}

/** A file of `static/earth/`. */
async function load(name: string): Promise<Response> {
  const response = await fetch(`/static/earth/${name}`);
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  return response;
}
