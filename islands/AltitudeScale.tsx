import { altitudeGradient, HIGHEST_M } from "./altitude_colour.ts";
import { feet, feetToMetres, metresToFeet, withUnit } from "./format.ts";
import { filter } from "./state.ts";

const HIGHEST_FT = Math.round(metresToFeet(HIGHEST_M));
const STEP_FT = 500;
const TICKS_FT = [0, 10_000, 20_000, 30_000, 40_000];

/** The legend of the altitude colours, and the range filter: its two ends can be moved. */
export function AltitudeScale() {
  const { lowestM, highestM } = filter.value;
  const lowFt = Math.round(metresToFeet(lowestM));
  const highFt = Math.round(metresToFeet(highestM));
  const percent = (altitudeFt: number) => `${100 * altitudeFt / HIGHEST_FT}%`;
  // The two ends cannot pass each other: both return where they came to stand.
  const setLow = (wantedFt: number) => {
    const altitudeFt = Math.max(0, Math.min(wantedFt, highFt - STEP_FT));
    filter.value = { ...filter.value, lowestM: feetToMetres(altitudeFt) };
    return altitudeFt;
  };
  const setHigh = (wantedFt: number) => {
    const altitudeFt = Math.min(HIGHEST_FT, Math.max(wantedFt, lowFt + STEP_FT));
    const open = altitudeFt === HIGHEST_FT;
    filter.value = { ...filter.value, highestM: open ? HIGHEST_M : feetToMetres(altitudeFt) };
    return altitudeFt;
  };
  return (
    <section class="scale panel" aria-label="Altitude: colours and range">
      <div class="scale-title">
        <span>Altitude</span>
        <output class="figure">{rangeText(lowestM, highestM)}</output>
      </div>
      <div class="scale-track">
        <div class="scale-colours" style={{ background: altitudeGradient() }} />
        <div class="scale-off" style={{ left: 0, width: percent(lowFt) }} />
        <div class="scale-off" style={{ left: percent(highFt), right: 0 }} />
        <End name="Lowest altitude" altitudeFt={lowFt} onMove={setLow} />
        <End name="Highest altitude" altitudeFt={highFt} onMove={setHigh} />
      </div>
      <div class="scale-ticks figure" aria-hidden="true">
        {TICKS_FT.map((tickFt) => (
          <span key={tickFt} style={{ left: percent(tickFt) }}>{feet(feetToMetres(tickFt))}</span>
        ))}
        <span class="scale-unit">ft</span>
      </div>
    </section>
  );
}

interface EndProps {
  readonly name: string;
  readonly altitudeFt: number;
  readonly onMove: (altitudeFt: number) => number;
}

function End({ name, altitudeFt, onMove }: EndProps) {
  return (
    <input
      type="range"
      aria-label={name}
      aria-valuetext={withUnit(feet(feetToMetres(altitudeFt)), "ft")}
      min={0}
      max={HIGHEST_FT}
      step={STEP_FT}
      value={altitudeFt}
      onInput={({ currentTarget }) =>
        currentTarget.value = String(onMove(currentTarget.valueAsNumber))}
    />
  );
}

function rangeText(lowestM: number, highestM: number): string {
  const [low, high] = [feet(lowestM), withUnit(feet(highestM), "ft")];
  if (lowestM > 0 && highestM < HIGHEST_M) return `${low} to ${high}`;
  if (lowestM > 0) return `above ${withUnit(low, "ft")}`;
  return highestM < HIGHEST_M ? `below ${high}` : "all";
}
