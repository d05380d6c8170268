/** The ingest role: what a source says goes, checked, onto the log. */
import { SettingError } from "../config.ts";
import { listen } from "../listen.ts";
import type { RoleContext } from "../role.ts";
import { createIngestMetrics } from "./metrics.ts";
import { Probe } from "./probe.ts";
import { Publisher } from "./publisher.ts";
import { playRecording } from "./replay.ts";

export async function runIngest(context: RoleContext): Promise<void> {
  const { config, bus, stopped } = context;
  if (config.OPENSKY_MODE === "live") {
    throw new SettingError(
      "OPENSKY_MODE",
      "live",
      "but live sources are not in this version: use replay",
    );
  }
  if (config.SOURCES !== undefined) {
    const remedy = "but only replays are in this version: leave it out and use REPLAY_FILE";
    throw new SettingError("SOURCES", config.SOURCES, remedy);
  }
  const metrics = createIngestMetrics([config.KAFKA_TOPIC_STATE, config.KAFKA_TOPIC_UPDATES]);
  const publisher = new Publisher(bus, config, metrics);
  const probe = new Probe(bus, config.KAFKA_TOPIC_UPDATES, () => publisher.newest);
  const server = listen({
    hostname: config.BACKEND_HOST,
    port: config.INGEST_METRICS_PORT,
    setting: "INGEST_METRICS_PORT",
    stopped,
  }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/probe") return await probe.answer(request);
    if (pathname !== "/metrics") {
      return Response.json({ code: "not_found", message: "There are /metrics and /probe here" }, {
        status: 404,
      });
    }
    const headers = { "content-type": metrics.registry.contentType };
    return new Response(await metrics.registry.metrics(), { headers });
  });
  context.ready(server.url);
  await playRecording(context, publisher);
  await server.finished;
}
