/** The instruments of the cockpit, in SVG over the canvas: what is drawn once, and what moves. */
import { figure, UNITS, type Units } from "../format.ts";
import type { Flown } from "./cockpit.ts";
import type { Area } from "./camera.ts";
import type { Spot } from "./controls.ts";

/** How much lies between two marks of a tape. */
const MARKS_APART: Readonly<Record<Units, Readonly<Record<"speed" | "altitude", number>>>> = {
  aviation: { speed: 10, altitude: 100 },
  metric: { speed: 20, altitude: 50 },
  imperial: { speed: 10, altitude: 100 },
};

/** Another aircraft as the pilot sees it. */
export interface Traffic {
  readonly name: string;
  readonly spot: Spot;
  readonly relativeM: number;
  readonly climbMps: number;
}

/** Where things of the world are on the canvas; undefined behind the viewer. */
export interface Bearings {
  /** The horizon ahead (a level direction, not the earth's edge), and 10° above it. */
  readonly horizon: Spot | undefined;
  readonly tenUp: Spot | undefined;
  readonly nose: Spot | undefined;
  readonly path: Spot | undefined;
}

const SVG = "http://www.w3.org/2000/svg";
const MARKS = 13;
const MARK_PX = 24;
const TAPE = { width: 84, height: 260 };
const COMPASS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
const MOST_TRAFFIC = 8;

function make<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

function setText(node: Element, text: string) {
  if (node.textContent !== text) node.textContent = text;
}

/** Marks and numbers that run past a fixed pointer. */
class Tape {
  readonly group = make("g", { class: "tape" });
  readonly #moving = make("g", {});
  readonly #marks: { readonly group: SVGGElement; readonly text: SVGTextElement }[] = [];
  readonly #number = make("text", { class: "number", "text-anchor": "middle", dy: "0.36em" });
  readonly #title = make("text", { class: "title", "text-anchor": "middle" });
  #base: number | undefined;

