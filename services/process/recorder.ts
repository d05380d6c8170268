/** Puts what was found where it belongs, as often as it takes. */
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { MESSAGE_TYPES, PROCESSING_PROVIDER, TOPICS } from "../../contracts/constants.ts";
import { type Database, DatabaseUnavailable, type Sql } from "../../db/database.ts";
import { writeAnomalies, writeCurrent, writeHistory } from "../../db/writes.ts";
import type { Bus } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import { encodeEnvelope } from "../envelope.ts";
import type { Log } from "../log.ts";
import { orStopped } from "../wait.ts";
import type { Work } from "./digest.ts";
import type { ProcessMetrics, Table } from "./metrics.ts";

export interface RecorderParts {
  readonly bus: Bus;
  /** Undefined without a history. */
  readonly database: Database | undefined;
  readonly config: Config;
  readonly metrics: ProcessMetrics;
  readonly log: Log;
  readonly stopped: AbortSignal;
}

export class Recorder {
  readonly #parts: RecorderParts;
  /** Of those counted and not over: they are published again while they stand. */
  readonly #open = new Set<string>();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Writes, then publishes; false when it was stopped before all of it was done. */
  async record(work: Work): Promise<boolean> {
    const { bus, metrics } = this.#parts;
    if (!await this.#write(work)) return false;
    await this.#publish(work.anomalies);
    if (work.refused.length > 0) await bus.publish(TOPICS.deadletter, work.refused);
    for (const { reason_code } of work.refusals) metrics.refused.inc({ reason_code });
    for (const [reason, count] of work.odd) metrics.odd.inc({ reason }, count);
    metrics.missed.inc(work.missed);
    metrics.processed.inc(work.records);
    for (const step of work.steps) step.end();
    return true;
  }

  /** The same for anomalies alone. */
  async recordAnomalies(anomalies: readonly AnomalyPayload[]): Promise<boolean> {
    if (!await this.#write({ history: [], anomalies })) return false;
    await this.#publish(anomalies);
    return true;
  }

  async #publish(anomalies: readonly AnomalyPayload[]): Promise<void> {
    if (anomalies.length === 0) return;
    const { bus, config, metrics } = this.#parts;
    const source = { provider: PROCESSING_PROVIDER };
    const records = anomalies.map((anomaly) => ({
      key: anomaly.icao24,
      value: encodeEnvelope(MESSAGE_TYPES.anomalyEvent, source, anomaly),
    }));
    await bus.publish(config.KAFKA_TOPIC_ANOMALIES, records);
    for (const { anomaly_id, anomaly_type, severity, state } of anomalies) {
      if (state === "RESOLVED") this.#open.delete(anomaly_id);
      else if (!this.#open.has(anomaly_id)) {
        this.#open.add(anomaly_id);
        metrics.anomalies.inc({ type: anomaly_type, severity });
      }
    }
  }

  /** Tries until the database has done it; false when it was stopped before, or there is none. */
  async persist(work: (sql: Sql) => Promise<unknown>): Promise<boolean> {
    const { database, metrics, stopped } = this.#parts;
    while (database && !stopped.aborted) {
      try {
        await orStopped(stopped, database.whenOk());
        await database.use(work);
        return true;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        metrics.retries.inc();
      }
    }
    return false;
  }

  /** Writes that are there already change nothing. */
  async #write({ history, anomalies }: Pick<Work, "history" | "anomalies">): Promise<boolean> {
    if (!this.#parts.database) return !this.#parts.stopped.aborted;
    return await this.persist(async (sql) => {
      await this.#timed("flights_history", sql, writeHistory, history);
      await this.#timed("flights_current", sql, writeCurrent, history);
      await this.#timed("anomalies", sql, writeAnomalies, anomalies);
    });
  }

  async #timed<Row>(
    table: Table,
    sql: Sql,
    write: (sql: Sql, rows: readonly Row[]) => Promise<number>,
    rows: readonly Row[],
  ): Promise<void> {
    if (rows.length === 0) return;
    const end = this.#parts.metrics.writeLatencyS.startTimer({ table });
    await write(sql, rows);
    end();
  }
}
