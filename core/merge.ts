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
const PLACE_OF = Object.fromEntries(FIELDS.map((name, i) => [name, i])) as Record<Field, number>;
const RSSI = PLACE_OF.rssi_dbfs;
const SQUAWK = PLACE_OF.squawk;
const GROUND = PLACE_OF.on_ground;
/** Fields that the contract's payload always had: unknown is null there, others are left out. */
const ALWAYS: readonly Field[] = [
  "callsign",
  "altitude_m",
  "geo_altitude_m",
  "velocity_mps",
  "heading_deg",
  "vertical_rate_mps",
  "squawk",
];
/** A value nobody has repeated for this long is not known any more. */
const GROWS_OLD_MS = 60_000;
/** An aircraft that is heard, but not where, is told of for this long; OpenSky does it likewise. */
const PLACE_HOLDS_MS = 15_000;
/** Without anything else being new, that an aircraft is still heard is news this often. */
const STILL_THERE_MS = 1000;
/** Of parts: the message with the position comes, as a rule, before that. */
const PARTS_STILL_THERE_MS = 3000;

/**
 * A report of its own as a flight, with the country of its address; undefined without a position, and
 * with one of long before.
 */
export function asFlight(report: Report): FlightPayload | undefined {
  const { position } = report;
  const contactMs = contactMsOf(report);
  if (!position || contactMs - (positionMsOf(report) ?? contactMs) > PLACE_HOLDS_MS) {
    return undefined;
  }
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

function contactMsOf({ last_contact_ms, last_contact_unix }: Report): number {
  return last_contact_ms ?? last_contact_unix * 1000;
}

function positionMsOf({ time_position_ms, time_position_unix }: Report): number | undefined {
  if (typeof time_position_ms === "number") return time_position_ms;
  return typeof time_position_unix === "number" ? time_position_unix * 1000 : undefined;
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
  #publishedSquawk: unknown;

  constructor(icao24: string) {
    this.#icao24 = icao24;
    this.#country = countryOf(icao24);
  }

  observe(source: string, report: Report, isPartial: boolean, tellsProvenance: boolean): Merged {
    const contactMs = contactMsOf(report);
    const rank = rankOf(report.position_source);
    const verdict = this.#position(source, report, contactMs, rank);
    // Who is not where it can be may be another aircraft: nothing of what it says is taken.
    if (verdict === "unreachable") return { kind: verdict };
    if (typeof report.velocity_mps === "number") {
      this.#gate.heardSpeed(report.velocity_mps, contactMs);
    }
    const changed = this.#fields(source, report, contactMs, rank, isPartial);
    this.#contactMs = Math.max(this.#contactMs, contactMs);
    const place = this.#gate.last;
    if (!place) return { kind: "no_position" };
    const isPlaceKnown = this.#contactMs - place.atMs <= PLACE_HOLDS_MS;
    const stillThereMs = isPartial ? PARTS_STILL_THERE_MS : STILL_THERE_MS;
    const isNews = verdict === "new" || this.#values[SQUAWK] !== this.#publishedSquawk ||
      (isPlaceKnown &&
        ((changed && !isPartial) || this.#contactMs - this.#publishedMs >= stillThereMs));
    if (!isNews) return { kind: verdict ?? (isPlaceKnown ? "duplicate" : "no_position") };
    this.#publishedSquawk = this.#values[SQUAWK];
    this.#publishedMs = this.#contactMs;
    return { kind: "news", flight: this.#flight(tellsProvenance), source: this.#positionFrom };
  }

  #position(source: string, report: Report, contactMs: number, rank: number): Verdict | undefined {
    const { position } = report;
    if (!position) return undefined;
    const isWhole = typeof report.time_position_ms !== "number";
    const atMs = positionMsOf(report) ?? contactMs;
    const verdict = this.#gate.offer({
      lat: position.lat,
      lon: position.lon,
      atMs,
      onGround: report.on_ground ?? this.#values[GROUND] === true,
      rank,
      clockS: isWhole ? 1 : 0,
      mps: report.velocity_mps ?? undefined,
      nic: report.nic ?? undefined,
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

  /** Every field by its name, unknown or not: objects of one shape are written out twice as fast. */
  #flight(tellsProvenance: boolean): FlightPayload {
    const { lat, lon, atMs } = this.#gate.last!;
    const contactMs = this.#contactMs;
    const isWhole = atMs % 1000 === 0 && contactMs % 1000 === 0;
    return {
      icao24: this.#icao24,
      callsign: this.#value("callsign") ?? null,
      position: { lat, lon },
      altitude_m: this.#value("altitude_m") ?? null,
      geo_altitude_m: this.#value("geo_altitude_m") ?? null,
      velocity_mps: this.#value("velocity_mps") ?? null,
      heading_deg: this.#value("heading_deg") ?? null,
      vertical_rate_mps: this.#value("vertical_rate_mps") ?? null,
      on_ground: this.#value("on_ground") ?? false,
      squawk: this.#value("squawk") ?? null,
      spi: this.#value("spi") ?? false,
      time_position_unix: Math.floor(atMs / 1000),
      last_contact_unix: Math.floor(contactMs / 1000),
      time_position_ms: isWhole ? undefined : atMs,
      last_contact_ms: isWhole ? undefined : contactMs,
      origin_country: this.#value("origin_country") ?? this.#country,
      category: this.#value("category"),
      registration: this.#value("registration"),
      aircraft_type: this.#value("aircraft_type"),
      position_source: this.#positionKind,
      nic: this.#value("nic"),
      nac_p: this.#value("nac_p"),
      emergency: this.#value("emergency"),
      selected_altitude_m: this.#value("selected_altitude_m"),
      qnh_hpa: this.#value("qnh_hpa"),
      ias_mps: this.#value("ias_mps"),
      mach: this.#value("mach"),
      roll_deg: this.#value("roll_deg"),
      rssi_dbfs: this.#value("rssi_dbfs"),
      provenance: tellsProvenance ? this.#provenance() : undefined,
    };
  }

  /** What is known of a field and not too old. */
  #value<Name extends Field>(name: Name): Report[Name] {
    const i = PLACE_OF[name];
    const isOld = i >= IDENTITY.length && this.#contactMs - this.#atMs[i]! > GROWS_OLD_MS;
    return isOld ? undefined : this.#values[i] as Report[Name];
  }

  #provenance(): string {
    let text = `position=${this.#positionFrom}`;
    for (let i = 0; i < COUNT; i++) {
      const source = this.#sources[i];
      if (source === undefined || source === this.#positionFrom) continue;
      if (this.#value(FIELDS[i]!) !== undefined) text += `,${FIELDS[i]}=${source}`;
    }
    return text;
  }
}
