import assert from "node:assert/strict";
import { report } from "../../core/testing.ts";
import {
  anomaliesCsv,
  anomaliesGeoJson,
  csvHead,
  csvLine,
  FRAME_COLUMNS,
  frameCsv,
  frameFeatures,
  positionsCsv,
  positionsGeoJson,
} from "./formats.ts";
import { hubWith, T0_S } from "./testing/hub.ts";

const A = report("a00001", T0_S, { callsign: 'A"1,', altitude_m: null, squawk: "0012" });
const B = report("a00002", T0_S, { position: { lat: -17.7, lon: 179.4 }, on_ground: true });

/** What a reader of RFC 4180 makes of it: a state machine, character by character. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted] = [[] as string[], "", false];
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted && character === '"' && text[i + 1] === '"') cell += text[++i];
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ",") {
      row.push(cell);
      cell = "";
    } else if (!quoted && character === "\r" && text[i + 1] === "\n") {
      i++;
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
    } else cell += character;
  }
  assert(!quoted, "a quote that is not closed");
  assert.deepEqual([row, cell], [[], ""], "the last line ends as the others do");
  return rows;
}
function records(text: string): Record<string, string>[] {
  const [names, ...rows] = parseCsv(text);
  for (const row of rows) assert.equal(row.length, names!.length, row.join("|"));
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [names![i]!, cell])));
}

async function answer(path: string, accept?: string) {
  const response = await hubWith(A, B).request(path, accept ? { headers: { accept } } : {});
  assert.equal(response.status, 200, path);
  return {
    type: response.headers.get("content-type")!,
    headers: response.headers,
    text: await response.text(),
  };
}

Deno.test("CSV has every field of every aircraft, what is unknown empty", async () => {
  const { text, type } = await answer("/flights.csv");
  assert.equal(type, "text/csv; charset=UTF-8");
  const [a, b] = records(text);
  assert.deepEqual(
    [a!.icao24, a!.callsign, a!.lat, a!.lon, a!.altitude_m, a!.squawk, a!.status],
    ["a00001", 'A"1,', "40.7", "-74", "", "0012", "NORMAL"],
  );
  assert.deepEqual([b!.lat, b!.lon, b!.on_ground, b!.registration], ["-17.7", "179.4", "true", ""]);
});

Deno.test("GeoJSON has longitude first, and the fields as properties", async () => {
  const { text, type } = await answer("/flights.geojson");
  assert.equal(type, "application/geo+json");
  const { type: kind, features, timestamp } = JSON.parse(text);
  assert.equal(kind, "FeatureCollection");
  assert.match(timestamp, /Z$/);
  assert.deepEqual(features[1].geometry, { type: "Point", coordinates: [179.4, -17.7] });
  const { position: _, ...rest } = B;
  assert.deepEqual(features[1].properties, { ...rest, status: "NORMAL" });
  assert.equal(features[1].id, "a00002");
});

for (
  const [accept, type] of [
    [undefined, "application/json; charset=UTF-8"],
    ["*/*", "application/json; charset=UTF-8"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "application/json; charset=UTF-8"],
    ["text/csv", "text/csv; charset=UTF-8"],
    ["application/geo+json", "application/geo+json"],
    ["application/geo+json;q=0.5, text/csv;q=0.9", "text/csv; charset=UTF-8"],
    ["application/json, text/csv;q=0.5", "application/json; charset=UTF-8"],
    ["image/png", "application/json; charset=UTF-8"],
  ] as const
) {
  Deno.test(`Accept ${accept} is answered as ${type}`, async () => {
    const { type: given, headers } = await answer("/flights", accept);
    assert.equal(given, type);
    assert.match(headers.get("vary")!, /Accept/);
  });
}

Deno.test("every form has the same filters", async () => {
  const bbox = "bbox=170,-20,-170,-10";
  assert.equal(records((await answer(`/flights.csv?${bbox}`)).text).length, 1);
  assert.equal(JSON.parse((await answer(`/flights.geojson?${bbox}`)).text).features.length, 1);
});

