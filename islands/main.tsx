/** What the browser runs first: the islands, the keys, the socket. The scene comes after. */
import { effect } from "@preact/signals";
import { AircraftList } from "./AircraftList.tsx";
import { keepAnomalies } from "./anomalies.ts";
import { Dialogs } from "./Dialogs.tsx";
import { Globe } from "./Globe.tsx";
import { keepHealth } from "./health.ts";
import { hydrateIslands } from "./island.tsx";
import { listenKeys } from "./keys.ts";
import { keepLink } from "./link.ts";
import { hubHttpUrl, startLive } from "./live/live.ts";
import { Notice } from "./Notice.tsx";
import { Search } from "./Search.tsx";
import { connection, keepState, listed } from "./state.ts";
import { StatusBar } from "./StatusBar.tsx";
import { keepTheme } from "./theme.ts";
import { keepUnits } from "./units.ts";

hydrateIslands({
  Search,
  StatusBar,
  AircraftList,
  Notice,
  Dialogs,
  Globe,
});
keepTheme();
keepState();
keepUnits();
keepLink();
listenKeys();
const hub = hubHttpUrl(document.body.dataset, location);
const mock = new URLSearchParams(location.search).get("mock");
if (mock === null) {
  startLive(hub);
  keepHealth(hub);
  keepAnomalies(hub);
} else {
  import("./live/mock.ts").then(({ MOCK_AIRCRAFT, MockLine }) =>
    startLive(hub, () => new MockLine(Number(mock) || MOCK_AIRCRAFT))
  );
}

// The list comes first: what tells of the past and of what is odd comes to life after it. Where there
// is no hub to have a list from, it need not be waited for.
const stop = effect(() => {
  if (!listed.value && connection.value.state !== "waiting") return;
  import("./later.tsx").then(({ wakeLater }) => wakeLater());
  queueMicrotask(() => stop());
});
