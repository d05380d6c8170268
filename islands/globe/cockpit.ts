/** The view of the selected aircraft: behind it, or out of its nose. */
import { Matrix3, type PerspectiveCamera, Vector3 } from "three";
import { altitudeColour } from "../altitude_colour.ts";
import type { ColumnsTable } from "../live/columns_table.ts";
import type { AircraftLayer } from "./aircraft_layer.ts";
import { Attitude, pathPitchDeg } from "./attitude.ts";
import type { CameraRig } from "./camera.ts";
import { EARTH_RADIUS_M, GLOBE_RADIUS } from "./geo.ts";
import type { Model } from "./model.ts";
import type { Shown } from "./reckon.ts";

const RAD = Math.PI / 180;
const FIELD_OF_VIEW_DEG = 58;
/** Of the camera behind it, in metres: further behind than above. */
const BEHIND_M = 92;
const ABOVE_M = 21;
/** How much of the bank the camera behind it takes part in. */
const ROLL_PART = 0.35;
/** A pilot's eye is this high above the ground, even when the reported altitude is below it. */
const LOWEST_M = 6;
const SETTLE_S = 1.2;
/** A place further away than this is gone to at once, in radii. */
const JUMP = 0.002;
const METRE = 1 / EARTH_RADIUS_M;

/** What the instruments show. */
export interface Flown {
  readonly icao24: string;
  readonly headingDeg: number;
  readonly pitchDeg: number;
  readonly bankDeg: number;
  /** NaN where nobody knows. */
  readonly altitudeM: number;
  readonly speedMps: number;
  readonly climbMps: number;
  readonly pathDeg: number;
}

export class Cockpit {
  /** Whether the camera is behind the aircraft. */
  isChase = true;
  readonly #attitude = new Attitude();
  #icao24: string | undefined;
  readonly #place = new Vector3();
  #altitudeM = 0;
  #lastMs = 0;
  #placed = false;
  readonly #target = new Vector3();
  readonly #shown: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
  readonly #up = new Vector3();
  readonly #north = new Vector3();
  readonly #east = new Vector3();
  readonly #ahead = new Vector3();
  readonly #right = new Vector3();
  readonly #nose = new Vector3();
  readonly #wing = new Vector3();
  readonly #roof = new Vector3();
  readonly #look = new Vector3();
  readonly #fromEye = new Vector3();
  readonly #axes = new Matrix3();

  constructor(
    readonly layer: AircraftLayer,
    readonly table: ColumnsTable,
    readonly model: Model,
  ) {}

