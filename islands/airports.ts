/** Airports for the search: loaded, as this file is, when somebody first searches. */

export interface Airport {
  readonly code: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

let loaded: Promise<readonly Airport[]> | undefined;

/** Airports whose code or name begins like the text; none where they cannot be loaded. */
export async function airportsNamed(text: string): Promise<readonly Airport[]> {
  loaded ??= load().catch(() => {
    // Asked again with the next letter.
    loaded = undefined;
    return [];
  });
  return findAirports(await loaded, text);
}

async function load(): Promise<readonly Airport[]> {
  const response = await fetch("/airports.json");
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const rows: [code: string, name: string, lat: number, lon: number][] = await response.json();
  return rows.map(([code, name, lat, lon]) => ({ code, name, lat, lon }));
}

const MOST_FOUND = 5;

/** By code first, then by a word of the name; a single letter finds none. */
export function findAirports(all: readonly Airport[], text: string): readonly Airport[] {
  const wanted = text.trim().toUpperCase();
  if (wanted.length < 2) return [];
  // The first letter of a code is its region's: `LAX` is `KLAX`.
  const byCode = all.filter(({ code }) => code.startsWith(wanted) || code.slice(1) === wanted);
  const byName = all.filter((airport) =>
    !byCode.includes(airport) && ` ${airport.name.toUpperCase()}`.includes(` ${wanted}`)
  );
  return [...byCode, ...byName].slice(0, MOST_FOUND);
}
