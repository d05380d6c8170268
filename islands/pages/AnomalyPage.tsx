import { useState } from "preact/hooks";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { callsignOf } from "../anomaly_words.ts";
import { Evidence } from "../Evidence.tsx";
import { evidenceStretch } from "../evidence.ts";
import { Fact } from "../Fact.tsx";
import { duration, figureWithUnit, position, utcDate, utcTime } from "../format.ts";
import { Icon } from "../icons.tsx";
import { known } from "../known.ts";
import { Severity } from "../Severity.tsx";
import { units } from "../state.ts";
import { ask, useEvery } from "./hub.ts";

const AGAIN_MS = 15_000;
/** From so far above, the stretch is in sight. */
const REPLAY_FROM_M = 160_000;
const LEAD_MS = 30_000;

/** One anomaly, at its own address. */
export function AnomalyPage() {
  const id = decodeURIComponent(location.pathname.split("/").at(-1) ?? "");
  const [anomaly, setAnomaly] = useState<AnomalyPayload>();
  const [trouble, setTrouble] = useState("");
  useEvery(AGAIN_MS, async () => {
    const answer = await ask<{ anomalies: AnomalyPayload[] }>(
      `/anomalies?${new URLSearchParams({ anomaly_id: id })}`,
    );
    if (!answer.ok) return setTrouble(answer.why);
    const [found] = answer.body.anomalies;
    setTrouble(found ? "" : "There is no such anomaly: it may be older than the history keeps.");
    setAnomaly(found);
  });
  if (!anomaly) return <p class="quiet-note" role="status">{trouble || "Loading"}</p>;
  return (
    <>
      <Facts anomaly={anomaly} />
      <p class="page-actions">
        <a class="button" href={replayLink(anomaly)}>
          <Icon name="play" />Replay on the globe
        </a>
      </p>
      <section class="panel card" aria-label="Evidence">
        <h2>What the rule saw</h2>
        <Evidence anomaly={anomaly} width={760} height={380} />
      </section>
    </>
  );
}

function Facts({ anomaly }: { anomaly: AnomalyPayload }) {
  const { severity, state, started_at, resolved_at, near_airport, altitude_m } = anomaly;
  const startMs = Date.parse(started_at);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Address", anomaly.icao24.toUpperCase()],
    ["Began", `${utcDate(startMs)}, ${utcTime(startMs)}`],
    [
      state === "ACTIVE" ? "Still" : "Lasted",
      resolved_at ? duration((Date.parse(resolved_at) - startMs) / 1000) : "going on",
    ],
    ["Near", near_airport ?? undefined],
    [
      "Altitude",
      known(altitude_m) ? figureWithUnit(altitude_m, "altitude", units.value) : undefined,
    ],
    ["Position", anomaly.position ? position(anomaly.position) : undefined],
  ];
  return (
    <section class="panel card" aria-label="Anomaly">
      <h2 class="anomaly-title">
        {callsignOf(anomaly)} <Severity severity={severity} />
      </h2>
      <dl class="page-facts">
        {facts.map(([name, value]) => value && <Fact key={name} name={name}>{value}</Fact>)}
      </dl>
    </section>
  );
}

function replayLink(anomaly: AnomalyPayload): string {
  const query = new URLSearchParams({
    sel: anomaly.icao24,
    t: new Date(evidenceStretch(anomaly)[0] - LEAD_MS).toISOString(),
  });
  if (anomaly.position) {
    query.set("lat", anomaly.position.lat.toFixed(4));
    query.set("lon", anomaly.position.lon.toFixed(4));
    query.set("d", String(REPLAY_FROM_M));
  }
  return `/?${query}`;
}
