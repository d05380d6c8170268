import type { Vec3 } from "./geo.ts";

const RAD = Math.PI / 180;
const J2000_MS = Date.UTC(2000, 0, 1, 12);

/**
 * The unit vector from the earth's middle towards the sun at a time in ms since the epoch: the
 * Astronomical Almanac's low-precision formulas, good to 0.01° between 1950 and 2050.
 */
export function sunVector(ms: number): Vec3 {
  const days = (ms - J2000_MS) / 86_400_000;
  const meanLongitude = 280.46 + 0.9856474 * days;
  const anomaly = (357.528 + 0.9856003 * days) * RAD;
  const longitude = (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) *
    RAD;
  const obliquity = (23.439 - 0.0000004 * days) * RAD;
  const rightAscension = Math.atan2(Math.cos(obliquity) * Math.sin(longitude), Math.cos(longitude));
  const sinDeclination = Math.sin(obliquity) * Math.sin(longitude);
  // Greenwich mean sidereal time: how far the earth has turned.
  const turned = (280.46062 + 360.98564737 * days) * RAD;
  const lon = rightAscension - turned;
  const cosDeclination = Math.sqrt(1 - sinDeclination ** 2);
  return [cosDeclination * Math.sin(lon), sinDeclination, cosDeclination * Math.cos(lon)];
}
