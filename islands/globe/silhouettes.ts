import { CanvasTexture, LinearFilter, LinearMipmapLinearFilter } from "three";

const TILE = 128;

/** An airliner from above, nose up, in a box from -30 to 30. */
const AIRLINER =
  "M0-28C2.600-28 3.600-22 3.600-17L3.600-9 27 7 27 12 3.600 5 2.800 18 10 24 10 27.500" +
  " 0 25-10 27.500-10 24-2.800 18-3.600 5-27 12-27 7-3.600-9-3.600-17C-3.600-22-2.600-28 0-28Z";
/** Of an aircraft whose track nobody knows: it points nowhere. */
const DOT = "M0-13A13 13 0 1 1 0 13 13 13 0 1 1 0-13Z";

/** Two tiles side by side, silhouette and dot: red is the shape, green the shape with its outline. */
export function silhouetteTexture(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = 2 * TILE;
  canvas.height = TILE;
  const context = canvas.getContext("2d")!;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "lighter";
  context.lineJoin = "round";
  [AIRLINER, DOT].forEach((outline, tile) => {
    context.setTransform(TILE / 68, 0, 0, TILE / 68, (tile + 0.5) * TILE, TILE / 2);
    const path = new Path2D(outline);
    context.strokeStyle = "#0f0";
    context.lineWidth = 6;
    context.stroke(path);
    context.fillStyle = "#f00";
    context.fill(path);
  });
  const texture = new CanvasTexture(canvas);
  texture.minFilter = LinearMipmapLinearFilter;
  texture.magFilter = LinearFilter;
  return texture;
}
