/** The name that takes the fewest edits to get to; one that begins alike is nearer than any other. */
export function nearest(name: string, known: readonly string[]): string {
  const prefix = name.split("_")[0]! + "_";
  const alike = known.filter((one) => one.startsWith(prefix));
  const candidates = alike.length > 0 ? alike : known;
  const continued = candidates.find((one) => one.startsWith(name));
  if (continued) return continued;
  const byDistance = candidates.map((one) => [editDistance(name, one), one] as const);
  return byDistance.sort(([a], [b]) => a - b)[0]![1];
}

/** Whether one may have been meant by the other: no more than half of it is different. */
export function isNear(name: string, other: string): boolean {
  return editDistance(name, other) <= Math.max(name.length, other.length) / 2;
}

/** Levenshtein distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
