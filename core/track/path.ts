/**
 * The way an aircraft has come in the last 25 minutes, a point every ten seconds or so: what circling,
 * loitering and holding are told from. It begins anew after a gap in coverage and on the ground.
 */
const PATH_S = 1500;
export const POINT_S = 10;
/** How many points are kept. */
export const POINTS = PATH_S / POINT_S + 1;
/** Courses are compared over steps of this length: shorter ones add up their noise. */
const STEP_S = 4.5;
/** Slower than this, a course is mostly noise. */
const SLOWEST_MPS = 8;

// Where each of them begins.
const [S, EAST, NORTH, NET, SUM] = [0, POINTS, 2 * POINTS, 3 * POINTS, 4 * POINTS] as const;
const RAD = Math.PI / 180;
const METRES_PER_DEGREE = 111_195;

export class Path {
  /** How many points there are, and how many there have ever been: it grows with each new one. */
  size = 0;
  total = 0;
  /** Event time of the point that was first of all, ms. */
  private originMs = NaN;
  private originLat = NaN;
  private originLon = NaN;
  // Of each point: seconds since the origin, metres east and north of it, the course's change since
  // the beginning with its sign, degrees to the right, and without it.
  private readonly data = new Float32Array(5 * POINTS);
  private head = -1;
  private stepMs = NaN;
  private stepDeg = NaN;
  private netDeg = 0;
  private sumDeg = 0;

  /** Takes where the aircraft is; true when that made a new point. */
  add(atMs: number, lat: number, lon: number, trackDeg: number, speedMps: number): boolean {
    if (!(trackDeg >= 0) || !(speedMps > SLOWEST_MPS)) return false;
    if (Number.isNaN(this.stepMs)) {
      this.stepMs = atMs;
      this.stepDeg = trackDeg;
      if (Number.isNaN(this.originMs)) {
        this.originMs = atMs;
        this.originLat = lat;
        this.originLon = lon;
      }
    } else if (atMs - this.stepMs >= STEP_S * 1000) {
      const turnedDeg = turnDeg(this.stepDeg, trackDeg);
      this.netDeg += turnedDeg;
      this.sumDeg += Math.abs(turnedDeg);
      this.stepMs = atMs;
      this.stepDeg = trackDeg;
    } else return false;
    const atS = (atMs - this.originMs) / 1000;
    if (this.size > 0 && atS - this.data[S + this.head]! < POINT_S - 0.5) return false;
    this.head = (this.head + 1) % POINTS;
    this.size = Math.min(this.size + 1, POINTS);
    this.total++;
    this.data[S + this.head] = atS;
    const dLon = ((lon - this.originLon + 540) % 360) - 180;
    this.data[EAST + this.head] = dLon * METRES_PER_DEGREE * Math.cos(this.originLat * RAD);
    this.data[NORTH + this.head] = (lat - this.originLat) * METRES_PER_DEGREE;
    this.data[NET + this.head] = this.netDeg;
    this.data[SUM + this.head] = this.sumDeg;
    return true;
  }

  clear(): void {
    this.size = 0;
    this.head = -1;
    this.netDeg = this.sumDeg = 0;
    this.stepMs = this.originMs = NaN;
  }

  // The points by how many back from the newest, 0 being itself.

  atMs(back: number): number {
    return this.originMs + this.data[S + this.index(back)]! * 1000;
  }

  netTurnDeg(back: number): number {
    return this.data[NET + this.head]! - this.data[NET + this.index(back)]!;
  }

  sumTurnDeg(back: number): number {
    return this.data[SUM + this.head]! - this.data[SUM + this.index(back)]!;
  }

  /** Seconds from that point to the newest. */
  agoS(back: number): number {
    return this.data[S + this.head]! - this.data[S + this.index(back)]!;
  }

  /** The farthest that the last points, up to `back`, are from their middle, m. */
  radiusM(back: number): number {
    let e = 0, n = 0;
    for (let i = 0; i <= back; i++) {
      e += this.data[EAST + this.index(i)]!;
      n += this.data[NORTH + this.index(i)]!;
    }
    e /= back + 1;
    n /= back + 1;
    let most = 0;
    for (let i = 0; i <= back; i++) {
      const dE = this.data[EAST + this.index(i)]! - e, dN = this.data[NORTH + this.index(i)]! - n;
      most = Math.max(most, dE * dE + dN * dN);
    }
    return Math.sqrt(most);
  }

  /** The span of courses flown over the last points, degrees: the most less the least, unwound. */
  turnSpanDeg(back: number): number {
    let least = Infinity, most = -Infinity;
    for (let i = 0; i <= back; i++) {
      const deg = this.data[NET + this.index(i)]!;
      least = Math.min(least, deg);
      most = Math.max(most, deg);
    }
    return most - least;
  }

  private index(back: number): number {
    return (this.head - back + POINTS) % POINTS;
  }
}

/**
 * From one course to another the short way round, degrees to the right. Half a turn is to the side that
 * courses from -180 to 180 say, so that recordings that have them add up as they are.
 */
function turnDeg(fromDeg: number, toDeg: number): number {
  const turn = toDeg - fromDeg;
  if (Math.abs(turn) === 180) return fromDeg >= 180 ? 180 : -180;
  return ((turn + 540) % 360) - 180;
}
