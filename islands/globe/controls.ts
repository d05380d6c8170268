/** Pointer, wheel and keys move the camera; clicks and hovering are passed on. */
import type { CameraRig } from "./camera.ts";
import { EARTH_RADIUS_M } from "./geo.ts";

/** A place on the canvas in CSS pixels. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface ControlsOptions {
  readonly onClick: (spot: Spot, coarse: boolean) => void;
  readonly onDoubleClick: (spot: Spot) => void;
  readonly onHover: (spot: Spot | undefined) => void;
  /** Somebody moves the view along. */
  readonly onPan: () => void;
}

/** A pointer that moved no further than this was clicking, not dragging. */
const CLICK_WITHIN_PX = 6;
const DEGREES = 180 / Math.PI;
const KEY_STEP_PX = 90;
const KEY_ZOOM = 1.35;

/** Listens on `element` until the returned function is called. */
export function listenControls(
  element: HTMLElement,
  rig: CameraRig,
  { onClick, onDoubleClick, onHover, onPan }: ControlsOptions,
): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const pointers = new Map<number, Spot>();
  let moved = 0;

  const spotOf = (event: MouseEvent): Spot => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ) => element.addEventListener(type, listener, { signal, passive: false });

  on("pointerdown", (event) => {
    // A button over the globe keeps its own clicks.
    if (event.button !== 0 || (event.target as Element).closest("button")) return;
    element.setPointerCapture(event.pointerId);
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, spotOf(event));
  });
  on("pointermove", (event) => {
    const spot = spotOf(event);
    const before = pointers.get(event.pointerId);
    if (!before) return onHover(spot);
    const spread = spreadOf(pointers);
    pointers.set(event.pointerId, spot);
    moved += Math.hypot(spot.x - before.x, spot.y - before.y);
    if (moved <= CLICK_WITHIN_PX) return;
    onHover(undefined);
    onPan();
    // Each of two fingers moves the view by half: together they drag it once.
    pan(rig, (spot.x - before.x) / pointers.size, (spot.y - before.y) / pointers.size);
    const spreadNow = spreadOf(pointers);
    if (spread && spreadNow) zoom(rig, spread / spreadNow);
  });
  const release = (event: PointerEvent) => {
    const wasDown = pointers.delete(event.pointerId);
    if (event.type === "pointerup" && wasDown && moved <= CLICK_WITHIN_PX) {
      onClick(spotOf(event), event.pointerType !== "mouse");
    }
  };
  on("pointerup", release);
  on("pointercancel", release);
  on("pointerleave", () => onHover(undefined));
  on("dblclick", (event) => onDoubleClick(spotOf(event)));
  on("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    zoom(rig, Math.exp(Math.max(-120, Math.min(120, event.deltaY * lines)) * 0.0022));
  });
  on("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!moveByKey(rig, event.key)) return;
    if (event.key.startsWith("Arrow")) onPan();
    event.preventDefault();
  });
  return () => ended.abort();
}

function moveByKey(rig: CameraRig, key: string): boolean {
  const steps: Record<string, () => void> = {
    ArrowLeft: () => pan(rig, KEY_STEP_PX, 0),
    ArrowRight: () => pan(rig, -KEY_STEP_PX, 0),
    ArrowUp: () => pan(rig, 0, KEY_STEP_PX),
    ArrowDown: () => pan(rig, 0, -KEY_STEP_PX),
    "+": () => zoom(rig, 1 / KEY_ZOOM),
    "=": () => zoom(rig, 1 / KEY_ZOOM),
    "-": () => zoom(rig, KEY_ZOOM),
  };
  steps[key]?.();
  return key in steps;
}

/** Drags the ground by CSS pixels: what was under the pointer stays there, near the view's middle. */
function pan(rig: CameraRig, dx: number, dy: number) {
  const { lat, lon } = rig.view;
  // From far away the ground's own scale would spin the globe under the finger.
  const perPixel = Math.min(0.35, rig.metresPerPixel / EARTH_RADIUS_M * DEGREES);
  const parallel = Math.max(0.2, Math.cos(lat / DEGREES));
  rig.set({ lat: lat + dy * perPixel, lon: lon - dx * perPixel / parallel });
}

function zoom(rig: CameraRig, factor: number) {
  rig.set({ distanceM: rig.view.distanceM * factor });
}

/** How far two fingers are apart; undefined with fewer or more. */
function spreadOf(pointers: ReadonlyMap<number, Spot>): number | undefined {
  if (pointers.size !== 2) return undefined;
  const [a, b] = [...pointers.values()] as [Spot, Spot];
  return Math.hypot(a.x - b.x, a.y - b.y);
}