const ANOMALY = {
  anomaly_id: "x",
  icao24: "a00001",
  anomaly_type: "HOLDING",
  severity: "LOW",
  state: "ACTIVE",
  started_at: "2024-06-01T14:00:00.000Z",
  detected_at: "2024-06-01T14:00:00.000Z",
  position: null,
  details: { text: 'a "b", c', turns: 2 },
} as const;

Deno.test("anomalies: details as JSON in one cell, no position as no geometry", () => {
  const [row] = records(anomaliesCsv([ANOMALY]));
  assert.deepEqual(JSON.parse(row!.details!), ANOMALY.details);
  assert.deepEqual([row!.lat, row!.resolved_at], ["", ""]);
  const { features, next } = JSON.parse(anomaliesGeoJson([ANOMALY], "1_x"));
  assert.equal(features[0].geometry, null);
  assert.deepEqual(features[0].properties.details, ANOMALY.details);
  assert.equal(next, "1_x");
  assert.deepEqual(JSON.parse(anomaliesGeoJson([])), { type: "FeatureCollection", features: [] });
});

Deno.test("the past of one aircraft says in every row whose it is", () => {
  const position = {
    position: { lat: 1, lon: 2 },
    altitude_m: 3,
    altitude_m_smoothed: null,
    heading_deg: 4,
    velocity_mps: 5,
    vertical_rate_mps: -6,
    on_ground: false,
    flight_phase: "EN_ROUTE",
    recorded_at: "2024-06-01T14:00:00.000Z",
  } as const;
  const [row] = records(positionsCsv("a00001", [position]));
  assert.deepEqual([row!.icao24, row!.lat, row!.lon, row!.vertical_rate_mps], [
    "a00001",
    "1",
    "2",
    "-6",
  ]);
  const [feature] = JSON.parse(positionsGeoJson("a00001", [position])).features;
  assert.equal(feature.properties.icao24, "a00001");
  assert.equal(feature.id, "a00001 2024-06-01T14:00:00.000Z");
});

Deno.test("what a feed says is no formula in a spreadsheet; numbers stay numbers", () => {
  for (
    const [said, cell] of [
      ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
      ["+1", "'+1"],
      ["-1", "'-1"],
      ["@SUM(A1)", "'@SUM(A1)"],
      ["\t=1", "'\t=1"],
      ["AFR-1", "AFR-1"],
      [-1.5, "-1.5"],
    ] as const
  ) {
    assert.deepEqual(parseCsv(csvLine(["callsign"], { callsign: said } as never)), [[cell]]);
  }
});

Deno.test("a moment in time travel has a line and a feature for each aircraft", () => {
  const timestamp = "2024-06-01T14:00:00.000Z";
  const frame = {
    timestamp,
    flights: [A, B].map((one) => ({ ...one, status: "NORMAL" as const })),
  };
  const rows = records(csvHead(FRAME_COLUMNS) + frameCsv(frame));
  assert.deepEqual(rows.map((row) => [row.timestamp, row.icao24, row.lat]), [
    [timestamp, "a00001", "40.7"],
    [timestamp, "a00002", "-17.7"],
  ]);
  const features = JSON.parse(`[${frameFeatures(frame)}]`);
  assert.deepEqual(features[1].geometry.coordinates, [179.4, -17.7]);
  assert.deepEqual(
    [features[1].id, features[1].properties.timestamp, features[1].properties.icao24],
    [`a00002 ${timestamp}`, timestamp, "a00002"],
  );
});

Deno.test("a line end within a cell stays within it", () => {
  const row = { icao24: "a\r\nb", position: null };
  assert.deepEqual(parseCsv(csvLine(["icao24", "callsign"], row)), [["a\r\nb", ""]]);
});
