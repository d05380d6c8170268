import assert from "node:assert/strict";
import { disregard, joined, meanOf } from "./joined.ts";

/** What a filter says of one number after one measurement, if it is 0 but for a variance Q; and the density of that. */
function after(z: number, R: number, Q: number) {
  const K = Q / (Q + R);
  return { x: Float64Array.of(K * z, 0), P: Float64Array.of(K * R, 0, 0, 1) };
}

/** The density of two measurements of a number that is 0 but for a variance Q. */
function evidence(z1: number, z2: number, R: number, Q: number): number {
  const determinant = (Q + R) ** 2 - Q ** 2;
  const square = ((Q + R) * (z1 * z1 + z2 * z2) - 2 * Q * z1 * z2) / determinant;
  return Math.exp(-square / 2) / Math.sqrt(determinant);
}

Deno.test("what two filters both assumed counts once: the mean and the models' odds are those of one", () => {
  const [z1, z2, R] = [1.5, 0.7, 1];
  const variances = [0.3, 4];
  // A filter's probabilities are as likely as it found its measurement, of 0 and Q + R.
  const each = (z: number) =>
    variances.map((Q) => ({
      ...after(z, R, Q),
      probability: Math.exp(-z * z / (2 * (Q + R))) / Math.sqrt(Q + R),
    }));
  const backward = each(z2).map(({ x, P, probability }, m) => {
    const logWeight = Math.log(probability) + disregard(2, x, P, [0, 1], [1, 0], variances[m]!);
    return { logWeight, x, P };
  });
  backward.forEach(({ x, P }) => {
    assert(Math.abs(x[0]! - z2) < 1e-9, `${x[0]} is not what was measured`);
    assert(Math.abs(P[0]! - R) < 1e-9, `${P[0]} is not its variance`);
  });
  const models = joined(2, each(z1), backward);
  const likely = variances.map((Q) => evidence(z1, z2, R, Q));
  const sum = likely[0]! + likely[1]!;
  const means = variances.map((Q) => (z1 + z2) / R / (1 / Q + 2 / R));
  models.forEach(({ probability, x }, m) => {
    assert(Math.abs(probability - likely[m]! / sum) < 1e-9, `model ${m}: ${probability}`);
    assert(Math.abs(x[0]! - means[m]!) < 1e-9, `model ${m}: ${x[0]}`);
  });
  const mean = (likely[0]! * means[0]! + likely[1]! * means[1]!) / sum;
  assert(Math.abs(meanOf(2, models)[0]! - mean) < 1e-9);
});

Deno.test("an estimate that knows nothing but what was assumed stays one", () => {
  const [x, P] = [Float64Array.of(0.1, 3), Float64Array.of(0.25, 0.1, 0.1, 2)];
  disregard(2, x, P, [0, 1], [1, 0], 0.25);
  assert(x.every(Number.isFinite) && P[0]! > 0.25 && P[0]! * P[3]! > P[1]! * P[2]!);
});
