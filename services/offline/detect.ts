/** `deno task detect FILE...`: the events of recordings, found as the process role finds them. */
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { AnomalyType } from "../../contracts/constants.ts";
import type { BoundingBox } from "../../contracts/flight.ts";
import type { AirportIndex } from "../../core/context/airports.ts";
import { Sky } from "../../core/sky.ts";
import { Watch } from "../../core/watch.ts";
import { loadAirportIndex } from "../airports.ts";
import { emptyBox, widen } from "../ingest/box.ts";
import { readRecording } from "../ingest/sources/formats.ts";
import { FAILED, Misuse, Output, Progress, run, say, unreadable } from "./command.ts";

const HELP = `Prints the events of recordings, one line of JSON each.

Usage: deno task detect FILE...

  FILE   a recording, plain or gzip, in order of time: JSON reports or envelopes a line, or one of the
         others that docs/feeds.md lists

Each line has icao24, event, start, stop, detected_at (Unix seconds of the recording), callsign,
severity, position, altitude_m, near_airport and details: the detector's figures against its
thresholds. Events come as they end; what was told and withdrawn is left out. Files are recordings of
their own. A summary goes to stderr, with the first line that was refused for each reason.

Exit codes: 0 done, 1 it failed or a file has no report, 2 called wrongly.
`;

/** The several-aircraft detectors are run after so many reports. */
const REPORTS_PER_RUN = 500;
/** Longer between two reports, and the aircraft is not taken to have flown here. */
const FLOWN_S = 120;

/** What the field calls it: one word for the three squawks, and the older name of jamming. */
export function eventName(type: AnomalyType): string {
  if (type.startsWith("SQUAWK_")) return "emergency_squawk";
  if (type === "GNSS_JAMMING") return "gps_jamming";
  return type.toLowerCase();
}

/** An anomaly as an event of the stream, times in Unix seconds. */
export interface Event {
  readonly icao24: string;
  readonly event: string;
  readonly start: number;
  readonly stop: number;
  readonly detected_at: number;
}

/** The event of an anomaly that is over. */
export function toEvent(anomaly: AnomalyPayload): Event {
  const seconds = (time: string) => Date.parse(time) / 1000;
  const { icao24, callsign, severity, position, altitude_m, near_airport, details } = anomaly;
  return {
    icao24,
    event: eventName(anomaly.anomaly_type),
    start: seconds(anomaly.started_at),
    stop: seconds(anomaly.resolved_at ?? anomaly.detected_at),
    detected_at: seconds(anomaly.detected_at),
    ...{ callsign, severity, position, altitude_m, near_airport, details },
  };
}

/** Whether it was told and has turned out to be nothing. */
export function isWithdrawn({ details }: AnomalyPayload): boolean {
  return details.withdrawn !== undefined;
}

/** What was read of recordings. */
export class Tally {
  reports = 0;
  flownS = 0;
  late = 0;
  /** Told, and taken back. */
  withdrawn = 0;
  /** By reason: how many, and the first of them. */
  readonly refused = new Map<string, { count: number; readonly first: string }>();
  readonly aircraft = new Set<string>();
  readonly events = new Map<string, number>();
}

/** Tells the events of one recording, each when it is over. */
export async function detect(
  file: string,
  airports: AirportIndex,
  onEvent: (event: Event) => void,
  tally = new Tally(),
  onLines: () => void = () => {},
): Promise<Tally> {
  const extent = await extentOf(file, onLines);
  const before = tally.reports;
  let firstRefused: string | undefined;
  const watch = new Watch(airports);
  const sky = new Sky(airports);
  const take = (anomalies: readonly AnomalyPayload[]) => {
    for (const anomaly of anomalies) {
      if (anomaly.state === "ACTIVE") continue;
      if (isWithdrawn(anomaly)) {
        tally.withdrawn++;
        continue;
      }
      const event = toEvent(anomaly);
      tally.events.set(event.event, (tally.events.get(event.event) ?? 0) + 1);
      onEvent(event);
    }
  };
  for await (const entries of readRecording(file)) {
    for (const { line, parsed } of entries) {
      if (!parsed.ok) {
        const { reason_code, reason } = parsed;
        firstRefused ??= `line ${line}: ${reason}`;
        const same = tally.refused.get(reason_code);
        if (same) same.count++;
        else tally.refused.set(reason_code, { count: 1, first: `${file}:${line}: ${reason}` });
        continue;
      }
      const { flight } = parsed.value;
      tally.reports++;
      tally.aircraft.add(flight.icao24);
      take(watch.observe(flight, extent));
      sky.observe(flight, 0);
      const track = watch.track(flight.icao24);
      if (track?.report !== flight) tally.late++;
      else if (track.dtS < FLOWN_S && !flight.on_ground) tally.flownS += track.dtS;
      if (tally.reports % REPORTS_PER_RUN === 0) take(sky.run());
    }
    onLines();
  }
  take(watch.close());
  take(sky.close());
  if (tally.reports === before) {
    const why = firstRefused ? ` (${firstRefused})` : "";
    throw new NoReport(
      `there is no report in it${why}; docs/feeds.md has the forms of recordings that are read`,
    );
  }
  return tally;
}

/** A file in which nothing is a report. */
class NoReport extends Error {}

/** What a recording looks at, as a replay says it of its own. */
export async function extentOf(
  file: string,
  onLines: () => void = () => {},
): Promise<BoundingBox> {
  const box = emptyBox();
  for await (const entries of readRecording(file)) {
    onLines();
    for (const { parsed } of entries) {
      if (parsed.ok) widen(box, parsed.value.flight.position);
    }
  }
  return box;
}

async function main(files: string[]): Promise<number> {
  const wrong = files.find((file) => file.startsWith("-"));
  if (wrong) throw new Misuse(`There is no option ${wrong}; see --help`);
  if (files.length === 0) throw new Misuse("Say which recordings: deno task detect FILE...");
  const airports = await loadAirportIndex();
  const [output, progress, tally] = [new Output(), new Progress(), new Tally()];
  const startedMs = performance.now();
  let code = 0;
  for (const file of files) {
    const print = (event: Event) => output.line(JSON.stringify(event));
    const before = tally.reports;
    await detect(file, airports, print, tally, () => {
      const reports = tally.reports - before;
      // It is read twice: at first for what area it looks at.
      progress.at(() =>
        `${file}: ${reports ? reports.toLocaleString("en") + " reports" : "reading"}`
      );
    }).catch((error) => {
      output.flush();
      const why = unreadable(file, error);
      if (!(error instanceof NoReport)) throw why;
      progress.end();
      // The other files are read all the same.
      say(`${why.message}\n`);
      code = FAILED;
    });
  }
  output.flush();
  progress.end();
  say(summary(tally, (performance.now() - startedMs) / 1000));
  return code;
}

function summary(tally: Tally, tookS: number): string {
  const count = (n: number) => n.toLocaleString("en");
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts].sort().map(([name, n]) => `${name} ${count(n)}`).join(", ") || "none";
  const refused = [...tally.refused].sort();
  return `${count(tally.reports)} reports of ${count(tally.aircraft.size)} aircraft, ` +
    `${(tally.flownS / 3600).toFixed(1)} flight hours, in ${tookS.toFixed(1)} s\n` +
    `Refused: ${
      list(new Map(refused.map(([code, { count }]) => [code, count])))
    }; late or repeated: ${count(tally.late)}\n` +
    refused.map(([, { first }]) => `  ${first}\n`).join("") +
    `Events: ${list(tally.events)}; told and withdrawn: ${count(tally.withdrawn)}\n`;
}

if (import.meta.main) await run(HELP, main);
