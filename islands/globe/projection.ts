/** From a place above the earth to the canvas, without an object per aircraft. */
import { Matrix4 } from "three";
import type { CameraRig } from "./camera.ts";
import type { Spot } from "./controls.ts";
import { EARTH_RADIUS_M, GLOBE_RADIUS, isBehindEarth, type Vec3 } from "./geo.ts";
import type { AircraftLayer } from "./aircraft_layer.ts";
import type { Shown } from "./reckon.ts";

export class Projection {
  #matrix = new Matrix4();
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

  /** Where it is on the canvas in CSS pixels; undefined behind the earth or the viewer. */
  toCanvas({ x, y, z, altitudeM }: Shown): Spot | undefined {
    const radii = 1 + altitudeM / EARTH_RADIUS_M;
    const point: Vec3 = [x * radii, y * radii, z * radii];
    if (isBehindEarth(this.#eye, point)) return undefined;
    const e = this.#matrix.elements;
    const row = (i: number) =>
      (e[i]! * point[0] + e[i + 4]! * point[1] + e[i + 8]! * point[2]) * GLOBE_RADIUS + e[i + 12]!;
    const w = row(3);
    if (w <= 0) return undefined;
    return {
      x: (row(0) / w + 1) / 2 * this.#width,
      y: (1 - row(1) / w) / 2 * this.#height,
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
