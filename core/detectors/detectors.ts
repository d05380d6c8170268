/** Every detector of one aircraft. Each is one file; this is the list of them. */
import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import { Circling, Loitering } from "./circling.ts";
import { EmergencyDescent } from "./emergency_descent.ts";
import { EmergencySquawk } from "./emergency_squawk.ts";
import { FrozenPosition } from "./frozen_position.ts";
import { GoAround } from "./go_around.ts";
import { GnssSpoofing } from "./gnss_spoofing.ts";
import { Holding } from "./holding.ts";
import { LowAltitude } from "./low_altitude.ts";
import { RapidAltitudeChange } from "./rapid_altitude_change.ts";
import { SignalLoss } from "./signal_loss.ts";
import { UnusualSpeed } from "./unusual_speed.ts";

/**
 * What looks at one aircraft: it keeps the little it must remember, and says what stands now. What it
 * remembers is plain data in ordinary properties, so that it can be stored and go on elsewhere.
 */
export interface Detector {
  /** What stands after the track's newest report, which came after all others; undefined when nothing does. */
  observe(track: Track): Finding | undefined;
}

/** One of each, for an aircraft that was not there before. */
export function newDetectors(): Detector[] {
  return [
    new EmergencySquawk(),
    new EmergencyDescent(),
    new RapidAltitudeChange(),
    new UnusualSpeed(),
    new FrozenPosition(),
    new SignalLoss(),
    new GoAround(),
    new LowAltitude(),
    new GnssSpoofing(),
    new Circling(),
    new Loitering(),
    new Holding(),
  ];
}
