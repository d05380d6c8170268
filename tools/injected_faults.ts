/**
 * Faults put into recorded flights: of each kind that has to be told, over a wide range of what it may be,
 * and beside them what looks like it and must be left alone.
 */
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { destination, normalDeg } from "../core/geodesy.ts";
import { type Base, type Bases, changed, type Faulty, stepped } from "./injected_bases.ts";
import { jamming, pass } from "./injected_several.ts";

export interface Fault {
  readonly name: string;
  readonly event: string;
  readonly asked: string;
  make(bases: Bases): Faulty;
}

const FT_PER_MIN = 0.00508;
const EMERGENCIES = ["7500", "7600", "7700"] as const;

const anywhere = () => true;
const isFlown = ({ velocity_mps }: FlightPayload) => velocity_mps! > 60;
const inCruise = ({ altitude_m, velocity_mps }: FlightPayload) =>
  altitude_m! > 8_000 && velocity_mps! > 180;

export const FAULTS: readonly Fault[] = [
  { name: "squawk 7500, 7600 or 7700", event: "emergency_squawk", asked: "F1 1", make: squawk },
  {
    name: "one report of it, or two minutes apart",
    event: "emergency_squawk",
    asked: "none",
    make: squawkGlitch,
  },
  {
    name: "descent from cruise, 4 500 to 8 000 ft/min, rates said, in part or not",
    event: "emergency_descent",
    asked: "0.95",
    make: emergencyDescent,
  },
  {
    name: "descent from cruise, 2 500 to 3 500 ft/min",
    event: "emergency_descent",
    asked: "none",
    make: descentInService,
  },
  {
    name: "one altitude off by 300 to 5 000 m",
    event: "emergency_descent",
    asked: "none",
    make: altitudeSpike,
  },
  {
    name: "speed up to twice, or down to a fifth",
    event: "unusual_speed",
    asked: "0.98",
    make: speed,
  },
  { name: "one report of it", event: "unusual_speed", asked: "", make: speedGlitch },
  { name: "position 20 to 400 km off", event: "gnss_spoofing", asked: "0.95", make: jump },
  {
    name: "position 8 to 20 km off, heard every two seconds or more often",
    event: "gnss_spoofing",
    asked: "0.95",
    make: nearJump,
  },
  { name: "position circles elsewhere", event: "gnss_spoofing", asked: "0.95", make: circle },
  {
    name: "position drifts at 10 to 20 m/s",
    event: "gnss_spoofing",
    asked: "0.95",
    make: (bases) => drift(bases, 10, 20),
  },
  {
    name: "position drifts at 5 to 10 m/s",
    event: "gnss_spoofing",
    asked: "",
    make: (bases) => drift(bases, 5, 10),
  },
  {
    name: "one position off by 3 to 300 km",
    event: "gnss_spoofing",
    asked: "none",
    make: positionOutlier,
  },
  {
    name: "position held for 5 to 18 s",
    event: "gnss_spoofing",
    asked: "none",
    make: (bases) => held(bases, 5, 18, false),
  },
  {
    name: "position held for 25 to 300 s",
    event: "frozen_position",
    asked: "0.98",
    make: (bases) => held(bases, 25, 300, true),
  },
  {
    name: "5 200 to 8 000 ft/min for 20 to 60 s",
    event: "rapid_altitude_change",
    asked: "0.95",
    make: rapidChange,
  },
  {
    name: "3, 4 or 8 aircraft lose integrity, others around do not",
    event: "gps_jamming",
    asked: "1",
    make: (bases) => jamming(bases, bases.one([3, 4, 8])),
  },
  {
    name: "4 aircraft lose integrity, of which half of the reports say nothing",
    event: "gps_jamming",
    asked: "",
    make: (bases) => silentOfIntegrity(bases, jamming(bases, 4)),
  },
  {
    name: "one aircraft loses integrity",
    event: "gps_jamming",
    asked: "none",
    make: (bases) => jamming(bases, 1),
  },
  {
    name: "another within 2.8 km and 240 m: crossing, head-on, overtaking, climbing through",
    event: "proximity",
    asked: "0.95",
    make: (bases) => pass(bases, bases.one(["crossing", "head-on", "overtaking", "climbing"])),
  },
  {
    name: "another 6 to 12 NM or 400 to 900 m off",
    event: "proximity",
    asked: "none",
    make: (bases) => pass(bases, bases.one(["beside", "above"])),
  },
];

