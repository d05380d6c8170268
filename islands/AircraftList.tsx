import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Flight } from "../contracts/flight.ts";
import { altitudeColour } from "./altitude_colour.ts";
import { emergencyOf, isFiltering, shownAltitude, type SortColumn } from "./filters.ts";
import { duration, figure, UNITS } from "./format.ts";
import { seldomAskedNow } from "./health.ts";
import { known } from "./known.ts";
import type { Listing } from "./listing.ts";
import {
  clearFilters,
  filter,
  flyTo,
  hoveredId,
  inViewOnly,
  listed,
  playback,
  select,
  selectedId,
  sort,
  units,
} from "./state.ts";
import { pastTrouble } from "./time.ts";

const COLUMNS: readonly (readonly [SortColumn, string])[] = [
  ["callsign", "Callsign"],
  ["altitude", "Altitude"],
  ["speed", "Speed"],
];

/** Every aircraft as a row: the globe's accessible twin. Only the rows in sight are in the document. */
export function AircraftList() {
  const flights = listed.value;
  const { altitude, speed } = UNITS[units.value];
  const unitOf = { callsign: "", altitude: altitude.name, speed: speed.name };
  return (
    <section class="list" aria-label="Aircraft" aria-busy={!flights}>
      <div class="list-head" role="group" aria-label="Sort by">
        {COLUMNS.map(([column, name]) => (
          <SortButton key={column} column={column} name={name} unit={unitOf[column]} />
        ))}
      </div>
      {!flights ? <Skeleton /> : flights.length === 0 ? <Nothing /> : <Rows flights={flights} />}
    </section>
  );
}

function SortButton({ column, name, unit }: { column: SortColumn; name: string; unit: string }) {
  const active = sort.value.column === column;
  const { descending } = sort.value;
  const press = () =>
    // Figures are read from the top: their first press brings the highest.
    sort.value = { column, descending: active ? !descending : column !== "callsign" };
  return (
    <button type="button" class="sort" aria-pressed={active} onClick={press}>
      {name}
      {unit && <small>{unit}</small>}
      <span aria-hidden="true">{active ? descending ? "↓" : "↑" : ""}</span>
      {active && <span class="hidden-text">{descending ? "descending" : "ascending"}</span>}
    </button>
  );
}

/** How many rows beyond the edges are drawn, so that scrolling shows no gap. */
const MARGIN_ROWS = 4;

