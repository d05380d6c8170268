/** What the browser runs first: the islands, the keys, the socket. The scene comes after. */
import { AircraftList } from "./AircraftList.tsx";
import { loadAnomalies } from "./anomalies.ts";
import { AnomalyFeed } from "./AnomalyFeed.tsx";
import { AltitudeScale } from "./AltitudeScale.tsx";
import { Filters, SEARCH_ID } from "./Filters.tsx";
import { FlightPanel } from "./FlightPanel.tsx";
import { Globe } from "./Globe.tsx";
import { hydrateIslands } from "./island.tsx";
import { hubHttpUrl, startLive } from "./live/live.ts";
import { keepState, select } from "./state.ts";
import { StatusBar } from "./StatusBar.tsx";
import { keepTheme, ThemeToggle } from "./ThemeToggle.tsx";

keepTheme();
hydrateIslands({
  StatusBar,
  ThemeToggle,
  Filters,
  AircraftList,
  AltitudeScale,
  FlightPanel,
  AnomalyFeed,
  Globe,
});
keepState();
const hub = hubHttpUrl(document.body.dataset, location);
startLive(hub);
loadAnomalies(hub);

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.getElementById(SEARCH_ID);
  if (event.key === "/" && event.target !== search) {
    event.preventDefault();
    search?.focus();
  } else if (event.key === "Escape") {
    select(undefined);
    search?.blur();
  }
});
