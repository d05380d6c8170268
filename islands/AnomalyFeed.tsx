import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { anomalies, nameOf, reasonOf } from "./anomalies.ts";
import { flyTo, select, selectedId, table } from "./state.ts";

/** So many are shown; the rest is in the history. */
const SHOWN = 30;

/** What is odd about whom, and why it is said: the newest first; nothing while nothing was. */
export function AnomalyFeed() {
  const all = anomalies.value;
  if (all.length === 0) return null;
  const open = all.filter(({ state }) => state === "ACTIVE").length;
  const newestHigh = all.find(({ state, severity }) => state === "ACTIVE" && severity === "HIGH");
  return (
    <section class="anomalies panel" aria-label="Anomalies">
      <h2>Anomalies, {open} going on</h2>
      <p class="visually-hidden" aria-live="assertive">
        {newestHigh && `${nameOf(newestHigh)}: ${callsignOf(newestHigh)}`}
      </p>
      <ol>
        {all.slice(0, SHOWN).map((anomaly) => <Entry key={anomaly.anomaly_id} anomaly={anomaly} />)}
      </ol>
    </section>
  );
}

function Entry({ anomaly }: { anomaly: AnomalyPayload }) {
  const { icao24, severity, state, detected_at } = anomaly;
  const isOver = state === "RESOLVED";
  return (
    <li class={isOver ? "over" : undefined}>
      <button
        type="button"
        aria-pressed={selectedId.value === icao24}
        onClick={() => table.flights.has(icao24) ? flyTo(icao24) : select(icao24)}
      >
        <span class={`severity ${severity}`}>{severity}</span>
        <span class="what">{nameOf(anomaly)} · {callsignOf(anomaly)}</span>
        <span class="when figure">{detected_at.slice(11, 19)}{isOver ? ", over" : ""}</span>
        <span class="why">{reasonOf(anomaly)}</span>
      </button>
    </li>
  );
}

function callsignOf({ callsign, icao24 }: AnomalyPayload): string {
  return callsign ?? icao24.toUpperCase();
}
