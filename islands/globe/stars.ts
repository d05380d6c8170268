import { BufferAttribute, BufferGeometry, Points, ShaderMaterial, Vector3 } from "three";
import type { EyeUniforms } from "./eye.ts";

const STARS = 1800;

/** A sky of points at no distance: the same one each time, dimmer for smaller stars. */
export function createStars(
  eye: EyeUniforms,
  pixelRatio: number,
): Points<BufferGeometry, ShaderMaterial> {
  const places = new Float32Array(STARS * 3);
  const brightness = new Float32Array(STARS);
  const star = new Vector3();
  let seed = 7;
  // A linear congruential generator (Numerical Recipes): the sky needs no better chance.
  const random = () => (seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  for (let i = 0; i < STARS; i++) {
    star.setFromSphericalCoords(1, Math.acos(2 * random() - 1), 2 * Math.PI * random());
    star.toArray(places, i * 3);
    brightness[i] = 0.25 + 0.75 * random() ** 5;
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(places, 3));
  geometry.setAttribute("brightness", new BufferAttribute(brightness, 1));
  const material = new ShaderMaterial({
    uniforms: { ...eye, pixelRatio: { value: pixelRatio }, starlight: { value: 1 } },
    vertexShader: `
      attribute float brightness;
      uniform float pixelRatio;
      uniform float starlight;
      uniform vec3 eyeHigh;
      varying float light;
      void main() {
        float b = dot(eyeHigh, position);
        bool isBehindEarth = b < 0. && b * b > dot(eyeHigh, eyeHigh) - 1.;
        light = isBehindEarth ? 0. : brightness * starlight;
        // Turned with the camera but not moved with it: w of 0 puts it infinitely far away.
        vec4 clip = projectionMatrix * viewMatrix * vec4(position, 0.);
        gl_Position = vec4(clip.xy, clip.w * .99999, clip.w);
        gl_PointSize = (1. + brightness * 1.4) * pixelRatio;
      }`,
    fragmentShader: `
      varying float light;
      void main() {
        float round = smoothstep(.5, .1, length(gl_PointCoord - .5));
        gl_FragColor = vec4(.78, .86, 1., light * round * .9);
      }`,
    transparent: true,
    depthWrite: false,
  });
  const stars = new Points(geometry, material);
  stars.frustumCulled = false;
  stars.renderOrder = -1;
  return stars;
}
