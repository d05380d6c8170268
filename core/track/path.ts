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

// Where each kind of number begins. They have 16 bits and go round: only what is between two of them
// counts, which is less than half of their range, or else far more than is asked for.
const [TIME, EAST, NORTH, NET, SUM] = [0, POINTS, 2 * POINTS, 3 * POINTS, 4 * POINTS] as const;
/** Their units: times to 6 500 s, places to 160 km, turns to 2 000° one way and 32 000° in all. */
const [TIME_MS, PLACE_M, NET_DEG, SUM_DEG] = [100, 5, 1 / 16, 1 / 2] as const;
const RAD = Math.PI / 180;
const METRES_PER_DEGREE = 111_195;

export class Path {
  /** How many points there are, and how many there have ever been: it grows with each new one. */
  size = 0;
  total = 0;
  /** Event time of the newest point, ms. */
  private newestMs = NaN;
  /** Where the path began. */
  private originLat = NaN;
  private originLon = NaN;
  // Of each point: when it was, how far east and north of the origin, the course's change since the
  // beginning with its sign, to the right, and without it.
  private readonly data = new Int16Array(5 * POINTS);
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
      this.originLat = lat;
      this.originLon = lon;
    } else if (atMs - this.stepMs >= STEP_S * 1000) {
      const turnedDeg = turnDeg(this.stepDeg, trackDeg);
      this.netDeg += turnedDeg;
      this.sumDeg += Math.abs(turnedDeg);
      this.stepMs = atMs;
      this.stepDeg = trackDeg;
    } else return false;
    const sinceS = (atMs - this.newestMs) / 1000;
    if (sinceS < POINT_S - 0.5) return false;
    while (this.size > 0 && this.agoS(this.size - 1) + sinceS > PATH_S) this.size--;
    this.newestMs = atMs;
    this.head = (this.head + 1) % POINTS;
    this.size = Math.min(this.size + 1, POINTS);
    this.total++;
    const dLon = ((lon - this.originLon + 540) % 360) - 180;
    const eastM = dLon * METRES_PER_DEGREE * Math.cos(this.originLat * RAD);
    const northM = (lat - this.originLat) * METRES_PER_DEGREE;
    this.data[TIME + this.head] = Math.round(atMs / TIME_MS);
    this.data[EAST + this.head] = Math.round(eastM / PLACE_M);
    this.data[NORTH + this.head] = Math.round(northM / PLACE_M);
    this.data[NET + this.head] = Math.round(this.netDeg / NET_DEG);
    this.data[SUM + this.head] = Math.round(this.sumDeg / SUM_DEG);
    return true;
  }

  clear(): void {
    this.size = 0;
    this.head = -1;
    this.netDeg = this.sumDeg = 0;
    this.stepMs = this.newestMs = NaN;
  }

  // The points by how many back from the newest, 0 being itself.

  atMs(back: number): number {
    return this.newestMs - this.since(TIME, back) * TIME_MS;
  }

  netTurnDeg(back: number): number {
    return this.change(NET, back) * NET_DEG;
  }

  sumTurnDeg(back: number): number {
    return this.since(SUM, back) * SUM_DEG;
  }

  /** Seconds from that point to the newest. */
  agoS(back: number): number {
    return this.since(TIME, back) * TIME_MS / 1000;
  }

  /** The farthest that the last points, up to `back`, are from their middle, m. */
  radiusM(back: number): number {
    let e = 0, n = 0;
    for (let i = 0; i <= back; i++) {
      e += this.change(EAST, i);
      n += this.change(NORTH, i);
    }
    e /= back + 1;
    n /= back + 1;
    let most = 0;
    for (let i = 0; i <= back; i++) {
      const dE = this.change(EAST, i) - e, dN = this.change(NORTH, i) - n;
      most = Math.max(most, dE * dE + dN * dN);
    }
    return Math.sqrt(most) * PLACE_M;
  }

  /** The span of courses flown over the last points, degrees: the most less the least, unwound. */
  turnSpanDeg(back: number): number {
    let least = Infinity, most = -Infinity;
    for (let i = 0; i <= back; i++) {
      const change = this.change(NET, i);
      least = Math.min(least, change);
      most = Math.max(most, change);
    }
    return (most - least) * NET_DEG;
  }

  /** From that point's number to the newest's, which is more. */
  private since(kind: number, back: number): number {
    return this.between(kind, back) & 0xffff;
  }

  /** The same where it may be less. */
  private change(kind: number, back: number): number {
    return this.between(kind, back) << 16 >> 16;
  }

  private between(kind: number, back: number): number {
    return this.data[kind + this.head]! - this.data[kind + (this.head - back + POINTS) % POINTS]!;
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
