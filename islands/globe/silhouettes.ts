/** What aircraft look like from above, and which look a category or a type has. */
import { CanvasTexture, LinearFilter, LinearMipmapLinearFilter } from "three";

const TILE = 128;
/** Tiles side by side and one above the other in the atlas. */
export const ATLAS = { columns: 4, rows: 3 } as const;

interface Silhouette {
  readonly name: string;
  /** Nose up, in a box from -30 to 30. */
  readonly outline: string;
  /** Its size against an airliner's. */
  readonly size: number;
}

/** In the order of their tiles. */
export const SILHOUETTES: readonly Silhouette[] = [
  {
    name: "airliner",
    size: 1,
    outline:
      "M0-28C2.600-28 3.600-22 3.600-17L3.600-9 27 7 27 12 3.600 5 2.800 18 10 24 10 27.500" +
      " 0 25-10 27.500-10 24-2.800 18-3.600 5-27 12-27 7-3.600-9-3.600-17C-3.600-22-2.600-28 0-28Z",
  },
  {
    name: "heavy",
    size: 1.2,
    outline: "M0-29C3-29 4.400-22 4.400-16L4.400-10 29 9 29 13.500 4.400 6 3.400 19 11.500 25.500" +
      " 11.500 29 0 26-11.500 29-11.500 25.500-3.400 19-4.400 6-29 13.500-29 9-4.400-10-4.400-16" +
      "C-4.400-22-3-29 0-29ZM11-5h4v7h-4ZM19 1.500h4v7h-4ZM-15-5h4v7h-4ZM-23 1.500h4v7h-4Z",
  },
  {
    name: "business jet",
    size: 0.86,
    outline:
      "M0-28C2.400-28 3-20 3-14L3-4 23 9 23 13.500 3 8 3 10 6.500 10 6.500 18 3 18 2.400 21" +
      " 9.500 24.500 9.500 28 0 26-9.500 28-9.500 24.500-2.400 21-3 18-6.500 18-6.500 10-3 10-3 8" +
      "-23 13.500-23 9-3-4-3-14C-3-20-2.400-28 0-28Z",
  },
  {
    name: "light",
    size: 0.82,
    outline: "M0-21C2.600-21 3.200-15 3.200-11L28-9.500 28-2 3.200-1.500 1.800 16 10 18 10 22.500" +
      " 0 21.500-10 22.500-10 18-1.800 16-3.200-1.500-28-2-28-9.500-3.200-11C-3.200-15-2.600-21 0-21Z" +
      "M-8-23.500h16v2h-16Z",
  },
  {
    name: "helicopter",
    size: 0.92,
    outline: "M0-15C5-15 7-9 7-3 7 4 4 8 2 9L1.700 23 6 23 6 26.500-6 26.500-6 23-1.700 23-2 9" +
      "C-4 8-7 4-7-3-7-9-5-15 0-15ZM-22.500-23.500-20.500-25.500 22.500 17.500 20.500 19.500Z" +
      "M20.500-25.500 22.500-23.500-20.500 19.500-22.500 17.500Z",
  },
  {
    name: "glider",
    size: 0.95,
    outline:
      "M0-18C1.900-18 2.300-13 2.300-9L29.500-6 29.500-2.800 2.300-2.300 1.100 15 7.500 16.500" +
      " 7.500 20-7.500 20-7.500 16.500-1.100 15-2.300-2.300-29.500-2.800-29.500-6-2.300-9" +
      "C-2.300-13-1.900-18 0-18Z",
  },
  {
    name: "fast jet",
    size: 0.9,
    outline: "M0-29C1.800-25 2.600-16 3.400-10L22 14 22 19 7 18 10 25 10 28.500 0 26-10 28.500" +
      "-10 25-7 18-22 19-22 14-3.400-10C-2.600-16-1.800-25 0-29Z",
  },
  {
    name: "balloon",
    size: 0.85,
    outline: "M0-25A18 18 0 0 1 15 3L5 16-5 16-15 3A18 18 0 0 1 0-25ZM-4 18.500h8v7h-8Z",
  },
  { name: "vehicle", size: 0.5, outline: "M-10-16L0-24 10-16 10 20-10 20Z" },
  // Of an aircraft whose track nobody knows: it points nowhere.
  { name: "dot", size: 1, outline: "M0-13A13 13 0 1 1 0 13 13 13 0 1 1 0-13Z" },
];
const tile = (name: string) => SILHOUETTES.findIndex((silhouette) => silhouette.name === name);
export const DOT = tile("dot");

/** Emitter categories of ADS-B (DO-260B, 2.2.3.2.5.2). */
const BY_CATEGORY: ReadonlyMap<string, number> = new Map([
  ["A1", tile("light")],
  ["A2", tile("business jet")],
  ["A3", tile("airliner")],
  ["A4", tile("airliner")],
  ["A5", tile("heavy")],
  ["A6", tile("fast jet")],
  ["A7", tile("helicopter")],
  ["B1", tile("glider")],
  ["B2", tile("balloon")],
  ["B4", tile("light")],
  ["C1", tile("vehicle")],
  ["C2", tile("vehicle")],
]);
/** Types (ICAO Doc 8643) that are often heard of without a category, or are not what it says. */
const BY_TYPE: ReadonlyMap<string, number> = new Map(
  Object.entries({
    heavy: "A124 A342 A343 A345 A346 A388 B741 B742 B743 B744 B748 C5M IL76",
    helicopter: "A109 A139 A169 A189 AS32 AS50 AS55 AS65 B06 B407 B412 B429 EC20 EC25 EC30 EC35 " +
      "EC45 EC55 EC75 H160 H500 H60 H64 R22 R44 R66 S76 S92 G2CA",
    glider: "GLID ASK21 AS21 DISC LS4 LS8 DG1T DUOD VENT NIMB",
    light: "C150 C152 C172 C182 C206 C208 P28A PA34 PA46 SR20 SR22 DA40 DA42 DR40 BE36 BE58 RV7 " +
      "RV8 TBM9 PC12 AN2",
    "business jet": "C25A C25B C525 C550 C56X C680 C68A CL30 CL35 CL60 E50P E55P F2TH F900 FA7X " +
      "FA8X GLEX GLF4 GLF5 GLF6 H25B LJ35 LJ45 PC24",
    balloon: "BALL",
  }).flatMap(([name, types]) => types.split(" ").map((type) => [type, tile(name)])),
);

/** The tile for a category and a type, of which either may be unknown: then it is an airliner's. */
export function tileOf(category: string | undefined, type: string | undefined): number {
  return (type === undefined ? undefined : BY_TYPE.get(type)) ??
    (category === undefined ? undefined : BY_CATEGORY.get(category)) ?? 0;
}

/** The atlas: red is a shape, green the shape with its outline. */
export function silhouetteTexture(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = ATLAS.columns * TILE;
  canvas.height = ATLAS.rows * TILE;
  const context = canvas.getContext("2d")!;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "lighter";
  context.lineJoin = "round";
  SILHOUETTES.forEach(({ outline }, i) => {
    const x = (i % ATLAS.columns + 0.5) * TILE;
    const y = (Math.floor(i / ATLAS.columns) + 0.5) * TILE;
    context.setTransform(TILE / 68, 0, 0, TILE / 68, x, y);
    const path = new Path2D(outline);
    context.strokeStyle = "#0f0";
    context.lineWidth = 6;
    context.stroke(path);
    context.fillStyle = "#ff0";
    context.fill(path);
  });
  const texture = new CanvasTexture(canvas);
  // Tiles are counted from the top, as they are drawn.
  texture.flipY = false;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.magFilter = LinearFilter;
  return texture;
}
