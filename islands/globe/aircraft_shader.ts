/** The aircraft's shaders: `reckon.ts` in GLSL, the colour of the altitude, and the silhouette. */
import { COLOUR_STOPS, UNKNOWN_COLOUR } from "../altitude_colour.ts";
import { RELATIVE_TO_EYE } from "./eye.ts";
import { EARTH_RADIUS_M } from "./geo.ts";
import { BLEND_S, FLAG, RECKON_AT_MOST_S, RECKON_BACK_AT_MOST_S, TILE_FACTOR } from "./reckon.ts";
import { ATLAS, DOT, SILHOUETTES } from "./silhouettes.ts";

const float = (value: number) => value.toFixed(6);
const colour = (rgb: readonly number[]) => `vec3(${rgb.map((c) => float(c / 255)).join(", ")})`;

/** A step of the altitude scale for each pair of stops: mixing them in turn gives the whole ramp. */
const RAMP = COLOUR_STOPS.slice(1).map(([highM, high], i) => {
  const lowM = COLOUR_STOPS[i]![0];
  return `c = mix(c, ${colour(high)}, clamp((m - ${float(lowM)}) / ${
    float(highM - lowM)
  }, 0., 1.));`;
}).join("\n  ");

/** GLSL: the colour of an altitude in metres. */
export const ALTITUDE_COLOUR = `
vec3 altitudeColour(float m) {
  vec3 c = ${colour(COLOUR_STOPS[0]![1])};
  ${RAMP}
  return c;
}`;

/** GLSL: whether the earth is between the eye and a point, in radii of the earth. */
export const BEHIND_EARTH = `
bool behindEarth(vec3 point) {
  float beyond = dot(eyeHigh, eyeHigh) - 1.;
  vec3 way = point - eyeHigh;
  float towards = -dot(way, eyeHigh);
  return towards > beyond && towards * towards > beyond * dot(way, way);
}`;

/** GLSL: `shownAt` of reckon.ts. The shader it is put into has a uniform `timeS`. */
export const RECKONED = `
attribute vec4 place;    // unit vector, altitude in m
attribute vec4 heading;  // unit vector along the ground, ground speed in m/s
attribute vec4 state;    // time in s, climb in m/s, flags and tile, when heard of in s
attribute vec4 offset;   // from where it was shown before the last news
uniform float nowS;

struct Reckoned {
  vec3 ground;
  vec3 along;
  float altitudeM;
  float sinceS;
};

Reckoned reckoned() {
  float sinceS = timeS - state.x;
  float dtS = clamp(sinceS, -${float(RECKON_BACK_AT_MOST_S)}, ${float(RECKON_AT_MOST_S)});
  float angle = heading.w * dtS / ${float(EARTH_RADIUS_M)};
  float left = 1. - smoothstep(0., 1., (nowS - state.w) / ${float(BLEND_S)});
  return Reckoned(
    place.xyz * cos(angle) + heading.xyz * sin(angle) + offset.xyz * left,
    heading.xyz * cos(angle) - place.xyz * sin(angle),
    max(0., place.w + state.y * dtS + offset.w * left),
    sinceS
  );
}`;

