/** A track as files that other programs read, SI and WGS84. */
import type { TrackPoint } from "./flight_track.ts";

/**
 * RFC 7946: the way as one line and every report as a point, longitude first. Altitudes are among the
 * properties: a third coordinate would be a height above the ellipsoid, which is not what most tell.
 */
export function toGeoJson(icao24: string, callsign: string | null, points: readonly TrackPoint[]) {
  const place = ({ lat, lon }: TrackPoint) => [lon, lat];
  const line = points.length > 1
    ? [{
      type: "Feature",
      geometry: { type: "LineString", coordinates: points.map(place) },
      properties: {
        icao24,
        callsign,
        from: new Date(points[0]!.atMs).toISOString(),
        to: new Date(points.at(-1)!.atMs).toISOString(),
      },
    }]
    : [];
  const reports = points.map((point) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: place(point) },
    properties: {
      time: new Date(point.atMs).toISOString(),
      altitude_m: point.altitudeM,
      velocity_mps: point.speedMps,
      vertical_rate_mps: point.rateMps,
      heading_deg: point.headingDeg,
      on_ground: point.onGround,
    },
  }));
  return JSON.stringify({ type: "FeatureCollection", features: [...line, ...reports] });
}

/** RFC 4180, a line for each report; what is unknown is empty. */
export function toCsv(icao24: string, points: readonly TrackPoint[]): string {
  const head =
    "time,icao24,lat,lon,altitude_m,velocity_mps,vertical_rate_mps,heading_deg,on_ground";
  const lines = points.map((point) =>
    [
      new Date(point.atMs).toISOString(),
      icao24,
      point.lat,
      point.lon,
      point.altitudeM ?? "",
      point.speedMps ?? "",
      point.rateMps ?? "",
      point.headingDeg ?? "",
      point.onGround,
    ].join(",")
  );
  return [head, ...lines, ""].join("\r\n");
}

/** Has the browser keep it as a file. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has begun by then, whatever the browser.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
