/**
 * The globe's coordinates: y points to the north pole, z to 0°N 0°E, x to 0°N 90°E, and
 * the earth, a sphere, has a radius of 100.
 */

export const GLOBE_RADIUS = 100;
/** IUGG mean radius, in metres: a sphere is what is drawn, so a sphere is what is flown on. */
export const EARTH_RADIUS_M = 6_371_008.8;

export type Vec3 = [x: number, y: number, z: number];

const RAD = Math.PI / 180;

/** The unit vector of a place in degrees. */
export function unitVector(lat: number, lon: number): Vec3 {
  const cosLat = Math.cos(lat * RAD);
  return [cosLat * Math.sin(lon * RAD), Math.sin(lat * RAD), cosLat * Math.cos(lon * RAD)];
}

/** The unit vector, along the ground at a place, that points where `headingDeg` does. */
export function headingVector(lat: number, lon: number, headingDeg: number): Vec3 {
  const [sinLat, cosLat] = [Math.sin(lat * RAD), Math.cos(lat * RAD)];
  const [sinLon, cosLon] = [Math.sin(lon * RAD), Math.cos(lon * RAD)];
  const [sinTrack, cosTrack] = [Math.sin(headingDeg * RAD), Math.cos(headingDeg * RAD)];
  return [
    cosLon * sinTrack - sinLat * sinLon * cosTrack,
    cosLat * cosTrack,
    -sinLon * sinTrack - sinLat * cosLon * cosTrack,
  ];
}

/** Latitude and longitude in degrees of a vector of any length but 0. */
export function placeOf([x, y, z]: Vec3): { lat: number; lon: number } {
  return { lat: Math.atan2(y, Math.hypot(x, z)) / RAD, lon: Math.atan2(x, z) / RAD };
}

/** Whether the sphere hides `point` from `camera`; both in units of the sphere's radius. */
export function isBehindEarth(camera: Vec3, point: Vec3): boolean {
  const beyond = dot(camera, camera) - 1;
  const way: Vec3 = [point[0] - camera[0], point[1] - camera[1], point[2] - camera[2]];
  const towards = -dot(way, camera);
  // The ray passes nearer to the centre than the surface, and the point lies beyond the tangent.
  return towards > beyond && towards * towards > beyond * dot(way, way);
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/**
 * The middle of the places (the mean of their unit vectors) and the radius in metres of the circle
 * around it that holds nine tenths of them.
 */
export function spread(
  places: readonly { readonly lat: number; readonly lon: number }[],
): { lat: number; lon: number; radiusM: number } {
  const vectors = places.map(({ lat, lon }) => unitVector(lat, lon));
  const sum: Vec3 = [0, 0, 0];
  for (const vector of vectors) vector.forEach((value, axis) => sum[axis]! += value);
  const length = Math.hypot(...sum) || 1;
  const middle = sum.map((value) => value / length) as Vec3;
  const angles = vectors
    .map((vector) => Math.acos(Math.max(-1, Math.min(1, dot(vector, middle)))))
    .sort((a, b) => a - b);
  const angle = angles[Math.floor((angles.length - 1) * 0.9)] ?? 0;
  return { ...placeOf(middle), radiusM: angle * EARTH_RADIUS_M };
}
