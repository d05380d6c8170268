/**
 * One picture from what several sources say of the same aircraft: field by field the best and newest
 * wins, positions pass the gate, and what says nothing new is dropped. Time is the reports' own.
 */
import type { FlightPayload } from "../contracts/flight.ts";
import { countryOf } from "./address_blocks.ts";
import type { LatLon } from "./geodesy.ts";
import { OUTRANKS_FOR_MS, PositionGate, rankOf, type Verdict } from "./position_gate.ts";

/** What one source says of one aircraft: the contract's fields, any but address and time unknown. */
export type Report =
  & Partial<Omit<FlightPayload, "icao24" | "last_contact_unix" | "provenance" | "position">>
  & Pick<FlightPayload, "icao24" | "last_contact_unix">
  & { position?: LatLon | null };

/** What becomes of a report: news for whoever listens, or why it is none. */
export type Merged =
  | { readonly kind: "news"; readonly flight: FlightPayload; readonly source: string }
  | { readonly kind: Exclude<Verdict, "new"> | "no_position" };

/** Who an aircraft is does not change while it is there. */
const IDENTITY = [
  "callsign",
  "origin_country",
  "category",
  "registration",
  "aircraft_type",
] as const;
/** What it does grows old. */
const MOTION = [
  "altitude_m",
  "geo_altitude_m",
  "velocity_mps",
  "heading_deg",
  "vertical_rate_mps",
  "on_ground",
  "squawk",
  "spi",
  "emergency",
  "nic",
  "nac_p",
  "selected_altitude_m",
  "qnh_hpa",
  "ias_mps",
  "mach",
  "roll_deg",
  "rssi_dbfs",
] as const;
const FIELDS = [...IDENTITY, ...MOTION];
type Field = (typeof FIELDS)[number];

const COUNT = FIELDS.length;
const RSSI = FIELDS.indexOf("rssi_dbfs");
const GROUND = FIELDS.indexOf("on_ground");
/** Fields that the contract's payload always had: unknown is null there, others are left out. */
const ALWAYS: ReadonlySet<Field> = new Set([
  "callsign",
  "altitude_m",
  "geo_altitude_m",
  "velocity_mps",
  "heading_deg",
  "vertical_rate_mps",
  "squawk",
]);
/** A value nobody has repeated for this long is not known any more. */
const GROWS_OLD_MS = 60_000;
/** Without anything else being new, that an aircraft is still heard is news this often. */
const STILL_THERE_MS = 1000;
/** Of parts: the message with the position comes, as a rule, before that. */
const PARTS_STILL_THERE_MS = 3000;

/** A report of its own as a flight, with the country of its address; undefined without a position. */
export function asFlight(report: Report): FlightPayload | undefined {
  const { position } = report;
  if (!position) return undefined;
  const flight: FlightPayload = {
    icao24: report.icao24,
    position,
    on_ground: report.on_ground ?? false,
    spi: report.spi ?? false,
    last_contact_unix: report.last_contact_unix,
  };
  const values: Record<string, unknown> = flight;
  for (const [name, value] of Object.entries(report)) {
    if (value !== undefined && value !== null) values[name] = value;
  }
  for (const name of ALWAYS) values[name] ??= null;
  const country = flight.origin_country ?? countryOf(report.icao24);
  if (country) flight.origin_country = country;
  return flight;
}

export class Merger {
  readonly #aircraft = new Map<string, Aircraft>();
  /** Whether flights say which source each field is from. */
  readonly #tellsProvenance: boolean;

  constructor({ tellsProvenance }: { tellsProvenance: boolean }) {
    this.#tellsProvenance = tellsProvenance;
  }

  /**
   * Takes what `source` says. One that `isPartial` says what it has just heard, as SBS does: what is
   * missing is not unknown to it.
   */
  observe(source: string, report: Report, { isPartial = false } = {}): Merged {
    let aircraft = this.#aircraft.get(report.icao24);
    if (!aircraft) this.#aircraft.set(report.icao24, aircraft = new Aircraft(report.icao24));
    return aircraft.observe(source, report, isPartial, this.#tellsProvenance);
  }

  forget(icao24: string): void {
    this.#aircraft.delete(icao24);
  }

  get count(): number {
    return this.#aircraft.size;
  }
}

class Aircraft {
  readonly #icao24: string;
  readonly #country: string | undefined;
  readonly #gate = new PositionGate();
  readonly #values: unknown[] = new Array(COUNT).fill(undefined);
  readonly #atMs = new Float64Array(COUNT).fill(-Infinity);
  readonly #ranks = new Uint8Array(COUNT);
  readonly #sources: (string | undefined)[] = new Array(COUNT).fill(undefined);
  #positionFrom = "";
  #positionKind: string | undefined;
  #contactMs = -Infinity;
  #publishedMs = -Infinity;

