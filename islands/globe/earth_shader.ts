/**
 * The earth, its air and the sky in one pass over the screen: every pixel is a ray that meets the
 * ground or does not. A true sphere at any height, without a mesh.
 */
export const EARTH_VERTEX_SHADER = `
uniform mat4 toView;    // from the screen to the camera's space
uniform mat3 toWorld;   // from there to the world's directions
varying vec3 ray;
void main() {
  vec4 view = toView * vec4(position.xy, 1., 1.);
  ray = toWorld * (view.xyz / view.w);
  gl_Position = vec4(position.xy, 0., 1.);
}`;

/** Scale heights and coefficients at the ground, in radii: what the air takes of red, green, blue. */
const AIR = `
const float R_HEIGHT = .00126;
const float M_HEIGHT = .00022;
const vec3 R_BETA = vec3(37., 86., 205.);
const float M_BETA = 22.;
const float AIR_TOP = .0135;

/* How much air lies towards the sun, in scale heights: C. Schueler's approximation of Chapman's function. */
float airTowardsSun(float x, float h, float cosine) {
  float c = sqrt(x + h);
  if (cosine >= 0.) return c / (c * cosine + 1.) * exp(-h);
  float x0 = sqrt(1. - cosine * cosine) * (x + h);
  return 2. * sqrt(x0) * exp(min(40., x - x0)) - c / (1. - c * cosine) * exp(-h);
}

/* Light that the air sends along a ray up to 'far', and in 'through' what it lets through. */
vec3 airLight(vec3 d, float b, float far, out vec3 through) {
  float e = dot(eyeHigh, eyeHigh);
  float beyond = b * b - eyeC + 2. * AIR_TOP + AIR_TOP * AIR_TOP;
  if (beyond <= 0.) { through = vec3(1.); return vec3(0.); }
  float root = sqrt(beyond);
  float start = max(0., -b - root);
  float end = min(far, -b + root);
  if (end <= start) { through = vec3(1.); return vec3(0.); }
  float mu = dot(d, sun);
  float rPhase = .0597 * (1. + mu * mu);
  float mPhase = .1194 * .42 * (1. + mu * mu) / (1.58 * pow(max(1e-3, 1.58 - 1.52 * mu), 1.5)) * 2.;
  vec3 r = vec3(0.), m = vec3(0.);
  float rDepth = 0., mDepth = 0.;
  float before = start;
  for (int i = 0; i < STEPS; i++) {
    float part = (float(i) + 1.) / float(STEPS);
    float next = start + (end - start) * part * part;
    float t = mix(before, next, .5);
    float dt = next - before;
    before = next;
    float r2 = eyeC + 2. * b * t + t * t;
    float radius = sqrt(max(.5, 1. + r2));
    float height = max(0., r2 / (radius + 1.));
    float rAir = exp(-height / R_HEIGHT), mAir = exp(-height / M_HEIGHT);
    rDepth += rAir * dt;
    mDepth += mAir * dt;
    float cosine = dot(eyeHigh + d * t, sun) / radius;
    float rSun = airTowardsSun(1. / R_HEIGHT, height / R_HEIGHT, cosine) * R_HEIGHT;
    float mSun = airTowardsSun(1. / M_HEIGHT, height / M_HEIGHT, cosine) * M_HEIGHT;
    vec3 lost = exp(-R_BETA * (rDepth + rSun) - M_BETA * (mDepth + mSun));
    r += lost * rAir * dt;
    m += lost * mAir * dt;
  }
  through = exp(-R_BETA * rDepth - M_BETA * mDepth);
  // The air is lit by itself too, and a little by night.
  vec3 own = (1. - through) * (vec3(.004, .007, .014) + .05 * vec3(.35, .55, 1.) * smoothstep(-.15, .4, dot(normalize(eyeHigh), sun)));
  return 20. * (r * R_BETA * rPhase + m * M_BETA * mPhase) + own;
}`;

