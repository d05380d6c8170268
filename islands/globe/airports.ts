/** Airports as small rings: large ones from a country's distance, all of them from a region's. */
import { BufferAttribute, BufferGeometry, Points, ShaderMaterial } from "three";
import { type EyeUniforms, RELATIVE_TO_EYE } from "./eye.ts";
import { unitVector } from "./geo.ts";

/** A line of `airports.json`, as `tools/make_globe_airports.ts` writes it. */
export type Airport = readonly [code: string, lat: number, lon: number, isLarge: 0 | 1];

/** The rings; `shown` of their material is 0 where there are none, 1 with the large ones, 2 with all. */
export function airportLayer(
  airports: readonly Airport[],
  eye: EyeUniforms,
  pixelRatio: number,
): Points<BufferGeometry, ShaderMaterial> {
  const geometry = new BufferGeometry();
  const points = new Float32Array(airports.length * 3);
  airports.forEach(([, lat, lon], i) => points.set(unitVector(lat, lon), 3 * i));
  geometry.setAttribute("position", new BufferAttribute(points, 3));
  const large = Uint8Array.from(airports, ([, , , isLarge]) => isLarge);
  geometry.setAttribute("large", new BufferAttribute(large, 1));
  const material = new ShaderMaterial({
    uniforms: {
      ...eye,
      fade: { value: 0.2 },
      shown: { value: 0 },
      pixelRatio: { value: pixelRatio },
    },
    vertexShader: `
      ${RELATIVE_TO_EYE}
      attribute float large;
      uniform float shown;
      uniform float fade;
      uniform float pixelRatio;
      varying float opacity;
      void main() {
        float facing = dot(normalize(eyeHigh - position), position);
        opacity = smoothstep(0., fade, facing) * (large > 0. ? min(1., shown) : clamp(shown - 1., 0., 1.) * .7);
        gl_Position = clipOf(position);
        gl_PointSize = opacity > 0. ? (large > 0. ? 9. : 6.) * pixelRatio : 0.;
      }`,
    fragmentShader: `
      varying float opacity;
      void main() {
        float away = length(gl_PointCoord - .5) * 2.;
        float soft = fwidth(away);
        float ring = smoothstep(.95, .95 - soft, away) * smoothstep(.52 - soft, .52, away);
        gl_FragColor = vec4(.55, .80, 1., ring * opacity * .85);
      }`,
    transparent: true,
    depthTest: false,
    depthWrite: false,
  });
  const layer = new Points(geometry, material);
  layer.frustumCulled = false;
  layer.renderOrder = 3;
  return layer;
}

/** What `shown` is from a distance in metres. */
export function airportsShown(distanceM: number): number {
  const large = Math.max(0, Math.min(1, (2_600_000 - distanceM) / 800_000));
  return large + Math.max(0, Math.min(1, (650_000 - distanceM) / 250_000));
}
