/** Every detector of one aircraft. Each is one file; this is the list of them. */
import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import { Circling } from "./circling.ts";
import { EmergencyDescent } from "./emergency_descent.ts";
import { EmergencySquawk } from "./emergency_squawk.ts";
import { FrozenPosition } from "./frozen_position.ts";
import { GoAround } from "./go_around.ts";
import { GnssSpoofing } from "./gnss_spoofing.ts";
import { Holding } from "./holding.ts";
import { Loitering } from "./loitering.ts";
import { LowAltitude } from "./low_altitude.ts";
import { RapidAltitudeChange } from "./rapid_altitude_change.ts";
import { SignalLoss } from "./signal_loss.ts";
import { UnusualSpeed } from "./unusual_speed.ts";

/**
 * What looks at one aircraft: it keeps the little it must remember, and says what stands now. What it
 * remembers is plain data in ordinary properties, so that it can be stored and go on elsewhere. Where
 * nothing goes on, as with most aircraft, that is one constant for all of them: it is replaced, never changed.
 */
export interface Detector {
  /** What stands after the track's newest report, which came after all others; undefined when nothing does. */
  observe(track: Track): Finding | undefined;
  /** What it had waited to tell, should the aircraft not be heard of again. */
  leave?(track: Track): Finding | readonly Finding[] | undefined;
}

/** One of each; whoever was there before has its silences still to be judged. */
export function newDetectors(signalLoss = new SignalLoss()): Detector[] {
  return [
    new EmergencySquawk(),
    new EmergencyDescent(),
    new RapidAltitudeChange(),
    new UnusualSpeed(),
    new FrozenPosition(),
    signalLoss,
    new GoAround(),
    new LowAltitude(),
    new GnssSpoofing(),
    new Circling(),
    new Loitering(),
    new Holding(),
  ];
}
