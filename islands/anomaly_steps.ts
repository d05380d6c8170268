/** From one anomaly to another. */
import { batch } from "@preact/signals";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { anomalies } from "./anomalies.ts";
import { openAnomalyId, say, sheetPart } from "./shell.ts";
import { flyRequest, selectedId, table } from "./state.ts";

/** Shows an anomaly's evidence, selects its aircraft, and has the globe fly there if it is heard. */
export function openAnomaly({ anomaly_id, icao24 }: AnomalyPayload): void {
  batch(() => {
    openAnomalyId.value = anomaly_id;
    selectedId.value = icao24;
    sheetPart.value = "details";
    if (table.flights.has(icao24)) flyRequest.value = { icao24 };
  });
}

/** Opens the one before (-1) or after (1) the one that is open, by when they were detected. */
export function stepAnomaly(by: -1 | 1): void {
  const newestFirst = anomalies.peek();
  if (newestFirst.length === 0) return say("There is no anomaly yet");
  const at = newestFirst.findIndex(({ anomaly_id }) => anomaly_id === openAnomalyId.peek());
  const next = at === -1 ? newestFirst[0] : newestFirst[at - by];
  if (next) openAnomaly(next);
  else say(by < 0 ? "That was the first anomaly" : "That was the newest anomaly");
}
