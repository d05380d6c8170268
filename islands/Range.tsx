import type { ComponentChildren } from "preact";

interface RangeProps {
  /** What the two ends are of: "altitude" makes "Lowest altitude", "Highest altitude". */
  readonly names: readonly [low: string, high: string];
  /** The ends, in the unit that is shown. */
  readonly low: number;
  readonly high: number;
  readonly most: number;
  readonly step: number;
  readonly toText: (value: number) => string;
  readonly onChange: (low: number, high: number) => void;
  /** What lies under the handles. */
  readonly children?: ComponentChildren;
}

/** A range with two handles, each a slider of its own for the keyboard; they cannot pass each other. */
export function Range(
  { names, low, high, most, step, toText, onChange, children }: RangeProps,
) {
  // Both return where the handle came to stand.
  const setLow = (wanted: number) => {
    const value = Math.max(0, Math.min(wanted, high - step));
    onChange(value, high);
    return value;
  };
  const setHigh = (wanted: number) => {
    const value = Math.min(most, Math.max(wanted, low + step));
    onChange(low, value);
    return value;
  };
  const percent = (value: number) => `${100 * Math.max(0, Math.min(1, value / most))}%`;
  return (
    <div class="range">
      <svg class="range-bar" aria-hidden="true">
        {children ?? <rect class="range-plain" width="100%" height="100%" />}
        <rect class="range-off" width={percent(low)} height="100%" />
        <rect class="range-off" x={percent(high)} width={percent(most - high)} height="100%" />
      </svg>
      <End name={names[0]} value={low} {...{ most, step, toText }} onMove={setLow} />
      <End name={names[1]} value={high} {...{ most, step, toText }} onMove={setHigh} />
    </div>
  );
}

interface EndProps extends Pick<RangeProps, "most" | "step" | "toText"> {
  readonly name: string;
  readonly value: number;
  readonly onMove: (value: number) => number;
}

function End({ name, value, most, step, toText, onMove }: EndProps) {
  return (
    <input
      type="range"
      aria-label={name}
      aria-valuetext={toText(value)}
      min={0}
      max={most}
      step={step}
      value={value}
      onInput={({ currentTarget }) =>
        currentTarget.value = String(onMove(currentTarget.valueAsNumber))}
    />
  );
}

/** `above 100 kt`, `below 300 kt`, `100 to 300 kt`; undefined where nothing is held back. */
export function rangeText(
  low: number,
  high: number,
  most: number,
  toText: (value: number) => string,
): string | undefined {
  if (low > 0 && high < most) return `${toText(low).replace(/ \D+$/, "")} to ${toText(high)}`;
  if (low > 0) return `above ${toText(low)}`;
  return high < most ? `below ${toText(high)}` : undefined;
}