const GROUND = `
const vec2 TEXELS = vec2(4096., 2048.);

/* Four linear reads that together are a cubic B-spline: a texel of 10 km must not look like a tile. */
vec3 smoothRead(sampler2D picture, vec2 uv) {
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
  return (textureLod(picture, vec2(h0.x, h0.y), 0.).rgb * g0.x + textureLod(picture, vec2(h1.x, h0.y), 0.).rgb * g1.x) * g0.y
    + (textureLod(picture, vec2(h0.x, h1.y), 0.).rgb * g0.x + textureLod(picture, vec2(h1.x, h1.y), 0.).rgb * g1.x) * g1.y;
}

/* A picture at a level that fits 'texels' a pixel: smooth where it is magnified. */
vec3 readPicture(sampler2D picture, vec2 uv, float texels) {
  vec3 coarse = textureLod(picture, uv, max(0., log2(texels))).rgb;
  if (texels > .7) return coarse;
  return mix(smoothRead(picture, uv), coarse, smoothstep(.35, .7, texels));
}

/* 1 on land, 0 at sea, with an edge as wide as a pixel. */
float landAt(vec2 degrees, vec2 uv, float pixelDeg) {
  float value = textureLod(landWhole, uv, 0.).r;
  float texelDeg = 360. / 2048.;
  if (landArea.z > 0.) {
    vec2 within = vec2(mod(degrees.x - landArea.x, 360.), degrees.y - landArea.y) / landArea.zw;
    vec2 inside = step(vec2(.004), within) * step(within, vec2(.996));
    if (inside.x * inside.y > 0.) {
      value = textureLod(landAround, within, 0.).r;
      texelDeg = landArea.w / 1024.;
    }
  }
  // The sharper the picture is magnified, the steeper the step that makes an edge of its slope.
  float width = clamp(pixelDeg / texelDeg, .06, .5);
  return smoothstep(.5 - width, .5 + width, value);
}

float hash(vec3 p) {
  p = fract(p * .3183099 + .1);
  p *= 17.;
  return fract(p.x * p.y * p.z * (p.x + p.y + p.z));
}
float noise(vec3 x) {
  vec3 i = floor(x), f = fract(x);
  f = f * f * (3. - 2. * f);
  return mix(mix(mix(hash(i), hash(i + vec3(1, 0, 0)), f.x), mix(hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)), f.x), f.y),
    mix(mix(hash(i + vec3(0, 0, 1)), hash(i + vec3(1, 0, 1)), f.x), mix(hash(i + vec3(0, 1, 1)), hash(i + vec3(1, 1, 1)), f.x), f.y), f.z);
}

/* Meridians and parallels every stepDeg degrees, a pixel wide at any distance. */
float gridLines(vec2 degrees, vec2 width, float stepDeg) {
  vec2 toLine = abs(fract(degrees / stepDeg - .5) - .5) * stepDeg;
  vec2 line = (1. - smoothstep(vec2(.4), vec2(1.2), toLine / max(width, 1e-6))) * step(width, vec2(stepDeg * .08));
  return max(line.x, line.y);
}

/* The map's grid, finer the nearer one is. */
vec3 grid(vec2 degrees, vec3 n, float pixelDeg, float facing, float land) {
  vec2 width = vec2(pixelDeg / max(.05, sqrt(1. - n.y * n.y)), pixelDeg);
  float lines = gridLines(degrees, width, 10.) * .05 + gridLines(degrees, width, 1.) * .05 * near
    + (flying > 0. ? gridLines(degrees, width, .5) * .05 + gridLines(degrees, width, .1) * .06 : 0.);
  return lines * vec3(.5, .72, 1.) * smoothstep(.0, .25, facing) * mix(1., .7, land);
}`;

