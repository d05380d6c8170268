import type { Flight } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { altitudeColour } from "./altitude_colour.ts";
import { emergencyOf, shownAltitude } from "./filters.ts";
import { Fact } from "./Fact.tsx";
import { drawnAltitudeM, flightTrack, keepFlightTrack } from "./flight_track.ts";
import { FlightActions } from "./FlightActions.tsx";
import {
  duration,
  figure,
  figureWithUnit,
  position,
  type Quantity,
  squawkMeaning,
  track,
  UNITS,
  UNKNOWN,
  utcDate,
} from "./format.ts";
import { Icon } from "./icons.tsx";
import { known } from "./known.ts";
import { openAnomalyId } from "./shell.ts";
import { Sparkline } from "./Sparkline.tsx";
import {
  clock,
  feed,
  listed,
  playback,
  select,
  selectedId,
  selection,
  tickMs,
  units,
} from "./state.ts";

keepFlightTrack();

/** All that is known of the selected aircraft; nothing when there is none. */
export function FlightPanel() {
  const selected = selection.value;
  const id = selectedId.value;
  if (!selected) return id && listed.value ? <Unheard icao24={id} /> : null;
  const { flight, left } = selected;
  const emergency = emergencyOf(flight);
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
        <Close />
      </header>
      {emergency && (
        <p class="alarm">
          <Icon name="high" />
          {squawkMeaning(flight.squawk) ? `Squawk ${flight.squawk}: ` : "Emergency: "}
          {emergency}
        </p>
      )}
      {left && <p class="warning">Left: nothing heard of it any more. Last known:</p>}
      {!left && flight.status === "STALE" && (
        <p class="warning">No news for {age(flight)}: where it is now is a guess.</p>
      )}
      <dl class="gauges">
        <Gauge name="Altitude" quantity="altitude" si={altitudeM} strong>
          {flight.on_ground ? "ground" : undefined}
        </Gauge>
        <Gauge name="Ground speed" quantity="speed" si={flight.velocity_mps} />
        <Gauge name="Vertical" quantity="rate" si={flight.vertical_rate_mps} />
        <Gauge name="Track" headingDeg={flight.heading_deg}>{track(flight.heading_deg)}</Gauge>
      </dl>
      {openAnomalyId.value === undefined && <More flight={flight} left={left} />}
    </section>
  );
}

/** What gives way to the evidence of an anomaly. */
function More({ flight, left }: { flight: Flight; left: boolean }) {
  return (
    <>
      <History flight={flight} />
      <FlightActions flight={flight} />
      <dl class="facts">
        <Fact name="Last heard">{age(flight)} ago</Fact>
        <Fact name="Source">{sourceText(flight)}</Fact>
        <Fact name="Position">{position(flight.position)}</Fact>
        <Fact name="Squawk">{squawkText(flight)}</Fact>
        <Fact name="Barometric altitude">
          {figureWithUnit(flight.altitude_m, "altitude", units.value)}
        </Fact>
        <Fact name="Geometric altitude">
          {figureWithUnit(flight.geo_altitude_m, "altitude", units.value)}
        </Fact>
        {known(flight.selected_altitude_m) && (
          <Fact name="Selected altitude">
            {figureWithUnit(flight.selected_altitude_m, "altitude", units.value)}
          </Fact>
        )}
        {known(flight.category) && <Fact name="Category">{flight.category}</Fact>}
        <Fact name="Status">{left ? "left" : STATUS_WORDS[flight.status]}</Fact>
      </dl>
    </>
  );
}

/** Somebody's link names an aircraft that is not there now. */
function Unheard({ icao24 }: { icao24: string }) {
  return (
    <section class="flight panel" aria-label="Selected aircraft">
      <header>
        <h2>{icao24.toUpperCase()}</h2>
        <Close />
      </header>
      <p class="warning">
        {playback.value ? "Not heard at this moment." : "Not heard now. It is shown once it is."}
      </p>
    </section>
  );
}

function Close() {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label="Close"
      title="Close (Esc)"
      onClick={() => select(undefined)}
    >
      <Icon name="close" />
    </button>
  );
}

/** Altitude and speed of the last hour. */
function History({ flight: { icao24 } }: { flight: Flight }) {
  const track = flightTrack.value;
  if (track?.icao24 !== icao24) return null;
  const { points, isLoading, note } = track;
  const over = points.length > 1
    ? duration((points.at(-1)!.atMs - points[0]!.atMs) / 1000)
    : undefined;
  const ends = (of: (point: typeof points[number]) => number | null, quantity: Quantity) => {
    const values = points.map(of).filter(known);
    if (values.length === 0) return UNKNOWN;
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return `${figure(least, quantity, units.value)} to ${
      figureWithUnit(most, quantity, units.value)
    }`;
  };
  const altitude = ends(drawnAltitudeM, "altitude");
  const speed = ends((point) => point.speedMps, "speed");
  return (
    <div class="history" aria-busy={isLoading}>
      <p class="spark-title">
        <span>Altitude</span> <span class="figure">{altitude}</span>
      </p>
      <Sparkline
        class="altitude"
        points={points}
        of={drawnAltitudeM}
        label={`Altitude over the last ${over}: ${altitude}`}
      />
      <p class="spark-title">
        <span>Ground speed</span> <span class="figure">{speed}</span>
      </p>
      <Sparkline
        class="speed"
        points={points}
        of={(point) => point.speedMps}
        label={`Ground speed over the last ${over}: ${speed}`}
      />
      <p class="spark-over">
        {isLoading
          ? "Asking for its past"
          : note
          ? `${note}: since it was selected`
          : over && `Last ${over}`}
      </p>
    </div>
  );
}

interface GaugeProps {
  readonly name: string;
  readonly quantity?: Quantity;
  readonly si?: number | null;
  readonly strong?: boolean;
  readonly headingDeg?: number | null;
  /** Words in place of the figure. */
  readonly children?: string;
}

function Gauge({ name, quantity, si, strong, headingDeg, children }: GaugeProps) {
  const text = children ?? (quantity ? figure(si, quantity, units.value) : UNKNOWN);
  return (
    <div class={strong ? "gauge strong" : "gauge"}>
      <dt>{name}</dt>
      <dd class="figure">
        {text}
        {quantity && !children && text !== UNKNOWN && (
          <small>{UNITS[units.value][quantity].name}</small>
        )}
        {known(headingDeg) && (
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M10 2.5 15 17l-5-3-5 3z" transform={`rotate(${headingDeg} 10 10)`} />
          </svg>
        )}
      </dd>
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
function age(flight: Flight): string {
  const atMs = lastContactMs(flight);
  tickMs.value;
  const nowMs = clock.running ? clock.at(performance.now()) : atMs;
  return duration((nowMs - atMs) / 1000);
}

function sourceText(flight: Flight): string {
  const received = flight.position_source ? `${flight.position_source}, ` : "";
  if (playback.value) return `${received}history of ${utcDate(lastContactMs(flight))}`;
  if (feed.value.mode === "replay") return `${received}replay of ${utcDate(lastContactMs(flight))}`;
  return `${received}live`;
}
