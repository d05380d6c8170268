import type { ComponentChildren } from "preact";
import type { Flight } from "../contracts/flight.ts";
import { altitudeColour } from "./altitude_colour.ts";
import { shownAltitude } from "./filters.ts";
import {
  duration,
  feet,
  feetPerMinute,
  knots,
  position,
  squawkMeaning,
  track,
  UNKNOWN,
  utcDate,
  withUnit,
} from "./format.ts";
import { lastContactMs } from "../contracts/times.ts";
import { clock, feed, flyTo, scene, select, selection, tickMs } from "./state.ts";
import { known } from "./known.ts";

/** All that is known of the selected aircraft; nothing when there is none. */
export function FlightPanel() {
  const selected = selection.value;
  if (!selected) return null;
  const { flight, left } = selected;
  const alarm = squawkMeaning(flight.squawk);
  const altitudeM = shownAltitude(flight);
  return (
    <section
      class="flight panel"
      aria-label="Selected aircraft"
      style={{ "--accent": altitudeColour(altitudeM) }}
    >
      <header>
        <div>
          <h2>{flight.callsign ?? flight.icao24.toUpperCase()}</h2>
          <p class="flight-names">
            <span class="figure">{flight.icao24.toUpperCase()}</span>
            {[flight.registration, flight.aircraft_type, flight.origin_country].map((name) =>
              name && <span key={name}>{name}</span>
            )}
          </p>
        </div>
        <button
          type="button"
          class="icon-button"
          aria-label="Close"
          onClick={() => select(undefined)}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="m5 5 10 10M15 5 5 15" />
          </svg>
        </button>
      </header>
      {alarm && <p class="alarm">Squawk {flight.squawk}: {alarm}</p>}
      {left && <p class="warning">Left: nothing heard of it any more. Last known:</p>}
      {!left && flight.status === "STALE" && (
        <p class="warning">No news for a while: where it is now is a guess.</p>
      )}
      <dl class="gauges">
        <Gauge name="Altitude" unit="ft" strong>
          {flight.on_ground ? "ground" : feet(altitudeM)}
        </Gauge>
        <Gauge name="Ground speed" unit="kt">{knots(flight.velocity_mps)}</Gauge>
        <Gauge name="Vertical" unit="ft/min">{feetPerMinute(flight.vertical_rate_mps)}</Gauge>
        <Gauge name="Track" headingDeg={flight.heading_deg}>{track(flight.heading_deg)}</Gauge>
      </dl>
      <dl class="facts">
        <Fact name="Barometric altitude">{withUnit(feet(flight.altitude_m), "ft")}</Fact>
        <Fact name="Geometric altitude">{withUnit(feet(flight.geo_altitude_m), "ft")}</Fact>
        <Fact name="Squawk">{squawkText(flight)}</Fact>
        <Fact name="Position">{position(flight.position)}</Fact>
        <Fact name="Last contact">{lastContact(flight)}</Fact>
        <Fact name="Status">{left ? "left" : STATUS_WORDS[flight.status]}</Fact>
        <Fact name="Source">{sourceText(flight)}</Fact>
      </dl>
      <div class="flight-actions">
        {scene.value !== "unavailable" && (
          <button
            type="button"
            class="button"
            onClick={() => flyTo(flight.icao24)}
          >
            Show on globe
          </button>
        )}
        <button type="button" class="button quiet" onClick={() => select(undefined)}>
          Close <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
    </section>
  );
}

interface GaugeProps {
  readonly name: string;
  readonly unit?: string;
  readonly strong?: boolean;
  readonly headingDeg?: number | null;
  readonly children: string;
}

function Gauge({ name, unit, strong, headingDeg, children }: GaugeProps) {
  const figure = /\d/.test(children);
  return (
    <div class={strong ? "gauge strong" : "gauge"}>
      <dt>{name}</dt>
      <dd class="figure">
        {children}
        {unit && figure && <small>{unit}</small>}
        {known(headingDeg) && (
          <svg
            viewBox="0 0 20 20"
            aria-hidden="true"
            style={{ transform: `rotate(${headingDeg}deg)` }}
          >
            <path d="M10 2.5 15 17l-5-3-5 3z" />
          </svg>
        )}
      </dd>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure">{children}</dd>
    </div>
  );
}

const STATUS_WORDS: Readonly<Record<Flight["status"], string>> = {
  NORMAL: "normal",
  STALE: "stale",
  ANOMALY: "anomaly",
};

function squawkText({ squawk }: Flight): string {
  const meaning = squawkMeaning(squawk);
  return meaning ? `${squawk}, ${meaning}` : squawk ?? UNKNOWN;
}

/** By the stream's clock: in a replay, ages are the recording's. */
function lastContact(flight: Flight): string {
  const atMs = lastContactMs(flight);
  const nowMs = clock.running ? clock.at(tickMs.value) : atMs;
  return `${duration((nowMs - atMs) / 1000)} ago`;
}

function sourceText(flight: Flight): string {
  const received = flight.position_source ? `${flight.position_source}, ` : "";
  if (feed.value.mode === "replay") return `${received}replay of ${utcDate(lastContactMs(flight))}`;
  return `${received}live`;
}
