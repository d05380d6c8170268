/** The globe at work: earth, lines, aircraft, camera and labels, drawn while the page is in sight. */
import { effect } from "@preact/signals";
import { Scene, WebGLRenderer } from "three";
import type { Flight } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import { isFiltering, matches } from "../filters.ts";
import type { TableChange } from "../live/columns_table.ts";
import * as state from "../state.ts";
import { AircraftLayer } from "./aircraft_layer.ts";
import { type Area, CameraRig } from "./camera.ts";
import { listenControls, type Spot } from "./controls.ts";
import { type City, CityNames } from "./city_names.ts";
import { createEarth, nearness } from "./earth.ts";
import { spread } from "./geo.ts";
import { Label } from "./labels.ts";
import { lineLayer, readCountries } from "./lines.ts";
import { placeLayer, readPlaces } from "./places.ts";
import { pick, Projection } from "./projection.ts";
import type { Shown } from "./reckon.ts";
import { alarming } from "../anomalies.ts";
import { hubHttpUrl } from "../live/live.ts";
import { loadTrail, trailLines, type TrailPoint } from "./trail.ts";
import { createStars } from "./stars.ts";

/** How near to an aircraft a click has to be. */
const REACH_PX = { mouse: 16, finger: 28 };
/** How far from the ground "fly there" ends. */
const CLOSE_M = 160_000;
/** A view never begins narrower than this around the aircraft. */
/** Traffic that spreads wider than this is looked at from no further north or south than that. */
const WORLDWIDE_M = 5_000_000;
const WORLDWIDE_LAT_DEG = 30;
const LEAST_RADIUS_M = 90_000;
/** An airliner's speed: what has to look smooth when nothing but the traffic moves. */
const CRUISE_MPS = 250;

/** What runs in the globe's place. */
export interface RunningScene {
  /** Stops drawing and gives the GPU its memory back. */
  close(): void;
}

/**
 * Draws the globe into `place` until it is closed.
 * @throws Error when WebGL 2 cannot be had
 */