  constructor(icao24: string) {
    this.#icao24 = icao24;
    this.#country = countryOf(icao24);
  }

  observe(source: string, report: Report, isPartial: boolean, tellsProvenance: boolean): Merged {
    const contactMs = report.last_contact_ms ?? report.last_contact_unix * 1000;
    const rank = rankOf(report.position_source);
    const verdict = this.#position(source, report, contactMs, rank);
    // Who is not where it can be may be another aircraft: nothing of what it says is taken.
    if (verdict === "unreachable") return { kind: verdict };
    if (typeof report.velocity_mps === "number") this.#gate.heardSpeed(report.velocity_mps);
    const changed = this.#fields(source, report, contactMs, rank, isPartial);
    this.#contactMs = Math.max(this.#contactMs, contactMs);
    if (!this.#gate.last) return { kind: "no_position" };
    const isNews = verdict === "new" || (changed && !isPartial) ||
      this.#contactMs - this.#publishedMs >= (isPartial ? PARTS_STILL_THERE_MS : STILL_THERE_MS);
    if (!isNews) return { kind: verdict ?? "duplicate" };
    this.#publishedMs = this.#contactMs;
    return { kind: "news", flight: this.#flight(tellsProvenance), source: this.#positionFrom };
  }

  #position(source: string, report: Report, contactMs: number, rank: number): Verdict | undefined {
    const { position } = report;
    if (!position) return undefined;
    const { time_position_ms, time_position_unix } = report;
    const isWhole = typeof time_position_ms !== "number";
    const atMs = time_position_ms ??
      (typeof time_position_unix === "number" ? time_position_unix * 1000 : contactMs);
    const verdict = this.#gate.offer({
      lat: position.lat,
      lon: position.lon,
      atMs,
      onGround: report.on_ground ?? this.#values[GROUND] === true,
      rank,
      clockS: isWhole ? 1 : 0,
    });
    if (verdict === "new") {
      this.#positionFrom = source;
      this.#positionKind = report.position_source ?? undefined;
    }
    return verdict;
  }

  /** Whether a value is another than before. */
  #fields(
    source: string,
    report: Report,
    atMs: number,
    rank: number,
    isPartial: boolean,
  ): boolean {
    const [values, times, ranks, sources] = [this.#values, this.#atMs, this.#ranks, this.#sources];
    let changed = false;
    for (let i = 0; i < COUNT; i++) {
      const value = report[FIELDS[i]!];
      if (atMs < times[i]!) continue;
      if (value === undefined || value === null) {
        // Who told it does not know it any more.
        if (isPartial || sources[i] !== source || values[i] === undefined) continue;
        values[i] = sources[i] = undefined;
        ranks[i] = 0;
        changed = true;
        continue;
      }
      if (rank < ranks[i]! && atMs - times[i]! < OUTRANKS_FOR_MS) continue;
      if (atMs === times[i] && sources[i] !== source && values[i] !== undefined) continue;
      if (values[i] !== value && i !== RSSI) changed = true;
      values[i] = value;
      times[i] = atMs;
      ranks[i] = rank;
      sources[i] = source;
    }
    return changed;
  }

  #flight(tellsProvenance: boolean): FlightPayload {
    const { lat, lon, atMs } = this.#gate.last!;
    const contactMs = this.#contactMs;
    const flight: FlightPayload = {
      icao24: this.#icao24,
      position: { lat, lon },
      on_ground: false,
      spi: false,
      time_position_unix: Math.floor(atMs / 1000),
      last_contact_unix: Math.floor(contactMs / 1000),
    };
    if (atMs % 1000 !== 0 || contactMs % 1000 !== 0) {
      flight.time_position_ms = atMs;
      flight.last_contact_ms = contactMs;
    }
    let provenance = `position=${this.#positionFrom}`;
    // What a name stands for is one report's value of the same name.
    const values: Record<string, unknown> = flight;
    for (let i = 0; i < COUNT; i++) {
      const name = FIELDS[i]!;
      const isOld = i >= IDENTITY.length && contactMs - this.#atMs[i]! > GROWS_OLD_MS;
      const value = isOld ? undefined : this.#values[i];
      if (value !== undefined) {
        values[name] = value;
        const source = this.#sources[i]!;
        if (tellsProvenance && source !== this.#positionFrom) provenance += `,${name}=${source}`;
      } else if (ALWAYS.has(name)) values[name] = null;
    }
    if (flight.origin_country === undefined && this.#country) flight.origin_country = this.#country;
    if (this.#positionKind) flight.position_source = this.#positionKind;
    if (tellsProvenance) flight.provenance = provenance;
    return flight;
  }
}
