/** Prometheus' text format (version 0.0.4), as far as our own roles write it. */

/**
 * The sum of a metric over those of its series that have these labels; undefined when there is none.
 */
export function metricSum(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum: number | undefined;
  for (const line of text.split("\n")) {
    if (!line.startsWith(name)) continue;
    const series = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!series || series[1] !== name) continue;
    const has = (series[2] ?? "").split(",");
    if (wanted.every((label) => has.includes(label))) sum = (sum ?? 0) + Number(series[3]);
  }
  return sum;
}
