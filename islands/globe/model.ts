/** The aircraft one flies behind: a simple airliner of a few hundred triangles, in metres. */
import {
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  type Matrix3,
  Matrix3 as Rotation,
  Mesh,
  ShaderMaterial,
  Vector3,
} from "three";
import type { EyeUniforms } from "./eye.ts";
import { EARTH_RADIUS_M, GLOBE_RADIUS } from "./geo.ts";

type Point = readonly [right: number, up: number, ahead: number];

/** Radius of the fuselage at places from nose to tail. */
const FUSELAGE: readonly (readonly [ahead: number, radius: number, up: number])[] = [
  [19, 0.05, -0.5],
  [18.2, 0.7, -0.4],
  [16.8, 1.35, -0.2],
  [14.5, 1.9, 0],
  [12, 2, 0],
  [-9, 2, 0],
  [-13, 1.55, 0.35],
  [-17, 0.8, 0.9],
  [-19, 0.25, 1.2],
];
const ROUND = 16;

function fuselage(
  add: (a: Point, b: Point, c: Point) => void,
  rings = FUSELAGE,
  offset: Point = [0, 0, 0],
) {
  const at = ([ahead, radius, up]: (typeof FUSELAGE)[number], i: number): Point => {
    const angle = 2 * Math.PI * i / ROUND;
    return [
      offset[0] + Math.sin(angle) * radius,
      offset[1] + up + Math.cos(angle) * radius,
      offset[2] + ahead,
    ];
  };
  for (let ring = 1; ring < rings.length; ring++) {
    for (let i = 0; i < ROUND; i++) {
      const [a, b] = [at(rings[ring - 1]!, i), at(rings[ring - 1]!, i + 1)];
      const [c, d] = [at(rings[ring]!, i), at(rings[ring]!, i + 1)];
      add(a, b, c);
      add(b, d, c);
    }
  }
}

/** A flat surface with a little thickness, by its four corners. */
function panel(add: (a: Point, b: Point, c: Point) => void, corners: readonly Point[]) {
  const [a, b, c, d] = corners as [Point, Point, Point, Point];
  add(a, b, c);
  add(a, c, d);
}

const ENGINE: typeof FUSELAGE = [
  [2.4, 0.95, 0],
  [1.8, 1.1, 0],
  [-0.8, 1, 0],
  [-2.2, 0.55, 0],
];

function airliner(): Float32Array<ArrayBuffer> {
  const points: number[] = [];
  const add = (...corners: Point[]) => points.push(...corners.flat());
  fuselage(add);
  for (const side of [1, -1]) {
    const to = (right: number, up: number, ahead: number): Point => [side * right, up, ahead];
    panel(add, [to(1.4, -0.9, 5.5), to(17.2, 0.9, -4.6), to(17.2, 0.9, -6.2), to(1.4, -0.9, -2.5)]);
    // The wing's tip stands up.
    panel(add, [to(17.2, 0.9, -4.6), to(17.9, 3, -6.4), to(17.9, 3, -7.2), to(17.2, 0.9, -6.2)]);
    panel(add, [to(0.8, 1, -13.4), to(6.4, 1.5, -17.4), to(6.4, 1.5, -18.8), to(0.8, 1, -17.2)]);
    fuselage(add, ENGINE, to(5.8, -1.9, 3.2));
  }
  panel(add, [[0, 1.6, -11.5], [0, 7.4, -17.4], [0, 7.4, -19.4], [0, 1, -17.6]]);
  return new Float32Array(points);
}

export class Model {
  readonly mesh: Mesh<BufferGeometry, ShaderMaterial>;

  constructor(eye: EyeUniforms) {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(airliner(), 3));
    geometry.computeVertexNormals();
    const material = new ShaderMaterial({
      uniforms: {
        ...eye,
        place: { value: new Vector3() },
        axes: { value: new Rotation() },
        tint: { value: new Vector3(1, 1, 1) },
      },
      vertexShader: `
        uniform vec3 place;   // from the eye, in metres
        uniform mat3 axes;
        varying vec3 normalAt;
        varying vec3 at;
        varying vec3 toEye;
        void main() {
          normalAt = axes * normal;
          at = position;
          toEye = -normalize(place + axes * position);
          vec3 relative = place + axes * position;
          gl_Position = projectionMatrix * vec4(mat3(viewMatrix) * relative * ${
        (GLOBE_RADIUS / EARTH_RADIUS_M).toExponential(8)
      }, 1.);
        }`,
      fragmentShader: `
        uniform vec3 sun;
        uniform vec3 eyeHigh;
        uniform vec3 tint;
        uniform float nightShown;
        varying vec3 normalAt;
        varying vec3 at;
        varying vec3 toEye;
        void main() {
          vec3 up = normalize(eyeHigh);
          vec3 n = normalize(normalAt) * (gl_FrontFacing ? 1. : -1.);
          float day = mix(.25, smoothstep(-.12, .2, dot(up, sun)), nightShown);
          vec3 sunlight = vec3(1., .95, .86) * max(0., dot(n, sun)) * day * .75;
          vec3 skylight = mix(vec3(.10, .13, .19), vec3(.50, .58, .68), day) * (.62 + .38 * dot(n, up));
          vec3 paint = mix(vec3(.93), tint, at.z < -11.4 && at.y > 1.7 ? .75 : 0.);
          vec3 colour = paint * (sunlight + skylight);
          // An edge against the dark.
          colour += vec3(.20, .27, .38) * pow(1. - abs(dot(n, toEye)), 2.) * (1. - .8 * day);
          // Red on the left, green on the right, white behind: what the rules of the air ask for.
          float dark = 1. - day;
          float tip = smoothstep(16.9, 17.4, abs(at.x));
          colour += tip * mix(vec3(1., .1, .08), vec3(.1, 1., .35), step(0., at.x)) * (.25 + .9 * dark);
          gl_FragColor = vec4(colour, 1.);
        }`,
      side: DoubleSide,
    });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 20;
    this.mesh.visible = false;
  }

  /** Puts it `place` metres from the eye, its axes (right, up, ahead) being the columns of `axes`. */
  put(place: Vector3, axes: Matrix3) {
    this.mesh.material.uniforms.place!.value.copy(place);
    this.mesh.material.uniforms.axes!.value.copy(axes);
  }

  close() {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }
}
