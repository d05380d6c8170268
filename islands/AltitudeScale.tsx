import { COLOUR_STOPS, css, HIGHEST_M } from "./altitude_colour.ts";
import { figure, UNITS, type Units } from "./format.ts";
import { Range, rangeText } from "./Range.tsx";
import { filter, units } from "./state.ts";

/** Steps of the handles and marks of the legend, in the unit that is shown. */
const STEPS: Readonly<Record<Units, { readonly step: number; readonly marks: readonly number[] }>> =
  {
    aviation: { step: 500, marks: [0, 10_000, 20_000, 30_000, 40_000] },
    metric: { step: 100, marks: [0, 3_000, 6_000, 9_000, 12_000] },
    imperial: { step: 500, marks: [0, 10_000, 20_000, 30_000, 40_000] },
  };

/** The legend of the altitude colours, and the range filter: its two ends can be moved. */
export function AltitudeScale() {
  const system = units.value;
  const { lowestM, highestM } = filter.value;
  const { name, perSi } = UNITS[system].altitude;
  const { step, marks } = STEPS[system];
  const most = Math.ceil(HIGHEST_M * perSi / step) * step;
  const toText = (value: number) => `${figure(value / perSi, "altitude", system)} ${name}`;
  const low = Math.round(lowestM * perSi);
  const high = highestM >= HIGHEST_M ? most : Math.round(highestM * perSi);
  const change = (low: number, high: number) =>
    filter.value = {
      ...filter.value,
      lowestM: low / perSi,
      highestM: high >= most ? HIGHEST_M : high / perSi,
    };
  return (
    <section class="scale" aria-label="Altitude: colours and range">
      <div class="scale-title">
        <span>Altitude</span>
        <output class="figure">{rangeText(low, high, most, toText) ?? "all"}</output>
      </div>
      <Range
        names={["Lowest altitude", "Highest altitude"]}
        {...{ low, high, most, step, toText }}
        onChange={change}
      >
        <linearGradient id="altitudes">
          {COLOUR_STOPS.map(([altitudeM, colour]) => (
            <stop key={altitudeM} offset={altitudeM / HIGHEST_M} stop-color={css(colour)} />
          ))}
        </linearGradient>
        <rect width="100%" height="100%" fill="url(#altitudes)" />
      </Range>
      <svg class="scale-marks figure" aria-hidden="true">
        {marks.map((mark) => (
          <text key={mark} x={`${100 * mark / most}%`} y="11">
            {figure(mark / perSi, "altitude", system)}
          </text>
        ))}
        <text x="100%" y="11">{name}</text>
      </svg>
    </section>
  );
}
