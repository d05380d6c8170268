/** The globe at work: earth, aircraft, camera, labels and cockpit, drawn while the page is in sight. */
import { effect } from "@preact/signals";
import { Scene, WebGLRenderer } from "three";
import type { Flight } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import { alarming } from "../anomalies.ts";
import { passing, shownAltitude } from "../filters.ts";
import { drawnAltitudeM, loadTrack } from "../flight_track.ts";
import type { TableChange } from "../live/columns_table.ts";
import * as state from "../state.ts";
import { AircraftLayer } from "./aircraft_layer.ts";
import { AlarmWaves } from "./alarm_waves.ts";
import { type Area, CameraRig } from "./camera.ts";
import { listenControls, type Spot } from "./controls.ts";
import { createEye } from "./eye.ts";
import { figuresOf } from "./figures.ts";
import { placeOf, spread, unitVector } from "./geo.ts";
import { ManyLabels, SingleLabel } from "./labels.ts";
import { pick, Projection } from "./projection.ts";
import { FLAG, type Shown } from "./reckon.ts";
import { Seat } from "./seat.ts";
import { Surroundings } from "./surroundings.ts";

/** How near to an aircraft a click has to be. */
const REACH_PX = { mouse: 16, finger: 28 };
/** How far from the ground "fly there" ends. */
const CLOSE_M = 160_000;
/** Traffic that spreads wider than this is looked at from no further north or south than that. */
const WORLDWIDE_M = 5_000_000;
const WORLDWIDE_LAT_DEG = 30;
/** A view never begins narrower than this around the aircraft. */
const LEAST_RADIUS_M = 90_000;
/** An airliner's speed: what has to look smooth when nothing but the traffic moves. */
const CRUISE_MPS = 250;
/** Half a silhouette in CSS pixels: over a city, how much less with each doubling of the distance, least. */
const HALF_SIZE_PX = { near: 15, nearM: 150_000, less: 1.4, least: 4.5, flying: 11 };
/** How much of the selected aircraft's way is drawn. */
const TRAIL_MS = 30 * 60_000;
/** From farther away, in metres a pixel, everybody's last minutes are a few pixels: they are left out. */
const SHORT_TRAILS_BELOW = 2000;
/** How often others are told of the view while it changes. */
const TELL_VIEW_MS = 300;

const NONE: ReadonlySet<string> = new Set();

/** The empty cell of the layout, between the panels. */
const FREE_AREA_ID = "view";

/** What runs in the globe's place. */
export interface RunningScene {
  /** Stops drawing and gives the GPU its memory back. */
  close(): void;
}

/**
 * Draws the globe into `place` until it is closed. When the browser takes WebGL away, and gives it back,
 * `onRestored` is told: this scene is to be closed then, and another one made.
 * @throws Error when WebGL 2 cannot be had
 */
