import { Alarm, AnomalyFeed } from "./AnomalyFeed.tsx";
import { lazy } from "./island.tsx";
import { openAnomalyId } from "./shell.ts";
import { selectedId } from "./state.ts";

const FlightPanel = lazy(async () => (await import("./FlightPanel.tsx")).FlightPanel);
const EvidencePanel = lazy(async () => (await import("./EvidencePanel.tsx")).EvidencePanel);

/** The selected aircraft, and under it all that is odd, or the evidence of one. */
export function Detail() {
  return (
    <>
      {selectedId.value !== undefined && <FlightPanel />}
      {openAnomalyId.value === undefined ? <AnomalyFeed /> : <EvidencePanel />}
      <Alarm />
    </>
  );
}