  constructor(id: string, side: "left" | "right") {
    const { width, height } = TAPE;
    const clip = `hud-${id}`;
    const inner = side === "left" ? width / 2 : -width / 2;
    const towards = side === "left" ? -1 : 1;
    for (let i = 0; i < MARKS; i++) {
      const text = make("text", {
        x: inner + towards * 20,
        dy: "0.36em",
        "text-anchor": side === "left" ? "end" : "start",
      });
      const group = make("g", {}, make("path", { d: `M${inner} 0h${towards * 12}` }), text);
      this.#marks.push({ group, text });
      this.#moving.append(group);
    }
    const box = side === "left"
      ? `M${-width / 2 - 8}-17h${width}l10 17-10 17h${-width}Z`
      : `M${width / 2 + 8}-17h${-width}l-10 17 10 17h${width}Z`;
    this.group.append(
      make(
        "clipPath",
        { id: clip },
        make("rect", { x: -width / 2, y: -height / 2, width, height, rx: 8 }),
      ),
      make("rect", { class: "back", x: -width / 2, y: -height / 2, width, height, rx: 8 }),
      make("g", { "clip-path": `url(#${clip})` }, this.#moving),
      make("path", { class: "box", d: box }),
      this.#number,
      this.#title,
    );
    this.#number.setAttribute("x", side === "left" ? "-8" : "8");
    this.#title.setAttribute("y", String(-height / 2 - 10));
  }

  /** Shows a value in SI; NaN is shown as not known. */
  show(si: number, quantity: "speed" | "altitude", units: Units, title: string) {
    const { name, perSi } = UNITS[units][quantity];
    const mark = MARKS_APART[units][quantity];
    setText(this.#title, `${title} ${name}`);
    setText(this.#number, figure(si, quantity, units));
    this.#moving.style.display = Number.isFinite(si) ? "" : "none";
    if (!Number.isFinite(si)) return;
    const value = si * perSi;
    const base = Math.round(value / mark);
    const offset = (value / mark - base) * MARK_PX;
    this.#moving.setAttribute("transform", `translate(0 ${offset.toFixed(2)})`);
    if (base * mark === this.#base) return;
    this.#base = base * mark;
    this.#marks.forEach(({ group, text }, i) => {
      const step = (MARKS - 1) / 2 - i;
      const at = (base + step) * mark;
      group.setAttribute("transform", `translate(0 ${-step * MARK_PX})`);
      // Every other mark has its number.
      setText(text, (base + step) % 2 === 0 ? at.toLocaleString("en") : "");
      group.style.opacity = at < 0 && quantity === "speed" ? "0" : "";
    });
  }
}

export class Hud {
  readonly element = document.createElement("div");
  readonly #svg = make("svg", { "aria-hidden": "true" });
  readonly #ladder = make("g", { class: "ladder" });
  readonly #middle = make("rect", {});
  readonly #nose = make("path", { class: "nose", d: "M-46 0h26l10 14 10-14 10 14 10-14h26" });
  readonly #path = make(
    "g",
    { class: "path" },
    make("circle", { r: 8 }),
    make("path", { d: "M-22 0h14M8 0h14M0-8v-9" }),
  );
  readonly #speed = new Tape("speed", "left");
  readonly #altitude = new Tape("altitude", "right");
  readonly #climb = make("g", { class: "climb" });
  readonly #climbNumber = make("text", { "text-anchor": "start", x: 14, dy: "0.36em" });
  readonly #climbNeedle = make("path", {});
  readonly #compass = make("g", { class: "compass" });
  readonly #compassMarks: { readonly group: SVGGElement; readonly text: SVGTextElement }[] = [];
  readonly #compassMoving = make("g", {});
  readonly #compassNumber = make("text", {
    class: "number",
    "text-anchor": "middle",
    dy: "0.36em",
  });
  readonly #bank = make("path", { class: "bank-needle", d: "M0-149l-7 12h14Z" });
  readonly #fixed = make("g", {});
  readonly #traffic: { readonly group: SVGGElement; readonly text: SVGTextElement }[] = [];
  readonly #note = document.createElement("p");
  readonly #side = document.createElement("button");
  #compassBase: number | undefined;
  #pixelsPerDeg = 0;
  /** Where the instruments are, in CSS pixels, and how large. */
  #place = { x: 0, y: 0, scale: 1, aside: 0 };

  /** `onSide` is asked to sit elsewhere, `onLeave` to get out. */
  constructor(parent: HTMLElement, onSide: () => void, onLeave: () => void) {
    this.element.className = "hud";
    this.element.hidden = true;
    this.#buildCompass();
    this.#climb.append(
      make("path", { class: "scale", d: "M0-110V110M0-110h8M0 0h8M0 110h8M0-55h5M0 55h5" }),
      this.#climbNeedle,
      this.#climbNumber,
    );
    const arc = [-30, -20, -10, 0, 10, 20, 30].map((deg) =>
      make("path", {
        d: `M0-150v${deg % 30 === 0 ? -12 : -7}`,
        transform: `rotate(${deg})`,
      })
    );
    const bank = make("g", { class: "bank" }, ...arc, this.#bank);
    this.#fixed.append(
      this.#speed.group,
      this.#altitude.group,
      this.#climb,
      this.#compass,
      bank,
    );
    const traffic = make("g", { class: "traffic" });
    for (let i = 0; i < MOST_TRAFFIC; i++) {
      const text = make("text", { x: 12, dy: "0.36em" });
      const group = make("g", {}, make("path", { d: "M0-7 7 0 0 7-7 0Z" }), text);
      group.style.display = "none";
      this.#traffic.push({ group, text });
      traffic.append(group);
    }
    const clip = make("clipPath", { id: "hud-middle" }, this.#middle);
    const inTheMiddle = make("g", { "clip-path": "url(#hud-middle)" }, this.#ladder);
    this.#svg.append(clip, inTheMiddle, traffic, this.#path, this.#nose, this.#fixed);
    const leave = document.createElement("button");
    leave.type = this.#side.type = "button";
    leave.textContent = "Leave";
    leave.ariaLabel = "Leave the cockpit";
    leave.addEventListener("click", onLeave);
    this.#side.addEventListener("click", onSide);
    this.#note.textContent = "Pitch and bank: derived";
    this.#note.title = "Aircraft do not send them";
    const bar = document.createElement("div");
    bar.className = "hud-bar";
    bar.append(this.#note, this.#side, leave);
    this.element.append(this.#svg, bar);
    parent.append(this.element);
  }

  /** Lays the instruments out in the part of the canvas that no panel covers. */
  resize(width: number, height: number, free: Area) {
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    // Where there is little room the buttons below take some of it.
    const bar = free.height < 480 ? 60 : 0;
    const scale = Math.min(1, free.width / 560, (free.height - bar) / 430);
    const [x, y] = [free.x + free.width / 2, free.y + (free.height - bar) / 2];
    this.#fixed.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    const middle = {
      x: x - 210 * scale,
      y: y - 138 * scale,
      width: 420 * scale,
      height: 310 * scale,
    };
    for (const [name, value] of Object.entries(middle)) {
      this.#middle.setAttribute(name, String(value));
    }
    const aside = Math.min(285, free.width / scale / 2 - TAPE.width / 2 - 22);
    this.#place = { x, y, scale, aside };
    this.#speed.group.setAttribute("transform", `translate(${-aside} 0)`);
    this.#altitude.group.setAttribute("transform", `translate(${aside - 46} 0)`);
    this.#climb.setAttribute("transform", `translate(${aside + 16} 0)`);
    this.#compass.setAttribute("transform", "translate(0 -204)");
    this.element.style.setProperty("--hud-x", `${x}px`);
    this.element.style.setProperty(
      "--hud-bottom",
      `${height - free.y - free.height + (bar ? 4 : 26)}px`,
    );
    this.element.style.setProperty("--hud-width", `${free.width}px`);
  }

  show(flown: Flown | undefined, units: Units, bearings: Bearings, isChase: boolean) {
    this.element.hidden = !flown;
    if (!flown) return;
    this.#speed.show(flown.speedMps, "speed", units, "GS");
    this.#altitude.show(flown.altitudeM, "altitude", units, "ALT");
    this.#showClimb(flown.climbMps, units);
    this.#showCompass(flown.headingDeg);
    this.#bank.setAttribute("transform", `rotate(${(-flown.bankDeg).toFixed(1)})`);
    setText(this.#side, isChase ? "Nose" : "Behind");
    this.#side.ariaLabel = isChase ? "Sit in the nose" : "Fly behind it";
    move(this.#nose, bearings.nose);
    move(this.#path, bearings.path);
    this.#showLadder(bearings);
  }

  /** Marks the nearest traffic; `perSi` and the hundreds are those of the altitude's unit. */
  showTraffic(traffic: readonly Traffic[], units: Units) {
    const { perSi } = UNITS[units].altitude;
    const mark = MARKS_APART[units].altitude;
    const clear = traffic.filter(({ spot }) => !this.#isBehindTapes(spot));
    this.#traffic.forEach(({ group, text }, i) => {
      const other = clear[i];
      move(group, other?.spot);
      if (!other) return;
      const hundreds = Math.round(other.relativeM * perSi / mark);
      const sign = hundreds < 0 ? "−" : "+";
      const trend = other.climbMps > 2.5 ? " ↑" : other.climbMps < -2.5 ? " ↓" : "";
      setText(text, `${other.name}  ${sign}${String(Math.abs(hundreds)).padStart(2, "0")}${trend}`);
    });
  }

  /** There its words would cover figures. */
  #isBehindTapes({ x, y }: Spot): boolean {
    const { x: middle, y: height, scale, aside } = this.#place;
    const [across, up] = [(x - middle) / scale, Math.abs(y - height) / scale];
    if (up > TAPE.height / 2 + 20) return false;
    return Math.abs(across + aside) < TAPE.width / 2 + 14 ||
      across > aside - 46 - TAPE.width / 2 - 120 && across < aside + 80;
  }

  close() {
    this.element.remove();
  }

  #showClimb(climbMps: number, units: Units) {
    const known = Number.isFinite(climbMps);
    // 6 000 ft/min fill the scale; small rates, which are the usual ones, get most of it.
    const part = known ? Math.sign(climbMps) * Math.min(1, Math.sqrt(Math.abs(climbMps) / 30)) : 0;
    const y = -110 * part;
    this.#climbNeedle.setAttribute("d", `M0 0V${y.toFixed(1)}l9-5v10l-9-5`);
    this.#climbNumber.setAttribute("y", y.toFixed(1));
    // The last digits would never rest.
    const step = units === "metric" ? 0.1 : 50 / UNITS[units].rate.perSi;
    setText(this.#climbNumber, figure(Math.round(climbMps / step) * step, "rate", units));
  }

  #buildCompass() {
    const [width, height] = [330, 38];
    for (let i = 0; i < MARKS; i++) {
      const text = make("text", { "text-anchor": "middle", y: 2, dy: "0.36em" });
      const group = make("g", {}, make("path", { d: `M0 ${height / 2}v-7` }), text);
      this.#compassMarks.push({ group, text });
      this.#compassMoving.append(group);
    }
    const box = { x: -width / 2, y: -height / 2, width, height, rx: 8 };
    this.#compass.append(
      make("clipPath", { id: "hud-compass" }, make("rect", box)),
      make("rect", { class: "back", ...box }),
      make("g", { "clip-path": "url(#hud-compass)" }, this.#compassMoving),
      make("path", {
        class: "box",
        d: `M-30 ${-height / 2 - 3}h60v${height}h-20l-10 10-10-10h-20Z`,
      }),
      this.#compassNumber,
    );
  }

  #showCompass(headingDeg: number) {
    setText(this.#compassNumber, `${String(Math.round(headingDeg) % 360).padStart(3, "0")}°`);
    const base = Math.round(headingDeg / 10);
    const offset = (base - headingDeg / 10) * 36;
    this.#compassMoving.setAttribute("transform", `translate(${offset.toFixed(2)} 0)`);
    if (base === this.#compassBase) return;
    this.#compassBase = base;
    this.#compassMarks.forEach(({ group, text }, i) => {
      const step = i - (MARKS - 1) / 2;
      const deg = (((base + step) * 10) % 360 + 360) % 360;
      group.setAttribute("transform", `translate(${step * 36} 0)`);
      setText(text, deg % 45 === 0 ? COMPASS[deg / 45]! : String(deg).padStart(3, "0"));
    });
  }

  /** The ladder stands still against the world: the horizon's place and tilt are the camera's doing. */
  #showLadder({ horizon, tenUp }: Bearings) {
    this.#ladder.style.display = horizon && tenUp ? "" : "none";
    if (!horizon || !tenUp) return;
    const [dx, dy] = [tenUp.x - horizon.x, tenUp.y - horizon.y];
    const perDeg = Math.hypot(dx, dy) / 10;
    if (Math.abs(perDeg - this.#pixelsPerDeg) > 0.2) this.#buildLadder(perDeg);
    const tilt = Math.atan2(dx, -dy) * 180 / Math.PI;
    this.#ladder.setAttribute(
      "transform",
      `translate(${horizon.x.toFixed(1)} ${horizon.y.toFixed(1)}) rotate(${tilt.toFixed(2)})`,
    );
  }

  #buildLadder(perDeg: number) {
    this.#pixelsPerDeg = perDeg;
    this.#ladder.replaceChildren();
    for (let deg = -20; deg <= 20; deg += 5) {
      const y = -deg * perDeg;
      const wide = deg === 0 ? 190 : deg % 10 === 0 ? 74 : 52;
      const gap = deg === 0 ? 62 : 34;
      const end = deg === 0 ? "" : deg > 0 ? "v7" : "v-7";
      this.#ladder.append(
        make("path", {
          class: deg === 0 ? "level" : deg < 0 ? "below" : "",
          d: `M${-gap} ${y}H${-wide}${end}M${gap} ${y}H${wide}${end}`,
        }),
      );
      if (deg === 0 || deg % 10 !== 0) continue;
      for (const side of [-1, 1]) {
        this.#ladder.append(
          make(
            "text",
            { x: side * (wide + 8), y, dy: "0.36em", "text-anchor": side < 0 ? "end" : "start" },
            String(deg),
          ),
        );
      }
    }
  }
}

function move(element: SVGElement, spot: Spot | undefined) {
  element.style.display = spot ? "" : "none";
  if (spot) {
    element.setAttribute("transform", `translate(${spot.x.toFixed(1)} ${spot.y.toFixed(1)})`);
  }
}
