/** The aircraft's shaders: `reckon.ts` in GLSL, the colour of the altitude, and the silhouette. */
import { COLOUR_STOPS, UNKNOWN_COLOUR } from "../altitude_colour.ts";
import { EARTH_RADIUS_M, GLOBE_RADIUS } from "./geo.ts";
import { BLEND_S, FLAG, RECKON_AT_MOST_S, RECKON_BACK_AT_MOST_S } from "./reckon.ts";

const float = (value: number) => value.toFixed(6);
const colour = (rgb: readonly number[]) => `vec3(${rgb.map((c) => float(c / 255)).join(", ")})`;

/** A step of the altitude scale for each pair of stops: mixing them in turn gives the whole ramp. */
const RAMP = COLOUR_STOPS.slice(1).map(([highM, high], i) => {
  const lowM = COLOUR_STOPS[i]![0];
  return `c = mix(c, ${colour(high)}, clamp((m - ${float(lowM)}) / ${
    float(highM - lowM)
  }, 0., 1.));`;
}).join("\n  ");

export const VERTEX_SHADER = `
attribute vec2 corner;
attribute vec4 place;    // unit vector, altitude in m
attribute vec4 heading;  // unit vector along the ground, ground speed in m/s
attribute vec4 state;    // time in s, climb in m/s, flags, when heard of in s
attribute vec4 offset;   // from where it was shown before the last news

uniform float timeS;
uniform float nowS;
uniform vec2 viewport;    // in the same pixels as halfSize
uniform float halfSize;
uniform vec3 eye;         // in radii of the earth
uniform int selectedRow;
uniform int topRow;       // where the selected aircraft is once more, above the others
uniform int hoveredRow;

varying vec2 spot;        // -1 to 1 over the silhouette, beyond it for the ring
varying vec3 tint;
varying float opacity;
flat varying int look;    // 0 silhouette, 1 dot
flat varying float ring;

const float RADIUS = ${float(GLOBE_RADIUS)};
const float EARTH_M = ${float(EARTH_RADIUS_M)};

vec3 altitudeColour(float m) {
  vec3 c = ${colour(COLOUR_STOPS[0]![1])};
  ${RAMP}
  return c;
}

bool behindEarth(vec3 point) {
  float beyond = dot(eye, eye) - 1.;
  vec3 way = point - eye;
  float towards = -dot(way, eye);
  return towards > beyond && towards * towards > beyond * dot(way, way);
}

bool has(int flags, int bit) { return (flags & bit) != 0; }

void main() {
  int flags = int(state.z);
  float dtS = clamp(timeS - state.x, -${float(RECKON_BACK_AT_MOST_S)}, ${float(RECKON_AT_MOST_S)});
  float angle = heading.w * dtS / EARTH_M;
  float left = 1. - smoothstep(0., 1., (nowS - state.w) / ${float(BLEND_S)});
  vec3 ground = place.xyz * cos(angle) + heading.xyz * sin(angle) + offset.xyz * left;
  vec3 along = heading.xyz * cos(angle) - place.xyz * sin(angle);
  float altitudeM = max(0., place.w + state.y * dtS + offset.w * left);
  vec3 point = ground * (1. + altitudeM / EARTH_M);

  bool selected = selectedRow >= 0 && gl_InstanceID == topRow;
  if (has(flags, ${FLAG.hidden}) || gl_InstanceID == selectedRow || behindEarth(point)) {
    gl_Position = vec4(2., 2., 2., 1.);
    return;
  }
  vec4 clip = projectionMatrix * modelViewMatrix * vec4(point * RADIUS, 1.);
  vec4 ahead = projectionMatrix * modelViewMatrix * vec4((point + along * 2e-4) * RADIUS, 1.);
  vec2 nose = (ahead.xy / ahead.w - clip.xy / clip.w) * viewport;
  bool known = !has(flags, ${FLAG.unknownTrack}) && dot(nose, nose) > 0.;
  vec2 up = known ? normalize(nose) : vec2(0., 1.);

  bool alarm = has(flags, ${FLAG.alarm});
  bool hovered = gl_InstanceID == hoveredRow;
  float size = halfSize * (has(flags, ${FLAG.onGround}) ? .62 : 1.) * (selected ? 1.22 : hovered ? 1.15 : 1.);
  ring = selected ? 1. : alarm ? .75 : 0.;
  // Room for the ring, in silhouettes.
  float room = ring > 0. ? 1.9 : 1.;
  spot = corner * room;
  vec2 pixels = (up.yx * vec2(1., -1.) * corner.x + up * corner.y) * size * room;
  gl_Position = clip + vec4(pixels / viewport * 2. * clip.w, 0., 0.);

  tint = has(flags, ${FLAG.unknownAltitude}) ? ${
  colour(UNKNOWN_COLOUR)
} : altitudeColour(altitudeM);
  if (alarm) tint = vec3(1., .27, .27);
  bool stale = has(flags, ${FLAG.stale});
  if (stale) tint = mix(tint, ${colour(UNKNOWN_COLOUR)}, .55);
  opacity = stale && !selected ? .42 : 1.;
  look = known ? 0 : 1;
}
`;

export const FRAGMENT_SHADER = `
uniform sampler2D silhouettes;  // red: the shape, green: the shape and its outline

varying vec2 spot;
varying vec3 tint;
varying float opacity;
flat varying int look;
flat varying float ring;

void main() {
  vec2 within = spot * .5 + .5;
  vec2 inTile = vec2(clamp(within.x, 0., 1.) * .5 + (look == 1 ? .5 : 0.), within.y);
  // Asked for outside the condition: the level of detail comes from neighbouring pixels.
  vec2 mask = texture2D(silhouettes, inTile).rg;
  if (max(abs(spot.x), abs(spot.y)) > 1.) mask = vec2(0.);
  vec4 shape = vec4(mix(vec3(.015, .03, .06), tint, mask.r), max(mask.r, mask.g * .82) * opacity);

  float away = length(spot);
  float soft = fwidth(away);
  float band = ring * (1. - smoothstep(.06, .06 + soft, abs(away - 1.5)));
  float glow = ring * .16 * smoothstep(1.5, .5, away);
  vec3 ringTint = mix(tint, vec3(1.), .65);
  float around = max(band, glow);
  gl_FragColor = vec4(mix(ringTint, shape.rgb, shape.a), max(shape.a, around));
  if (gl_FragColor.a < .01) discard;
}
`;
