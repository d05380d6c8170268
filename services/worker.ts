/** A role in a worker: started by the supervisor's first message, ended by its `stop`. */
import { connectBus } from "./bus/connect.ts";
import { connectBroker } from "./bus/port.ts";
import { type Config, SettingError } from "./config.ts";
import { threadId } from "./hung_worker.ts";
import { createLog } from "./log.ts";
import type { Role, RoleReport } from "./role.ts";
import { loadRole } from "./roles.ts";

/** What the supervisor says to a worker. */
export type ToWorker =
  | { type: "start"; role: Role; config: Config; broker: MessagePort }
  | { type: "roles"; reports: readonly RoleReport[]; databaseFailure: string | undefined }
  | { type: "stop" };

/** What a worker says to the supervisor. A beat that does not come is how a hang is noticed. */
export type FromWorker =
  | { type: "started"; threadId: number | undefined }
  | { type: "beat" }
  | { type: "ready"; url?: string }
  | { type: "failed"; message: string; isSetting: boolean }
  | { type: "stopped" };

const BEAT_INTERVAL_MS = 1000;

const worker = self as unknown as {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
};
const stop = new AbortController();
let reports: readonly RoleReport[] = [];
let databaseFailure: string | undefined;

worker.onmessage = ({ data }) => {
  if (data.type === "start") void start(data);
  if (data.type === "roles") ({ reports, databaseFailure } = data);
  if (data.type === "stop") stop.abort();
};

async function start({ role, config, broker }: ToWorker & { type: "start" }): Promise<void> {
  const log = createLog({ role, level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  worker.postMessage({ type: "started", threadId: threadId() });
  setInterval(() => worker.postMessage({ type: "beat" }), BEAT_INTERVAL_MS);
  try {
    const bus = await connectBus(config, log, () => connectBroker(broker));
    const run = await loadRole(role);
    await run({
      config,
      bus,
      log,
      stopped: stop.signal,
      ready: (url) => worker.postMessage({ type: "ready", url }),
      roles: () => reports,
      databaseFailure: () => databaseFailure,
    });
    await bus.close();
    worker.postMessage({ type: "stopped" });
  } catch (error) {
    const isSetting = error instanceof SettingError;
    const message = error instanceof Error ? error.message : String(error);
    if (!isSetting) log.error(error instanceof Error ? error.stack ?? message : message);
    worker.postMessage({ type: "failed", message, isSetting });
  }
}
