/** The anomalies that the page knows, newest first. */
import { computed, effect, signal } from "@preact/signals";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { health } from "./health.ts";
import { clock, playback, tickMs } from "./state.ts";
import { askHub } from "./live/token.ts";

/** More than anybody reads. */
const MOST_KEPT = 200;

/** As they were told, the newest first; each is there once. */
export const anomalies = signal<readonly AnomalyPayload[]>([]);

/** How an anomaly stands at the moment that is shown: in the past some are still to come. */
export function phaseNow({ state, started_at, resolved_at }: AnomalyPayload) {
  if (!playback.value) return state === "ACTIVE" ? "open" : "over";
  const atMs = clock.at(performance.now());
  if (Date.parse(started_at) > atMs) return "later";
  return !resolved_at || Date.parse(resolved_at) > atMs ? "open" : "over";
}

/** What is open and of high severity, the newest first. */
export const grave = computed(() => {
  if (playback.value) tickMs.value;
  return anomalies.value.filter((anomaly) =>
    anomaly.severity === "HIGH" && phaseNow(anomaly) === "open"
  );
});

let lastAlarming = "";
let alarmingSet: ReadonlySet<string> = new Set();
/** Aircraft with an open anomaly of high severity; the same set while it holds the same. */
export const alarming = computed<ReadonlySet<string>>(() => {
  const icao24s = grave.value.map(({ icao24 }) => icao24);
  if (icao24s.join() !== lastAlarming) {
    lastAlarming = icao24s.join();
    alarmingSet = new Set(icao24s);
  }
  return alarmingSet;
});

/** Takes what was told: an anomaly that is there already is replaced where it stands. */
export function hear(told: readonly AnomalyPayload[]): void {
  const byId = new Map(anomalies.peek().map((anomaly) => [anomaly.anomaly_id, anomaly]));
  for (const anomaly of told) {
    const known = byId.get(anomaly.anomaly_id);
    // A list that was asked for may come after what the socket has said since.
    if (known?.state === "RESOLVED" && anomaly.state === "ACTIVE") continue;
    // It has turned out to be nothing.
    if (anomaly.details.withdrawn) byId.delete(anomaly.anomaly_id);
    else byId.set(anomaly.anomaly_id, anomaly);
  }
  anomalies.value = [...byId.values()]
    .sort((a, b) => a.detected_at < b.detected_at ? 1 : a.detected_at > b.detected_at ? -1 : 0)
    .slice(0, MOST_KEPT);
}

/** Asks the hub for what was before whenever its history is there: at first, or again, as after a start. */
export function keepAnomalies(hubUrl: string): void {
  const isThere = computed(() => health.value.database?.status === "ok");
  effect(() => {
    if (isThere.value) loadAnomalies(hubUrl);
  });
}

async function loadAnomalies(hubUrl: string): Promise<void> {
  try {
    const response = await askHub(`${hubUrl}/anomalies?limit=${MOST_KEPT}`);
    if (response.ok) hear((await response.json()).anomalies ?? []);
  } catch {
    // The socket's own state says when the hub is not there.
  }
}
