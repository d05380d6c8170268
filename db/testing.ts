/** Databases in both forms for tests, and rows to put into them. */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { createLog, type Log } from "../services/log.ts";
import { openSql, type Sql } from "./database.ts";
import { type EmbeddedDatabase, startEmbedded } from "./embedded.ts";
import type { FlightRow } from "./rows.ts";

export const quietLog: Log = createLog({ role: "test", level: "error", format: "text" });

/** An embedded database in a folder of its own. */
export async function startTestEmbedded(): Promise<EmbeddedDatabase> {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-embedded-" });
  const embedded = startEmbedded({ dataDir, log: quietLog });
  await embedded.ready;
  return {
    ...embedded,
    async close() {
      await embedded.close();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

/** Everything of before is gone, airports and schema stay. */
export async function emptyTables(sql: Sql): Promise<void> {
  await sql.unsafe("truncate flights_current, flights_history, anomalies, webhook_deliveries");
}

export async function withSql<T>(url: string, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openSql(url);
  return await use(sql).finally(() => sql.end({ timeout: 1 }));
}

/** 2024-06-01T12:00:00Z. */
export const T0_MS = Date.UTC(2024, 5, 1, 12);

/** An observation at T0 plus `seconds`, with what a test says otherwise. */
export function flightRow(icao24: string, seconds: number, other: Partial<FlightRow> = {}) {
  const unix = Math.floor(T0_MS / 1000 + seconds);
  const row: FlightRow = {
    icao24,
    callsign: "TEST1",
    position: { lat: 40.64, lon: -73.78 },
    altitude_m: 1000,
    geo_altitude_m: 1030.5,
    velocity_mps: 120.25,
    heading_deg: 45,
    vertical_rate_mps: -2.5,
    on_ground: false,
    squawk: "1200",
    spi: false,
    time_position_unix: unix,
    last_contact_unix: unix,
    ...other,
  };
  return row;
}

/** An anomaly detected at T0 plus `seconds`, with what a test says otherwise. */
export function anomalyRow(
  anomaly_id: string,
  seconds: number,
  other: Partial<AnomalyPayload> = {},
): AnomalyPayload {
  const at = new Date(T0_MS + seconds * 1000).toISOString();
  return {
    anomaly_id,
    icao24: "a00001",
    callsign: "TEST1",
    anomaly_type: "SQUAWK_7700",
    severity: "HIGH",
    state: "ACTIVE",
    started_at: at,
    detected_at: at,
    resolved_at: null,
    position: { lat: 40.64, lon: -73.78 },
    altitude_m: 1000,
    near_airport: "KJFK",
    details: { squawk: "7700" },
    ...other,
  };
}
