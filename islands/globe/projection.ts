/** From a place above the earth to the canvas, without an object per aircraft. */
import { Matrix4, type Vector3 } from "three";
import type { CameraRig } from "./camera.ts";
import type { Spot } from "./controls.ts";
import { EARTH_RADIUS_M, GLOBE_RADIUS, isBehindEarth, type Vec3 } from "./geo.ts";
import type { AircraftLayer } from "./aircraft_layer.ts";
import type { Shown } from "./reckon.ts";

export class Projection {
  #matrix = new Matrix4();
  readonly #point: Vec3 = [0, 0, 0];
  #eye: Vec3 = [0, 0, 1];
  #width = 1;
  #height = 1;

  /** Takes the camera as it stands, for a canvas of this size in CSS pixels. */
  update({ camera, eye }: CameraRig, width: number, height: number) {
    this.#matrix.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    this.#eye = [eye.x, eye.y, eye.z];
    this.#width = width;
    this.#height = height;
  }

  /** The same, for whoever asks later: this one goes on with the camera. */
  copy(): Projection {
    const copy = new Projection();
    copy.#matrix.copy(this.#matrix);
    copy.#eye = this.#eye;
    copy.#width = this.#width;
    copy.#height = this.#height;
    return copy;
  }

  /** Where it is on the canvas in CSS pixels; undefined behind the earth or the viewer. */
  toCanvas({ x, y, z, altitudeM }: Shown): Spot | undefined {
    const radii = 1 + altitudeM / EARTH_RADIUS_M;
    const point = this.#point;
    point[0] = x * radii;
    point[1] = y * radii;
    point[2] = z * radii;
    if (isBehindEarth(this.#eye, point)) return undefined;
    return this.#spotOf(
      point[0] * GLOBE_RADIUS,
      point[1] * GLOBE_RADIUS,
      point[2] * GLOBE_RADIUS,
      1,
    );
  }

  /** Where a direction meets the canvas; undefined behind the viewer. */
  directionToCanvas({ x, y, z }: Vector3): Spot | undefined {
    return this.#spotOf(x, y, z, 0);
  }

  #spotOf(x: number, y: number, z: number, isPlace: 0 | 1): Spot | undefined {
    const e = this.#matrix.elements;
    const w = e[3]! * x + e[7]! * y + e[11]! * z + e[15]! * isPlace;
    if (w <= 0) return undefined;
    return {
      x: ((e[0]! * x + e[4]! * y + e[8]! * z + e[12]! * isPlace) / w + 1) / 2 * this.#width,
      y: (1 - (e[1]! * x + e[5]! * y + e[9]! * z + e[13]! * isPlace) / w) / 2 * this.#height,
    };
  }

  /** Whether a spot lies on the canvas. */
  holds({ x, y }: Spot): boolean {
    return x >= 0 && x <= this.#width && y >= 0 && y <= this.#height;
  }
}

/** The aircraft that is shown nearest to `spot`, within `reachPx` of it. */
export function pick(
  layer: AircraftLayer,
  projection: Projection,
  spot: Spot,
  reachPx: number,
): string | undefined {
  let nearest = -1;
  let nearestPx = reachPx;
  layer.forEachShown((row, shown) => {
    const at = projection.toCanvas(shown);
    if (!at) return;
    const awayPx = Math.hypot(at.x - spot.x, at.y - spot.y);
    if (awayPx < nearestPx) {
      nearest = row;
      nearestPx = awayPx;
    }
  });
  return nearest < 0 ? undefined : layer.icao24(nearest);
}
