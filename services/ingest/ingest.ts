/** The ingest role: what the sources say goes, checked, onto the log. */
import { listen } from "../listen.ts";
import type { RoleContext } from "../role.ts";
import { watchLive } from "./live.ts";
import { createIngestMetrics } from "./metrics.ts";
import { Probe } from "./probe.ts";
import { Publisher } from "./publisher.ts";
import { playRecordings } from "./replay.ts";

export async function runIngest(context: RoleContext): Promise<void> {
  const { config, bus, stopped } = context;
  const metrics = createIngestMetrics([config.KAFKA_TOPIC_STATE, config.KAFKA_TOPIC_UPDATES]);
  const publisher = new Publisher(bus, config, metrics);
  const probe = new Probe(bus, config.KAFKA_TOPIC_UPDATES, () => publisher.newest);
  const server = listen({
    hostname: config.BACKEND_HOST,
    port: config.INGEST_METRICS_PORT,
    setting: "INGEST_METRICS_PORT",
    stopped,
  }, async (request) => {
    const pathname = URL.parse(request.url)?.pathname;
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
  const isReplay = config.SOURCES.every(({ kind }) => kind === "replay");
  await (isReplay ? playRecordings : watchLive)(context, publisher, metrics);
  await server.finished;
}
