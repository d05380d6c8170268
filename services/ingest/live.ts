/** Live sources: each runs by itself, all of them into one intake. */
import { FlightEnvelope } from "../../contracts/flight.ts";
import { parseMessage } from "../../contracts/parse.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { Bus } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { RoleContext } from "../role.ts";
import type { SourceSpec } from "../source_specs.ts";
import { boxOf } from "./box.ts";
import { Intake } from "./intake.ts";
import type { IngestMetrics } from "./metrics.ts";
import { PolledSource } from "./polled_source.ts";
import type { Publisher } from "./publisher.ts";
import { readToEnd } from "./read_to_end.ts";
import { OpenSky } from "./sources/opensky.ts";
import { Readsb } from "./sources/readsb.ts";
import { SbsSource } from "./sources/sbs.ts";
import type { Feed, Source } from "./sources/source.ts";
import { circleOf, V2 } from "./sources/v2.ts";

/** Runs what SOURCES says until stopped. */
export async function watchLive(
  context: RoleContext,
  publisher: Publisher,
  metrics: IngestMetrics,
): Promise<void> {
  const { config, bus, log, stopped } = context;
  const intake = new Intake({
    publisher,
    metrics,
    there: await whoIsThere(bus, config.KAFKA_TOPIC_STATE),
    tellsProvenance: config.SOURCES.length > 1,
  });
  const sources = config.SOURCES.map((spec) => makeSource(spec, intake, { context, metrics }));
  for (const { name } of sources) log.info(`Watching ${name}`);
  await Promise.all([intake.pump(stopped), ...sources.map((source) => source.run(stopped))]);
}

function makeSource(
  spec: SourceSpec,
  intake: Intake,
  { context, metrics }: { context: RoleContext; metrics: IngestMetrics },
): Source {
  const { config, log } = context;
  const intervalMs = config.POLL_INTERVAL_SECONDS * 1000;
  const feed = feedOf(spec, config);
  const own = intake.open({
    name: spec.name,
    provider: feed?.provider ?? spec.kind,
    producerId: config.SOURCES.length === 1
      ? `${config.KAFKA_CLIENT_ID}-ingest`
      : `${config.KAFKA_CLIENT_ID}-ingest/${spec.name}`,
    bbox: feed?.isBounded || config.BBOX_GIVEN ? boxOf(config) : undefined,
    pollIntervalS: (feed?.intervalMs() ?? intervalMs) / 1000,
  });
  if (feed) {
    const seconds = feed.intervalMs() / 1000;
    if (seconds > config.POLL_INTERVAL_SECONDS) {
      const why = spec.kind === "opensky"
        ? "so that its credits last the day"
        : "as often as it may be";
      log.info(`${spec.name} is asked every ${seconds} s, ${why}`);
    }
    if (feed instanceof V2 && feed.isBounded && !circleOf(boxOf(config)).isWhole) {
      log.warn(`${spec.name} answers for 250 NM around the middle of BBOX_*, which is larger`);
    }
    return new PolledSource(feed, { intake: own, metrics, log });
  }
  if (spec.kind !== "sbs") throw new Error(`${spec.name} is not a live source`);
  return new SbsSource({ ...spec, intervalMs }, { intake: own, metrics, log });
}

/** How to ask, for those that are asked. */
export function feedOf(spec: SourceSpec, config: Config): Feed | undefined {
  const intervalMs = config.POLL_INTERVAL_SECONDS * 1000;
  const bbox = boxOf(config);
  switch (spec.kind) {
    case "opensky": {
      const { OPENSKY_CLIENT_ID: id, OPENSKY_CLIENT_SECRET: secret } = config;
      return new OpenSky({
        url: config.OPENSKY_URL,
        tokenUrl: config.OPENSKY_AUTH_URL,
        client: id !== undefined && secret !== undefined ? { id, secret } : undefined,
        bbox,
        intervalMs,
      });
    }
    case "readsb":
      return new Readsb({ ...spec, intervalMs });
    case "v2":
      return new V2({ ...spec, bbox, intervalMs });
    default:
      return undefined;
  }
}

/** Aircraft that an earlier run has left on the log: those that are not heard again are to leave it. */
async function whoIsThere(bus: Bus, topic: string): Promise<Map<string, number>> {
  const there = new Map<string, number>();
  await readToEnd(bus, topic, ({ key, value }) => {
    if (key === null) return;
    const parsed = value && parseMessage(FlightEnvelope, value);
    if (!parsed) there.delete(key);
    // One that cannot be read is one of long ago.
    else there.set(key, parsed.ok ? lastContactMs(parsed.value.payload) : 0);
  });
  return there;
}
