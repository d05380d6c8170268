/** How the models of an interacting multiple model filter start from what all of them together say. */
import { fromMoments, SIZE, STATES, toMoments } from "./path_axes.ts";
import type { Steps } from "./singer.ts";

const MOST_MODELS = 4;
const moments = new Float64Array(MOST_MODELS * SIZE);
const shared = new Float64Array(SIZE);
const origin = new Float64Array(STATES);
const leaves = new Float64Array(MOST_MODELS);

/**
 * Mixes the models' states x by how likely each goes on or becomes another, and makes their probabilities
 * p those of the next moment. What others bring is nearly the same for all models: moments add up, so it
 * is summed once.
 */
export function mix(x: Float64Array, p: Float64Array, { stay }: Steps): void {
  const n = p.length;
  for (let r = 0; r < STATES; r++) origin[r] = x[r]!;
  for (let k = 0; k < SIZE; k++) shared[k] = 0;
  let leaving = 0;
  for (let i = 0, o = 0; i < n; i++, o += SIZE) {
    toMoments(x, o, origin, moments);
    const part = leaves[i] = (1 - stay[i]!) / (n - 1) * p[i]!;
    leaving += part;
    for (let k = 0; k < SIZE; k++) shared[k] = shared[k]! + part * moments[o + k]!;
  }
  for (let j = 0, o = 0; j < n; j++, o += SIZE) {
    const own = stay[j]! * p[j]! - leaves[j]!;
    const sum = leaving + own;
    for (let k = 0; k < SIZE; k++) x[o + k] = (shared[k]! + own * moments[o + k]!) / sum;
    fromMoments(x, o, origin);
    p[j] = sum;
  }
}
