import { GAP_MS, type TrackPoint } from "./flight_track.ts";

const WIDTH = 264;
const HEIGHT = 40;
const PAD = 3;

interface SparklineProps {
  readonly points: readonly TrackPoint[];
  readonly of: (point: TrackPoint) => number | null;
  /** In a sentence, for who cannot see it. */
  readonly label: string;
  readonly class: string;
  /** A stretch that is marked, ms. */
  readonly marked?: readonly [fromMs: number, toMs: number];
}

/** A figure over time; dashed where nothing was heard for a while. */
export function Sparkline({ points, of, label, class: kind, marked }: SparklineProps) {
  const shown = points.filter((point) => of(point) !== null);
  if (shown.length < 2) return <p class="spark-none">Not enough is known yet</p>;
  const [firstMs, lastMs] = [shown[0]!.atMs, shown.at(-1)!.atMs];
  const values = shown.map((point) => of(point)!);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = (atMs: number) => (WIDTH * (atMs - firstMs) / Math.max(1, lastMs - firstMs)).toFixed(1);
  // What hardly changes is a flat line, not noise drawn large.
  const span = Math.max(most - least, Math.abs(most) * 0.05, 1);
  const y = (value: number) =>
    (HEIGHT - PAD - (HEIGHT - 2 * PAD) * (value - least) / span).toFixed(1);
  let [line, gaps] = ["", ""];
  thinned(shown).forEach((point, i, all) => {
    const before = all[i - 1];
    const here = `${x(point.atMs)} ${y(of(point)!)}`;
    if (before && point.atMs - before.atMs <= GAP_MS) line += `L${here}`;
    else {
      if (before) gaps += `M${x(before.atMs)} ${y(of(before)!)}L${here}`;
      line += `M${here}`;
    }
  });
  return (
    <svg
      class={`spark ${kind}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {marked && (
        <rect
          class="spark-marked"
          x={x(Math.max(firstMs, marked[0]))}
          width={Math.max(2, Number(x(Math.min(lastMs, marked[1]))) - Number(x(marked[0])))}
          height={HEIGHT}
        />
      )}
      <path class="spark-line" d={line} />
      <path class="spark-gap" d={gaps} />
    </svg>
  );
}

/** As many points as there are pixels to draw them; what lies beside a gap stays. */
function thinned(points: readonly TrackPoint[]): readonly TrackPoint[] {
  const every = Math.ceil(points.length / (WIDTH * 2));
  if (every === 1) return points;
  return points.filter((point, i) =>
    i % every === 0 || i === points.length - 1 ||
    point.atMs - points[i - 1]!.atMs > GAP_MS || points[i + 1]!.atMs - point.atMs > GAP_MS
  );
}
