/**
 * Makes `static/earth/countries-*.bin`, the land and the borders of the globe at three scales, from
 * the npm package world-atlas (Natural Earth, public domain): `deno run -A tools/make_countries.ts`.
 *
 * A file, read by `islands/globe/lines.ts`: steps a degree and the number of points in all; then two
 * groups, the land's outlines and the borders. A group is its number of lines; a line its number of
 * points; a point its longitude and latitude in steps, the first from 0, each next from the one
 * before. All are little-endian base-128 varints, the signed ones zigzag. An outline is a ring whose
 * last point leads back to its first, but where a flat map cuts it at 180°: there it is in pieces,
 * and the cut itself is no line.
 */
import { feature as untypedFeature, mesh as untypedMesh } from "topojson-client";
import atlas10 from "world-atlas/countries-10m.json" with { type: "json" };
import atlas110 from "world-atlas/countries-110m.json" with { type: "json" };
import atlas50 from "world-atlas/countries-50m.json" with { type: "json" };

/** What each scale knows: a kilometre, half of one, a hundred metres. */
const SCALES = [[110, 100, atlas110], [50, 200, atlas50], [10, 1000, atlas10]] as const;

/** topojson-client comes without types: the arcs of `object` that `filter` lets through, joined. */
const mesh: (
  topology: unknown,
  object: unknown,
  filter: (a: unknown, b: unknown) => boolean,
) => { readonly coordinates: readonly (readonly (readonly number[])[])[] } = untypedMesh;

const feature: (topology: unknown, object: unknown) => {
  readonly features: readonly {
    readonly geometry: { readonly coordinates: readonly (readonly (readonly number[])[])[][] };
  }[];
} = untypedFeature;

let bytes: number[] = [];

function unsigned(value: number) {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  bytes.push(value);
}

function signed(value: number) {
  unsigned(value < 0 ? -2 * value - 1 : 2 * value);
}

type Point = readonly [x: number, y: number];

type Coordinates = readonly (readonly (readonly number[])[])[];

function linesOf(coordinates: Coordinates, steps: number): Point[][] {
  return coordinates.flatMap((line) =>
    withoutMapEdges(
      line.map(([lon, lat]) => [Math.round(lon! * steps), Math.round(lat! * steps)]),
      steps,
    )
  );
}

function group(lines: readonly (readonly Point[])[]) {
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

/** A flat map cuts countries at 180° and closes Antarctica along the pole: on a globe neither is a coast. */
function withoutMapEdges(line: readonly Point[], steps: number): Point[][] {
  const atEdge = ([x, y]: Point) => Math.abs(x) === 180 * steps || y === -90 * steps;
  const pieces: Point[][] = [[]];
  line.forEach((point, i) => {
    const before = line[i - 1];
    if (before && before[0] === point[0] && before[1] === point[1]) return;
    if (
      before && (atEdge(before) && atEdge(point) || Math.abs(point[0] - before[0]) > 180 * steps)
    ) pieces.push([]);
    pieces.at(-1)!.push(point);
  });
  return pieces.filter((piece) => piece.length > 1);
}

for (const [scale, steps, atlas] of SCALES) {
  const land = feature(atlas, atlas.objects.land).features
    .flatMap(({ geometry }) => geometry.coordinates.flat());
  // An arc between two countries is a border.
  const borders = mesh(atlas, atlas.objects.countries, (a, b) => a !== b).coordinates;
  const groups = [land, borders].map((coordinates) => linesOf(coordinates, steps));
  bytes = [];
  unsigned(steps);
  unsigned(groups.flat().reduce((sum, line) => sum + line.length, 0));
  for (const lines of groups) group(lines);
  const out = new URL(`../static/earth/countries-${scale}.bin`, import.meta.url);
  await Deno.writeFile(out, new Uint8Array(bytes));
}
