import { aircraftCount } from "./format.ts";
import { type FlightFilter, isFiltering, NO_FILTER } from "./filters.ts";
import { filter, listed, total } from "./state.ts";

/** The search field's id: `/` puts the focus there. */
export const SEARCH_ID = "search";

const PLACES: readonly (readonly [FlightFilter["where"], string])[] = [
  ["all", "All"],
  ["airborne", "Airborne"],
  ["ground", "On ground"],
];

/** Shows everything again. */
export function clearFilters() {
  filter.value = NO_FILTER;
}

/** Search and chips. The altitude range is on the legend: `AltitudeScale`. */
export function Filters() {
  const { text, where } = filter.value;
  return (
    <search class="filters">
      <div class="search">
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="8.5" cy="8.5" r="5.5" />
          <path d="m13 13 4.5 4.5" />
        </svg>
        <input
          id={SEARCH_ID}
          type="search"
          placeholder="Callsign or hex"
          aria-label="Search by callsign or hex address"
          aria-keyshortcuts="/"
          autocomplete="off"
          spellcheck={false}
          maxLength={20}
          value={text}
          onInput={(event) => filter.value = { ...filter.value, text: event.currentTarget.value }}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <fieldset class="chips">
        <legend class="hidden-text">Where</legend>
        {PLACES.map(([place, name]) => (
          <label key={place}>
            <input
              type="radio"
              name="where"
              checked={where === place}
              onChange={() => filter.value = { ...filter.value, where: place }}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <div class="filter-result">
        <span class="figure" role="status">
          {listed.value ? aircraftCount(listed.value.length, total.value) : "Waiting for aircraft"}
        </span>
        {isFiltering(filter.value) && (
          <button type="button" class="link" onClick={clearFilters}>Clear filters</button>
        )}
      </div>
    </search>
  );
}
