/** What the page knows, each thing in one place: islands read these signals and change them, nothing else. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Connection } from "../clients/ts/socket.ts";
import { list, type Listing } from "./listing.ts";
import { ColumnsTable, type TableChange } from "./live/columns_table.ts";
import { complain } from "./live/complain.ts";
import type { SourceMode } from "../contracts/constants.ts";
import type { Flight } from "../contracts/flight.ts";
import { type FlightFilter, NO_FILTER, type Sort } from "./filters.ts";
import type { Units } from "./format.ts";
import { StreamClock } from "./live/stream_clock.ts";

/** Every aircraft the hub told us of. */
export const table = new ColumnsTable((what) => complain("aircraft", "The page dropped", what));
/** The time of the stream between messages. */
export const clock = new StreamClock();

export const connection = signal<Connection>({ state: "connecting" });

/** What the stream said of itself last; `advancedAtMs` is when its time last moved, on our clock. */
export interface Feed {
  readonly mode?: SourceMode;
  readonly streamMs?: number;
  /** What was replayed has come to its end. */
  readonly replayEnded?: boolean;
  readonly advancedAtMs: number;
  /** By how much the hub's clock is ahead of ours, which may be wrong by hours. */
  readonly hubAheadMs: number;
}
export const feed = signal<Feed>({ advancedAtMs: 0, hubAheadMs: 0 });

/** `performance.now()`, twice a second: for ages and countdowns. */
export const tickMs = signal(0);

export const filter = signal<FlightFilter>(NO_FILTER);
export const sort = signal<Sort>({ column: "callsign", descending: false });
/** Whether the list holds only what is on the screen. */
export const inViewOnly = signal(false);
export const selectedId = signal<string | undefined>(undefined);
export const hoveredId = signal<string | undefined>(undefined);

/** Asks the globe to fly to an aircraft; a new object each time. */
export const flyRequest = signal<{ readonly icao24: string } | undefined>(undefined);

/** What the camera looks at, in degrees, and from how far. */
export interface View {
  readonly lat: number;
  readonly lon: number;
  readonly distanceM: number;
}
/** The view, told by the globe a few times a second while it changes; undefined until it is known. */
export const view = signal<View | undefined>(undefined);
/** Asks the globe to look there; a new object each time. Before it is ready: where it begins. */
export const viewRequest = signal<View | undefined>(undefined);
/** Whether a place is on the screen, told by the globe with each new view. */
export const isInSight = signal<((place: Flight["position"]) => boolean) | undefined>(undefined);
/** A picture of the globe as PNG, once there is a globe. */
export const takePicture = signal<(() => Promise<Blob>) | undefined>(undefined);

/** Whether the camera stays with the selected aircraft (F), and whether it sits in it (C). */
export const following = signal(false);
export const cockpit = signal(false);
/** What the globe draws beside aircraft: ways they came (T), everybody's label (L), day and night (N). */
const TRAILS_OF = ["all", "selected", "none"] as const;
export const trailsOf = signal<(typeof TRAILS_OF)[number]>("all");
export const showLabels = signal(false);
export const showNight = signal(true);

/** The units figures are shown in. */
export const units = signal<Units>("aviation");

/** A moment of the past that is looked at in place of now; undefined: live. */
export interface Playback {
  /** Stream time, ms: where it stands, or stood when its speed was last changed. `clock` runs on. */
  readonly atMs: number;
  /** Seconds of stream time a second; 0 is a pause. */
  readonly rate: number;
}
/** While this is set, `table` and `clock` hold the past, and what the hub says is passed over. */
export const playback = signal<Playback | undefined>(undefined);

/** How the globe is doing. */
export const scene = signal<"loading" | "ready" | "lost" | "unavailable">("loading");

/** The aircraft that pass the filter, in order; undefined until the first snapshot. */
export const listed = signal<Listing | undefined>(undefined);
export const total = signal(0);

/** The selected aircraft; `left` when the hub no longer has it: then this is the last that was known. */
export interface Selection {
  readonly flight: Flight;
  readonly left: boolean;
}
const tableVersion = signal(0);
let lastSelected: Selection | undefined;
export const selection = computed<Selection | undefined>(() => {
  tableVersion.value;
  const id = selectedId.value;
  if (id === undefined) return lastSelected = undefined;
  const flight = table.flights.get(id);
  const kept = lastSelected?.flight.icao24 === id ? lastSelected : undefined;
  if (flight && kept?.flight === flight && !kept.left) return kept;
  if (flight) return lastSelected = { flight, left: false };
  if (!kept || kept.left) return kept;
  return lastSelected = { flight: kept.flight, left: true };
});

/** From all trails to the selected aircraft's, to none, and to all again; what it is now in words. */
export function nextTrails(): string {
  trailsOf.value = TRAILS_OF[(TRAILS_OF.indexOf(trailsOf.peek()) + 1) % TRAILS_OF.length]!;
  return `Trails: ${trailsOf.value}`;
}

/** Shows everything again. */
export function clearFilters() {
  batch(() => {
    filter.value = NO_FILTER;
    inViewOnly.value = false;
  });
}

/** Selects an aircraft, or nothing. */
export function select(icao24: string | undefined) {
  selectedId.value = icao24;
}

/** Selects an aircraft and has the globe fly there. */
export function flyTo(icao24: string) {
  batch(() => {
    selectedId.value = icao24;
    flyRequest.value = { icao24 };
  });
}

/** A list that is sorted anew at every delta could not be read: once a second is enough. */
const LIST_INTERVAL_MS = 1000;

/** Whether nobody can see the page; tests of its parts have none. */
const isHidden = () => globalThis.document?.hidden ?? false;

/**
 * Keeps `listed`, `total`, `selection` and `tickMs` up to date while the page can be seen, until the
 * returned function is called.
 */
export function keepState(): () => void {
  let listTimer: ReturnType<typeof setTimeout> | undefined;
  const listAgain = () => {
    clearTimeout(listTimer);
    listTimer = undefined;
    // Read before anything else: an effect runs again only for what its first run read.
    const [wanted, order] = [filter.value, sort.value];
    const isSeen = inViewOnly.value ? isInSight.value : undefined;
    if (tableVersion.peek() === 0) return;
    batch(() => {
      total.value = table.size;
      listed.value = list(table, wanted, order, isSeen, listed.peek());
    });
  };
  const changed = (change: TableChange) => {
    tableVersion.value++;
    if (isHidden()) return;
    if (change.kind === "snapshot") listAgain();
    else listTimer ??= setTimeout(listAgain, LIST_INTERVAL_MS);
  };
  const tick = () => {
    if (!isHidden()) tickMs.value = performance.now();
  };
  const ticking = setInterval(tick, 500);
  const ends = [
    table.subscribe(changed),
    effect(listAgain),
    // What was last known of the selected aircraft is kept, whether or not somebody shows it yet.
    effect(() => void selection.value),
  ];
  return () => {
    clearInterval(ticking);
    clearTimeout(listTimer);
    for (const end of ends) end();
  };
}