/** One report changed, and some of those around it lost. */
function glitched(
  bases: Bases,
  { own, at, everyS }: Base,
  fields: (flight: FlightPayload) => Partial<FlightPayload>,
): Faulty {
  const lost = () => bases.random() < 0.5 ? 0 : Math.floor(bases.between(1, 1 + 15 / everyS));
  const [before, after] = [lost(), lost()];
  const isKept = (_: unknown, i: number) => i === at || i < at - before || i > at + after;
  const flights = own.map((flight, i) => i === at ? { ...flight, ...fields(flight) } : flight);
  return { flights: flights.filter(isKept), without: own.filter(isKept), truth: [] };
}

function squawk(bases: Bases): Faulty {
  const lastsS = bases.between(30, 600);
  const code = bases.one(EMERGENCIES);
  // Few in a few reports are one at the most.
  const silentPart = lastsS < 200 ? 0 : bases.one([0, 0.3, 0.6]);
  return changed(bases.find(lastsS, anywhere), lastsS, (_, s) => ({
    squawk: s > 0 && bases.random() < silentPart ? null : code,
  }));
}

function squawkGlitch(bases: Bases): Faulty {
  const { own, ...base } = bases.find(60, anywhere);
  const code = bases.one(EMERGENCIES);
  const isMute = bases.random() < 0.3, isTwice = bases.random() < 0.3;
  const said = isMute ? own.map((flight) => ({ ...flight, squawk: null })) : own;
  const { flights, ...made } = glitched(bases, { ...base, own: said }, () => ({ squawk: code }));
  const again = isTwice ? flights.length - 3 : -1;
  return {
    ...made,
    flights: flights.map((flight, i) => i === again ? { ...flight, squawk: code } : flight),
  };
}

/** Down from cruise, to the end, with the rate said in so many of the reports. */
function descent(bases: Bases, lastsS: number, rateMps: number, toM: number): Faulty {
  const unsaidPart = bases.one([0, 0.5, 1]);
  const { own, at, everyS } = bases.find(lastsS, inCruise);
  const said = own.map((flight) =>
    unsaidPart === 1 ? { ...flight, vertical_rate_mps: null } : flight
  );
  const fromM = own[at]!.altitude_m!;
  // The rate grows evenly while the descent begins.
  const rampS = bases.one([0, 0, 3, 6]);
  let toMs = NaN;
  const { flights, truth: [{ icao24, fromMs }] } = changed(
    { own: said, at, everyS },
    Infinity,
    (flight, s) => {
      const downM = s < rampS ? rateMps * s * s / (2 * rampS) : rateMps * (s - rampS / 2);
      const isDown = fromM - downM > toM;
      if (isDown) toMs = lastContactMs(flight);
      const saidMps = isDown && s > 0 ? -rateMps * Math.min(1, s / (rampS || 1)) : 0;
      return {
        ...stepped(Math.max(toM, fromM - downM)),
        vertical_rate_mps: bases.random() < unsaidPart ? null : saidMps + 0.3 * bases.noise(),
      };
    },
  );
  return { flights, truth: [{ icao24, fromMs, toMs }], without: own };
}

function emergencyDescent(bases: Bases): Faulty {
  const rateMps = bases.between(4500, 8000) * FT_PER_MIN;
  const { flights, truth } = descent(bases, 480, rateMps, bases.between(2500, 4500));
  return { flights, truth };
}

function descentInService(bases: Bases): Faulty {
  const rateMps = bases.between(2500, 3500) * FT_PER_MIN;
  const { flights, without } = descent(bases, 360, rateMps, 3000);
  return { flights, truth: [], without: without! };
}

function altitudeSpike(bases: Bases): Faulty {
  const { own, ...base } = bases.find(60, anywhere);
  const offM = bases.between(300, 5000) * bases.one([-1, 1]);
  const rate = bases.one([{}, {}, { vertical_rate_mps: -35 }]);
  const isUnsaid = bases.random() < 0.5;
  const said = isUnsaid ? own.map((flight) => ({ ...flight, vertical_rate_mps: null })) : own;
  return glitched(bases, { ...base, own: said }, ({ altitude_m }) => ({
    altitude_m: altitude_m! + offM,
    ...rate,
  }));
}

function rapidChange(bases: Bases): Faulty {
  const lastsS = bases.between(20, 60);
  const base = bases.find(
    lastsS + 60,
    ({ altitude_m, velocity_mps }) => altitude_m! > 2500 && velocity_mps! > 100,
  );
  const rateMps = bases.between(5200, 8000) * FT_PER_MIN * bases.one([-1, 1]);
  let toMs = NaN;
  const { flights, truth: [{ icao24, fromMs }] } = changed(base, Infinity, (flight, s) => {
    const isOn = s > 0 && s <= lastsS;
    if (isOn) toMs = lastContactMs(flight);
    return {
      ...stepped(flight.altitude_m! + rateMps * Math.min(s, lastsS)),
      vertical_rate_mps: isOn ? rateMps : 0,
    };
  });
  return { flights, truth: [{ icao24, fromMs, toMs }] };
}

