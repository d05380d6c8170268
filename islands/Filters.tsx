import { useMemo, useState } from "preact/hooks";
import {
  airlineOf,
  boundsAltitude,
  FASTEST_MPS,
  type FlightFilter,
  isFiltering,
} from "./filters.ts";
import { aircraftCount, figure, UNITS } from "./format.ts";
import { Range, rangeText } from "./Range.tsx";
import {
  clearFilters,
  filter,
  inViewOnly,
  listed,
  scene,
  table,
  tickMs,
  total,
  units,
} from "./state.ts";

const PLACES: readonly (readonly [FlightFilter["where"], string])[] = [
  ["all", "All"],
  ["airborne", "Airborne"],
  ["ground", "On ground"],
];

/** The chips, and how many they let through. The altitude range is on the legend: its chip leads there. */
export function Filters() {
  const { where, emergency } = filter.value;
  const change = (part: Partial<FlightFilter>) => filter.value = { ...filter.value, ...part };
  return (
    <div class="filters" role="group" aria-label="Filters">
      <fieldset class="segments">
        <legend class="hidden-text">Where</legend>
        {PLACES.map(([place, name]) => (
          <label key={place}>
            <input
              type="radio"
              name="where"
              checked={where === place}
              onChange={() => change({ where: place })}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <div class="chips">
        <button
          type="button"
          class="chip alarm-chip"
          aria-pressed={emergency}
          onClick={() => change({ emergency: !emergency })}
        >
          Emergency
        </button>
        <Airline />
        <button
          type="button"
          class="chip"
          data-on={boundsAltitude(filter.value)}
          onClick={() => document.querySelector<HTMLInputElement>(".scale input")?.focus()}
        >
          <span>
            <span class="hidden-text">Filter by</span> Altitude
          </span>
        </button>
        <Speed />
      </div>
      <div class="filter-result">
        <span class="figure" role="status">
          {listed.value ? aircraftCount(listed.value.length, total.value) : "Waiting for aircraft"}
        </span>
        {(isFiltering(filter.value) || inViewOnly.value) && (
          <button type="button" class="link" onClick={clearFilters}>Clear filters</button>
        )}
        {scene.value !== "unavailable" && (
          <label class="switch">
            <input
              type="checkbox"
              role="switch"
              checked={inViewOnly.value}
              onChange={({ currentTarget }) => inViewOnly.value = currentTarget.checked}
            />
            <span>In view</span>
          </label>
        )}
      </div>
      {NO_GLOBE[scene.value] && (
        <p class="no-globe" role="status">
          {NO_GLOBE[scene.value]} The list, the search, the details and the alerts work without it.
        </p>
      )}
    </div>
  );
}

/** Why there is no globe. */
const NO_GLOBE: Readonly<Record<string, string>> = {
  unavailable: "The globe needs WebGL 2, which this browser does not offer.",
  lost: "The browser took the globe's graphics away: it is drawn again once they are back.",
};

/** How often operators are counted anew: all aircraft are looked at for it. */
const COUNT_MS = 5000;

/** Operators among all that are heard, by their three letters, the busiest first. */
function Airline() {
  const { airline } = filter.value;
  const busiest = useMemo(countAirlines, [
    Math.floor(tickMs.value / COUNT_MS),
    listed.value === undefined,
  ]);
  const isKnown = airline === "" || busiest.some(([letters]) => letters === airline);
  return (
    <select
      class="chip"
      aria-label="Airline"
      data-on={airline !== ""}
      value={airline}
      onChange={({ currentTarget }) =>
        filter.value = { ...filter.value, airline: currentTarget.value }}
    >
      <option value="">Airline</option>
      {!isKnown && <option value={airline}>{airline} (0)</option>}
      {busiest.map(([letters, n]) => <option key={letters} value={letters}>{letters} ({n})
      </option>)}
    </select>
  );
}

function countAirlines(): (readonly [letters: string, count: number])[] {
  const counts = new Map<string, number>();
  // From the column: no aircraft is made an object for this.
  for (let row = 0; row < table.size; row++) {
    const letters = airlineOf(table.text("callsign", row));
    if (letters) counts.set(letters, (counts.get(letters) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

const SPEED_STEP = 10;

function Speed() {
  const [isOpen, setOpen] = useState(false);
  const { slowestMps, fastestMps } = filter.value;
  const system = units.value;
  const { name, perSi } = UNITS[system].speed;
  const most = Math.ceil(FASTEST_MPS * perSi / SPEED_STEP) * SPEED_STEP;
  const toText = (value: number) => `${figure(value / perSi, "speed", system)} ${name}`;
  const low = Math.round(slowestMps * perSi);
  const high = fastestMps >= FASTEST_MPS ? most : Math.round(fastestMps * perSi);
  const text = rangeText(low, high, most, toText);
  return (
    <>
      <button
        type="button"
        class="chip"
        data-on={text !== undefined}
        aria-expanded={isOpen}
        aria-controls="speed-range"
        onClick={() => setOpen(!isOpen)}
      >
        {text ? `Speed ${text}` : "Speed"}
      </button>
      <div id="speed-range" class="speed-range" hidden={!isOpen}>
        <Range
          names={["Lowest speed", "Highest speed"]}
          {...{ low, high, most, toText }}
          step={SPEED_STEP}
          onChange={(low, high) =>
            filter.value = {
              ...filter.value,
              slowestMps: low / perSi,
              fastestMps: high >= most ? FASTEST_MPS : high / perSi,
            }}
        />
      </div>
    </>
  );
}
