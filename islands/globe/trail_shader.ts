/** The trails' shaders: lines as ribbons of so many pixels, coloured by altitude, dashed where guessed. */
import { ALTITUDE_COLOUR, BEHIND_EARTH, RECKONED } from "./aircraft_shader.ts";
import { RELATIVE_TO_EYE } from "./eye.ts";
import { EARTH_RADIUS_M } from "./geo.ts";
import { FLAG } from "./reckon.ts";

/** How a segment is drawn: as it was flown, as a piece of a guess, or all of it as a guess. */
export const KIND = { flown: 0, piece: 1, dashed: 2 } as const;
/** For so long a short trail is seen, fainter and fainter. */
export const SHORT_TRAIL_S = 150;
/** Nobody hears of an aircraft for so long: what it does is a guess. */
export const GUESSED_AFTER_S = 60;

const HIDE = "gl_Position = vec4(2., 2., 2., 1.); return;";

const VARYINGS = `
varying vec3 tint;
varying float across;
varying float halfWidth;
varying float opacity;
varying float along;
varying float dashes;`;

const RIBBON = `
${RELATIVE_TO_EYE}
${BEHIND_EARTH}
${ALTITUDE_COLOUR}
uniform vec2 viewport;
uniform float timeS;
attribute vec2 corner;   // along 0 to 1, across -1 to 1
${VARYINGS}

vec3 raised(vec4 place) { return place.xyz * (1. + place.w / ${EARTH_RADIUS_M.toFixed(1)}); }

void ribbon(vec4 begin, vec4 end, float width, float longer) {
  vec3 a = raised(begin), b = raised(end);
  vec4 from = clipOf(a), to = clipOf(b);
  if (from.w <= 0. || to.w <= 0. || behindEarth(a) || behindEarth(b)) { ${HIDE} }
  vec2 way = (to.xy / to.w - from.xy / from.w) * viewport;
  vec2 ahead = dot(way, way) > 0. ? normalize(way) : vec2(1., 0.);
  vec4 here = mix(from, to, corner.x);
  float pixels = width + 1.;
  // A little longer than it is, so that no gap opens at a bend.
  vec2 aside = ahead.yx * vec2(-1., 1.) * corner.y + ahead * (corner.x * 2. - 1.) * .5 * longer;
  gl_Position = here + vec4(aside * pixels / viewport * here.w, 0., 0.);
  gl_Position.z = 0.;
  tint = altitudeColour(mix(begin.w, end.w, corner.x));
  across = corner.y * pixels;
  halfWidth = width * .5;
  along = corner.x;
}`;

/** A segment of the buffer: a piece of the selected aircraft's way, or of anybody's last minutes. */
export const TRAIL_VERTEX_SHADER = `
${RIBBON}
attribute vec4 begin;
attribute vec4 end;
attribute vec4 kind;     // how it is drawn, when it was flown in s, 1 in a short trail, 1 if hidden
void main() {
  float age = timeS - kind.y;
  bool isShort = kind.z > 0.;
  if (kind.w > 0. || isShort && (age > ${SHORT_TRAIL_S}. || age < -10.)) { ${HIDE} }
  bool guessed = kind.x > 0.;
  opacity = isShort ? .7 * (1. - max(age, 0.) / ${SHORT_TRAIL_S}.) : guessed ? .55 : .95;
  dashes = kind.x > 1.5 ? 8. : 0.;
  ribbon(begin, end, (isShort ? 1.5 : 2.6) * (guessed ? .7 : 1.), guessed ? 0. : 1.);
}`;

/** From where an aircraft's short trail ends to where the aircraft is shown: a row of the aircraft's own buffer. */
export const JOINT_VERTEX_SHADER = `
${RIBBON}
${RECKONED}
attribute vec4 trail;
void main() {
  int flags = int(state.z);
  if ((flags & ${FLAG.hidden}) != 0 || dot(trail.xyz, trail.xyz) < .5) { ${HIDE} }
  Reckoned now = reckoned();
  bool guessed = now.sinceS > ${GUESSED_AFTER_S}.;
  opacity = guessed ? .35 : .7;
  dashes = guessed ? 8. : 0.;
  ribbon(trail, vec4(now.ground, now.altitudeM), guessed ? 1. : 1.5, 0.);
}`;

export const TRAIL_FRAGMENT_SHADER = `
${VARYINGS}
void main() {
  if (fract(along * dashes) > .5) discard;
  float edge = 1. - smoothstep(halfWidth - .2, halfWidth + 1., abs(across));
  gl_FragColor = vec4(tint, edge * opacity);
}`;
