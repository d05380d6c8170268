/**
 * Makes `static/earth/countries.bin`, the coasts and borders of the globe, from the npm package
 * world-atlas (Natural Earth 1:50m, public domain): `deno run -A tools/make_countries.ts`.
 *
 * The file, read by `islands/globe/lines.ts`: two groups, coasts then borders. A group is its number
 * of lines; a line its number of points; a point its longitude and latitude in 1/200 degree (half
 * a kilometre, what the 1:50m scale knows), the first from 0, each next from the one before. All are
 * little-endian base-128 varints, the signed ones zigzag.
 */
import { mesh as untypedMesh } from "topojson-client";
import atlas from "world-atlas/countries-50m.json" with { type: "json" };

const STEPS_PER_DEGREE = 200;
const OUT = new URL("../static/earth/countries.bin", import.meta.url);

/** topojson-client comes without types: the arcs of `object` that `filter` lets through, joined. */
const mesh: (
  topology: unknown,
  object: unknown,
  filter: (a: unknown, b: unknown) => boolean,
) => { readonly coordinates: readonly (readonly (readonly number[])[])[] } = untypedMesh;

const bytes: number[] = [];

function unsigned(value: number) {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  bytes.push(value);
}

function signed(value: number) {
  unsigned(value < 0 ? -2 * value - 1 : 2 * value);
}

type Point = readonly [x: number, y: number];

function group(coordinates: readonly (readonly (readonly number[])[])[]) {
  const lines = coordinates.flatMap((line) => withoutMapEdges(line.map(rounded)));
  unsigned(lines.length);
  for (const line of lines) {
    unsigned(line.length);
    line.forEach(([x, y], i) => {
      const [beforeX, beforeY] = line[i - 1] ?? [0, 0];
      signed(x - beforeX);
      signed(y - beforeY);
    });
  }
}

function rounded([lon, lat]: readonly number[]): Point {
  return [Math.round(lon! * STEPS_PER_DEGREE), Math.round(lat! * STEPS_PER_DEGREE)];
}

/** A flat map cuts countries at 180° and closes Antarctica along the pole: on a globe neither is a coast. */
function withoutMapEdges(line: readonly Point[]): Point[][] {
  const atEdge = ([x, y]: Point) =>
    Math.abs(x) === 180 * STEPS_PER_DEGREE || y === -90 * STEPS_PER_DEGREE;
  const pieces: Point[][] = [[]];
  line.forEach((point, i) => {
    const before = line[i - 1];
    if (before && before[0] === point[0] && before[1] === point[1]) return;
    if (before && atEdge(before) && atEdge(point)) pieces.push([]);
    pieces.at(-1)!.push(point);
  });
  return pieces.filter((piece) => piece.length > 1);
}

// An arc between two countries is a border; one that belongs to a single country is a coast.
group(mesh(atlas, atlas.objects.countries, (a, b) => a === b).coordinates);
group(mesh(atlas, atlas.objects.countries, (a, b) => a !== b).coordinates);
await Deno.writeFile(OUT, new Uint8Array(bytes));
