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

/** The same place on the earth, WGS84 degrees. */
export interface Placed {
  lat: number;
  lon: number;
  /** Of the latitude. */
  tangent: number;
  convergenceRad: number;
}

export class LocalFrame {
  private readonly latRad: number;
  private readonly lonRad: number;
  private readonly sinLat: number;
  private readonly cosLat: number;
  /** The radii of curvature at the origin, of the prime vertical and of the meridian. */
  private readonly primeM: number;
  private readonly meridianM: number;

  constructor(latDeg: number, lonDeg: number) {
    this.latRad = latDeg * RAD;
    this.lonRad = lonDeg * RAD;
    this.sinLat = Math.sin(this.latRad);
    this.cosLat = Math.cos(this.latRad);
    const flat = 1 - E2 * this.sinLat ** 2;
    this.primeM = A_M / Math.sqrt(flat);
    this.meridianM = A_M * (1 - E2) / flat ** 1.5;
  }

  /** Degrees to metres, into `out`. */
  toPlane(latDeg: number, lonDeg: number, out: Planar): void {
    const dLat = latDeg * RAD - this.latRad, dLon = lonDeg * RAD - this.lonRad;
    const sin = sine(dLat), cos = cosine(dLat);
    const sinLat = this.sinLat * cos + this.cosLat * sin;
    const cosLat = this.cosLat * cos - this.sinLat * sin;
    const sinD = sine(dLon), cosD = cosine(dLon);
    const primeM = A_M / Math.sqrt(1 - E2 * sinLat * sinLat);
    const outM = primeM * cosLat * cosD - this.primeM * this.cosLat;
    const upM = (1 - E2) * (primeM * sinLat - this.primeM * this.sinLat);
    out.eastM = primeM * cosLat * sinD;
    out.northM = upM * this.cosLat - outM * this.sinLat;
    out.convergenceRad = this.convergence(sinLat, cosLat, sinD, cosD);
  }

  /** Metres to degrees, into `out`; longitudes are in [-180, 180). */
  toDegrees(eastM: number, northM: number, out: Placed): void {
    // From the plane straight down to the ellipsoid, which curves away from it.
    const downM = eastM * eastM / (2 * this.primeM) + northM * northM / (2 * this.meridianM);
    const outM = this.primeM * this.cosLat - northM * this.sinLat - downM * this.cosLat;
    const axisM = (1 - E2) * this.primeM * this.sinLat + northM * this.cosLat -
      downM * this.sinLat;
    // From the axis, and what that and the height above the equator make of the latitude.
    const fromAxisM = Math.sqrt(outM * outM + eastM * eastM);
    const flatM = (1 - E2) * fromAxisM;
    const longM = Math.sqrt(axisM * axisM + flatM * flatM);
    const sinLat = axisM / longM, cosLat = flatM / longM;
    const dLat = angle(
      sinLat * this.cosLat - cosLat * this.sinLat,
      cosLat * this.cosLat + sinLat * this.sinLat,
    );
    const lon = (this.lonRad + angle(eastM, outM)) / RAD;
    out.lat = (this.latRad + dLat) / RAD;
    out.lon = lon >= 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
    out.tangent = axisM / flatM;
    // At a pole itself, north is everywhere.
    out.convergenceRad = fromAxisM > 0
      ? this.convergence(sinLat, cosLat, eastM / fromAxisM, outM / fromAxisM)
      : 0;
  }

  /** Where true north at a point shows, by its parts along the plane's east and north. */
  private convergence(sinLat: number, cosLat: number, sinD: number, cosD: number): number {
    return angle(-sinLat * sinD, cosLat * this.cosLat + sinLat * this.sinLat * cosD);
  }
}

/** Near 0 a few terms of the series are as exact as the function, and much faster. */
const NEAR = 0.05;

export function sine(rad: number): number {
  if (!(rad > -NEAR && rad < NEAR)) return Math.sin(rad);
  const r2 = rad * rad;
  return rad * (1 - r2 / 6 * (1 - r2 / 20));
}

export function cosine(rad: number): number {
  if (!(rad > -NEAR && rad < NEAR)) return Math.cos(rad);
  const r2 = rad * rad;
  return 1 - r2 / 2 * (1 - r2 / 12 * (1 - r2 / 30));
}

/** As Math.atan2. */
function angle(y: number, x: number): number {
  const t = y / x;
  if (!(x > 0 && t > -NEAR && t < NEAR)) return Math.atan2(y, x);
  const t2 = t * t;
  return t * (1 - t2 * (1 / 3 - t2 * (1 / 5 - t2 / 7)));
}
