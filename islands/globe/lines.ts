import {
  BufferAttribute,
  BufferGeometry,
  Color,
  LineSegments,
  ShaderMaterial,
  Vector3,
} from "three";
import { GLOBE_RADIUS, unitVector } from "./geo.ts";
import { VarintReader } from "./varints.ts";

const STEPS_PER_DEGREE = 200;

/** Points of lines as unit vectors, and pairs of their indices. */
export interface Lines {
  readonly points: Float32Array;
  readonly segments: Uint32Array;
}

/** Coasts and borders from `countries.bin`, as `tools/make_countries.ts` describes it. */
export function readCountries(bytes: Uint8Array): { coasts: Lines; borders: Lines } {
  const numbers = new VarintReader(bytes);
  const group = (): Lines => {
    const points: number[] = [];
    const segments: number[] = [];
    for (let lines = numbers.unsigned(); lines > 0; lines--) {
      let [x, y] = [0, 0];
      const count = numbers.unsigned();
      for (let i = 0; i < count; i++) {
        x += numbers.signed();
        y += numbers.signed();
        const index = points.length / 3;
        points.push(...unitVector(y / STEPS_PER_DEGREE, x / STEPS_PER_DEGREE));
        if (i > 0) segments.push(index - 1, index);
      }
    }
    return { points: new Float32Array(points), segments: new Uint32Array(segments) };
  };
  return { coasts: group(), borders: group() };
}

/** Lines on the earth, drawn where the earth does not hide them. */
export function lineLayer(
  { points, segments }: Lines,
  colour: string,
  opacity: number,
): LineSegments<BufferGeometry, ShaderMaterial> {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(points, 3));
  geometry.setIndex(new BufferAttribute(segments, 1));
  const material = new ShaderMaterial({
    uniforms: {
      colour: { value: new Color().setStyle(colour, "") },
      opacity: { value: opacity },
      eye: { value: new Vector3() },
    },
    vertexShader: `
      uniform vec3 eye;
      varying float facing;
      void main() {
        facing = dot(normalize(eye - position), position);
        gl_Position = projectionMatrix * modelViewMatrix * vec4(position * ${GLOBE_RADIUS}., 1.);
      }`,
    fragmentShader: `
      uniform vec3 colour;
      uniform float opacity;
      varying float facing;
      void main() {
        float seen = smoothstep(0., .25, facing);
        if (seen <= 0.) discard;
        gl_FragColor = vec4(colour, opacity * seen);
      }`,
    transparent: true,
    // The drawn sphere has facets: the lines, on the true one, would be cut where it bulges.
    depthTest: false,
    depthWrite: false,
  });
  const lines = new LineSegments(geometry, material);
  lines.renderOrder = 2;
  return lines;
}
