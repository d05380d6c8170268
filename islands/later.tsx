/** What comes to life once there are aircraft. */
import { AltitudeScale } from "./AltitudeScale.tsx";
import { Detail } from "./Detail.tsx";
import { Filters } from "./Filters.tsx";
import { replaceIslands } from "./island.tsx";
import { keepSheet, SheetBar } from "./SheetBar.tsx";
import { Timeline } from "./Timeline.tsx";
import { keepTitle } from "./title.ts";
import { Tools } from "./Tools.tsx";
import { ViewTools } from "./ViewTools.tsx";

export function wakeLater(): void {
  replaceIslands({ AltitudeScale, Detail, Filters, SheetBar, Timeline, Tools, ViewTools });
  keepSheet();
  keepTitle();
  // For whoever waits until the whole page can be used, as the browser tests do.
  document.documentElement.dataset.islands = "all";
}
