import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { FlightPayload } from "../../../contracts/flight.ts";
import { lastContactMs } from "../../../contracts/times.ts";
import { type Entry, readRecording } from "./formats.ts";

async function entriesIn(content: string | Uint8Array): Promise<Entry[]> {
  const path = await Deno.makeTempFile();
  try {
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    return (await Array.fromAsync(readRecording(path))).flat();
  } finally {
    await Deno.remove(path);
  }
}

const T0_S = 1_717_250_400;
const AT_S = [0, 1, 2, 3];
const latAt = (s: number) => +(40 + s * 0.00046).toFixed(5);

/** One aircraft at 10 000 ft and 100 kt, climbing 600 ft/min, in each format's own words. */
const aircraftAt = (s: number) => ({
  hex: "a0b1c2",
  flight: "DAL1    ",
  ...{ lat: latAt(s), lon: -74, alt_baro: 10_000, gs: 100, track: 90, baro_rate: 600 },
  ...{ squawk: "0021", seen: 0, seen_pos: 0 },
});
const snapshotAt = (s: number) => ({ now: T0_S + s, messages: s, aircraft: [aircraftAt(s)] });
const statesAt = (s: number) => ({
  time: T0_S + s,
  states: [[
    ...["a0b1c2", "DAL1    ", "United States", T0_S + s, T0_S + s, -74, latAt(s), 3048, false],
    ...[51.444, 90, 3.048, null, null, "0021", false, 0],
  ]],
});
const sbsAt = (s: number) => {
  const at = `2024/06/01,14:00:0${s}.000`;
  const message = (type: number, rest: string) =>
    `MSG,${type},1,1,A0B1C2,1,${at},${at},${rest}\r\n`;
  return message(1, "DAL1    ,,,,,,,,,,,") + message(4, ",,100,90,,,600,,,,,") +
    message(6, ",,,,,,,0021,0,0,0,") + message(3, `,10000,,,${latAt(s)},-74,,,0,0,0,0`);
};
const opensky =
  "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,squawk,baroaltitude";
const csvAt = (s: number) =>
  `${T0_S + s},A0B1C2,${latAt(s)},-74,51.444,90,3.048,DAL1    ,False,21.0,3048`;
const readsbCsv = '"timestamp","hex",lat,lon,gs,track,baro_rate,flight,onground,squawk,alt_baro';
const readsbCsvAt = (s: number) =>
  `2024-06-01T14:00:0${s}Z,a0b1c2,${latAt(s)},-74,100,90,600,"DAL1",0,0021,10000`;
const trace = {
  icao: "a0b1c2",
  timestamp: T0_S,
  trace: AT_S.map((s) => [
    ...[s, latAt(s), -74, 10_000, 100, 90, 0, 600],
    ...[
      s === 0 ? { flight: "DAL1    ", squawk: "0021" } : null,
      "adsb_icao",
      null,
      null,
      null,
      null,
    ],
  ]),
};
const reportAt = (s: number) => ({
  icao24: "a0b1c2",
  callsign: "DAL1",
  time: T0_S + s,
  lat: latAt(s),
  lon: -74,
  baro_altitude: 3048,
  velocity: 51.444,
  true_track: 90,
  vertical_rate: 3.048,
  on_ground: false,
  squawk: "0021",
});
const lines = (make: (s: number) => unknown) =>
  AT_S.map((s) => JSON.stringify(make(s))).join("\n") + "\n";

const RECORDINGS: Readonly<Record<string, string>> = {
  "readsb's aircraft.json, one a line": lines(snapshotAt),
  "readsb's aircraft.json, an array on one line": JSON.stringify(AT_S.map(snapshotAt)),
  "readsb's aircraft.json, an array over many lines": JSON.stringify(AT_S.map(snapshotAt), null, 2),
  "reports, one a line": lines(reportAt),
  "reports, an array on one line": JSON.stringify(AT_S.map(reportAt)),
  "reports, an array over many lines": JSON.stringify(AT_S.map(reportAt), null, 2),
  "answers of a v2 API, one a line": lines((s) => {
    const { now, aircraft } = snapshotAt(s);
    return { ac: aircraft, now: now * 1000, total: 1 };
  }),
  "a trace of globe_history": JSON.stringify(trace),
  "OpenSky's states, one answer a line": lines(statesAt),
  "OpenSky's states, an array over many lines": JSON.stringify(AT_S.map(statesAt), null, 1),
  "an SBS log": "STA,,5,179,A0B1C2,10103,,,,,RM\r\n" + AT_S.map(sbsAt).join(""),
  "OpenSky's CSV": [opensky, ...AT_S.map(csvAt)].join("\n"),
  "CSV with readsb's columns": [readsbCsv, ...AT_S.map(readsbCsvAt)].join("\r\n"),
};

