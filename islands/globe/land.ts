/** Where land is, as pictures for the shader: the whole earth once, and the surroundings sharply. */
import { CanvasTexture, LinearFilter, Vector4 } from "three";
import type { Countries, Scale } from "./lines.ts";

const WHOLE = { width: 2048, height: 1024 };
const AROUND_PX = 1024;
/** From further away the whole earth's picture is sharp enough. */
const AROUND_BELOW_M = 12_000_000;
/** Nearer to a pole than this meridians crowd: the whole earth's picture has to do. */
const HIGHEST_LAT = 82;
const METRES_PER_DEG = 111_195;

interface Outline {
  readonly from: number;
  readonly to: number;
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** A rectangle of the map in degrees. */
interface MapArea {
  readonly west: number;
  readonly south: number;
  readonly width: number;
  readonly height: number;
}

export class Land {
  readonly whole = canvasTexture(WHOLE.width, WHOLE.height);
  readonly around = canvasTexture(AROUND_PX, AROUND_PX);
  /** West, south, width and height of `around` in degrees; a width of 0 is none. */
  readonly area = new Vector4(0, 0, 0, 0);
  #outlines: readonly Outline[] = [];
  #degrees: Countries["degrees"] = new Float32Array();
  #scale: Scale | undefined;
  #drawnScale: Scale | undefined;

  /** Takes the outlines of a scale in, unless it has finer ones. */
  add(scale: Scale, countries: Countries) {
    const { degrees } = countries;
    if (this.#scale !== undefined && this.#scale < scale) return;
    this.#degrees = degrees;
    this.#outlines = outlinesOf(countries);
    this.#scale = scale;
    if (scale !== 10 || this.#drawnScale === undefined) {
      this.#draw(this.whole, { west: -180, south: -90, width: 360, height: 180 });
      this.#drawnScale = undefined;
    }
  }

  /** Keeps the sharp picture around a place that is looked at from a distance in metres. */
  look(lat: number, lon: number, distanceM: number) {
    if (distanceM > AROUND_BELOW_M || Math.abs(lat) > HIGHEST_LAT || !this.#scale) {
      this.area.z = 0;
      return;
    }
    const height = Math.min(100, Math.max(0.8, 2.4 * distanceM / METRES_PER_DEG));
    const width = Math.min(180, height * 1.3 / Math.cos(lat * Math.PI / 180));
    const { x, y, z, w } = this.area;
    const offX = Math.abs(((lon - x - z / 2 + 540) % 360) - 180);
    const offY = Math.abs(lat - y - w / 2);
    const fits = z > 0 && this.#drawnScale === this.#scale && offX < z * 0.2 && offY < w * 0.2 &&
      height > w * 0.55 && height < w * 1.4;
    if (fits) return;
    const area = { west: lon - width / 2, south: lat - height / 2, width, height };
    this.#draw(this.around, area);
    this.#drawnScale = this.#scale;
    this.area.set(area.west, area.south, width, height);
  }

  close() {
    this.whole.dispose();
    this.around.dispose();
  }

  #draw(texture: CanvasTexture, area: MapArea) {
    const canvas = texture.image as HTMLCanvasElement;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "#fff";
    context.beginPath();
    // The area may reach over the date line.
    for (const turn of [-360, 0, 360]) this.#trace(context, canvas, area, turn);
    context.fill("evenodd");
    texture.needsUpdate = true;
  }

  #trace(
    context: CanvasRenderingContext2D,
    canvas: HTMLCanvasElement,
    { west, south, width, height }: MapArea,
    turn: number,
  ) {
    const degrees = this.#degrees;
    const [toX, toY] = [canvas.width / width, canvas.height / height];
    for (const outline of this.#outlines) {
      if (outline.east + turn < west || outline.west + turn > west + width) continue;
      if (outline.north < south || outline.south > south + height) continue;
      let before = -1;
      let skipped = -1;
      for (let i = outline.from; i < outline.to; i++) {
        const x = (degrees[2 * i]! + turn - west) * toX;
        const y = canvas.height - (degrees[2 * i + 1]! - south) * toY;
        const side = sideOf(x, y, canvas);
        // What stays on one side outside leaves no trace but its last point.
        if (side > 0 && side === before) {
          skipped = i;
          continue;
        }
        if (skipped >= 0) {
          context.lineTo(
            (degrees[2 * skipped]! + turn - west) * toX,
            canvas.height - (degrees[2 * skipped + 1]! - south) * toY,
          );
          skipped = -1;
        }
        if (i === outline.from) context.moveTo(x, y);
        else context.lineTo(x, y);
        before = side;
      }
      context.closePath();
    }
  }
}

/** 0 within the canvas, else which of the four sides it lies beyond. */
function sideOf(x: number, y: number, { width, height }: HTMLCanvasElement): number {
  return x < 0 ? 1 : x > width ? 2 : y < 0 ? 3 : y > height ? 4 : 0;
}

function outlinesOf({ degrees, ends, outlines }: Countries): Outline[] {
  let from = 0;
  return Array.from(ends.subarray(0, outlines), (to) => {
    let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = from; i < to; i++) {
      const [lon, lat] = [degrees[2 * i]!, degrees[2 * i + 1]!];
      west = Math.min(west, lon);
      east = Math.max(east, lon);
      south = Math.min(south, lat);
      north = Math.max(north, lat);
    }
    const outline = { from, to, west, east, south, north };
    from = to;
    return outline;
  });
}

function canvasTexture(width: number, height: number): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const texture = new CanvasTexture(canvas);
  texture.minFilter = texture.magFilter = LinearFilter;
  texture.generateMipmaps = false;
  return texture;
}
