import { anomalies, phaseNow } from "./anomalies.ts";
import { callsignOf, nameOf } from "./anomaly_words.ts";
import { Evidence } from "./Evidence.tsx";
import { evidenceStretch } from "./evidence.ts";
import { Icon } from "./icons.tsx";
import { Severity } from "./Severity.tsx";
import { openAnomalyId } from "./shell.ts";
import { flyTo } from "./state.ts";
import { travelTo } from "./time.ts";

/** Before the first thing that was odd, some of what was not. */
const LEAD_MS = 30_000;

const PHASES = { open: "going on", over: "over", later: "still to come" } as const;

/** The anomaly that is open: why it was told, and a way to see it happen. */
export function EvidencePanel() {
  const anomaly = anomalies.value.find(({ anomaly_id }) => anomaly_id === openAnomalyId.value);
  if (!anomaly) return null;
  const play = async () => {
    await travelTo(evidenceStretch(anomaly)[0] - LEAD_MS);
    flyTo(anomaly.icao24);
  };
  return (
    <section class="anomaly panel" aria-label="Evidence">
      <header>
        <div>
          <h2>{nameOf(anomaly)}</h2>
          <p class="anomaly-who">
            <Severity severity={anomaly.severity} />
            {callsignOf(anomaly)}
            <span class="quiet">{PHASES[phaseNow(anomaly)]}</span>
          </p>
        </div>
        <button
          type="button"
          class="icon-button"
          aria-label="Back to all anomalies"
          title="Back (Esc)"
          onClick={() => openAnomalyId.value = undefined}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="evidence-actions">
        <button type="button" class="button" onClick={play}>
          <Icon name="play" />Play it back
        </button>
        <a class="button quiet" href={`/anomalies/${encodeURIComponent(anomaly.anomaly_id)}`}>
          Its page
        </a>
      </div>
      <Evidence anomaly={anomaly} width={284} height={180} />
    </section>
  );
}
