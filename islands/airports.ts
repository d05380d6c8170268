/** Airports for the search: asked for when somebody first searches. */
import { computed, signal } from "@preact/signals";
import { filter } from "./state.ts";

export interface Airport {
  readonly code: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

const airports = signal<readonly Airport[]>([]);
let asked = false;

/** Loads them once; without them the search finds aircraft alone. */
export async function loadAirports(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    const response = await fetch("/airports.json");
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const rows: [code: string, name: string, lat: number, lon: number][] = await response.json();
    airports.value = rows.map(([code, name, lat, lon]) => ({ code, name, lat, lon }));
  } catch {
    asked = false;
  }
}

const MOST_FOUND = 5;

/** Airports whose code or name begins like what is searched for. */
export const airportsFound = computed(() => findAirports(airports.value, filter.value.text));

/** By code first, then by a word of the name; a single letter finds none. */
export function findAirports(all: readonly Airport[], text: string): readonly Airport[] {
  const wanted = text.trim().toUpperCase();
  if (wanted.length < 2) return [];
  const byCode = all.filter(({ code }) => code.startsWith(wanted) || code.slice(1) === wanted);
  const byName = all.filter((airport) =>
    !byCode.includes(airport) && ` ${airport.name.toUpperCase()}`.includes(` ${wanted}`)
  );
  return [...byCode, ...byName].slice(0, MOST_FOUND);
}
