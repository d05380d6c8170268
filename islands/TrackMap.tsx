import { altitudeColour } from "./altitude_colour.ts";
import { drawnAltitudeM, GAP_MS, type TrackPoint } from "./flight_track.ts";
import { figureWithUnit, type Units } from "./format.ts";

const METRES_PER_DEGREE = 111_320;
const PAD = 18;
/** A stretch of one place still needs a width. */
const LEAST_SPAN_M = 2_000;

interface TrackMapProps {
  readonly points: readonly TrackPoint[];
  /** The stretch that is meant, ms: what lies beside it is thinner. */
  readonly marked: readonly [fromMs: number, toMs: number];
  readonly width: number;
  readonly height: number;
  readonly units: Units;
}

/** A track seen from above, north up, in the colours of its altitudes, dashed across gaps. */
export function TrackMap({ points, marked: [fromMs, toMs], width, height, units }: TrackMapProps) {
  const first = points[0];
  if (!first) return null;
  const squeeze = Math.max(0.05, Math.cos(first.lat * Math.PI / 180));
  const places = points.map(({ lat, lon }) => ({
    eastM: (((lon - first.lon + 540) % 360) - 180) * METRES_PER_DEGREE * squeeze,
    northM: (lat - first.lat) * METRES_PER_DEGREE,
  }));
  const [east, north] = [places.map((p) => p.eastM), places.map((p) => p.northM)];
  const middle = [
    (Math.min(...east) + Math.max(...east)) / 2,
    (Math.min(...north) + Math.max(...north)) / 2,
  ] as const;
  const spanEastM = Math.max(LEAST_SPAN_M, Math.max(...east) - Math.min(...east));
  const spanNorthM = Math.max(LEAST_SPAN_M, Math.max(...north) - Math.min(...north));
  const perM = Math.min((width - 2 * PAD) / spanEastM, (height - 2 * PAD) / spanNorthM);
  const xy = places.map(({ eastM, northM }) =>
    [
      Number((width / 2 + (eastM - middle[0]) * perM).toFixed(1)),
      Number((height / 2 - (northM - middle[1]) * perM).toFixed(1)),
    ] as const
  );
  const barM = niceLength(70 / perM, units);
  const isMarked = (i: number) => points[i]!.atMs >= fromMs && points[i]!.atMs <= toMs;
  const ends = [
    points.findIndex((_, i) => isMarked(i)),
    points.findLastIndex((_, i) => isMarked(i)),
  ];
  return (
    <svg
      class="track-map"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label="The track from above, north is up"
    >
      {xy.slice(1).map(([x, y], i) => {
        const [before, here] = [points[i]!, points[i + 1]!];
        return (
          <line
            key={here.atMs}
            x1={xy[i]![0]}
            y1={xy[i]![1]}
            x2={x}
            y2={y}
            stroke={altitudeColour(here.onGround ? 0 : drawnAltitudeM(here))}
            class={isMarked(i + 1) && isMarked(i) ? "track-marked" : "track-beside"}
            stroke-dasharray={here.atMs - before.atMs > GAP_MS ? "4 4" : undefined}
          />
        );
      })}
      {ends.map((at, i) =>
        at >= 0 && (
          <g key={i}>
            <circle cx={xy[at]![0]} cy={xy[at]![1]} r={i === 0 ? 4 : 5.5} class="track-end" />
            {i === 0 && <text x={xy[at]![0] + 8} y={xy[at]![1] - 6}>start</text>}
          </g>
        )
      )}
      <g class="track-bar">
        <path d={`M${PAD} ${height - 14}v4h${(barM * perM).toFixed(1)}v-4`} />
        <text x={PAD} y={height - 20}>{figureWithUnit(barM, "distance", units)}</text>
        <text x={width - PAD} y={PAD + 4} text-anchor="end">N ↑</text>
      </g>
    </svg>
  );
}

/** A round length near `m`, in metres: 1, 2 or 5 times a power of ten of what is shown. */
function niceLength(m: number, units: Units): number {
  const unitM = units === "aviation" ? 1852 : units === "metric" ? 1000 : 1609.344;
  const power = 10 ** Math.floor(Math.log10(m / unitM));
  const factor = [5, 2, 1].find((f) => f * power * unitM <= m) ?? 1;
  return factor * power * unitM;
}
