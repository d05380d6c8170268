/** Faults that take several aircraft: integrity that is lost together, and another that comes close. */
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { destination, distanceM, normalDeg } from "../core/geodesy.ts";
import { type Bases, type Faulty, inOrder, stepped, type Truth } from "./injected_bases.ts";

/** Several around one place, heard at the same times, of whom some lose integrity within 40 s. */
export function jamming(bases: Bases, count: number): Faulty {
  const lastsS = bases.between(60, 600);
  const { own, at } = bases.find(
    lastsS + 40,
    ({ velocity_mps, altitude_m }) => velocity_mps! > 90 && altitude_m! > 1500,
  );
  const lost = { nic: bases.one([0, 0, 2, 4]), nac_p: bases.one([0, 3, 4]) };
  const heardPart = bases.between(0.3, 0.8), offM = bases.one([0, 800, 2000]);
  const others = bases.one([0, 0, 2, 4, 8]);
  const flights: FlightPayload[] = [];
  const without: FlightPayload[] = [];
  const truth: Truth[] = [];
  for (let n = 0; n < count + others; n++) {
    const icao24 = `f${n.toString(16).padStart(5, "0")}`;
    const [deg, farM] = [bases.between(0, 360), bases.between(0, 80_000)];
    const sinceMs = lastContactMs(own[at]!) + bases.between(0, 40_000);
    let fromMs = NaN, toMs = NaN;
    for (const flight of own) {
      const position = destination(flight.position, deg, farM);
      const good = { ...flight, icao24, position, nic: 8, nac_p: 9 };
      const ms = lastContactMs(flight);
      const isLost = n < count && ms >= sinceMs && ms <= sinceMs + lastsS * 1000;
      if (isLost && ms > fromMs && bases.random() > heardPart) continue;
      without.push(good);
      if (!isLost) flights.push(good);
      else {
        if (Number.isNaN(fromMs)) fromMs = ms;
        toMs = ms;
        const wrong = destination(position, bases.between(0, 360), offM * Math.abs(bases.noise()));
        flights.push({ ...good, ...lost, position: wrong });
      }
    }
    if (n < count) truth.push({ icao24, fromMs, toMs });
  }
  return count > 1
    ? { flights: inOrder(flights), truth }
    : { flights: inOrder(flights), truth: [], without: inOrder(without) };
}

const RAD = Math.PI / 180;
/** What the labels call near: 5 NM and 1 000 ft. */
const NEAR_M = 9_260;
const NEAR_UP_M = 304.8;

/** A flight, and another that is made to come that close to it, straight on. */
export function pass(bases: Bases, how: string): Faulty {
  const [isOvertaking, isApart] = [how === "overtaking", how === "beside" || how === "above"];
  // Who is below the other is not low.
  const leastM = isApart ? 3000 : 1200;
  const { own, at } = bases.find(
    240,
    ({ velocity_mps, altitude_m }) =>
      velocity_mps! > (isOvertaking ? 125 : 85) && altitude_m! > leastM,
  );
  const closestMs = lastContactMs(own[at]!) + (isOvertaking ? 200_000 : 120_000);
  const met = own.find((flight) => lastContactMs(flight) >= closestMs)!;
  const metMs = lastContactMs(met);
  const turnDeg = how === "head-on"
    ? bases.between(165, 195)
    : isOvertaking
    ? bases.between(-10, 10)
    : bases.one([-1, 1]) * bases.between(40, 140);
  const courseDeg = normalDeg(met.heading_deg! + turnDeg);
  const mps = isOvertaking
    ? met.velocity_mps! + bases.one([-1, 1]) * bases.between(30, 50)
    : bases.between(115, 250);
  const missM = how === "beside" ? bases.between(11_500, 22_000) : bases.between(50, 2800);
  const upM = bases.one([-1, 1]) *
    (how === "above" ? bases.between(400, 900) : bases.between(0, 240));
  const climbMps = how === "climbing" ? bases.one([-1, 1]) * bases.between(8, 15) : 0;
  // At its closest, the other is square to how the two move against one another.
  const ownRad = met.heading_deg! * RAD, courseRad = courseDeg * RAD;
  const eastMps = mps * Math.sin(courseRad) - met.velocity_mps! * Math.sin(ownRad);
  const northMps = mps * Math.cos(courseRad) - met.velocity_mps! * Math.cos(ownRad);
  const squareDeg = Math.atan2(eastMps, northMps) / RAD + bases.one([-90, 90]);
  const place = destination(met.position, squareDeg, missM);
  const other = own.map((flight): FlightPayload => {
    const s = (lastContactMs(flight) - metMs) / 1000;
    return {
      ...flight,
      icao24: "f00000",
      callsign: "OTHER",
      squawk: null,
      position: destination(place, s < 0 ? courseDeg + 180 : courseDeg, mps * Math.abs(s)),
      velocity_mps: mps,
      heading_deg: courseDeg,
      vertical_rate_mps: climbMps,
      ...stepped(met.altitude_m! + upM + climbMps * s),
    };
  });
  const nearMs = own.filter((flight, i) =>
    distanceM(flight.position, other[i]!.position) < NEAR_M &&
    Math.abs(flight.altitude_m! - other[i]!.altitude_m!) < NEAR_UP_M
  ).map(lastContactMs);
  const flights = inOrder([...own, ...other]);
  // It may have turned or climbed towards the other by itself.
  if (isApart && nearMs.length > 0) return pass(bases, how);
  if (isApart) return { flights, truth: [], without: own };
  return {
    flights,
    truth: [{ icao24: own[0]!.icao24, fromMs: nearMs[0]!, toMs: nearMs.at(-1)! }],
  };
}
