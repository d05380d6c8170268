/** Which anomalies are sent on. */
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { SEVERITIES } from "../../contracts/constants.ts";
import { isProbe } from "../../contracts/status.ts";
import { isInside } from "../../core/flight_filter.ts";
import type { Config } from "../config.ts";

type Settings = Pick<Config, "WEBHOOK_TYPES" | "WEBHOOK_MIN_SEVERITY" | "WEBHOOK_BBOX">;

/**
 * Whether an anomaly passes every condition that is set; one without a position is in no area. Nobody is
 * woken by those of `deno task verify`.
 */
export function anomalyFilter(
  { WEBHOOK_TYPES: types, WEBHOOK_MIN_SEVERITY: least, WEBHOOK_BBOX: bbox }: Settings,
): (anomaly: AnomalyPayload) => boolean {
  const severities = SEVERITIES.slice(SEVERITIES.indexOf(least));
  return ({ icao24, anomaly_type, severity, position }) =>
    !isProbe(icao24) &&
    (types?.includes(anomaly_type) ?? true) &&
    severities.some((one) => one === severity) &&
    (!bbox || (position ? isInside(position, bbox) : false));
}
