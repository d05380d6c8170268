import { renderToString } from "preact-render-to-string";
import { AircraftList } from "../islands/AircraftList.tsx";
import { AnomalyFeed } from "../islands/AnomalyFeed.tsx";
import { AltitudeScale } from "../islands/AltitudeScale.tsx";
import { Filters } from "../islands/Filters.tsx";
import { FlightPanel } from "../islands/FlightPanel.tsx";
import { Globe } from "../islands/Globe.tsx";
import { Island } from "../islands/island.tsx";
import { StatusBar } from "../islands/StatusBar.tsx";
import { ThemeToggle } from "../islands/ThemeToggle.tsx";

export interface PageOptions {
  /** The hub's address, for a page that is served elsewhere. */
  readonly hubUrl?: string;
  /** Else the hub is on the page's own host, at this port. */
  readonly backendPort: number;
}

/** The whole page as HTML: what it looks like before its script has come. */
export function renderPage(options: PageOptions): string {
  return `<!DOCTYPE html>${renderToString(<Page {...options} />)}`;
}

const DESCRIPTION = "Aircraft in real time on a globe: where they are, and what is odd about them.";

function Page({ hubUrl, backendPort }: PageOptions) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>SkySentinel</title>
        <meta name="description" content={DESCRIPTION} />
        <meta name="color-scheme" content="dark light" />
        <meta name="theme-color" content="#060b14" />
        <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/static/page.css" />
        <script type="module" src="/assets/main.js" />
      </head>
      <body data-hub-url={hubUrl} data-backend-port={backendPort}>
        <Island name="Globe">
          <Globe />
        </Island>
        <div class="layout">
          <header class="top">
            <h1 class="brand">
              <img src="/static/icon.svg" alt="" width="26" height="26" />
              SkySentinel
            </h1>
            <Island name="StatusBar">
              <StatusBar />
            </Island>
            <Island name="ThemeToggle">
              <ThemeToggle />
            </Island>
          </header>
          <main class="side panel">
            <Island name="Filters">
              <Filters />
            </Island>
            <Island name="AircraftList">
              <AircraftList />
            </Island>
          </main>
          <div class="view" id="view" aria-hidden="true" />
          <p class="credits">Earth: NASA. Borders: Natural Earth. Places: GeoNames, CC BY 4.0.</p>
          <aside class="detail">
            <Island name="FlightPanel">
              <FlightPanel />
            </Island>
            <Island name="AnomalyFeed">
              <AnomalyFeed />
            </Island>
          </aside>
          <div class="bottom">
            <Island name="AltitudeScale">
              <AltitudeScale />
            </Island>
          </div>
        </div>
        <noscript>
          <p class="globe-note panel">
            SkySentinel draws what it is told over a WebSocket, which needs JavaScript.
          </p>
        </noscript>
      </body>
    </html>
  );
}
