/** Waves over the ground from aircraft with an open anomaly of high severity, by three-globe. */
import { MeshBasicMaterial, type Object3D } from "three";
import type ThreeGlobe from "three-globe";

/** As three-globe names them. */
interface Origin {
  lat: number;
  lng: number;
}

/** How far a wave goes, in degrees for each metre of the viewer's distance: a tenth of the screen. */
const REACH_DEG_PER_M = 0.1 / 111_000;
const REACH_MOST_DEG = 4;
const WAVE_MS = 2400;
/** Where waves begin is told anew this often; aircraft go 250 m meanwhile. */
const TELL_EVERY_MS = 1000;

export class AlarmWaves {
  readonly #world: Object3D;
  readonly #onChange: () => void;
  readonly #origins = new Map<string, Origin>();
  #globe: ThreeGlobe | undefined;
  #asked = false;
  #toldMs = -Infinity;

  /** Puts itself into `world` with the first alarm; `onChange` is told when it is there. */
  constructor(world: Object3D, onChange: () => void) {
    this.#world = world;
    this.#onChange = onChange;
  }

  /** Waves from these aircraft, `placeOf` says where they are; from none where nothing is to move. */
  update(
    nowMs: number,
    icao24s: ReadonlySet<string>,
    placeOf: (icao24: string) => { lat: number; lon: number } | undefined,
    distanceM: number,
  ): void {
    if (icao24s.size > 0) this.#load();
    const isNews = icao24s.size !== this.#origins.size ||
      [...icao24s].some((icao24) => !this.#origins.has(icao24));
    if (!this.#globe || !isNews && nowMs - this.#toldMs < TELL_EVERY_MS) return;
    if (!isNews && icao24s.size === 0) return;
    this.#toldMs = nowMs;
    for (const icao24 of this.#origins.keys()) {
      if (!icao24s.has(icao24)) this.#origins.delete(icao24);
    }
    for (const icao24 of icao24s) {
      const { lat, lon } = placeOf(icao24) ?? { lat: NaN, lon: NaN };
      const known = this.#origins.get(icao24);
      if (known) Object.assign(known, { lat, lng: lon });
      else this.#origins.set(icao24, { lat, lng: lon });
    }
    const reachDeg = Math.min(REACH_MOST_DEG, REACH_DEG_PER_M * distanceM);
    const seen = [...this.#origins.values()].filter(({ lat }) => !Number.isNaN(lat));
    this.#globe
      .ringMaxRadius(reachDeg)
      .ringPropagationSpeed(reachDeg / WAVE_MS * 1000)
      .ringsData(seen);
    this.#globe.visible = seen.length > 0;
    // Its clock runs beside ours: not for nothing.
    if (seen.length > 0) this.#globe.resumeAnimation();
    else this.#globe.pauseAnimation();
  }

  close(): void {
    this.#globe?.ringsData([]).pauseAnimation();
    this.#globe?.removeFromParent();
  }

  /** Loaded with the first alarm: it is larger than all else of the scene. */
  #load(): void {
    if (this.#asked) return;
    this.#asked = true;
    import("three-globe").then(({ default: Globe }) => {
      this.#globe = new Globe({ animateIn: false, waitForGlobeReady: false })
        // Its sphere is not seen, but hides what is behind the earth.
        .globeMaterial(new MeshBasicMaterial({ colorWrite: false }))
        .showAtmosphere(false)
        .ringColor(() => (part: number) => `rgba(255, 84, 84, ${1 - part})`)
        .ringRepeatPeriod(WAVE_MS / 2);
      this.#world.add(this.#globe);
      this.#onChange();
    }, () => {
      // The aircraft's own rings say it too.
    });
  }
}
