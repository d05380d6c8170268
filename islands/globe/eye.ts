/** What every shader of the scene knows of the viewer and the sun. */
import { Vector3 } from "three";
import { GLOBE_RADIUS } from "./geo.ts";

/** The eye in radii of the earth, in two floats that together are exact to less than a millimetre. */
export interface EyeUniforms {
  readonly eyeHigh: { readonly value: Vector3 };
  readonly eyeLow: { readonly value: Vector3 };
  /** Towards the sun, of length 1. */
  readonly sun: { readonly value: Vector3 };
  /** 1 where day and night are shown, 0 where all of the earth is as by night. */
  readonly nightShown: { value: number };
  [name: string]: { value: unknown };
}

export function createEye(): EyeUniforms {
  return {
    eyeHigh: { value: new Vector3() },
    eyeLow: { value: new Vector3() },
    sun: { value: new Vector3(1, 0, 0) },
    nightShown: { value: 1 },
  };
}

/** Sets both parts of the eye. */
export function setEye({ eyeHigh, eyeLow }: EyeUniforms, { x, y, z }: Vector3) {
  eyeHigh.value.set(Math.fround(x), Math.fround(y), Math.fround(z));
  eyeLow.value.set(x, y, z).sub(eyeHigh.value);
}

/**
 * GLSL: from a point in radii of the earth to the screen. The eye is taken away first, while the numbers
 * are exact: near the ground the matrices' own translation would make everything tremble.
 */
export const RELATIVE_TO_EYE = `
uniform vec3 eyeHigh;
uniform vec3 eyeLow;
vec4 clipOf(vec3 point) {
  vec3 relative = (point - eyeHigh) - eyeLow;
  return projectionMatrix * vec4(mat3(viewMatrix) * relative * ${GLOBE_RADIUS}., 1.);
}`;
