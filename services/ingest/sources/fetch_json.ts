/** Asks a feed over HTTP; whatever does not come out as JSON becomes a FeedError that says why. */
import { parseJson } from "../../../contracts/parse.ts";
import { FeedError } from "./source.ts";

/** The world at its busiest is a tenth of that. */
const MOST_BYTES = 64 << 20;
const TIMEOUT_MS = 20_000;
/** Of an answer that makes no sense its beginning is kept. */
const SAMPLE_BYTES = 4096;

export interface Asked {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly headers?: Record<string, string>;
  /** Sent as a form. */
  readonly form?: Record<string, string>;
}

export interface JsonAnswer {
  readonly value: unknown;
  readonly headers: Headers;
}

/** The JSON at an address. @throws FeedError */
export async function fetchJson(url: string | URL, asked: Asked): Promise<JsonAnswer> {
  const { signal, timeoutMs = TIMEOUT_MS, headers, form } = asked;
  const timeout = AbortSignal.timeout(timeoutMs);
  const { href, authorization } = withoutPassword(url);
  try {
    const response = await fetch(href, {
      headers: { accept: "application/json", ...authorization, ...headers },
      signal: AbortSignal.any([signal, timeout]),
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw httpError(response);
    }
    return { value: toJson(await bytesOf(response)), headers: response.headers };
  } catch (error) {
    if (error instanceof FeedError || signal.aborted) throw error;
    if (timeout.aborted) throw new FeedError("timeout", `no answer within ${timeoutMs / 1000} s`);
    throw new FeedError("network", `cannot be reached: ${reasonOf(error)}`);
  }
}

/** fetch takes no user and password in an address: they go into a header. */
function withoutPassword(
  where: string | URL,
): { href: string; authorization?: Record<string, string> } {
  const url = new URL(where);
  if (!url.username) return { href: url.href };
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = url.password = "";
  return { href: url.href, authorization: { authorization: `Basic ${btoa(user)}` } };
}

/** The JSON in these bytes. @throws FeedError */
export function toJson(bytes: Uint8Array): unknown {
  const json = parseJson(bytes);
  if (json.ok) return json.value;
  const sent = bytes.subarray(0, SAMPLE_BYTES);
  const isPage = /^\s*</.test(new TextDecoder().decode(sent.subarray(0, 100)));
  const reason = isPage ? "the answer is a web page, not JSON: check the address" : json.reason;
  throw new FeedError("not_json", reason, { sent });
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    length += part.length;
    if (length > MOST_BYTES) {
      throw new FeedError("wrong_shape", `the answer has over ${MOST_BYTES >> 20} MB`);
    }
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function httpError({ status, headers }: Response): FeedError {
  if (status === 429) {
    const retryAtMs = retryAt(headers, Date.now());
    return new FeedError("rate_limited", "asked too often (HTTP 429)", { retryAtMs });
  }
  if (status === 401 || status === 403) {
    return new FeedError("unauthorized", `refuses us (HTTP ${status})`);
  }
  // Retry-After is for 503 as well (RFC 9110, 10.2.3).
  const retryAtMs = status === 503 ? retryAt(headers, Date.now()) : undefined;
  return new FeedError("http", `answers with HTTP ${status}`, { retryAtMs });
}

/** OpenSky's own header says seconds; Retry-After seconds or a date (RFC 9110, 10.2.3). */
export function retryAt(headers: Headers, nowMs: number): number | undefined {
  const said = headers.get("x-rate-limit-retry-after-seconds") ?? headers.get("retry-after");
  if (said === null) return undefined;
  if (/^\d+$/.test(said.trim())) return nowMs + Number(said) * 1000;
  const dateMs = Date.parse(said);
  return Number.isNaN(dateMs) ? undefined : dateMs;
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const reason = cause instanceof Error ? cause.message : message ?? String(error);
  // An address may have a key in it.
  return reason.replace(/( from \S+)? for (url \(.*?\)|\S+:\/\/\S+( \(\S+\))?)/, "");
}
