import { useEffect, useState } from "preact/hooks";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { reasonOf } from "./anomaly_words.ts";
import { evidenceRows, evidenceStretch } from "./evidence.ts";
import { drawnAltitudeM, loadTrack, type TrackNote, type TrackPoint } from "./flight_track.ts";
import { duration, utcDate, utcTime } from "./format.ts";
import { Sparkline } from "./Sparkline.tsx";
import { units } from "./state.ts";
import { TrackMap } from "./TrackMap.tsx";

/** What lies before and after the stretch is shown too. */
const AROUND_MS = 120_000;

interface EvidenceProps {
  readonly anomaly: AnomalyPayload;
  readonly width: number;
  readonly height: number;
}

/** What a rule saw: in words, its figures against the thresholds, and the stretch of track. */
export function Evidence({ anomaly, width, height }: EvidenceProps) {
  const rows = evidenceRows(anomaly, units.value);
  const [fromMs, toMs] = evidenceStretch(anomaly);
  const track = useTrack(anomaly, fromMs - AROUND_MS, toMs + AROUND_MS);
  return (
    <div class="evidence">
      <div>
        <p class="evidence-why">{reasonOf(anomaly, units.value)}.</p>
        <table>
          <caption class="hidden-text">What was seen, and what the rule asks for</caption>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col">Seen</th>
              <th scope="col">Rule</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ label, seen, asked }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="figure">{seen}</td>
                <td class="figure asked">{asked}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="evidence-when figure">
          {utcDate(fromMs)}, {utcTime(fromMs).slice(0, 8)} to {utcTime(toMs)}
          {toMs > fromMs && `, ${duration((toMs - fromMs) / 1000)}`}
        </p>
      </div>
      <div>
        {track === undefined
          ? <p class="quiet-note">Asking for the track</p>
          : typeof track === "string"
          ? <p class="quiet-note">{track}: the track cannot be shown.</p>
          : track.length < 2
          ? <p class="quiet-note">The history has no track of this stretch.</p>
          : (
            <>
              <TrackMap
                points={track}
                marked={[fromMs, toMs]}
                units={units.value}
                {...{ width, height }}
              />
              <p class="spark-title">
                <span>Altitude around it</span>
              </p>
              <Sparkline
                class="altitude"
                points={track}
                of={drawnAltitudeM}
                label="Altitude around it"
                marked={[fromMs, toMs]}
              />
            </>
          )}
      </div>
    </div>
  );
}

/** The track around an anomaly; undefined until it has come. */
function useTrack({ anomaly_id, icao24 }: AnomalyPayload, fromMs: number, toMs: number) {
  const [found, setFound] = useState<
    { readonly id: string; readonly track: readonly TrackPoint[] | TrackNote }
  >();
  useEffect(() => {
    let isOld = false;
    loadTrack(icao24, fromMs, toMs).then((track) => {
      if (!isOld) setFound({ id: anomaly_id, track });
    });
    return () => isOld = true;
  }, [anomaly_id, toMs]);
  return found?.id === anomaly_id ? found.track : undefined;
}
