import assert from "node:assert/strict";
import type { FlightPayload } from "../contracts/flight.ts";
import { destination, distanceM } from "./geodesy.ts";
import { type Merged, Merger, type Report } from "./merge.ts";
import { seededRandom } from "./seeded_random.ts";

const T0_MS = 1_717_250_400_000;
const START = { lat: 40.7, lon: -74 };

/** Eastwards at 200 m/s, as a source says it `atS` seconds on. */
function said(atS: number, fields: Partial<Report> = {}): Report {
  const atMs = T0_MS + Math.round(atS * 1000);
  const report: Report = {
    icao24: "a0b1c2",
    position: destination(START, 90, 200 * atS),
    velocity_mps: 200,
    altitude_m: 3000,
    on_ground: false,
    position_source: "adsb",
    last_contact_unix: Math.floor(atMs / 1000),
    last_contact_ms: atMs,
    time_position_ms: atMs,
    ...fields,
  };
  if (fields.position === null) delete report.time_position_ms;
  return report;
}

const merger = () => new Merger({ tellsProvenance: true });

const positionMs = (flight: FlightPayload) =>
  flight.time_position_ms ?? flight.time_position_unix! * 1000;

function news(merged: Merged): FlightPayload {
  assert.equal(merged.kind, "news");
  // As it is on the wire, where unknown fields are not there.
  return JSON.parse(JSON.stringify((merged as Merged & { kind: "news" }).flight));
}

Deno.test("one source's report goes through as it is, with the country of the address", () => {
  const flight = news(new Merger({ tellsProvenance: false }).observe("a", said(0.5)));
  assert.deepEqual(flight, {
    icao24: "a0b1c2",
    callsign: null,
    position: said(0.5).position,
    altitude_m: 3000,
    geo_altitude_m: null,
    velocity_mps: 200,
    heading_deg: null,
    vertical_rate_mps: null,
    on_ground: false,
    squawk: null,
    spi: false,
    time_position_unix: T0_MS / 1000,
    last_contact_unix: T0_MS / 1000,
    time_position_ms: T0_MS + 500,
    last_contact_ms: T0_MS + 500,
    origin_country: "United States",
    position_source: "adsb",
  });
});

Deno.test("each field is from who knew it last, and says from whom", () => {
  const m = merger();
  m.observe("opensky", said(0, { callsign: "DAL1", registration: "N1", altitude_m: null }));
  const flight = news(m.observe("readsb:roof", said(1, { altitude_m: 3010 })));
  assert.deepEqual([flight.callsign, flight.registration, flight.altitude_m], [
    "DAL1",
    "N1",
    3010,
  ]);
  const provenance = "position=readsb:roof,callsign=opensky,registration=opensky";
  assert.equal(flight.provenance, provenance);
});

Deno.test("a source takes back what it said, not what another did", () => {
  const m = merger();
  m.observe("a", said(0, { squawk: "7700", nic: 8 }));
  m.observe("b", said(1, { squawk: null, nic: 7 }));
  assert.equal(news(m.observe("b", said(2, { nic: null }))).nic, undefined);
  assert.equal(news(m.observe("b", said(3))).squawk, "7700");
  assert.equal(news(m.observe("a", said(4))).squawk, null);
});

Deno.test("what nobody has repeated for a minute is unknown, but for who it is", () => {
  const m = merger();
  m.observe("a", said(0, { squawk: "1000", callsign: "DAL1" }));
  const flight = news(m.observe("b", said(61)));
  assert.deepEqual([flight.squawk, flight.callsign], [null, "DAL1"]);
});

Deno.test("the same message by three ways is one piece of news", () => {
  const m = merger();
  const kinds = ["a", "b", "c"].map((source, way) =>
    m.observe(source, said(1, { last_contact_ms: T0_MS + 1000 + way * 120, rssi_dbfs: -way })).kind
  );
  assert.deepEqual(kinds, ["news", "duplicate", "duplicate"]);
});

Deno.test("that an aircraft that stands still is heard is news once a second", () => {
  const m = merger();
  const position = START;
  const kinds = [0, 0.5, 1, 1.5, 2.1].map((atS) => m.observe("a", said(atS, { position })).kind);
  assert.deepEqual(kinds, ["news", "duplicate", "news", "duplicate", "news"]);
});

