/** The cockpit as the scene has it: the model, the instruments, and the traffic around. */
import { type Object3D, Vector3 } from "three";
import type { ColumnsTable } from "../live/columns_table.ts";
import { cockpit as isInCockpit, units } from "../state.ts";
import type { AircraftLayer } from "./aircraft_layer.ts";
import type { Area, CameraRig } from "./camera.ts";
import { Cockpit, type Flown } from "./cockpit.ts";
import type { EyeUniforms } from "./eye.ts";
import { EARTH_RADIUS_M } from "./geo.ts";
import { Hud, type Traffic } from "./hud.ts";
import { Model } from "./model.ts";
import type { Projection } from "./projection.ts";
import type { Shown } from "./reckon.ts";

/** Traffic further away than this is no concern of a pilot's. */
const TRAFFIC_WITHIN_M = 60_000;
const MOST_TRAFFIC = 8;
/** Who is near is asked twice a second; where they are, in every frame. */
const TRAFFIC_EVERY_MS = 500;

export class Seat {
  readonly #model: Model;
  readonly #cockpit: Cockpit;
  readonly #hud: Hud;
  readonly #direction = new Vector3();
  readonly #other: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
  readonly #own: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
  #near: string[] = [];
  #nearMs = -Infinity;
  #flown: Flown | undefined;

  constructor(
    eye: EyeUniforms,
    world: Object3D,
    place: HTMLElement,
    readonly layer: AircraftLayer,
    readonly table: ColumnsTable,
    onChange: () => void,
  ) {
    this.#model = new Model(eye);
    this.#cockpit = new Cockpit(layer, table, this.#model);
    world.add(this.#model.mesh);
    this.#hud = new Hud(
      place,
      () => {
        this.#cockpit.isChase = !this.#cockpit.isChase;
        onChange();
      },
      () => isInCockpit.value = false,
    );
  }

  /** Flies with this aircraft; false when it is not there. The camera is its own then. */
  fly(icao24: string, nowMs: number, streamMs: number, rig: CameraRig): boolean {
    this.#flown = this.#cockpit.update(icao24, nowMs, streamMs, rig);
    if (!this.#flown) return false;
    this.#cockpit.paint();
    rig.lend();
    return true;
  }

  /** Draws the instruments for the camera as `projection` has it. */
  showInstruments(nowMs: number, projection: Projection) {
    const flown = this.#flown;
    if (!flown) return;
    const at = (upDeg: number) =>
      projection.directionToCanvas(this.#cockpit.direction(upDeg, this.#direction));
    const bearings = {
      horizon: at(0),
      tenUp: at(10),
      nose: at(flown.pitchDeg),
      path: Number.isFinite(flown.speedMps) && flown.speedMps > 20 ? at(flown.pathDeg) : undefined,
    };
    this.#hud.show(flown, units.peek(), bearings, this.#cockpit.isChase);
    if (nowMs - this.#nearMs > TRAFFIC_EVERY_MS) {
      this.#nearMs = nowMs;
      this.#near = this.#findNear(flown.icao24);
    }
    this.#hud.showTraffic(this.#traffic(flown.altitudeM, projection), units.peek());
  }

  resize(width: number, height: number, free: Area) {
    this.#hud.resize(width, height, free);
  }

  /** Gets out. */
  leave() {
    this.#flown = undefined;
    this.#cockpit.leave();
    this.#hud.element.hidden = true;
  }

  close() {
    this.#model.close();
    this.#hud.close();
  }

  #findNear(icao24: string): string[] {
    const own = this.layer.shown(icao24, this.#own);
    if (!own) return [];
    const near: { readonly icao24: string; readonly radii: number }[] = [];
    const most = TRAFFIC_WITHIN_M / EARTH_RADIUS_M;
    const { x, y, z } = own;
    this.layer.forEachShown((row, other) => {
      const [dx, dy, dz] = [other.x - x, other.y - y, other.z - z];
      if (Math.abs(dx) > most || Math.abs(dy) > most || Math.abs(dz) > most) return;
      const radii = Math.hypot(dx, dy, dz);
      if (radii > most || this.layer.icao24(row) === icao24) return;
      near.push({ icao24: this.layer.icao24(row), radii });
    });
    return near.sort((a, b) => a.radii - b.radii).slice(0, MOST_TRAFFIC)
      .map(({ icao24 }) => icao24);
  }

  #traffic(altitudeM: number, projection: Projection): Traffic[] {
    const traffic: Traffic[] = [];
    for (const icao24 of this.#near) {
      const row = this.table.rowOf(icao24);
      const shown = row < 0 ? undefined : this.layer.shown(icao24, this.#other);
      const spot = shown && projection.toCanvas(shown);
      if (!shown || !spot || !projection.holds(spot)) continue;
      const climbMps = this.table.columns.vertical_rate_mps[row]!;
      traffic.push({
        name: this.table.text("callsign", row)?.slice(0, 8) ?? icao24.toUpperCase(),
        spot,
        relativeM: shown.altitudeM - (Number.isNaN(altitudeM) ? 0 : altitudeM),
        climbMps: Number.isNaN(climbMps) ? 0 : climbMps,
      });
    }
    return traffic;
  }
}
