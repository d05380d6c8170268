import { useEffect, useState } from "preact/hooks";
import type { Airport } from "./airports.ts";
import { Icon } from "./icons.tsx";
import { SEARCH_ID } from "./keys.ts";
import { filter, flyTo, listed, viewRequest } from "./state.ts";

/** So far from the ground an airport and what flies around it are in sight. */
const AROUND_AIRPORT_M = 140_000;

function setText(text: string) {
  filter.value = { ...filter.value, text };
}

/** Those that the text names, as soon as they are known. */
function useAirports(text: string): readonly Airport[] {
  const [found, setFound] = useState<readonly Airport[]>([]);
  useEffect(() => {
    let isOld = false;
    if (text === "") setFound([]);
    else {
      import("./airports.ts").then(({ airportsNamed }) => airportsNamed(text)).then(
        (airports) => isOld || setFound(airports),
        () => setFound([]),
      );
    }
    return () => isOld = true;
  }, [text]);
  return found;
}

/** Callsign, address, registration and type filter the sky; airports are places to fly to. */
export function Search() {
  const [isOpen, setOpen] = useState(false);
  const airports = useAirports(isOpen ? filter.value.text : "");
  const goTo = ({ lat, lon }: Airport) => {
    viewRequest.value = { lat, lon, distanceM: AROUND_AIRPORT_M };
    setText("");
    setOpen(false);
  };
  const goToFirst = () => {
    const aircraft = filter.value.text.trim() === "" ? undefined : listed.value?.at(0);
    if (aircraft) flyTo(aircraft.icao24);
    else if (airports[0]) goTo(airports[0]);
  };
  return (
    <search
      class="search"
      onFocusIn={() => setOpen(true)}
      onFocusOut={({ currentTarget, relatedTarget }) =>
        setOpen(currentTarget.contains(relatedTarget as Node | null))}
    >
      <Icon name="search" />
      <input
        id={SEARCH_ID}
        type="search"
        class="panel"
        placeholder="Search: callsign, hex, type, airport"
        aria-label="Search by callsign, hex address, registration, type or airport"
        aria-keyshortcuts="/ Control+K"
        autocomplete="off"
        spellcheck={false}
        maxLength={40}
        value={filter.value.text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && goToFirst()}
      />
      <kbd aria-hidden="true">/</kbd>
      {airports.length > 0 && (
        <ul class="found panel" aria-label="Airports">
          {airports.map((airport) => (
            <li key={airport.code}>
              <button type="button" onClick={() => goTo(airport)}>
                <strong>{airport.code}</strong> {airport.name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}
