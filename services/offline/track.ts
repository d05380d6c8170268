/** `deno task track FILE [--smooth]`: a recording as the filters see it, line for line. */
import { LATEST_UNIX } from "../../contracts/flight.ts";
import { normalDeg } from "../../core/geodesy.ts";
import { HorizontalFilter } from "../../core/track/horizontal.ts";
import { type Motion, smooth } from "../../core/track/smoother.ts";
import { HORIZONTAL, type HorizontalTuning } from "../../core/track/tuning.ts";
import { VerticalFilter } from "../../core/track/vertical.ts";
import { readLines } from "../ingest/lines.ts";
import { Misuse, Output, Progress, run, say, unreadable } from "./command.ts";

const HELP = `Prints the estimated state for every line of a recording, with the line's own keys.

Usage: deno task track FILE [--smooth]

  FILE       a recording, plain or gzip: a JSON report a line (see README.md; no envelopes, and none of
             the other forms), of one aircraft or of many, in order of time; what has no icao24 is one
             aircraft
  --smooth   estimates that know what comes after, too: whole flights are kept in memory

lat, lon (degrees), baro_altitude (m), velocity (m/s), true_track (degrees) and vertical_rate (m/s) are
estimates, null where nothing is known; everything else is as it was. A line that is no report is
printed as it is; a file of none fails. A summary goes to stderr.

Exit codes: 0 done, 1 it failed, 2 called wrongly.
`;

type Line = Record<string, unknown>;

const TEXT = new TextDecoder();

/** A number, or NaN. */
function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : NaN;
}

/** The report in a line; undefined where it is none. */
export function motionOf(line: Line | undefined): Motion | undefined {
  const time = number(line?.time);
  // Milliseconds would be another time, and other speeds.
  if (!line || !(time <= LATEST_UNIX)) return undefined;
  const lat = number(line.lat), lon = number(line.lon);
  const isPlace = Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return {
    atMs: time * 1000,
    lat: isPlace ? lat : NaN,
    lon: isPlace ? lon : NaN,
    altitudeM: number(line.baro_altitude),
    speedMps: number(line.velocity),
    trackDeg: normalDeg(number(line.true_track)),
    verticalRateMps: number(line.vertical_rate),
  };
}

/** One aircraft, filtered as reports come. */
export class Online {
  readonly #horizontal: HorizontalFilter;
  readonly #vertical = new VerticalFilter();

  constructor(tuning: HorizontalTuning = HORIZONTAL) {
    this.#horizontal = new HorizontalFilter(tuning);
  }

  next(report: Motion): Motion {
    const { atMs, lat, lon, altitudeM, speedMps, trackDeg, verticalRateMps } = report;
    const [horizontal, vertical] = [this.#horizontal, this.#vertical];
    horizontal.update(atMs, lat, lon, speedMps, trackDeg);
    vertical.update(atMs, altitudeM, verticalRateMps);
    return {
      atMs,
      lat: horizontal.lat,
      lon: horizontal.lon,
      altitudeM: vertical.altitudeM,
      speedMps: horizontal.speedMps,
      trackDeg: horizontal.trackDeg,
      verticalRateMps: vertical.rateMps,
    };
  }
}

/** The line with its estimates. */
function estimated(line: Line, motion: Motion): string {
  const to = (value: number, decimals: number) =>
    Number.isFinite(value) ? Number(value.toFixed(decimals)) : null;
  return JSON.stringify({
    ...line,
    lat: to(motion.lat, 7),
    lon: to(motion.lon, 7),
    baro_altitude: to(motion.altitudeM, 2),
    velocity: to(motion.speedMps, 3),
    true_track: to(motion.trackDeg, 3),
    vertical_rate: to(motion.verticalRateMps, 3),
  });
}

function parsed(bytes: Uint8Array): Line | undefined {
  try {
    const value: unknown = JSON.parse(TEXT.decode(bytes));
    return typeof value === "object" && value !== null ? value as Line : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Filters a recording and gives each line with its estimates to `onLine`, in the order of the file.
 * @throws Error where no line is a report
 */
export async function track(
  file: string,
  isSmoothed: boolean,
  onLine: (line: string) => void,
  tuning: HorizontalTuning = HORIZONTAL,
): Promise<{ reports: number; others: number; aircraft: number }> {
  const online = new Map<string, Online>();
  // For smoothing: the lines, and of each aircraft which of them are its reports.
  const kept: { text: string; line: Line; motion: Motion | undefined }[] = [];
  const flights = new Map<string, number[]>();
  let [reports, others] = [0, 0];
  for await (const lines of readLines(file)) {
    for (const bytes of lines) {
      if (bytes.length === 0) continue;
      const line = parsed(bytes);
      const motion = motionOf(line);
      const icao24 = String(line?.icao24 ?? "");
      if (motion) reports++;
      else others++;
      if (isSmoothed) {
        const text = motion ? "" : TEXT.decode(bytes);
        if (motion) {
          const own = flights.get(icao24);
          if (own) own.push(kept.length);
          else flights.set(icao24, [kept.length]);
        }
        kept.push({ text, line: line ?? {}, motion });
        continue;
      }
      if (!motion) {
        onLine(TEXT.decode(bytes));
        continue;
      }
      let own = online.get(icao24);
      if (!own) online.set(icao24, own = new Online(tuning));
      onLine(estimated(line!, own.next(motion)));
    }
  }
  if (reports === 0) {
    throw new Error(
      "no line is a JSON report with its time in Unix seconds, which is all that track reads " +
        "(README.md shows one); deno task detect reads envelopes and other recordings too",
    );
  }
  for (const own of flights.values()) {
    const smoothed = smooth(own.map((i) => kept[i]!.motion!), tuning);
    own.forEach((i, k) => kept[i]!.text = estimated(kept[i]!.line, smoothed[k]!));
  }
  for (const { text } of kept) onLine(text);
  return { reports, others, aircraft: Math.max(online.size, flights.size) };
}

async function main(args: string[]): Promise<number> {
  const files = args.filter((arg) => !arg.startsWith("-"));
  const wrong = args.find((arg) => arg.startsWith("-") && arg !== "--smooth");
  if (wrong) throw new Misuse(`There is no option ${wrong}; see --help`);
  const [file] = files;
  if (!file || files.length > 1) {
    throw new Misuse("Say one recording: deno task track FILE [--smooth]");
  }
  const [output, progress] = [new Output(), new Progress()];
  const startedMs = performance.now();
  let printed = 0;
  const { reports, others, aircraft } = await track(file, args.includes("--smooth"), (line) => {
    output.line(line);
    printed++;
    progress.at(() => `${file}: ${printed.toLocaleString("en")} lines`);
  }).catch((error) => {
    throw unreadable(file, error);
  });
  output.flush();
  progress.end();
  const tookS = ((performance.now() - startedMs) / 1000).toFixed(1);
  say(`${reports} reports of ${aircraft} aircraft, ${others} other lines, in ${tookS} s\n`);
  return 0;
}

if (import.meta.main) await run(HELP, main);
