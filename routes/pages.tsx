/** The pages beside the globe. What they say of now and of the past comes from the hub, in the browser. */
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { typeName } from "../islands/anomaly_words.ts";
import { utcDate, utcTime } from "../islands/format.ts";
import { Island } from "../islands/island.tsx";
import { Document, type HubOptions } from "./document.tsx";
import { PageTools } from "../islands/PageTools.tsx";

const PAGES = [["/", "Globe"], ["/anomalies", "Anomalies"], ["/status", "Status"], [
  "/about",
  "About",
]] as const;

interface PageProps extends HubOptions {
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly children: ComponentChildren;
}

function Page({ path, title, description, children, ...hub }: PageProps) {
  return (
    <Document
      {...hub}
      title={`${title} · SkySentinel`}
      description={description}
      styles={["pages"]}
      script="pages.js"
    >
      <a class="skip" href="#content">Skip to the content</a>
      <header class="site">
        <a class="brand" href="/">
          <img src="/static/icon.svg" alt="" width="26" height="26" />
          SkySentinel
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([href, name]) => (
            <a key={href} href={href} aria-current={href === path ? "page" : undefined}>{name}</a>
          ))}
        </nav>
        <Island name="PageTools">
          <PageTools />
        </Island>
      </header>
      <main id="content" class="page">
        <h1>{title}</h1>
        {children}
      </main>
    </Document>
  );
}

function NeedsScript() {
  return (
    <noscript>
      <p class="quiet-note">This page asks the hub from the browser, which needs JavaScript.</p>
    </noscript>
  );
}

function render(page: Parameters<typeof renderToString>[0]): string {
  return `<!DOCTYPE html>${renderToString(page)}`;
}

/** All anomalies: sortable and filterable, each with its own address. */
export function renderAnomalies(hub: HubOptions): string {
  return render(
    <Page
      {...hub}
      path="/anomalies"
      title="Anomalies"
      description="What was odd up there, and why it was told."
    >
      <p class="lead">
        What may have been odd up there: each has its evidence, and can be played back.
      </p>
      <NeedsScript />
      <Island name="AnomaliesPage">
        <p class="quiet-note" role="status">Loading</p>
      </Island>
    </Page>,
  );
}

/** What an anomaly's id says by itself: who, what, since when. */
const ID = /^([0-9a-f]{6})-([A-Z0-9_]+?)(?:-.*)?-(\d{1,14})$/;

/** One anomaly. Its name is known from its id; the rest comes from the hub. */
export function renderAnomaly(hub: HubOptions, id: string): string {
  const [, icao24, type, startedMs] = ID.exec(id) ?? [];
  const atMs = Number(startedMs);
  const title = type && icao24 ? `${typeName(type)}, ${icao24.toUpperCase()}` : "Anomaly";
  return render(
    <Page {...hub} path={`/anomalies/${id}`} title={title} description={title}>
      <p class="lead">
        {startedMs && `Since ${utcDate(atMs)}, ${utcTime(atMs)}. `}
        <a href="/anomalies">All anomalies</a>
      </p>
      <NeedsScript />
      <Island name="AnomalyPage">
        <p class="quiet-note" role="status">Loading</p>
      </Island>
    </Page>,
  );
}

/** How the system is. */
export function renderStatus(hub: HubOptions): string {
  return render(
    <Page
      {...hub}
      path="/status"
      title="Status"
      description="How SkySentinel's parts are: roles, lags, rates, sources, promises."
    >
      <NeedsScript />
      <Island name="StatusPage">
        <p class="status-line" role="status">Asking the hub</p>
      </Island>
    </Page>,
  );
}

/** Where everything comes from, and under which terms. */
export function renderAbout(hub: HubOptions): string {
  return render(
    <Page
      {...hub}
      path="/about"
      title="About"
      description="What SkySentinel is, where its data comes from, and under which terms."
    >
      <About />
    </Page>,
  );
}

function About() {
  return (
    <>
      <p class="lead">
        SkySentinel is an open flight watch: it follows aircraft, says what is odd up there and why,
        and can go back in time.
      </p>
      <section class="panel card">
        <h2>What it is not</h2>
        <p>
          Nothing here is for navigation or for keeping aircraft apart. Positions are what aircraft
          say of themselves, heard by receivers on the ground: late, sometimes wrong, and missing
          where nobody listens. Between two reports an aircraft is shown where its last course and
          speed would take it. An anomaly is a rule that held for the figures shown beside it; what
          it means is for people to judge. Ground speed is never airspeed.
        </p>
      </section>
      <section class="panel card">
        <h2>Where the data comes from</h2>
        <table class="wide-table origins">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">From</th>
              <th scope="col">Terms</th>
            </tr>
          </thead>
          <tbody>
            {ORIGINS.map(({ what, from, href, terms }) => (
              <tr key={what}>
                <th scope="row">{what}</th>
                <td>{href ? <a href={href} rel="noreferrer">{from}</a> : from}</td>
                <td>{terms}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="quiet-note">
          Live sources have terms of their own: who sets one up agrees to them. Borders are drawn as
          they are in fact, which is no statement on whose land is whose.
        </p>
      </section>
      <section class="panel card">
        <h2>Licence</h2>
        <p>
          SkySentinel's own code is under the MIT licence. It is built on Deno, Hono, Preact,
          three.js and three-globe, PostGIS and others, each under its own open licence.
        </p>
      </section>
    </>
  );
}

const ORIGINS: readonly {
  readonly what: string;
  readonly from: string;
  readonly href?: string;
  readonly terms: string;
}[] = [
  {
    what: "The demo's observations: Paris, 7 October 2021",
    from: "The OpenSky Network, by way of the Python package traffic",
    href: "https://opensky-network.org",
    terms:
      "OpenSky asks for a licence for commercial use. M. Schäfer, M. Strohmeier, V. Lenders, " +
      "I. Martinovic, M. Wilhelm: Bringing up OpenSky, IPSN 2014",
  },
  {
    what: "The New York sample",
    from: "Simulated by this project: aircraft and flights are made up",
    terms: "MIT",
  },
  {
    what: "Airports and airfields",
    from: "OurAirports",
    href: "https://ourairports.com/data/",
    terms: "Public domain",
  },
  {
    what: "The picture of the earth",
    from: "NASA Earth Observatory",
    href: "https://earthobservatory.nasa.gov",
    terms: "NASA's imagery, credit asked for",
  },
  {
    what: "Coasts and borders",
    from: "Natural Earth, by way of world-atlas",
    href: "https://www.naturalearthdata.com",
    terms: "Public domain; world-atlas is ISC",
  },
  {
    what: "Names and lights of towns",
    from: "GeoNames",
    href: "https://www.geonames.org",
    terms: "CC BY 4.0",
  },
];
