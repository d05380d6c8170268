/** What the hub answers of the past, against its own description, from both forms of the database. */
import assert from "node:assert/strict";
import { connectDatabase } from "../../db/database.ts";
import { anomalyRow, flightRow } from "../../db/testing.ts";
import { writeAnomalies, writeHistory } from "../../db/writes.ts";
import { ENDPOINTS } from "../../services/hub/endpoints.ts";
import { describedBy, samplePath } from "../../services/hub/testing/described.ts";
import { hub } from "../../services/hub/testing/hub.ts";
import { within } from "../../services/testing/deadline.ts";
import { databaseTest } from "../servers/database_forms.ts";

const WHOLE = {
  registration: "N1",
  category: "A3",
  nic: 8,
  flight_phase: "EN_ROUTE",
  altitude_m_smoothed: 1001.5,
} as const;

databaseTest("the past is answered as it is described, in every form", async ({ url, sql }) => {
  await writeHistory(sql, [
    ...Array.from({ length: 20 }, (_, i) => flightRow("a00001", 7100 + i, WHOLE)),
    flightRow("a00002", 7110, { callsign: null, altitude_m: null, on_ground: true }),
  ]);
  await writeAnomalies(sql, [
    anomalyRow("one", 7100, { icao24: "a00001" }),
    anomalyRow("two", 7105, { icao24: "a00001", position: null }),
  ]);
  const database = connectDatabase(url);
  try {
    await within(database.whenOk(), "database");
    const { request, cache } = hub({ database });
    cache.apply(flightRow("a00001", 7200), "replay");
    for (const { path, tag, needed, answers } of ENDPOINTS) {
      if (tag !== "past") continue;
      for (const accept of Object.keys(answers)) {
        const status = await describedBy(path, request, samplePath(path, needed), accept);
        assert.equal(status, 200, `${path} as ${accept}`);
      }
    }
    const page = await request("/anomalies.csv?limit=1&severity=LOW,MEDIUM,HIGH");
    await page.body?.cancel();
    const [, next] = /^<([^>]+)>; rel="next"$/.exec(page.headers.get("link")!)!;
    const rest = await (await request(next!)).text();
    assert.equal(rest.trim().split("\r\n").length, 2, "the names, and the other anomaly");
  } finally {
    await database.close();
  }
});