function Rows({ flights }: { flights: Listing }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, rowHeight: 40 });
  const [activeId, setActiveId] = useState<string | undefined>(undefined);

  useLayoutEffect(() => {
    const element = scroller.current!;
    const look = () =>
      setView({
        top: element.scrollTop,
        height: element.clientHeight,
        rowHeight: parseFloat(getComputedStyle(element).getPropertyValue("--row")),
      });
    const resizing = new ResizeObserver(look);
    resizing.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      resizing.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);

  const { rowHeight } = view;
  const first = Math.max(0, Math.floor(view.top / rowHeight) - MARGIN_ROWS);
  const inSight = flights.slice(
    first,
    first + Math.ceil(view.height / rowHeight) + 2 * MARGIN_ROWS,
  );

  const moveTo = (index: number) => {
    const at = Math.max(0, Math.min(flights.length - 1, index));
    setActiveId(flights.at(at)?.icao24);
    const element = scroller.current!;
    const top = at * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + rowHeight - element.clientHeight;
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = flights.indexOf(activeId ?? selectedId.value);
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const target: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: flights.length - 1,
    };
    if (event.key in target) moveTo(target[event.key]!);
    else if ((event.key === "Enter" || event.key === " ") && at >= 0) {
      select(flights.at(at)?.icao24);
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      class="rows"
      role="listbox"
      aria-label="Aircraft"
      tabIndex={0}
      aria-activedescendant={activeId && `row-${activeId}`}
      onKeyDown={onKeyDown}
      onPointerLeave={() => hoveredId.value = undefined}
    >
      <div style={{ height: `${flights.length * rowHeight}px` }} role="presentation">
        {inSight.map((flight, i) => (
          <Row
            key={flight.icao24}
            flight={flight}
            place={first + i}
            count={flights.length}
            active={flight.icao24 === activeId}
            onPick={setActiveId}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly flight: Flight;
  readonly place: number;
  readonly count: number;
  readonly active: boolean;
  readonly onPick: (icao24: string) => void;
}

function Row({ flight, place, count, active, onPick }: RowProps) {
  const { icao24 } = flight;
  const altitudeM = shownAltitude(flight);
  const emergency = emergencyOf(flight);
  const { altitude, speed } = UNITS[units.value];
  const pick = () => {
    onPick(icao24);
    select(icao24);
  };
  return (
    <div
      id={`row-${icao24}`}
      class="row"
      role="option"
      aria-selected={selectedId.value === icao24}
      aria-posinset={place + 1}
      aria-setsize={count}
      data-active={active}
      data-status={flight.status}
      data-alarm={emergency !== undefined}
      style={{ transform: `translateY(calc(${place} * var(--row)))` }}
      onClick={pick}
      onDblClick={() => flyTo(icao24)}
      onPointerEnter={() => hoveredId.value = icao24}
    >
      <span class="row-dot" style={{ background: altitudeColour(altitudeM) }} aria-hidden="true" />
      <span class="row-name">
        {flight.callsign ?? icao24.toUpperCase()}
        <small>{flight.aircraft_type ?? (flight.callsign ? icao24 : "")}</small>
        {emergency && <span class="hidden-text">emergency: {emergency}</span>}
        {flight.status === "STALE" && <span class="hidden-text">no news for a while</span>}
      </span>
      <span class="figure">
        <span class="row-trend" aria-hidden="true">{trend(flight)}</span>
        {flight.on_ground ? "ground" : figure(altitudeM, "altitude", units.value)}
        {!flight.on_ground && <span class="hidden-text">{altitude.spoken}</span>}
      </span>
      <span class="figure">
        {figure(flight.velocity_mps, "speed", units.value)}
        <span class="hidden-text">{speed.spoken}</span>
      </span>
    </div>
  );
}

/** Beyond 250 ft/min (1.3 m/s) it is a climb or a descent rather than noise. */
const LEVEL_MPS = 1.3;

function trend({ vertical_rate_mps: rateMps, on_ground }: Flight): string {
  if (!known(rateMps) || on_ground || Math.abs(rateMps) < LEVEL_MPS) return "";
  return rateMps > 0 ? "↑" : "↓";
}

function Nothing() {
  if (!isFiltering(filter.value) && !inViewOnly.value) {
    const text = playback.value ? pastTrouble.value?.text ?? "No aircraft were heard" : nobody();
    return (
      <div class="nothing">
        <p>{text}</p>
      </div>
    );
  }
  return (
    <div class="nothing">
      <p>No aircraft match</p>
      <button type="button" class="button" onClick={clearFilters}>Clear filters</button>
    </div>
  );
}

/** Why the sky is empty, where it is known. */
function nobody(): string {
  const seldom = seldomAskedNow();
  if (!seldom) return "No aircraft are heard";
  const { name, everyS, inS } = seldom;
  return `No aircraft now: they leave two minutes after they were heard, and ${name} is asked every ${
    duration(everyS)
  }. Next poll in ${duration(inS)}.`;
}

const SKELETON_ROWS = Array.from({ length: 14 }, (_, i) => i);

function Skeleton() {
  return (
    <div class="rows skeleton" aria-hidden="true">
      {SKELETON_ROWS.map((i) => (
        <div class="row" key={i}>
          <span class="row-dot" />
          <span class="bone" />
          <span class="bone" />
          <span class="bone" />
        </div>
      ))}
    </div>
  );
}
