/**
 * A plane that touches the WGS84 ellipsoid: metres east and north of its origin. Exact as a projection
 * of the earth-centred coordinates, the poles and the antimeridian included; true to length within
 * 2 cm as far as 10 km from its origin.
 */
const RAD = Math.PI / 180;
/** WGS84: semi-major axis in metres, and the first eccentricity squared. */
const A_M = 6_378_137;
const E2 = 6.694_379_990_14e-3;

/** A place on the plane, and how far true north there is turned from the plane's, radians. */
export interface Planar {
  eastM: number;
  northM: number;
  /** Add it to a true course, clockwise, to get the course on the plane. */
  convergenceRad: number;
}

export class LocalFrame {
  private readonly lonRad: number;
  private readonly sinLat: number;
  private readonly cosLat: number;
  /** The radii of curvature at the origin, of the prime vertical and of the meridian. */
  private readonly primeM: number;
  private readonly meridianM: number;

  constructor(latDeg: number, lonDeg: number) {
    this.lonRad = lonDeg * RAD;
    this.sinLat = Math.sin(latDeg * RAD);
    this.cosLat = Math.cos(latDeg * RAD);
    const flat = 1 - E2 * this.sinLat ** 2;
    this.primeM = A_M / Math.sqrt(flat);
    this.meridianM = A_M * (1 - E2) / flat ** 1.5;
  }

  /** Degrees to metres, into `out`. */
  toPlane(latDeg: number, lonDeg: number, out: Planar): void {
    const lat = latDeg * RAD;
    const dLon = lonDeg * RAD - this.lonRad;
    const sinLat = Math.sin(lat), cosLat = Math.cos(lat);
    const sinD = Math.sin(dLon), cosD = Math.cos(dLon);
    const primeM = A_M / Math.sqrt(1 - E2 * sinLat * sinLat);
    const outM = primeM * cosLat * cosD - this.primeM * this.cosLat;
    const upM = (1 - E2) * (primeM * sinLat - this.primeM * this.sinLat);
    out.eastM = primeM * cosLat * sinD;
    out.northM = upM * this.cosLat - outM * this.sinLat;
    // Where true north at the point shows, by its parts along the plane's east and north.
    out.convergenceRad = Math.atan2(
      -sinLat * sinD,
      cosLat * this.cosLat + sinLat * this.sinLat * cosD,
    );
  }

  /** Metres to degrees, into `out`; longitudes are in [-180, 180). */
  toDegrees(eastM: number, northM: number, out: { lat: number; lon: number }): void {
    // From the plane straight down to the ellipsoid, which curves away from it.
    const downM = eastM * eastM / (2 * this.primeM) + northM * northM / (2 * this.meridianM);
    const outM = this.primeM * this.cosLat - northM * this.sinLat - downM * this.cosLat;
    const axisM = (1 - E2) * this.primeM * this.sinLat + northM * this.cosLat -
      downM * this.sinLat;
    const lat = Math.atan2(axisM, (1 - E2) * Math.hypot(outM, eastM));
    const lon = (this.lonRad + Math.atan2(eastM, outM)) / RAD;
    out.lat = lat / RAD;
    out.lon = lon >= 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
  }
}