export function createScene(place: HTMLElement, onRestored: () => void): RunningScene {
  const renderer = new WebGLRenderer({ antialias: true, powerPreference: "high-performance" });
  const pixelRatio = Math.min(devicePixelRatio, 2);
  renderer.setPixelRatio(pixelRatio);
  renderer.setClearColor("#04070e");
  place.prepend(renderer.domElement);
  const style = addStyle();

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const streamMs = () => state.clock.running ? state.clock.at(performance.now()) : Date.now();
  const eye = createEye();
  const rig = new CameraRig(() => still.matches);
  const projection = new Projection();
  const world = new Scene();
  const aircraft = new AircraftLayer({ table: state.table, eye, marks, streamMs });
  const { trails } = aircraft;
  world.add(trails.mesh, aircraft.joints, aircraft.mesh);
  aircraft.mesh.material.uniforms.pulse!.value = still.matches ? 0 : 1;

  let closed = false;
  let isLost = false;
  let earthThere = false;
  let lookAgain = true;
  let isFlying = false;
  let size = { width: 1, height: 1 };
  const change = () => lookAgain = true;
  const around = new Surroundings(eye, world, place, pixelRatio, change);
  const waves = new AlarmWaves(world, change);
  const seat = new Seat(eye, world, place, aircraft, state.table, change);
  const labels = {
    many: new ManyLabels(place),
    selected: new SingleLabel("selected", place),
    hovered: new SingleLabel("hovered", place),
  };

  const resize = () => {
    size = { width: place.clientWidth || 1, height: place.clientHeight || 1 };
    renderer.setSize(size.width, size.height, false);
    const free = freeArea(place);
    rig.resize(size.width, size.height, free);
    seat.resize(size.width, size.height, free);
    change();
  };

  /** The camera's place for this frame; whether it is another than before. */
  const moveCamera = (nowMs: number): boolean => {
    const id = state.selectedId.peek();
    const wasFlying = isFlying;
    isFlying = state.cockpit.peek() && id !== undefined && seat.fly(id, nowMs, streamMs(), rig);
    if (isFlying) return true;
    if (wasFlying) {
      seat.leave();
      const { x, y, z } = rig.eye;
      rig.set({ ...placeOf([x, y, z]), distanceM: CLOSE_M });
    }
    const followed = state.following.peek() && id !== undefined && aircraft.shown(id, shown);
    if (followed) rig.set(placeOf([followed.x, followed.y, followed.z]));
    return rig.update(nowMs);
  };

  const shown: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
  const flightOf = (icao24: string | undefined) =>
    icao24 === undefined ? undefined : state.table.flights.get(icao24);
  const label = (which: SingleLabel, flight: Flight | undefined) => {
    const at = flight && aircraft.shown(flight.icao24, shown);
    which.show(flight, at && projection.toCanvas(at), figuresOf);
  };

  const draw = (nowMs: number, moved: boolean) => {
    const selected = state.selectedId.peek();
    const hovered = state.hoveredId.peek();
    around.update(rig, streamMs(), size.height, isFlying);
    const halfSize = isFlying ? HALF_SIZE_PX.flying : halfSizePx(rig.view.distanceM);
    aircraft.setSize(halfSize, size.width, size.height, isFlying ? 1 : 0);
    aircraft.update(selected, hovered);
    if (aircraft.isBehind) change();
    projection.update(rig, size.width, size.height);
    around.updateNames(nowMs, moved, isFlying ? CLOSE_M : rig.view.distanceM, projection);
    const origins = isFlying || still.matches ? NONE : alarming.peek();
    waves.update(nowMs, origins, (icao24) => flightOf(icao24)?.position, rig.view.distanceM);
    const trailsOf = state.trailsOf.peek();
    const withShort = trailsOf === "all" && !isFlying && rig.metresPerPixel < SHORT_TRAILS_BELOW;
    // From the cockpit nobody sees where they came from.
    trails.mesh.visible = trailsOf !== "none" && !isFlying;
    aircraft.joints.visible = withShort;
    trails.update(
      selected === undefined || isFlying ? undefined : aircraft.shown(selected, shown),
      size.width,
      size.height,
      withShort,
    );
    const others = state.showLabels.peek() && !isFlying;
    const taken = new Set([selected, hovered]);
    labels.many.update(others, nowMs, aircraft, state.table, projection, figuresOf, taken);
    label(labels.selected, isFlying ? undefined : flightOf(selected));
    label(labels.hovered, hovered === selected ? undefined : flightOf(hovered));
    if (isFlying) seat.showInstruments(nowMs, projection);
    place.dataset.aircraft = String(aircraft.visible);
    place.dataset.waves = String(waves.count);
    place.dataset.trails = String(withShort ? trails.shortSegments : 0);
    renderer.render(world, rig.camera);
    if (earthThere && state.scene.peek() !== "ready") setScene("ready");
  };

  let drawnMs = -Infinity;
  let toldMs = -Infinity;
  let isTold = false;
  const tellView = (nowMs: number, moved: boolean) => {
    if (moved) isTold = false;
    if (isTold || isFlying || nowMs - toldMs < TELL_VIEW_MS) return;
    isTold = !moved;
    toldMs = nowMs;
    state.view.value = rig.view;
    const seen = projection.copy();
    state.isInSight.value = ({ lat, lon }) => {
      const [x, y, z] = unitVector(lat, lon);
      const spot = seen.toCanvas({ x, y, z, altitudeM: 0 });
      return spot !== undefined && seen.holds(spot);
    };
  };
  const frame = (nowMs: number) => {
    // With a still camera only the traffic moves: draw as often as a quarter of a pixel takes it.
    const pixelsPerS = CRUISE_MPS * state.clock.rate / rig.metresPerPixel;
    const least = alarming.peek().size > 0 && !still.matches ? 25 : 10;
    const everyMs = 1000 / Math.max(least, Math.min(60, 4 * pixelsPerS));
    const moved = moveCamera(nowMs);
    if (moved || lookAgain || nowMs - drawnMs >= everyMs) {
      lookAgain = false;
      drawnMs = nowMs;
      draw(nowMs, moved);
    }
    tellView(nowMs, moved);
  };
  // Browsers stop animation frames of a hidden page by themselves; this also holds where they do not.
  const pause = () => renderer.setAnimationLoop(document.hidden || isLost ? null : frame);
  renderer.domElement.addEventListener("webglcontextlost", () => {
    isLost = true;
    pause();
    setScene("lost");
    state.takePicture.value = undefined;
  });
  renderer.domElement.addEventListener("webglcontextrestored", onRestored);

  let fitted = false;
  const follow = (what: TableChange) => {
    aircraft.apply(what);
    // Trails go on while nobody looks: a gap in them would say that nothing was heard.
    if (document.hidden) aircraft.update(undefined, undefined);
    goOn();
    change();
    if (fitted || state.table.size === 0) return;
    fitted = true;
    const { lat, lon, radiusM } = spread([...state.table.flights.values()].map((f) => f.position));
    // The middle of the whole world's traffic is near the pole: nobody wants to look at that.
    const mostDeg = radiusM > WORLDWIDE_M ? WORLDWIDE_LAT_DEG : 90;
    const shownLat = Math.max(-mostDeg, Math.min(mostDeg, lat));
    rig.fit(shownLat, lon, Math.max(LEAST_RADIUS_M, radiusM));
  };
  /** The selected aircraft's trail goes on to where it was heard of now. */
  const goOn = () => {
    const flight = flightOf(state.selectedId.peek());
    if (!flight) return;
    const atMs = lastContactMs(flight);
    if (atMs > trails.newestMs) {
      trails.add({ ...flight.position, altitudeM: shownAltitude(flight), atMs });
    }
  };

  const flyTo = (icao24: string) => {
    const flight = state.table.flights.get(icao24);
    if (!flight) return;
    rig.flyTo({ ...flight.position, distanceM: Math.min(rig.view.distanceM, CLOSE_M) });
  };
  const under = (spot: Spot, reachPx: number) => {
    projection.update(rig, size.width, size.height);
    return pick(aircraft, projection, spot, reachPx);
  };
  const hover = throttled((spot: Spot | undefined) => {
    state.hoveredId.value = spot && under(spot, REACH_PX.mouse);
    place.style.cursor = state.hoveredId.value ? "pointer" : "";
    change();
  });
  const stopControls = listenControls(place, rig, {
    onClick: (spot, coarse) => {
      const icao24 = under(spot, coarse ? REACH_PX.finger : REACH_PX.mouse);
      if (icao24) state.select(icao24);
    },
    onDoubleClick: (spot) => {
      const icao24 = under(spot, REACH_PX.mouse);
      if (icao24) state.flyTo(icao24);
      else rig.flyTo({ ...rig.view, distanceM: rig.view.distanceM / 2 }, 500);
    },
    onHover: hover,
    onPan: () => state.following.value = false,
  });

  const resizing = new ResizeObserver(resize);
  resizing.observe(place);
  // Panels come and go: the part that they leave free is another one then.
  const free = document.getElementById(FREE_AREA_ID);
  if (free) resizing.observe(free);
  document.addEventListener("visibilitychange", pause);
  state.takePicture.value = () => {
    draw(performance.now(), false);
    return new Promise((resolve, reject) =>
      renderer.domElement.toBlob((blob) =>
        blob ? resolve(blob) : reject(new Error("The canvas gives no picture"))
      )
    );
  };
  const ends = [
    stopControls,
    () => resizing.disconnect(),
    () => document.removeEventListener("visibilitychange", pause),
    () => state.takePicture.value = state.isInSight.value = undefined,
    state.table.subscribe(follow),
    effect(() => {
      state.filter.value;
      alarming.value;
      aircraft.markAgain();
      change();
    }),
    effect(() => {
      state.selectedId.value;
      state.hoveredId.value;
      state.showLabels.value;
      state.trailsOf.value;
      state.cockpit.value;
      state.following.value;
      state.units.value;
      eye.nightShown.value = state.showNight.value ? 1 : 0;
      change();
    }),
    effect(() => {
      const icao24 = state.selectedId.value;
      // A jump in time is another past.
      const atMs = state.playback.value?.atMs;
      trails.set([]);
      if (icao24 === undefined) return;
      goOn();
      const toMs = atMs ?? streamMs();
      loadTrack(icao24, toMs - TRAIL_MS, toMs).then((past) => {
        const isOther = state.selectedId.peek() !== icao24 || state.playback.peek()?.atMs !== atMs;
        // Where there is no history, the trail begins with what is heard.
        if (closed || isOther || typeof past === "string" || past.length === 0) return;
        trails.set(past.map((point) => ({ ...point, altitudeM: drawnAltitudeM(point) })));
        goOn();
        change();
      });
    }),
    effect(() => {
      if (state.flyRequest.value) flyTo(state.flyRequest.value.icao24);
    }),
    effect(() => {
      const wanted = state.viewRequest.value;
      if (!wanted) return;
      if (fitted) rig.flyTo(wanted);
      else rig.set(wanted);
      fitted = true;
    }),
  ];

  around.earth.loaded.then(
    () => earthThere = lookAgain = true,
    () => state.scene.value = "unavailable",
  );
  resize();
  follow({ kind: "snapshot" });
  pause();

  return {
    close() {
      closed = true;
      renderer.setAnimationLoop(null);
      for (const end of ends) end();
      aircraft.close();
      around.close();
      waves.close();
      seat.close();
      renderer.dispose();
      place.replaceChildren();
      style.remove();
    },
  };
}

