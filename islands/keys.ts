/** The keys of the whole page. What has the focus comes first: fields, lists and sliders keep their own. */
import type { Signal } from "@preact/signals";
import { stepAnomaly } from "./anomaly_steps.ts";
import { nextUnits } from "./format.ts";
import { helpOpen, menuOpen, openAnomalyId, say } from "./shell.ts";
import {
  cockpit,
  filter,
  following,
  nextTrails,
  scene,
  select,
  selectedId,
  showLabels,
  showNight,
  units,
} from "./state.ts";
import { togglePlay } from "./time.ts";

/** The search field's id: `/` puts the focus there. */
export const SEARCH_ID = "search";

const GLOBE_KEYS: Readonly<Record<string, string>> = {
  ArrowLeft: "ArrowLeft",
  ArrowRight: "ArrowRight",
  ArrowUp: "ArrowUp",
  ArrowDown: "ArrowDown",
  q: "-",
  e: "+",
  "+": "+",
  "-": "-",
};

const ACTIONS: Readonly<Record<string, () => void>> = {
  "/": focusSearch,
  "?": () => helpOpen.value = true,
  f: follow,
  c: sitInCockpit,
  t: () => say(nextTrails()),
  l: () => flip(showLabels, "Labels"),
  n: () => flip(showNight, "Day and night"),
  u: () => say(`Units: ${units.value = nextUnits(units.value)}`),
  " ": togglePlay,
  "[": () => stepAnomaly(-1),
  "]": () => stepAnomaly(1),
};

/** Listens to the whole page's keys. */
export function listenKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key === "k") prevented(event, focusSearch);
      return;
    }
    if (key === "Escape") return back(event);
    if (keepsItsKeys(event.target, key)) return;
    const globeKey = GLOBE_KEYS[key];
    if (globeKey) prevented(event, () => keyToGlobe(globeKey));
    else if (Object.hasOwn(ACTIONS, key)) prevented(event, ACTIONS[key]!);
  });
}

/** Follows the selected aircraft with the camera, or lets it go. */
export function follow(): void {
  if (!needsSelection()) return;
  following.value = !following.value;
  say(following.value ? "Following" : "No longer following");
}

/** Sits in the selected aircraft, or gets out. */
export function sitInCockpit(): void {
  if (needsSelection()) cockpit.value = !cockpit.value;
}

/** Lets the globe move as it does for this key when it has the focus. */
export function keyToGlobe(key: string): void {
  document.getElementById("globe")?.dispatchEvent(new KeyboardEvent("keydown", { key }));
}

function focusSearch() {
  const field = document.getElementById(SEARCH_ID) as HTMLInputElement | null;
  field?.focus();
  field?.select();
}

/** What is open on top closes first. */
function back(event: Event) {
  const field = document.activeElement;
  if (menuOpen.value) menuOpen.value = false;
  else if (field?.id === SEARCH_ID) leaveSearch(event, field as HTMLInputElement);
  else if (cockpit.value) cockpit.value = false;
  else if (openAnomalyId.value !== undefined) openAnomalyId.value = undefined;
  else select(undefined);
}

/** The text goes first. The browser's own way of clearing it tells nobody. */
function leaveSearch(event: Event, field: HTMLInputElement) {
  event.preventDefault();
  if (field.value === "") field.blur();
  else filter.value = { ...filter.value, text: "" };
}

function flip(shown: Signal<boolean>, name: string) {
  shown.value = !shown.value;
  say(`${name} ${shown.value ? "on" : "off"}`);
}

function needsSelection(): boolean {
  if (scene.value !== "ready") say("That needs the globe");
  else if (selectedId.value === undefined) say("Select an aircraft first");
  else return true;
  return false;
}

/** Letters belong to a field, arrows to lists and sliders, the space bar to what it presses. */
function keepsItsKeys(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog")) return true;
  const isField = target.matches(
    "select, textarea, input:not([type=radio], [type=checkbox], [type=range])",
  );
  if (isField) return true;
  // A slider is moved by arrows and has no use for the space bar.
  if (key === " " && target.matches("input[type=range]")) return false;
  const moves = key.startsWith("Arrow") || key === " ";
  return moves &&
    target.closest("input, button, a, summary, [role=listbox], [role=slider]") !== null;
}

function prevented(event: Event, act: () => void) {
  event.preventDefault();
  act();
}