export const EARTH_FRAGMENT_SHADER = `
precision highp float;
#define STEPS 9
uniform vec3 eyeHigh;
uniform float eyeC;         // the eye's distance from the middle, squared, less 1
uniform vec3 sun;
uniform float nightShown;
uniform float near;         // 0 from far away, 1 over a city
uniform float flying;       // 1 from a cockpit: the air is seen from within
uniform float pixelAngle;   // of a pixel, in radians
uniform float dayThere;
uniform sampler2D night;
uniform sampler2D day;
uniform sampler2D landWhole;
uniform sampler2D landAround;
uniform vec4 landArea;
varying vec3 ray;
${AIR}
${GROUND}

vec3 groundColour(vec3 n, vec3 d, float t) {
  vec2 degrees = vec2(atan(n.x, n.z), asin(clamp(n.y, -1., 1.))) * 57.29578;
  vec2 uv = degrees / vec2(360., 180.) + .5;
  float facing = max(.02, -dot(n, d));
  float pixel = t * pixelAngle;                     // across the ray, in radii
  float pixelDeg = pixel / sqrt(facing) * 57.29578;
  float texels = pixelDeg * TEXELS.y / 180.;

  vec3 lamps = readPicture(night, uv, texels);
  vec3 photo = dayThere > 0. ? readPicture(day, uv, texels) : vec3(.12, .14, .15);
  float grey = dot(photo, vec3(.3, .55, .15));
  float land = landAt(degrees, uv, pixelDeg);
  // The picture by night has pink lights on blue land: what has red is a light.
  float city = smoothstep(.1, .55, lamps.r);
  vec3 dark = mix(
    vec3(.009, .024, .052) + photo * vec3(.03, .07, .12),
    vec3(.038, .056, .086) + grey * vec3(.060, .082, .112),
    land);
  dark *= 1. + .8 * flying;
  dark += city * vec3(1., .68, .38) * mix(mix(.72, .13, near), .42, flying);

  float up = dot(n, sun);
  float lit = nightShown * smoothstep(-.12, .22, up);
  vec3 colour = dark;
  if (lit > 0.) {
    // Calmer than the photograph, so that aircraft stand out.
    vec3 landDay = mix(vec3(grey), photo, .74) * .66 + vec3(.024, .036, .046);
    vec3 seaDay = mix(vec3(.020, .070, .14), photo * vec3(.55, .85, 1.), .5) + vec3(.0, .012, .030);
    vec3 bright = mix(seaDay, landDay, land);
    float warm = smoothstep(.3, 0., up);
    bright *= mix(vec3(1.), vec3(1.05, .78, .58), warm * .6) * mix(.42, 1., smoothstep(0., .45, up));
    // The sun on the water.
    vec3 h = normalize(sun - d);
    bright += (1. - land) * vec3(1., .9, .72) * pow(max(0., dot(n, h)), mix(60., 260., flying)) * .34;
    colour = mix(dark, bright, lit);
  }
  if (flying > 0.) {
    // Something for the eye to hold on to where the pictures have nothing left: it is made up, and faint.
    float grain = 0.;
    float cell = 900.;
    for (int i = 0; i < 3; i++) {
      float seen = smoothstep(.55, .15, pixel * cell / sqrt(facing));
      if (seen > 0.) grain += (noise(n * cell) - .5) * seen;
      cell *= 5.3;
    }
    colour *= 1. + grain * mix(.10, .30, land);
  }
  return colour + grid(degrees, n, pixelDeg, facing, land);
}

void main() {
  vec3 d = normalize(ray);
  float b = dot(eyeHigh, d);
  float disc = b * b - eyeC;
  bool hit = b < 0. && disc > 0.;
  float t = hit ? eyeC / (sqrt(disc) - b) : 1e4;
  // Space is not quite black.
  vec3 colour = mix(vec3(.010, .017, .034), vec3(.004, .008, .018), smoothstep(-.4, .6, d.y));

  if (hit) {
    vec3 n = normalize(eyeHigh + d * t);
    colour = groundColour(n, d, t);
  }
  float sunlight = smoothstep(.99996, .999985, dot(d, sun));
  if (flying > 0.) {
    vec3 through;
    vec3 air = airLight(d, b, t, through);
    if (!hit) colour += sunlight * vec3(40., 36., 30.) * nightShown;
    // By night the far ground and the sky above it lie in a faint haze.
    float away = hit ? 1. - exp(-t * 18.) : exp(-max(0., -disc) * 26.);
    vec3 haze = vec3(.030, .050, .092) * away;
    vec3 daylight = nightShown > 0. ? 1. - exp(-air * 1.15) : vec3(0.);
    colour = colour * mix(vec3(1.), through, nightShown) + daylight + haze;
  } else {
    // From outside the air is a rim: bright where the sun shines, and never quite gone.
    float closest = max(0., -b);
    vec3 q = eyeHigh + d * (hit ? t : closest);
    float up = dot(normalize(q), sun);
    float lit = mix(.35, mix(.16, 1., smoothstep(-.28, .3, up)), nightShown);
    vec3 blue = mix(vec3(.16, .36, .86), vec3(.32, .62, 1.), lit);
    if (hit) {
      float facing = max(0., -dot(normalize(q), d));
      colour *= mix(mix(.55, 1., smoothstep(0., .6, facing)), 1., near);
      colour += blue * lit * (pow(1. - facing, 3.6) * .62 + .018) * mix(1., .35, near);
    } else if (b < 0.) {
      float height = sqrt(max(0., dot(eyeHigh, eyeHigh) - b * b)) - 1.;
      float glow = exp(-height / .016) * .62 + exp(-height / .07) * .13;
      colour += blue * lit * glow;
      colour += sunlight * vec3(1., .95, .85) * nightShown * smoothstep(.01, .03, height);
    }
    if (!hit) colour += vec3(1., .8, .6) * pow(max(0., dot(d, sun)), 400.) * .18 * nightShown * (b < 0. ? smoothstep(-.02, .06, -disc) : 1.);
  }
  // Half a step of noise: a dark gradient in eight bits would show its bands.
  colour += (fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - .5) / 255.;
  gl_FragColor = vec4(colour, 1.);
}`;