Deno.test("a handover from multilateration to ADS-B goes neither back nor jumps about", () => {
  const m = merger();
  const path: FlightPayload[] = [];
  for (let i = 0; i < 120; i++) {
    const atS = i / 2;
    const aside = destination(destination(START, 90, 200 * atS), 0, 300);
    const mlat = said(atS, { position: aside, position_source: "mlat" });
    const heard = [m.observe("mlat", mlat)];
    if (i >= 40) heard.push(m.observe("roof", said(atS + 0.1)));
    for (const merged of heard) if (merged.kind === "news") path.push(merged.flight);
  }
  const kinds = path.map(({ position_source }) => position_source);
  assert.equal(kinds.lastIndexOf("mlat") < kinds.indexOf("adsb"), true, kinds.join(" "));
  let jumps = 0;
  for (let i = 1; i < path.length; i++) {
    const dS = (positionMs(path[i]!) - positionMs(path[i - 1]!)) / 1000;
    assert(dS >= 0);
    if (distanceM(path[i - 1]!.position, path[i]!.position) > 200 * dS + 50) jumps++;
  }
  assert.equal(jumps, 1, "the 300 m that multilateration was off, once");
});

Deno.test("one wild position moves nothing, and nothing else of that report is taken", () => {
  const m = merger();
  for (const atS of [0, 1, 2]) m.observe("a", said(atS));
  const wild = said(3, { position: { lat: 10, lon: 10 }, squawk: "7500", altitude_m: 9 });
  assert.equal(m.observe("b", wild).kind, "unreachable");
  const flight = news(m.observe("a", said(4)));
  assert.deepEqual([flight.squawk, flight.altitude_m], [null, 3000]);
});

Deno.test("what comes late gives what was not known, and never turns a clock back", () => {
  const m = merger();
  m.observe("a", said(10));
  const late = m.observe("b", said(8, { callsign: "DAL1", altitude_m: 2000 }));
  const flight = news(late);
  assert.deepEqual([flight.callsign, flight.altitude_m], ["DAL1", 3000]);
  assert.equal(flight.last_contact_ms ?? flight.last_contact_unix * 1000, T0_MS + 10_000);
  assert.deepEqual(flight.position, said(10).position);
  assert.equal(m.observe("b", said(9, { callsign: "DAL1" })).kind, "late");
});

Deno.test("who has never had a position is no news", () => {
  const m = merger();
  assert.equal(m.observe("a", said(0, { position: null, callsign: "DAL1" })).kind, "no_position");
  assert.equal(news(m.observe("b", said(1))).callsign, "DAL1");
});

Deno.test("who is heard but not where is told of for 15 s, and then when the squawk changes", () => {
  const m = merger();
  const placed = said(0);
  const at = (atS: number, squawk = "1000") =>
    m.observe(
      "a",
      said(atS, {
        position: placed.position!,
        time_position_ms: placed.time_position_ms!,
        altitude_m: 3000 + atS,
        squawk,
      }),
    );
  const kinds = [0, 5, 14, 16, 25].map((atS) => at(atS).kind);
  assert.deepEqual(kinds, ["news", "news", "news", "duplicate", "duplicate"]);
  assert.equal(news(at(30, "7700")).squawk, "7700");
});

Deno.test("parts of a message add up to an aircraft", () => {
  const m = merger();
  const part = (atS: number, fields: Partial<Report>): Report => ({
    icao24: "a0b1c2",
    last_contact_unix: T0_MS / 1000 + atS,
    last_contact_ms: T0_MS + atS * 1000,
    ...fields,
  });
  const partial = { isPartial: true };
  m.observe("sbs", part(0, { callsign: "DAL1" }), partial);
  m.observe("sbs", part(0.2, { velocity_mps: 200, heading_deg: 90 }), partial);
  const flight = news(m.observe("sbs", part(0.4, { position: START, altitude_m: 900 }), partial));
  assert.deepEqual(
    [flight.callsign, flight.velocity_mps, flight.heading_deg, flight.altitude_m],
    ["DAL1", 200, 90, 900],
  );
});

Deno.test("however reports come in, contact and position go forward, and values are someone's own", () => {
  const random = seededRandom(7);
  const m = merger();
  let [contact, position] = [0, 0];
  for (let i = 0; i < 3000; i++) {
    const atS = i / 10 + random() * 20 - 10;
    const squawk = random() < 0.5 ? null : "1234";
    const where = random() < 0.1 ? { lat: random() * 90, lon: random() * 180 } : undefined;
    const fields: Partial<Report> = { squawk };
    if (where) fields.position = where;
    if (random() < 0.3) fields.position_source = "mlat";
    const merged = m.observe(`s${Math.floor(random() * 4)}`, said(Math.max(0, atS), fields));
    if (merged.kind !== "news") continue;
    const { flight } = merged;
    const contactMs = flight.last_contact_ms ?? flight.last_contact_unix * 1000;
    assert(contactMs >= contact && positionMs(flight) >= position);
    [contact, position] = [contactMs, positionMs(flight)];
    assert([null, "1234"].includes(flight.squawk!));
    assert.deepEqual([flight.altitude_m, flight.velocity_mps], [3000, 200]);
  }
});
