/**
 * Great circles on a sphere of the earth's mean radius (IUGG): within 0.6 % of the ellipsoid, which
 * is less than what a report's own position is off over the distances an aircraft flies between two.
 */
export const EARTH_RADIUS_M = 6_371_008.8;

/** WGS84 degrees, as in the contract. */
export interface LatLon {
  readonly lat: number;
  readonly lon: number;
}

const RAD = Math.PI / 180;

/** The great-circle distance in metres (haversine, which keeps its precision over short distances). */
export function distanceM(from: LatLon, to: LatLon): number {
  const sinLat = Math.sin((to.lat - from.lat) * RAD / 2);
  const sinLon = Math.sin((to.lon - from.lon) * RAD / 2);
  const h = sinLat ** 2 + Math.cos(from.lat * RAD) * Math.cos(to.lat * RAD) * sinLon ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The true course in degrees, [0, 360), in which the great circle from one point to another begins. */
export function bearingDeg(from: LatLon, to: LatLon): number {
  const dLon = (to.lon - from.lon) * RAD;
  const [fromLat, toLat] = [from.lat * RAD, to.lat * RAD];
  const east = Math.sin(dLon) * Math.cos(toLat);
  const north = Math.cos(fromLat) * Math.sin(toLat) -
    Math.sin(fromLat) * Math.cos(toLat) * Math.cos(dLon);
  return normalDeg(Math.atan2(east, north) / RAD);
}

/** The point `pathM` metres along the great circle that begins with the course `courseDeg`. */
export function destination(from: LatLon, courseDeg: number, pathM: number): LatLon {
  const angle = pathM / EARTH_RADIUS_M;
  const [lat, course] = [from.lat * RAD, courseDeg * RAD];
  const sinLat = Math.sin(lat) * Math.cos(angle) +
    Math.cos(lat) * Math.sin(angle) * Math.cos(course);
  const dLon = Math.atan2(
    Math.sin(course) * Math.sin(angle) * Math.cos(lat),
    Math.cos(angle) - Math.sin(lat) * sinLat,
  );
  return { lat: Math.asin(sinLat) / RAD, lon: signedDeg(from.lon + dLon / RAD) };
}

/** The same angle in [0, 360). */
export function normalDeg(deg: number): number {
  const rest = deg % 360;
  // A tiny negative angle plus 360 rounds to 360 itself; adding 0 makes -0 into 0.
  return rest < 0 ? (rest + 360) % 360 : rest + 0;
}

/** The same angle in [-180, 180): a difference of courses, or a longitude. */
export function signedDeg(deg: number): number {
  return normalDeg(deg + 180) - 180;
}