/** The page's style and its tests look at the document, panels at the signal. */
function setScene(is: "ready" | "lost") {
  state.scene.value = document.documentElement.dataset.scene = is;
}

function halfSizePx(distanceM: number): number {
  const { near, nearM, less, least } = HALF_SIZE_PX;
  return Math.max(least, near - less * Math.max(0, Math.log2(distanceM / nearM)));
}

/** What aircraft are marked with beyond what they say themselves, by row. */
function marks(): (row: number) => number {
  const passes = passing(state.table, state.filter.peek());
  const alarms = new Set([...alarming.peek()].map((icao24) => parseInt(icao24, 16)));
  const { icao24 } = state.table.columns;
  return (row) =>
    (passes && !passes(row) ? FLAG.hidden : 0) | (alarms.has(icao24[row]!) ? FLAG.alarm : 0);
}

/** The scene's own style sheet comes with it. */
function addStyle(): HTMLLinkElement {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = "/static/scene.css";
  document.head.append(link);
  return link;
}

/** The part of the globe's place that no panel covers: the layout leaves it to an empty cell. */
function freeArea(place: HTMLElement): Area {
  const whole = place.getBoundingClientRect();
  const cell = document.getElementById(FREE_AREA_ID)?.getBoundingClientRect() ?? whole;
  const { width, height } = cell.width > 0 && cell.height > 0 ? cell : whole;
  return { x: cell.left - whole.left, y: cell.top - whole.top, width, height };
}

/** Ten times a second is enough to look for what is under the pointer. */
const HOVER_INTERVAL_MS = 100;

/** Calls at most ten times a second, the last call always. */
function throttled<T>(act: (value: T) => void): (value: T) => void {
  let last: T;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (value) => {
    last = value;
    timer ??= setTimeout(() => {
      timer = undefined;
      act(last);
    }, HOVER_INTERVAL_MS);
  };
}