export const VERTEX_SHADER = `
${RELATIVE_TO_EYE}
${BEHIND_EARTH}
uniform float timeS;
${RECKONED}
attribute vec2 corner;

uniform vec2 viewport;    // in the same pixels as halfSize
uniform float halfSize;
uniform float flying;     // 1 from a cockpit
uniform int selectedRow;
uniform int topRow;       // where the selected aircraft is once more, above the others
uniform int hoveredRow;
uniform float pulse;      // 0 where motion is unwanted

varying vec2 spot;        // -1 to 1 over the silhouette, beyond it for the ring
varying vec3 tint;
varying float opacity;
flat varying vec2 tile;
flat varying float ghost;
flat varying vec3 ring;   // how strong, how wide a pulse, 1 for an anomaly, 2 for a grave one

const float EARTH_M = ${float(EARTH_RADIUS_M)};
const float SIZES[${SILHOUETTES.length}] = float[](${
  SILHOUETTES.map(({ size }) => float(size)).join(", ")
});
${ALTITUDE_COLOUR}

bool has(int flags, int bit) { return (flags & bit) != 0; }

void main() {
  int flags = int(state.z);
  Reckoned now = reckoned();
  vec3 point = now.ground * (1. + now.altitudeM / EARTH_M);

  bool selected = selectedRow >= 0 && gl_InstanceID == topRow;
  if (has(flags, ${FLAG.hidden}) || gl_InstanceID == selectedRow || selected && flying > 0. || behindEarth(point)) {
    gl_Position = vec4(2., 2., 2., 1.);
    return;
  }
  vec4 clip = clipOf(point);
  if (clip.w <= 0.) {
    gl_Position = vec4(2., 2., 2., 1.);
    return;
  }
  vec4 ahead = clipOf(point + now.along * 2e-4);
  vec2 nose = (ahead.xy / ahead.w - clip.xy / clip.w) * viewport;
  bool known = !has(flags, ${FLAG.unknownTrack}) && dot(nose, nose) > 0.;
  vec2 up = known ? normalize(nose) : vec2(0., 1.);

  int look = known ? flags / ${TILE_FACTOR} : ${DOT};
  bool alarm = has(flags, ${FLAG.alarm});
  bool anomaly = has(flags, ${FLAG.anomaly});
  bool hovered = gl_InstanceID == hoveredRow;
  float size = halfSize * SIZES[look] * (has(flags, ${FLAG.onGround}) ? .62 : 1.) * (selected ? 1.25 : hovered ? 1.18 : 1.);
  // From a cockpit what is near is large.
  size *= mix(1., clamp(.0011 / clip.w * 100., .35, 2.2), flying);
  ring = vec3(selected ? 1. : alarm ? .85 : anomaly ? .7 : 0., alarm ? fract(nowS * .55) * pulse : 0., alarm ? 2. : anomaly ? 1. : 0.);
  // Room for the ring, in silhouettes.
  float room = alarm ? 2.7 : ring.x > 0. ? 1.9 : 1.;
  spot = corner * room;
  vec2 pixels = (up.yx * vec2(1., -1.) * corner.x + up * corner.y) * size * room;
  gl_Position = clip + vec4(pixels / viewport * 2. * clip.w, 0., 0.);
  gl_Position.z = 0.;

  tint = has(flags, ${FLAG.unknownAltitude}) ? ${
  colour(UNKNOWN_COLOUR)
} : altitudeColour(now.altitudeM);
  bool stale = has(flags, ${FLAG.stale});
  // What is not heard of flies on as an outline, fainter and fainter, until it is gone.
  ghost = stale ? 1. : 0.;
  opacity = !stale ? 1. : selected ? .8 : mix(.62, .14, smoothstep(60., 118., now.sinceS));
  tile = vec2(look % ${ATLAS.columns}, look / ${ATLAS.columns});
}
`;

export const FRAGMENT_SHADER = `
uniform sampler2D silhouettes;  // red: the shape, green: the shape and its outline

varying vec2 spot;
varying vec3 tint;
varying float opacity;
flat varying vec2 tile;
flat varying float ghost;
flat varying vec3 ring;

void main() {
  vec2 within = clamp(spot * vec2(.5, -.5) + .5, .01, .99);
  // Asked for outside the condition: the level of detail comes from neighbouring pixels.
  vec2 mask = texture2D(silhouettes, (tile + within) / vec2(${ATLAS.columns}., ${ATLAS.rows}.)).rg;
  if (max(abs(spot.x), abs(spot.y)) > 1.) mask = vec2(0.);
  float edge = max(0., mask.g - mask.r);
  vec3 solid = mix(vec3(.015, .03, .06), tint, mask.r);
  vec4 shape = mix(
    vec4(solid, max(mask.r, mask.g * .82)),
    vec4(tint, max(edge, mask.r * .22)),
    ghost);
  shape.a *= opacity;

  float away = length(spot);
  float soft = fwidth(away);
  vec3 ringTint = ring.z > 1.5 ? vec3(1., .30, .28) : ring.z > .5 ? vec3(1., .74, .30) : mix(tint, vec3(1.), .65);
  float band = ring.x * (1. - smoothstep(.06, .06 + soft, abs(away - 1.5)));
  float glow = ring.x * .16 * smoothstep(1.5, .5, away);
  // An alarm's ring grows and fades, again and again.
  float wave = step(1.5, ring.z) * (1. - ring.y) * (1. - smoothstep(.05, .05 + 2. * soft, abs(away - 1.5 - ring.y * 1.1)));
  float around = max(max(band, glow), wave);
  gl_FragColor = vec4(mix(ringTint, shape.rgb, shape.a), max(shape.a, around));
  if (gl_FragColor.a < .01) discard;
}
`;
