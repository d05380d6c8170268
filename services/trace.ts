/**
 * The way of single updates, as OpenTelemetry traces: one a second is followed from the source to the
 * sockets and to the tables, by the W3C `traceparent` in its envelope. With OTEL_DENO=true Deno itself
 * sends the spans; without it nothing here does anything.
 */
import { context, isSpanContextValid, type Span, trace, TraceFlags } from "@opentelemetry/api";

/** A part of the way that has begun. */
export interface Step {
  /** For the envelope: what comes after it belongs to this step. */
  readonly traceparent: string;
  end(): void;
}

type Attributes = Readonly<Record<string, string | number>>;

/** Followed are so few that nobody has to pay for it. */
const ONE_IN_MS = 1000;
/** Version 0, trace, parent, flags (W3C Trace Context, 3.2). */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

const tracer = trace.getTracer("skysentinel");
let [lastMs, isOff] = [-Infinity, false];

/** The first step of an update that is to be followed; undefined for the others, and without OpenTelemetry. */
export function beginTrace(name: string, attributes: Attributes): Step | undefined {
  const nowMs = performance.now();
  if (isOff || nowMs - lastMs < ONE_IN_MS) return undefined;
  lastMs = nowMs;
  const span = tracer.startSpan(name, { attributes });
  isOff = !span.isRecording();
  return isOff ? undefined : stepOf(span);
}

/** The next step of an update whose envelope says that it is followed. */
export function continueTrace(
  traceparent: string | undefined,
  name: string,
  attributes: Attributes = {},
): Step | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  const parent = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  if (!isSpanContextValid(parent)) return undefined;
  const within = trace.setSpanContext(context.active(), parent);
  const span = tracer.startSpan(name, { attributes }, within);
  return span.isRecording() ? stepOf(span) : undefined;
}

function stepOf(span: Span): Step {
  const { traceId, spanId } = span.spanContext();
  return { traceparent: `00-${traceId}-${spanId}-01`, end: () => span.end() };
}
