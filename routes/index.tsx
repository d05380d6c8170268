import { renderToString } from "preact-render-to-string";
import { AircraftList } from "../islands/AircraftList.tsx";
import { AltitudeScale } from "../islands/AltitudeScale.tsx";
import { Detail } from "../islands/Detail.tsx";
import { Filters } from "../islands/Filters.tsx";
import { Globe } from "../islands/Globe.tsx";
import { Island } from "../islands/island.tsx";
import { Notice } from "../islands/Notice.tsx";
import { Search } from "../islands/Search.tsx";
import { SheetBar } from "../islands/SheetBar.tsx";
import { StatusBar } from "../islands/StatusBar.tsx";
import { Timeline } from "../islands/Timeline.tsx";
import { Tools } from "../islands/Tools.tsx";
import { Document, type HubOptions } from "./document.tsx";

/** The whole page as HTML: what it looks like before its script has come. */
export function renderPage(hub: HubOptions): string {
  return `<!DOCTYPE html>${renderToString(<Page {...hub} />)}`;
}

const DESCRIPTION = "Aircraft in real time on a globe: where they are, and what is odd about them.";

function Page(hub: HubOptions) {
  return (
    <Document
      {...hub}
      title="SkySentinel"
      description={DESCRIPTION}
      styles={["page", "list", "time", "narrow", "panels"]}
      script="main.js"
    >
      <Island name="Globe">
        <Globe />
      </Island>
      <div class="layout">
        <header class="top">
          <h1 class="brand">
            <img src="/static/icon.svg" alt="" width="26" height="26" />
            <span>SkySentinel</span>
          </h1>
          <Island name="Search">
            <Search />
          </Island>
          <Island name="StatusBar">
            <StatusBar />
          </Island>
          <Island name="Tools">
            <Tools />
          </Island>
        </header>
        <Island name="SheetBar">
          <SheetBar />
        </Island>
        <main class="side panel">
          <Island name="Filters">
            <Filters />
          </Island>
          <Island name="AircraftList">
            <AircraftList />
          </Island>
        </main>
        <div class="view" id="view" aria-hidden="true" />
        <Island name="Notice">
          <Notice />
        </Island>
        <Island name="ViewTools" />
        <p class="credits">Earth: NASA. Borders: Natural Earth. Places: GeoNames, CC BY 4.0.</p>
        <aside class="detail" aria-label="Details">
          <Island name="Detail">
            <Detail />
          </Island>
        </aside>
        <footer class="bottom panel">
          <Island name="AltitudeScale">
            <AltitudeScale />
          </Island>
          <Island name="Timeline">
            <Timeline />
          </Island>
        </footer>
      </div>
      <Island name="Dialogs" />
      <noscript>
        <p class="globe-note panel">
          SkySentinel draws what it is told over a WebSocket, which needs JavaScript.
        </p>
      </noscript>
    </Document>
  );
}