export function createScene(place: HTMLElement): RunningScene {
  const renderer = new WebGLRenderer({ antialias: true, powerPreference: "high-performance" });
  const pixelRatio = Math.min(devicePixelRatio, 2);
  renderer.setPixelRatio(pixelRatio);
  renderer.setClearColor("#04070e");
  place.prepend(renderer.domElement);

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const rig = new CameraRig(() => still.matches);
  const projection = new Projection();
  const aircraft = new AircraftLayer({
    table: state.table,
    passes: (row) =>
      !isFiltering(state.filter.peek()) || matches(state.table.flight(row), state.filter.peek()),
    streamMs: () => state.clock.running ? state.clock.at(performance.now()) : Date.now(),
  });
  const earth = createEarth();
  const stars = createStars(pixelRatio);
  const world = new Scene().add(stars, earth.globe, aircraft.mesh);
  /** What lies on the earth's surface; it comes after the earth. */
  const surface: (ReturnType<typeof lineLayer> | ReturnType<typeof placeLayer>)[] = [];
  const cities = new CityNames(place);
  const labels = { selected: new Label("selected", place), hovered: new Label("hovered", place) };

  let closed = false;
  let earthThere = false;
  let lookAgain = true;
  let size = { width: 1, height: 1 };

  const resize = () => {
    size = { width: place.clientWidth || 1, height: place.clientHeight || 1 };
    renderer.setSize(size.width, size.height, false);
    rig.resize(size.width, size.height, freeArea(place));
    lookAgain = true;
  };

  const shown: Shown = { x: 0, y: 0, z: 0, altitudeM: 0 };
  const label = (which: Label, flight: Flight | undefined) => {
    const at = flight && aircraft.shown(flight.icao24, shown);
    which.show(flight, at && projection.toCanvas(at));
  };

  const draw = (nowMs: number, moved: boolean) => {
    const selected = state.selectedId.peek();
    const hovered = state.hoveredId.peek();
    const near = nearness(rig.view.distanceM);
    earth.material.uniforms.near!.value = near;
    for (const { material: { uniforms } } of surface) {
      uniforms.eye!.value.copy(rig.eye);
      if (uniforms.near) uniforms.near.value = near;
    }
    aircraft.setSize(7 + 8 * Math.sqrt(near), size.width, size.height);
    aircraft.update(rig.eye, selected, hovered);
    projection.update(rig, size.width, size.height);
    cities.update(nowMs, moved, rig, projection);
    label(labels.selected, selected === undefined ? undefined : state.table.flights.get(selected));
    const other = hovered !== undefined && hovered !== selected;
    label(labels.hovered, other ? state.table.flights.get(hovered) : undefined);
    place.dataset.aircraft = String(aircraft.visible);
    renderer.render(world, rig.camera);
    if (earthThere && state.scene.peek() !== "ready") {
      state.scene.value = "ready";
      document.documentElement.dataset.scene = "ready";
    }
  };

  let drawnMs = -Infinity;
  const frame = (nowMs: number) => {
    // With a still camera only the traffic moves: draw as often as a quarter of a pixel takes it.
    const pixelsPerS = CRUISE_MPS * state.clock.rate / rig.metresPerPixel;
    const everyMs = 1000 /
      Math.max(alarming.peek().size > 0 ? 25 : 10, Math.min(60, 4 * pixelsPerS));
    const moved = rig.update(nowMs);
    if (!moved && !lookAgain && nowMs - drawnMs < everyMs) return;
    lookAgain = false;
    drawnMs = nowMs;
    draw(nowMs, moved);
  };
  // Browsers stop animation frames of a hidden page by themselves; this also holds where they do not.
  const pause = () => renderer.setAnimationLoop(document.hidden ? null : frame);

  const add = (...layers: typeof surface) => {
    if (closed) return;
    surface.push(...layers);
    world.add(...layers);
    lookAgain = true;
  };
  // The selected aircraft's trail: from history, and on with what is heard.
  let trail: TrailPoint[] = [];
  let trailLayer: ReturnType<typeof lineLayer> | undefined;
  const drawTrail = () => {
    if (trailLayer) {
      surface.splice(surface.indexOf(trailLayer), 1);
      world.remove(trailLayer);
      trailLayer.geometry.dispose();
      trailLayer.material.dispose();
      trailLayer = undefined;
    }
    if (trail.length > 1) add(trailLayer = lineLayer(trailLines(trail), "#ffd166", 0.9));
    lookAgain = true;
  };
  const trailOn = () => {
    const id = state.selectedId.peek();
    const flight = id === undefined ? undefined : state.table.flights.get(id);
    if (!flight) return;
    const atMs = lastContactMs(flight);
    if (atMs <= (trail.at(-1)?.atMs ?? -Infinity)) return;
    trail.push({ ...flight.position, atMs });
    drawTrail();
  };
  const ring = () => {
    const flights = [...alarming.value].map((icao24) => state.table.flights.get(icao24));
    earth.globe.ringsData(
      flights.filter((flight) => flight !== undefined)
        .map(({ position }) => ({ lat: position.lat, lng: position.lon })),
    );
    lookAgain = true;
  };
  earth.globe.ringColor(() => (part: number) => `rgba(255, 107, 107, ${1 - part})`)
    .ringMaxRadius(0.5).ringPropagationSpeed(0.3).ringRepeatPeriod(1200).ringAltitude(0.002);

  let fitted = false;
  const follow = (change: TableChange) => {
    aircraft.apply(change);
    if (change.kind === "delta") {
      trailOn();
      if (alarming.peek().size > 0) ring();
    }
    lookAgain = true;
    if (fitted || state.table.flights.size === 0) return;
    fitted = true;
    const { lat, lon, radiusM } = spread([...state.table.flights.values()].map((f) => f.position));
    // The middle of the whole world's traffic is near the pole: nobody wants to look at that.
    const mostDeg = radiusM > WORLDWIDE_M ? WORLDWIDE_LAT_DEG : 90;
    const shownLat = Math.max(-mostDeg, Math.min(mostDeg, lat));
    rig.fit(shownLat, lon, Math.max(LEAST_RADIUS_M, radiusM));
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
    lookAgain = true;
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
  });

  const resizing = new ResizeObserver(resize);
  resizing.observe(place);
  document.addEventListener("visibilitychange", pause);
  const ends = [
    stopControls,
    () => resizing.disconnect(),
    () => document.removeEventListener("visibilitychange", pause),
    state.table.subscribe(follow),
    effect(() => {
      state.filter.value;
      aircraft.applyFilter();
      lookAgain = true;
    }),
    effect(() => {
      state.selectedId.value;
      state.hoveredId.value;
      lookAgain = true;
    }),
    effect(ring),
    effect(() => {
      const icao24 = state.selectedId.value;
      trail = [];
      drawTrail();
      if (icao24 === undefined) return;
      loadTrail(hubHttpUrl(document.body.dataset, location), icao24).then((past) => {
        if (closed || state.selectedId.peek() !== icao24) return;
        const newestMs = past.at(-1)?.atMs ?? -Infinity;
        trail = [...past, ...trail.filter(({ atMs }) => atMs > newestMs)];
        drawTrail();
      });
    }),
    effect(() => {
      if (state.flyRequest.value) flyTo(state.flyRequest.value.icao24);
    }),
  ];

  earth.loaded.then(() => earthThere = lookAgain = true, () => state.scene.value = "unavailable");
  // Without coasts, lights and names the globe is poorer, not wrong: it goes on without what fails.
  const poorer = () => {};
  load("countries.bin").then(async (response) => {
    const { coasts, borders } = readCountries(new Uint8Array(await response.arrayBuffer()));
    add(lineLayer(coasts, "#6fb4e8", 0.62), lineLayer(borders, "#6f9bd0", 0.34));
  }).catch(poorer);
  load("places.bin").then(async (response) => {
    add(placeLayer(readPlaces(new Uint8Array(await response.arrayBuffer())), pixelRatio));
  }).catch(poorer);
  load("cities.json").then(async (response) => {
    const named: City[] = await response.json();
    cities.load(named);
    lookAgain = true;
  }).catch(poorer);
  resize();
  follow({ kind: "snapshot" });
  pause();

  return {
    close() {
      closed = true;
      renderer.setAnimationLoop(null);
      for (const end of ends) end();
      aircraft.close();
      for (const layer of [stars, ...surface]) {
        layer.geometry.dispose();
        layer.material.dispose();
      }
      earth.globe._destructor();
      earth.material.uniforms.night!.value?.dispose();
      earth.material.dispose();
      renderer.dispose();
      place.replaceChildren();
    },
  };
}

/** A file of `static/earth/`. */
async function load(name: string): Promise<Response> {
  const response = await fetch(`/static/earth/${name}`);
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  return response;
}

/** The part of the globe's place that no panel covers: the layout leaves it to an empty cell. */
function freeArea(place: HTMLElement): Area {
  const whole = place.getBoundingClientRect();
  const cell = document.getElementById("view")?.getBoundingClientRect() ?? whole;
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
