import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { anomalies, phaseNow } from "./anomalies.ts";
import { callsignOf, nameOf, reasonOf } from "./anomaly_words.ts";
import { openAnomaly } from "./anomaly_steps.ts";
import { health } from "./health.ts";
import { openAnomalyId } from "./shell.ts";
import { Severity } from "./Severity.tsx";
import { listed, playback, tickMs, units } from "./state.ts";

/** So many are shown; the rest is on the page of anomalies. */
const SHOWN = 30;

/** What is odd about whom, and why it is said, the newest first. */
export function AnomalyFeed() {
  const all = anomalies.value;
  // In the past, what goes on changes with the time that is shown.
  if (playback.value) tickMs.value;
  const open = all.filter((one) => phaseNow(one) === "open").length;
  return (
    <section class="anomalies panel" aria-label="Anomalies">
      <header>
        <h2>
          Anomalies <span class="figure">{open > 0 ? `${open} going on` : "none going on"}</span>
        </h2>
        <a class="link" href="/anomalies">All</a>
      </header>
      {all.length === 0
        ? (
          <p class="quiet-note">
            {quietText()}
          </p>
        )
        : (
          <ol>
            {all.slice(0, SHOWN).map((anomaly) => (
              <Entry
                key={anomaly.anomaly_id}
                anomaly={anomaly}
              />
            ))}
          </ol>
        )}
    </section>
  );
}

function quietText(): string {
  if (!listed.value) return "Waiting for the stream.";
  return health.value.database?.status === "starting"
    ? "Nothing odd since you opened this page; what was before comes with the history."
    : "Nothing odd has been noticed yet.";
}

/** Says a grave anomaly at once to who cannot see it, whatever else is open. */
export function Alarm() {
  const newest = anomalies.value.find(({ state, severity }) =>
    state === "ACTIVE" && severity === "HIGH"
  );
  return (
    <p class="hidden-text" aria-live="assertive">
      {newest && `${nameOf(newest)}: ${callsignOf(newest)}`}
    </p>
  );
}

function Entry({ anomaly }: { anomaly: AnomalyPayload }) {
  const { anomaly_id, severity, detected_at } = anomaly;
  const phase = phaseNow(anomaly);
  return (
    <li data-over={phase !== "open"}>
      <button
        type="button"
        aria-pressed={openAnomalyId.value === anomaly_id}
        onClick={() => openAnomaly(anomaly)}
      >
        <Severity severity={severity} />
        <span class="what">{nameOf(anomaly)} · {callsignOf(anomaly)}</span>
        <span class="when figure">
          {detected_at.slice(11, 19)}
          {phase === "open" ? "" : `, ${phase}`}
        </span>
        <span class="why">{reasonOf(anomaly, units.value)}</span>
      </button>
    </li>
  );
}
