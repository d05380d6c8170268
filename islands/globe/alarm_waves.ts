/** Waves over the ground from aircraft with an open anomaly of high severity, by three-globe. */
import { MeshBasicMaterial, type Object3D } from "three";
import type ThreeGlobe from "three-globe";

/** As three-globe names them. */
interface Origin {
  lat: number;
  lng: number;
}
interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** Where waves begin. An aircraft keeps its object while it alarms: three-globe tells waves apart by it. */
export class WaveOrigins {
  readonly #known = new Map<string, Origin>();

  /** The origins of those aircraft whose place is known; others have none until it is. */
  of(
    icao24s: ReadonlySet<string>,
    placeOf: (icao24: string) => Place | undefined,
  ): Origin[] {
    for (const icao24 of this.#known.keys()) {
      if (!icao24s.has(icao24)) this.#known.delete(icao24);
    }
    return [...icao24s].flatMap((icao24) => {
      const place = placeOf(icao24);
      if (!place) return [];
      const origin = this.#known.get(icao24) ?? { lat: 0, lng: 0 };
      this.#known.set(icao24, Object.assign(origin, { lat: place.lat, lng: place.lon }));
      return [origin];
    });
  }
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
  readonly #origins = new WaveOrigins();
  #told: ReadonlySet<string> | undefined;
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
    placeOf: (icao24: string) => Place | undefined,
    distanceM: number,
  ): void {
    if (icao24s.size > 0) this.#load();
    const isNews = icao24s !== this.#told;
    const isDue = icao24s.size > 0 && nowMs - this.#toldMs >= TELL_EVERY_MS;
    if (!this.#globe || !isNews && !isDue) return;
    this.#told = icao24s;
    this.#toldMs = nowMs;
    const origins = this.#origins.of(icao24s, placeOf);
    const reachDeg = Math.min(REACH_MOST_DEG, REACH_DEG_PER_M * distanceM);
    this.#globe
      .ringMaxRadius(reachDeg)
      .ringPropagationSpeed(reachDeg / WAVE_MS * 1000)
      .ringsData(origins);
    this.#globe.visible = origins.length > 0;
    // Its clock runs beside ours: not for nothing.
    if (origins.length > 0) this.#globe.resumeAnimation();
    else this.#globe.pauseAnimation();
  }

  /** From how many places waves go out. */
  get count(): number {
    return this.#globe?.ringsData().length ?? 0;
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
