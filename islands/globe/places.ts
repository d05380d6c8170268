/** Towns as lights, for a view so near that the picture of the earth has no detail left. */
import { AdditiveBlending, BufferAttribute, BufferGeometry, Points, ShaderMaterial } from "three";
import { type EyeUniforms, RELATIVE_TO_EYE } from "./eye.ts";
import { unitVector } from "./geo.ts";
import { VarintReader } from "./varints.ts";

const STEPS_PER_DEGREE = 200;

/** Where towns are, as unit vectors, and how large: the base-2 logarithm of their thousands of people. */
export interface Places {
  readonly points: Float32Array;
  readonly sizes: Float32Array;
}

/** Towns from `places.bin`, as `tools/make_earth_places.ts` describes it. */
export function readPlaces(bytes: Uint8Array): Places {
  const numbers = new VarintReader(bytes);
  const count = numbers.unsigned();
  const points = new Float32Array(count * 3);
  const sizes = new Float32Array(count);
  let [x, y] = [0, 0];
  for (let i = 0; i < count; i++) {
    y += numbers.signed();
    x += numbers.signed();
    points.set(unitVector(y / STEPS_PER_DEGREE, x / STEPS_PER_DEGREE), i * 3);
    sizes[i] = numbers.unsigned();
  }
  return { points, sizes };
}

/** The lights; `near` of their material is 0 from far away, where the picture has them, and 1 up close. */
export function placeLayer(
  { points, sizes }: Places,
  eye: EyeUniforms,
  pixelRatio: number,
): Points<BufferGeometry, ShaderMaterial> {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(points, 3));
  geometry.setAttribute("size", new BufferAttribute(sizes, 1));
  const material = new ShaderMaterial({
    uniforms: {
      ...eye,
      fade: { value: 0.2 },
      near: { value: 0 },
      pixelRatio: { value: pixelRatio },
    },
    vertexShader: `
      ${RELATIVE_TO_EYE}
      attribute float size;
      uniform vec3 sun;
      uniform float nightShown;
      uniform float near;
      uniform float fade;
      uniform float pixelRatio;
      varying float light;
      void main() {
        float facing = dot(normalize(eyeHigh - position), position);
        float dark = 1. - nightShown * smoothstep(-.14, .08, dot(position, sun));
        light = near * dark * smoothstep(0., fade, facing) * mix(.3, .8, clamp(size / 11., 0., 1.));
        gl_Position = clipOf(position);
        gl_PointSize = light > 0. ? (2.2 + size * .62) * pixelRatio : 0.;
      }`,
    fragmentShader: `
      varying float light;
      void main() {
        float away = length(gl_PointCoord - .5) * 2.;
        float core = smoothstep(.55, .1, away);
        float glow = smoothstep(1., .2, away) * .35;
        gl_FragColor = vec4(vec3(1., .74, .45) * (core + glow) * light, 1.);
      }`,
    transparent: true,
    blending: AdditiveBlending,
    depthTest: false,
    depthWrite: false,
  });
  const layer = new Points(geometry, material);
  layer.frustumCulled = false;
  layer.renderOrder = 1;
  return layer;
}
