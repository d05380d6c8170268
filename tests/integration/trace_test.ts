/** One update's trace, from the source to the socket, as a collector gets it. */
import assert from "node:assert/strict";
import { eventually } from "../../services/testing/deadline.ts";
import { startProgram } from "../program.ts";

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

/** A collector that keeps what it is sent (OTLP over HTTP, as JSON). */
function collector() {
  const spans: SentSpan[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const sent = await request.json();
      for (const { scopeSpans } of sent.resourceSpans ?? []) {
        for (const { scope, spans: some } of scopeSpans) {
          if (scope.name === "skysentinel") spans.push(...some);
        }
      }
      return new Response("{}");
    },
  );
  return { spans, url: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
}

Deno.test("an update is followed from the recording to the sockets and through the detectors", async () => {
  const { spans, url, close } = collector();
  const program = await startProgram({
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_BSP_SCHEDULE_DELAY: "200",
    OTEL_METRICS_EXPORTER: "none",
  });
  try {
    const whole = await eventually(
      () =>
        spans.map(({ traceId }) => spans.filter((span) => span.traceId === traceId))
          .find((trace) => new Set(trace.map(({ name }) => name)).size === 3),
      "a whole trace",
      240_000,
    );
    const named = (name: string) => whole.find((span) => span.name === name)!;
    const [ingest, hub, process] = ["ingest.publish", "hub.deliver", "process.record"].map(named);
    assert.equal(ingest!.parentSpanId || undefined, undefined, "it is where the way begins");
    assert.deepEqual([hub!.parentSpanId, process!.parentSpanId], [ingest!.spanId, ingest!.spanId]);
    const ms = (nanoseconds: string) => Number(BigInt(nanoseconds) / 1_000_000n);
    assert(ms(hub!.endTimeUnixNano) >= ms(ingest!.startTimeUnixNano));
    // Where nobody collects, nothing is followed: envelopes stay as they were (backend_contract_test.ts).
  } finally {
    await program.end();
    await close();
  }
});
