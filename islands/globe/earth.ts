/** The earth by night: three-globe's sphere and atmosphere, with a material that stays sharp up close. */
import { ShaderMaterial, type Texture, TextureLoader } from "three";
import ThreeGlobe from "three-globe";

/** The facets of the sphere, in degrees: at 2 they lie within a kilometre of it. */
const FACET_DEG = 2;

const VERTEX_SHADER = `
varying vec2 at;
varying vec3 normalAt;
varying vec3 worldAt;
void main() {
  at = uv;
  vec4 world = modelMatrix * vec4(position, 1.);
  worldAt = world.xyz;
  normalAt = normalize(mat3(modelMatrix) * normal);
  gl_Position = projectionMatrix * viewMatrix * world;
}`;

const FRAGMENT_SHADER = `
uniform sampler2D night;
uniform float near;   // 0 from far away, 1 over a city
varying vec2 at;
varying vec3 normalAt;
varying vec3 worldAt;

const vec2 TEXELS = vec2(4096., 2048.);

/* Four linear reads that together are a cubic B-spline: a texel of 10 km must not look like a tile. */
vec3 smoothRead(vec2 uv) {
  vec2 p = uv * TEXELS - .5;
  vec2 f = fract(p);
  p -= f;
  vec2 f2 = f * f, f3 = f2 * f;
  vec2 w0 = (1. - f) * (1. - f) * (1. - f) / 6.;
  vec2 w1 = (4. - 6. * f2 + 3. * f3) / 6.;
  vec2 w3 = f3 / 6.;
  vec2 w2 = 1. - w0 - w1 - w3;
  vec2 g0 = w0 + w1, g1 = w2 + w3;
  vec2 h0 = (p + w1 / g0 - .5) / TEXELS, h1 = (p + w3 / g1 + 1.5) / TEXELS;
  return (textureLod(night, vec2(h0.x, h0.y), 0.).rgb * g0.x + textureLod(night, vec2(h1.x, h0.y), 0.).rgb * g1.x) * g0.y
    + (textureLod(night, vec2(h0.x, h1.y), 0.).rgb * g0.x + textureLod(night, vec2(h1.x, h1.y), 0.).rgb * g1.x) * g1.y;
}

/* Meridians and parallels every stepDeg degrees, a pixel wide at any distance. */
float gridLines(vec2 degrees, vec2 width, float stepDeg) {
  vec2 toLine = abs(fract(degrees / stepDeg - .5) - .5) * stepDeg;
  vec2 line = 1. - smoothstep(vec2(.4), vec2(1.2), toLine / max(width, 1e-6));
  // Where meridians crowd together, at the poles, they would become a plate.
  line.x *= step(width.x, stepDeg * .12);
  return max(line.x, line.y);
}

void main() {
  vec3 far = texture2D(night, at).rgb;
  vec3 lights = near > 0. ? mix(far, smoothRead(at), near) : far;
  // The picture's land is blue, its ice too, and its lights are pink: what has red is a light.
  float city = smoothstep(.1, .52, lights.r);
  // Without the lights' own grey: they are put on again in the colour of lamps.
  vec3 ground = min(lights, vec3(.05, .17, .3)) * vec3(.45, .8, .95) * mix(1., .55, near) * (1. - .8 * city);
  vec3 land = (vec3(.03, .055, .098) + ground) * (1. - .25 * near);
  vec3 colour = land + city * vec3(1., .66, .36) * mix(.72, .15, near);

  vec3 toEye = normalize(cameraPosition - worldAt);
  float facing = max(0., dot(normalAt, toEye));
  colour *= mix(.42 + .58 * facing, 1., near);
  colour += vec3(.16, .42, .85) * pow(1. - facing, 3.2) * .62;

  vec2 degrees = (at - .5) * vec2(360., 180.);
  vec2 width = fwidth(degrees);
  // At the date line the longitude leaps: its width there says nothing.
  width.x = min(width.x, width.y * 20.);
  float grid = gridLines(degrees, width, 10.) * .055 + gridLines(degrees, width, 1.) * .045 * near;
  colour += grid * vec3(.5, .72, 1.) * facing;
  gl_FragColor = vec4(colour, 1.);
}`;

export interface Earth {
  readonly globe: ThreeGlobe;
  readonly material: ShaderMaterial;
  /** Settles once the picture of the earth is there. */
  readonly loaded: Promise<Texture>;
}

/** The earth, its picture on the way. */
export function createEarth(): Earth {
  const material = new ShaderMaterial({
    vertexShader: VERTEX_SHADER,
    fragmentShader: FRAGMENT_SHADER,
    uniforms: { night: { value: null }, near: { value: 0 } },
  });
  const globe = new ThreeGlobe({ animateIn: false, waitForGlobeReady: false })
    .globeCurvatureResolution(FACET_DEG)
    .globeMaterial(material)
    .showAtmosphere(true)
    .atmosphereColor("#5fa8ff")
    .atmosphereAltitude(0.17);
  const loaded = new TextureLoader().loadAsync("/static/earth/night.jpg").then((texture) => {
    texture.anisotropy = 8;
    material.uniforms.night!.value = texture;
    return texture;
  });
  return { globe, material, loaded };
}

/** 0 from far away, 1 over a city. */
export function nearness(distanceM: number): number {
  return Math.max(0, Math.min(1, (Math.log10(3_000_000) - Math.log10(distanceM)) / 0.7));
}
