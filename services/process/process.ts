/**
 * The process role: updates from the log become history, current state and anomalies. What was read is
 * written and published, and what is known of all aircraft is kept, before its offset is committed; and
 * every write may be repeated, so that a crash at any point loses nothing and doubles nothing.
 */
import { TOPICS } from "../../contracts/constants.ts";
import { connectDatabase, type Database, DatabaseRefused } from "../../db/database.ts";
import type { Reader } from "../bus/bus.ts";
import { loadAirportIndex } from "../airports.ts";
import { SettingError } from "../config.ts";
import { listen } from "../listen.ts";
import type { RoleContext } from "../role.ts";
import { untilStopped } from "../wait.ts";
import { Checkpoints } from "./checkpoints.ts";
import { gather } from "./gather.ts";
import { createProcessMetrics } from "./metrics.ts";
import { Retention } from "./retention.ts";
import { digest, Watches } from "./digest.ts";
import { Recorder } from "./recorder.ts";
import { openWebhooks } from "./webhooks.ts";
import { SkyWatch } from "./sky_watch.ts";
import { EventClock } from "./event_clock.ts";
import { Updates } from "./updates.ts";

const GROUP = "skysentinel-process";

export async function runProcess(context: RoleContext): Promise<void> {
  const { config, bus, log, stopped } = context;
  const readers: Reader[] = [];
  const skyReaders: Reader[] = [];
  const metrics = createProcessMetrics(() => readers, () => skyReaders);
  const database = openDatabase(context);
  const server = listen({
    hostname: config.BACKEND_HOST,
    port: config.PROCESS_METRICS_PORT,
    setting: "PROCESS_METRICS_PORT",
    stopped,
  }, async (request) => {
    const pathname = URL.parse(request.url)?.pathname;
    if (pathname === "/health") {
      return Response.json({
        broker: bus.status(),
        database: database?.state() ?? { status: "off" },
      });
    }
    if (pathname !== "/metrics") {
      const message = "There are only /metrics and /health here";
      return Response.json({ status: 404, code: "not_found", message }, { status: 404 });
    }
    const headers = { "content-type": metrics.registry.contentType };
    return new Response(await metrics.registry.metrics(), { headers });
  });

  const reader = await bus.read({
    topics: [config.KAFKA_TOPIC_UPDATES],
    group: GROUP,
    from: "earliest",
  });
  readers.push(reader);
  // Before anything is published that would have to be sent.
  const webhooks = await openWebhooks({ bus, config, metrics, log, stopped, database });
  if (webhooks) readers.push(webhooks.reader);
  const airports = await loadAirportIndex();
  const watches = new Watches(airports);
  const recorder = new Recorder({ bus, database, config, metrics, log, stopped });
  const sky = await SkyWatch.open(bus, config.KAFKA_TOPIC_UPDATES, {
    recorder,
    airports,
    hasDatabase: database !== undefined,
  });
  skyReaders.push(sky.reader);
  const heartbeats = await bus.read({ topics: [TOPICS.heartbeat], from: "earliest" });
  void untilStopped(stopped).then(async () => {
    await Promise.all([reader.close(), sky.reader.close(), heartbeats.close()]);
    await database?.close();
  });
  context.ready(server.url);
  log.info(database ? "Writing history" : "Looking for anomalies, without a history");
  const clock = new EventClock(config.KAFKA_TOPIC_UPDATES);
  const updates = new Updates((partition) => sky.isHere && watches.place(partition) !== undefined);
  const retention = database && new Retention(database, log);
  const checkpoints = database && new Checkpoints({ watches, reader, recorder, metrics, log });
  const quietOf = clock.quietOf(reader);
  const working = (async () => {
    for await (const gathered of gather(reader)) {
      const batches = await checkpoints?.admit(gathered) ?? gathered;
      const work = digest(batches, watches, updates);
      const quiet = await quietOf();
      await checkpoints?.recall(quiet);
      const anomalies = [...work.anomalies, ...watches.pass(quiet)];
      if (!await recorder.record({ ...work, anomalies })) break;
      if (checkpoints) await checkpoints.done(batches);
      else for (const batch of batches) await reader.commit(batch);
      await retention?.keep(work.newestMs);
    }
  })();
  const looking = Promise.all([working, sky.run(updates, clock), clock.follow(heartbeats)]);
  await Promise.all([Promise.race([looking, refusal(database)]), webhooks?.run()]);
  await server.finished;
}

/** Throws when the database will not work for us until somebody changes something. */
async function refusal(database: Database | undefined): Promise<never> {
  try {
    await database?.whenOk();
  } catch (error) {
    if (error instanceof DatabaseRefused) throw SettingError.said(error.message);
    throw error;
  }
  return await new Promise(() => {});
}

/** The history's database, unless there is to be none. */
function openDatabase({ config, log }: RoleContext): Database | undefined {
  if (!config.HISTORY) return undefined;
  if (config.DATABASE_URL === undefined) {
    const remedy = "but this role runs alone and has no database: set it, or HISTORY=off";
    throw new SettingError("DATABASE_URL", "", remedy);
  }
  return connectDatabase(config.DATABASE_URL, {
    password: config.POSTGRES_PASSWORD,
    onState: ({ status, detail }) => {
      if (status === "ok") log.info("The database is there");
      else log.warn(`The database is ${status}`, { detail });
    },
  });
}