/** Faster than 310 m/s, or slower than 90, at once or in a while; the positions say nothing of it. */
function speed(bases: Bases): Faulty {
  const lastsS = bases.between(60, 300);
  const base = bases.find(lastsS, inCruise);
  const mps = base.own[base.at]!.velocity_mps!;
  const factor = bases.random() < 0.5
    ? bases.between(325 / mps, Math.max(2, 340 / mps))
    : bases.between(0.2, Math.min(0.4, 80 / mps));
  const rampS = bases.one([0, 0, 10, 40]);
  let fromMs = NaN, toMs = NaN;
  const { flights, truth: [{ icao24 }] } = changed(base, lastsS, (flight, s) => {
    const part = rampS > 0 ? Math.min(1, s / rampS) : 1;
    const velocity_mps = flight.velocity_mps! * (1 + (factor - 1) * part);
    if (velocity_mps > 310 || velocity_mps < 90) {
      toMs = lastContactMs(flight);
      if (Number.isNaN(fromMs)) fromMs = toMs;
    }
    return { velocity_mps };
  });
  return { flights, truth: [{ icao24, fromMs, toMs }] };
}

function speedGlitch(bases: Bases): Faulty {
  const factor = bases.one([0.2, 0.3, 1.75, 2]);
  return glitched(bases, bases.find(60, inCruise), ({ velocity_mps }) => ({
    velocity_mps: velocity_mps! * factor,
  }));
}

function jump(bases: Bases): Faulty {
  const lastsS = bases.between(90, 900);
  const [farM, deg] = [bases.between(20_000, 400_000), bases.between(0, 360)];
  return changed(bases.find(lastsS, isFlown), lastsS, ({ position }) => ({
    position: destination(position, deg, farM),
  }));
}

function nearJump(bases: Bases): Faulty {
  const lastsS = bases.between(90, 900);
  const [farM, deg] = [bases.between(8_000, 20_000), bases.between(0, 360)];
  let base = bases.find(lastsS, isFlown);
  while (base.everyS > 2.1) base = bases.find(lastsS, isFlown);
  return changed(base, lastsS, ({ position }) => ({ position: destination(position, deg, farM) }));
}

function circle(bases: Bases): Faulty {
  const lastsS = bases.between(90, 900);
  const base = bases.find(lastsS, isFlown);
  const [farM, awayDeg] = [bases.between(60_000, 400_000), bases.between(0, 360)];
  const middle = destination(base.own[base.at]!.position, awayDeg, farM);
  const [radiusM, mps] = [bases.between(1500, 6000), bases.between(30, 120)];
  return changed(base, lastsS, (_, s) => {
    const deg = s * mps / radiusM * 180 / Math.PI;
    return {
      position: destination(middle, deg, radiusM),
      velocity_mps: mps,
      heading_deg: normalDeg(deg + 90),
    };
  });
}

function drift(bases: Bases, least: number, most: number): Faulty {
  const lastsS = bases.between(200, 600);
  const [mps, deg] = [bases.between(least, most), bases.between(0, 360)];
  const base = bases.find(lastsS, ({ velocity_mps }) => velocity_mps! > 100);
  return changed(base, lastsS, ({ position }, s) => ({
    position: destination(position, deg, mps * s),
  }));
}

function positionOutlier(bases: Bases): Faulty {
  const [farM, deg] = [3000 * 100 ** bases.random(), bases.between(0, 360)];
  return glitched(bases, bases.find(60, isFlown), ({ position }) => ({
    position: destination(position, deg, farM),
  }));
}

function held(bases: Bases, least: number, most: number, isFrozen: boolean): Faulty {
  const lastsS = bases.between(least, most);
  const base = bases.find(lastsS + 10, isFlown);
  const { position } = base.own[base.at]!;
  const { flights, truth } = changed(base, lastsS, () => ({ position }));
  return isFrozen ? { flights, truth } : { flights, truth: [], without: base.own };
}

/** As where two sources, of which one does not know, tell of one aircraft. */
function silentOfIntegrity(bases: Bases, { flights, truth }: Faulty): Faulty {
  const said = flights.map((flight) =>
    bases.random() < 0.5 ? { ...flight, nic: null, nac_p: null } : flight
  );
  return { flights: said, truth };
}
