/** What the tests from here on up share. */
import { AnomalyPayload } from "../contracts/anomaly.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import { AirportIndex } from "./context/airports.ts";
import type { Detector } from "./detectors/detectors.ts";
import type { Finding } from "./finding.ts";
import { destination, normalDeg } from "./geodesy.ts";
import { Track } from "./track/track.ts";
import { Watch } from "./watch.ts";

/** What an aircraft over New York said at `atS`, seconds since the epoch, with whatever the test is about. */
export function report(
  icao24: string,
  atS: number,
  fields: Partial<FlightPayload> = {},
): FlightPayload {
  return {
    icao24,
    callsign: "DAL2300",
    position: { lat: 40.7, lon: -74 },
    altitude_m: 3000,
    velocity_mps: 200,
    heading_deg: 90,
    vertical_rate_mps: 0,
    on_ground: false,
    spi: false,
    last_contact_unix: atS,
    ...fields,
  };
}

/** The same reports with other values from one index on, up to another. */
export function changed(
  reports: readonly FlightPayload[],
  from: number,
  to: number,
  change: (report: FlightPayload, i: number) => Partial<FlightPayload>,
): FlightPayload[] {
  return reports.map((report, i) =>
    i >= from && i < to ? { ...report, ...change(report, i) } : report
  );
}

/** What a detector says after each report of one aircraft, which come in the order of their times. */
export function stoodAfter(
  detector: Detector,
  reports: readonly FlightPayload[],
): (Finding | undefined)[] {
  let track: Track | undefined;
  return reports.map((flight) => {
    if (track) track.update(flight);
    else track = new Track(flight);
    return detector.observe(track);
  });
}

/** One second of a flight: what changes from now on. */
export interface Leg {
  readonly seconds: number;
  readonly speedMps?: number;
  /** To the right. */
  readonly turnDegPerS?: number;
  readonly climbMps?: number;
}

/**
 * The reports of a flight along these legs, one every `everyS` seconds, from 5 000 m over northern
 * France to the east unless `from` says otherwise.
 */
export function flown(
  legs: readonly Leg[],
  from: { lat?: number; lon?: number; altitudeM?: number; courseDeg?: number; icao24?: string } =
    {},
  everyS = 1,
): FlightPayload[] {
  let position = { lat: from.lat ?? 49, lon: from.lon ?? 3 };
  let altitudeM = from.altitudeM ?? 5000;
  let courseDeg = from.courseDeg ?? 90;
  let atS = 1_700_000_000;
  const reports: FlightPayload[] = [];
  for (const { seconds, speedMps = 200, turnDegPerS = 0, climbMps = 0 } of legs) {
    for (let s = 0; s < seconds; s++, atS++) {
      if (atS % everyS === 0) {
        reports.push(report(from.icao24 ?? "a00001", atS, {
          position,
          altitude_m: Math.round(altitudeM / 7.62) * 7.62,
          velocity_mps: speedMps,
          heading_deg: normalDeg(courseDeg),
          vertical_rate_mps: climbMps,
        }));
      }
      position = destination(position, courseDeg + turnDegPerS / 2, speedMps);
      courseDeg += turnDegPerS;
      altitudeM += climbMps;
    }
  }
  return reports;
}

/** The anomalies that a watch tells of these reports, as each was told last. */
export function anomaliesOf(
  reports: readonly FlightPayload[],
  airports: AirportIndex = new AirportIndex([]),
): AnomalyPayload[] {
  const watch = new Watch(airports);
  const last = new Map<string, AnomalyPayload>();
  for (const anomaly of reports.flatMap((flight) => watch.observe(flight)).concat(watch.close())) {
    last.set(anomaly.anomaly_id, AnomalyPayload.parse(anomaly));
  }
  return [...last.values()];
}

/** Their types, each as often as there was one. */
export function typesOf(reports: readonly FlightPayload[], airports?: AirportIndex): string[] {
  return anomaliesOf(reports, airports).map(({ anomaly_type }) => anomaly_type).sort();
}
