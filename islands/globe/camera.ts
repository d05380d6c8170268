/** Where the viewer is: above a place, at a height, looking down at it, a little from the south when near. */
import { PerspectiveCamera, Vector3 } from "three";
import { EARTH_RADIUS_M, GLOBE_RADIUS, headingVector, unitVector, type Vec3 } from "./geo.ts";

const FIELD_OF_VIEW_DEG = 40;
const LOWEST_M = 15_000;
const HIGHEST_VIEW_M = 30_000_000;
/** From here the whole globe fills a screen; further away there is only more night around it. */
const WHOLE_GLOBE_M = 17_000_000;
/** Nearer than this the view begins to lean, and it leans most at a tenth of it. */
const LEAN_BELOW_M = 3_000_000;
const LEAN_MOST_DEG = 34;
const UNITS_PER_M = GLOBE_RADIUS / EARTH_RADIUS_M;

/** What the viewer looks at, in degrees, and from how far, in metres. */
export interface View {
  readonly lat: number;
  readonly lon: number;
  readonly distanceM: number;
}

/** A rectangle of the canvas in CSS pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Flight {
  readonly from: View;
  readonly to: View;
  readonly startMs: number;
  readonly durationMs: number;
}

export class CameraRig {
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 0.1, 1000);
  /** The camera in radii of the earth. */
  readonly eye = new Vector3();
  #view: View = { lat: 30, lon: 5, distanceM: 21_000_000 };
  #flight: Flight | undefined;
  #size = { width: 1, height: 1 };
  #free: Area = { x: 0, y: 0, width: 1, height: 1 };
  #dirty = true;

  constructor(readonly still: () => boolean) {}

  get view(): View {
    return this.#view;
  }

  /** Metres on the ground that a CSS pixel covers, in the middle of the view. */
  get metresPerPixel(): number {
    const half = Math.tan(FIELD_OF_VIEW_DEG * Math.PI / 360);
    return 2 * this.#view.distanceM * half / this.#size.height;
  }

  /** Tells the canvas's size and the part of it that no panel covers: the view's middle is put there. */
  resize(width: number, height: number, free: Area) {
    this.#size = { width, height };
    this.#free = free;
    this.camera.aspect = width / height;
    const shiftX = width / 2 - (free.x + free.width / 2);
    const shiftY = height / 2 - (free.y + free.height / 2);
    this.camera.setViewOffset(width, height, shiftX, shiftY, width, height);
    this.#dirty = true;
  }

  /** The camera is somebody else's for this frame: only its place is taken over. */
  lend() {
    this.#flight = undefined;
    this.eye.copy(this.camera.position).divideScalar(GLOBE_RADIUS);
    this.#dirty = true;
  }

  /** Looks elsewhere at once; ends a flight. */
  set(view: Partial<View>) {
    this.#flight = undefined;
    this.#place({ ...this.#view, ...view });
  }

  /** Flies there in about a second, or is there at once where motion is unwanted. */
  flyTo(to: View, durationMs = 1400) {
    if (this.still()) return this.set(to);
    const turn = shortest(to.lon - this.#view.lon);
    const there = { ...to, lon: this.#view.lon + turn };
    this.#flight = { from: this.#view, to: there, startMs: performance.now(), durationMs };
  }

  /** Flies to where a circle of `radiusM` around the place fills the part that no panel covers. */
  fit(lat: number, lon: number, radiusM: number) {
    const least = Math.min(this.#free.width, this.#free.height) / this.#size.height;
    const half = Math.tan(FIELD_OF_VIEW_DEG * Math.PI / 360) * Math.max(0.25, least);
    // Leaning foreshortens the far side: a little closer fills the view better.
    const distanceM = Math.min(WHOLE_GLOBE_M, clampDistance(radiusM / half));
    this.flyTo({ lat, lon, distanceM }, 2200);
  }

  /** Moves the camera for this frame; false when it already was where it should be. */
  update(nowMs: number): boolean {
    if (this.#flight) this.#fly(this.#flight, nowMs);
    if (!this.#dirty) return false;
    this.#dirty = false;
    const { lat, lon, distanceM } = this.#view;
    const up = unitVector(lat, lon);
    const north = headingVector(lat, lon, 0);
    const lean = leanDeg(distanceM) * Math.PI / 180;
    const distance = distanceM * UNITS_PER_M;
    const back = (axis: 0 | 1 | 2) => up[axis] * Math.cos(lean) - north[axis] * Math.sin(lean);
    const place: Vec3 = [0, 1, 2].map((axis) =>
      up[axis as 0]! * GLOBE_RADIUS + back(axis as 0) * distance
    ) as Vec3;
    const { camera } = this;
    camera.fov = FIELD_OF_VIEW_DEG;
    camera.position.set(...place);
    camera.up.set(...north);
    camera.lookAt(up[0] * GLOBE_RADIUS, up[1] * GLOBE_RADIUS, up[2] * GLOBE_RADIUS);
    camera.near = Math.max(0.02, distance * 0.1);
    // Behind the limb there is only the atmosphere and the stars.
    camera.far = distance + 6 * GLOBE_RADIUS;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    this.eye.copy(camera.position).divideScalar(GLOBE_RADIUS);
    return true;
  }

  #fly({ from, to, startMs, durationMs }: Flight, nowMs: number) {
    const part = Math.min(1, Math.max(0, (nowMs - startMs) / durationMs));
    const eased = part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2;
    const mix = (a: number, b: number) => a + (b - a) * eased;
    const apartM = Math.hypot(to.lat - from.lat, to.lon - from.lon) * 111_000;
    // On a long way the view draws back, so that the ground does not rush past.
    const hump = Math.sin(Math.PI * part) * Math.min(apartM * 0.25, 4_000_000);
    this.#place({
      lat: mix(from.lat, to.lat),
      lon: mix(from.lon, to.lon),
      distanceM: Math.exp(mix(Math.log(from.distanceM), Math.log(to.distanceM))) +
        (apartM > from.distanceM ? hump : 0),
    });
    if (part === 1) this.#flight = undefined;
  }

  #place({ lat, lon, distanceM }: View) {
    this.#view = {
      lat: Math.max(-88, Math.min(88, lat)),
      lon: shortest(lon),
      distanceM: clampDistance(distanceM),
    };
    this.#dirty = true;
  }
}

/** Degrees from -180 to 180 that come to the same. */
function shortest(degrees: number): number {
  return ((degrees + 180) % 360 + 360) % 360 - 180;
}

function clampDistance(distanceM: number): number {
  return Math.max(LOWEST_M, Math.min(HIGHEST_VIEW_M, distanceM));
}

function leanDeg(distanceM: number): number {
  const part = 1 - (Math.log10(distanceM / LEAN_BELOW_M) + 1);
  const t = Math.max(0, Math.min(1, part));
  return LEAN_MOST_DEG * t * t * (3 - 2 * t);
}
