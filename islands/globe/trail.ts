/** The way the selected aircraft has come, from the hub's history, dashed where nothing was heard. */
import { unitVector } from "./geo.ts";
import type { Lines } from "./lines.ts";

/** A place and when the aircraft was there, ms. */
export interface TrailPoint {
  readonly lat: number;
  readonly lon: number;
  readonly atMs: number;
}

/** A longer silence is a gap: what lies in it is a guess. */
const GAP_MS = 60_000;
const DASHES = 24;

/** The trail as lines: one between neighbours, dashes across a gap. */
export function trailLines(trail: readonly TrailPoint[]): Lines {
  const points: number[] = [];
  const segments: number[] = [];
  const add = (lat: number, lon: number) => points.push(...unitVector(lat, lon)) / 3 - 1;
  trail.forEach(({ lat, lon, atMs }, i) => {
    const before = trail[i - 1];
    if (before && atMs - before.atMs > GAP_MS) {
      const lonWay = ((lon - before.lon + 540) % 360) - 180;
      for (let dash = 1; dash < DASHES; dash += 2) {
        const [from, to] = [dash, dash + 1].map((part) => part / (DASHES + 1));
        segments.push(
          add(before.lat + (lat - before.lat) * from!, before.lon + lonWay * from!),
          add(before.lat + (lat - before.lat) * to!, before.lon + lonWay * to!),
        );
      }
    }
    const here = add(lat, lon);
    if (before && atMs - before.atMs <= GAP_MS) {
      add(before.lat, before.lon);
      segments.push(here + 1, here);
    }
  });
  return { points: new Float32Array(points), segments: new Uint32Array(segments) };
}

/** Asks the hub where an aircraft was in the last half hour; nothing where it keeps no history. */
export async function loadTrail(hubUrl: string, icao24: string): Promise<TrailPoint[]> {
  try {
    const response = await fetch(`${hubUrl}/flights/${icao24}/history?minutes=30&limit=2000`);
    if (!response.ok) return [];
    const { positions } = await response.json() as {
      positions: { position: { lat: number; lon: number }; recorded_at: string }[];
    };
    return positions.map(({ position, recorded_at }) => ({
      ...position,
      atMs: Date.parse(recorded_at),
    }));
  } catch {
    return [];
  }
}