  /**
   * Puts the camera where it belongs at `nowMs` of our clock and `streamMs` of the stream's; undefined
   * when the aircraft is not there (then the camera stays).
   */
  update(icao24: string, nowMs: number, streamMs: number, rig: CameraRig): Flown | undefined {
    const row = this.table.rowOf(icao24);
    const shown = this.layer.shown(icao24, this.#shown);
    if (row < 0 || !shown) return undefined;
    const { columns } = this.table;
    if (icao24 !== this.#icao24) this.#placed = false;
    this.#icao24 = icao24;
    const dtS = Math.min(2, Math.max(0, (nowMs - this.#lastMs) / 1000));
    this.#lastMs = nowMs;

    const speedMps = columns.velocity_mps[row]!;
    const climbMps = columns.vertical_rate_mps[row]!;
    const onGround = columns.on_ground[row] === 1;
    const heardMs = columns.last_contact_ms[row]!;
    const heardS = Number.isNaN(heardMs) ? columns.last_contact_unix[row]! : heardMs / 1000;
    this.#attitude.hear(heardS, columns.heading_deg[row]!, speedMps, onGround ? 0 : climbMps);
    this.#attitude.advance(dtS, streamMs / 1000);

    this.#follow(shown, dtS, speedMps, rig);
    const { headingDeg, pitchDeg, bankDeg } = this.#attitude;
    const bank = onGround ? 0 : bankDeg;
    this.#turn(headingDeg, pitchDeg, bank);
    this.#aim(rig.camera, bank, pitchDeg);
    const geo = columns.altitude_m[row]!;
    return {
      icao24,
      headingDeg: ((headingDeg % 360) + 360) % 360,
      pitchDeg,
      bankDeg: bank,
      altitudeM: Number.isNaN(geo) && Number.isNaN(columns.geo_altitude_m[row]!) && !onGround
        ? NaN
        : shown.altitudeM,
      speedMps,
      climbMps: onGround ? 0 : climbMps,
      pathDeg: pathPitchDeg(onGround ? 0 : climbMps, speedMps),
    };
  }

  /** Follows what is shown without its small corrections: they would shake the whole picture. */
  #follow(shown: Shown, dtS: number, speedMps: number, rig: CameraRig) {
    this.#target.set(shown.x, shown.y, shown.z).normalize();
    const off = this.#target.distanceTo(this.#place);
    if (!this.#placed || off > JUMP || rig.still()) {
      this.#place.copy(this.#target);
      this.#altitudeM = shown.altitudeM;
      this.#placed = true;
      return;
    }
    const part = 1 - Math.exp(-dtS / SETTLE_S);
    // On by its own speed first: what is left to correct is small.
    if (Number.isFinite(speedMps)) this.#place.addScaledVector(this.#ahead, speedMps * dtS * METRE);
    this.#place.lerp(this.#target, part).normalize();
    this.#altitudeM += (shown.altitudeM - this.#altitudeM) * part;
  }

  /** The aircraft's axes in the world. */
  #turn(headingDeg: number, pitchDeg: number, bankDeg: number) {
    const [heading, pitch, bank] = [headingDeg * RAD, pitchDeg * RAD, bankDeg * RAD];
    this.#up.copy(this.#place);
    this.#east.set(this.#up.z, 0, -this.#up.x).normalize();
    this.#north.crossVectors(this.#up, this.#east);
    this.#ahead.copy(this.#north).multiplyScalar(Math.cos(heading))
      .addScaledVector(this.#east, Math.sin(heading));
    this.#right.crossVectors(this.#ahead, this.#up);
    this.#nose.copy(this.#ahead).multiplyScalar(Math.cos(pitch))
      .addScaledVector(this.#up, Math.sin(pitch));
    this.#roof.copy(this.#up).multiplyScalar(Math.cos(pitch))
      .addScaledVector(this.#ahead, -Math.sin(pitch));
    this.#wing.copy(this.#right).multiplyScalar(Math.cos(bank))
      .addScaledVector(this.#roof, -Math.sin(bank));
    this.#roof.multiplyScalar(Math.cos(bank)).addScaledVector(this.#right, Math.sin(bank));
  }

  #aim(camera: PerspectiveCamera, bankDeg: number, pitchDeg: number) {
    const altitudeM = Math.max(LOWEST_M, this.#altitudeM);
    const { position } = camera;
    position.copy(this.#up).multiplyScalar((1 + altitudeM * METRE) * GLOBE_RADIUS);
    const unit = METRE * GLOBE_RADIUS;
    if (this.isChase) {
      // Behind along the path, not the nose: so the nose is seen to rise.
      position.addScaledVector(this.#ahead, -BEHIND_M * unit);
      position.addScaledVector(this.#up, ABOVE_M * unit);
      const roll = bankDeg * ROLL_PART * RAD;
      camera.up.copy(this.#up).multiplyScalar(Math.cos(roll))
        .addScaledVector(this.#right, Math.sin(roll));
      this.#look.copy(this.#ahead).addScaledVector(this.#up, Math.tan((pitchDeg * 0.5 - 5) * RAD));
    } else {
      camera.up.copy(this.#roof);
      this.#look.copy(this.#nose);
    }
    this.#look.multiplyScalar(GLOBE_RADIUS).add(position);
    camera.lookAt(this.#look);
    camera.fov = FIELD_OF_VIEW_DEG;
    camera.near = 8 * unit;
    camera.far = 3 * GLOBE_RADIUS;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();

    this.model.mesh.visible = this.isChase;
    this.#fromEye.copy(this.#up).multiplyScalar((1 + altitudeM * METRE) * GLOBE_RADIUS)
      .sub(position).divideScalar(unit);
    this.#axes.set(
      this.#wing.x,
      this.#roof.x,
      this.#nose.x,
      this.#wing.y,
      this.#roof.y,
      this.#nose.y,
      this.#wing.z,
      this.#roof.z,
      this.#nose.z,
    );
    this.model.put(this.#fromEye, this.#axes);
  }

  /** A direction in the world, `upDeg` above the horizon and ahead; written into `out`. */
  direction(upDeg: number, out: Vector3): Vector3 {
    return out.copy(this.#ahead).multiplyScalar(Math.cos(upDeg * RAD))
      .addScaledVector(this.#up, Math.sin(upDeg * RAD));
  }

  /** The tail is painted in the colour of the altitude. */
  paint() {
    const rgb = /(\d+) (\d+) (\d+)/.exec(altitudeColour(this.#altitudeM))!.slice(1).map(Number);
    this.model.mesh.material.uniforms.tint!.value.set(rgb[0]! / 255, rgb[1]! / 255, rgb[2]! / 255);
  }

  /** Forgets the aircraft, for whoever sits down next. */
  leave() {
    this.#icao24 = undefined;
    this.#placed = false;
    this.model.mesh.visible = false;
  }
}