for (const [what, text] of Object.entries(RECORDINGS)) {
  Deno.test(`${what}: the same flight as in any other format`, async () => {
    const entries = await entriesIn(text);
    const flights = entries.map(({ parsed }): FlightPayload => {
      assert(parsed.ok, parsed.ok ? "" : parsed.reason);
      return parsed.value.flight;
    });
    assert.deepEqual(
      flights.map((flight) => [
        lastContactMs(flight) - T0_S * 1000,
        flight.position.lat,
        flight.position.lon,
        flight.icao24,
        flight.callsign,
        flight.altitude_m,
        flight.velocity_mps?.toFixed(2),
        flight.heading_deg,
        flight.vertical_rate_mps?.toFixed(3),
        flight.squawk,
        flight.on_ground,
      ]),
      AT_S.map((s) => {
        const place = [s * 1000, latAt(s), -74];
        return [...place, "a0b1c2", "DAL1", 3048, "51.44", 90, "3.048", "0021", false];
      }),
    );
    const packed = await entriesIn(gzipSync(text));
    assert.deepEqual(packed.map(({ parsed }) => parsed), entries.map(({ parsed }) => parsed));
  });
}

Deno.test("one aircraft of many that is wrong is refused with its own line and its own words", async () => {
  const { aircraft, ...rest } = snapshotAt(0);
  const bad = { hex: "a0b1c3", lat: 95, lon: 0 };
  const entries = await entriesIn(
    lines(snapshotAt) +
      JSON.stringify({
        ...rest,
        aircraft: [...aircraft, bad, { hex: "~2a3b4c" }, { hex: "a0b1c4" }],
      }),
  );
  assert.deepEqual(entries.map(({ line, parsed }) => [line, parsed.ok]), [
    ...AT_S.map((s) => [s + 1, true]),
    [5, true],
    [5, false],
  ]);
  const { original } = entries.at(-1)!;
  assert.deepEqual(JSON.parse(new TextDecoder().decode(original)), bad);
});

Deno.test("a snapshot that was cut off is one line refused", async () => {
  const whole = lines(snapshotAt);
  const entries = await entriesIn(whole.slice(0, -30));
  assert.deepEqual(entries.map(({ parsed }) => parsed.ok), [true, true, true, false]);
});

Deno.test("nobody there is nothing said", async () => {
  assert.deepEqual(await entriesIn('{"time":1717250400,"states":null}\n'), []);
  assert.deepEqual(await entriesIn('{"now":1717250400,"aircraft":[]}\n'), []);
});

Deno.test("a row of a table that is wrong is refused, with its line", async () => {
  const rows = [opensky, csvAt(0), "rubbish", csvAt(1).replace("-74", "west"), csvAt(2)];
  const entries = await entriesIn(rows.join("\n"));
  assert.deepEqual(entries.map(({ line, parsed }) => [line, parsed.ok || parsed.reason_code]), [
    [2, true],
    [3, "wrong_shape"],
    [4, "wrong_shape"],
    [5, true],
  ]);
});

Deno.test("a table without the columns that it takes is no recording", async () => {
  const entries = await entriesIn("time,callsign\n1717250400,DAL1\n");
  assert(entries.every(({ parsed }) => !parsed.ok));
});

Deno.test("a first line that is no JSON spoils none of those after it", async () => {
  const report = '{"icao24":"a0b1c2","time":1717250400,"lat":40,"lon":-74}';
  const entries = await entriesIn(`{"icao24":"a0b1\n${report}\n`);
  assert.deepEqual(entries.map(({ line, parsed }) => [line, parsed.ok]), [[1, false], [2, true]]);
});

Deno.test("reports in brackets between lines of reports are no report", async () => {
  const report = '{"icao24":"a0b1c2","time":1717250400,"lat":40,"lon":-74}';
  const entries = await entriesIn(`${report}\n[${report}]\n${report}\n`);
  assert.deepEqual(entries.map(({ parsed }) => parsed.ok), [true, false, true]);
});

Deno.test("messages with a wild position are refused, and the aircraft stays where it is", async () => {
  const wild = sbsAt(3).replace(`${latAt(3)}`, "10.003");
  const entries = await entriesIn(AT_S.slice(0, 3).map(sbsAt).join("") + wild);
  assert.deepEqual(entries.map(({ parsed }) => parsed.ok || parsed.reason_code), [
    ...[true, true, true],
    "implausible_position",
  ]);
});

Deno.test("an export's CSV keeps parts of seconds, where there are any", async () => {
  const entries = await entriesIn(
    "icao24,lat,lon,time_position_unix,last_contact_unix,time_position_ms,last_contact_ms\r\n" +
      `a0b1c2,40,-74,${T0_S},${T0_S},${T0_S}300,${T0_S}300\r\na0b1c2,40,-74,${T0_S + 1},${
        T0_S + 1
      },,\r\n`,
  );
  const times = entries.map(({ parsed }) => parsed.ok && lastContactMs(parsed.value.flight));
  assert.deepEqual(times, [T0_S * 1000 + 300, (T0_S + 1) * 1000]);
});
