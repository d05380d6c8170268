/**
 * The live stream as server-sent events (WHATWG HTML, 9.2), for curl and browsers: a client of the
 * same feed as a WebSocket's, with what it would subscribe to in the address.
 */
import { type Context, Hono } from "hono";
import type { SubscribeMessage } from "../../contracts/websocket.ts";
import type { ClientSocket, LiveFeed } from "./live.ts";
import { readQuery, STREAM_QUERY } from "./query.ts";

export const STREAM_PATH = "/flights/stream";

export interface StreamParts {
  readonly live: LiveFeed;
  /** What gives the client's room back, or the answer for one that gets none. */
  readonly takeRoom: (c: Context) => (() => void) | Response;
  readonly stalledMs?: number;
  readonly lookEveryMs?: number;
}

/** A client that has read nothing for this long is gone, whatever TCP says. */
const STALLED_MS = 60_000;
const LOOK_EVERY_MS = 15_000;
/** How long a browser waits before it connects again. */
const RETRY_MS = 2000;
const HEADERS = {
  "content-type": "text/event-stream; charset=UTF-8",
  // A proxy or server that would gather it up to compress it holds it back.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

export function streamRoutes(
  { live, takeRoom, stalledMs = STALLED_MS, lookEveryMs = LOOK_EVERY_MS }: StreamParts,
): Hono {
  const app = new Hono();
  app.get(STREAM_PATH, (c) => {
    const wanted = readQuery(c, STREAM_QUERY);
    if (c.req.raw.method === "HEAD") return c.body(null, 200, HEADERS);
    const leave = takeRoom(c);
    if (leave instanceof Response) return leave;
    const ended = () => {
      live.closed(socket);
      leave();
    };
    const socket = new EventSocket({ ended, stalledMs, lookEveryMs });
    live.opened(socket, "json");
    socket.isAsking = false;
    // Answered with a snapshot, of its part alone: whether it comes for the first time or again.
    live.heard(socket, JSON.stringify({ type: "subscribe", ...wanted } satisfies SubscribeMessage));
    return c.body(socket.body, 200, HEADERS);
  });
  return app;
}

/** What the feed takes for a socket: each frame is an event, and what is not read yet is buffered. */
class EventSocket implements ClientSocket {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #ended: () => void;
  readonly #stalledMs: number;
  readonly #looking: ReturnType<typeof setInterval>;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #drainedMs = performance.now();
  #isOpen = true;
  /** Until the part it wants was asked for, the feed is to send nothing: it would be everything. */
  isAsking = true;

  constructor({ ended, stalledMs, lookEveryMs }: {
    ended: () => void;
    stalledMs: number;
    lookEveryMs: number;
  }) {
    this.#ended = ended;
    this.#stalledMs = stalledMs;
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
        controller.enqueue(utf8.encode(`retry: ${RETRY_MS}\n\n`));
      },
      pull: () => {
        this.#drainedMs = performance.now();
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 1, size: (bytes) => bytes!.byteLength });
    this.#looking = setInterval(() => this.#look(), lookEveryMs);
  }

  get readyState(): ClientSocket["readyState"] {
    return this.#isOpen ? WebSocket.OPEN : WebSocket.CLOSED;
  }

  get bufferedAmount(): number {
    return this.isAsking ? Infinity : 1 - (this.#controller.desiredSize ?? 1);
  }

  send(frame: string): void {
    this.#controller.enqueue(eventBytes(frame));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#controller.close();
    this.#end();
  }

  #look(): void {
    const idleMs = performance.now() - this.#drainedMs;
    if (this.bufferedAmount > 0 && idleMs > this.#stalledMs) this.close();
  }

  #end(): void {
    this.#isOpen = false;
    clearInterval(this.#looking);
    this.#ended();
  }
}

const utf8 = new TextEncoder();
/** Most clients get the same frame. */
let written: { readonly frame: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

/** A frame as an event: its type as the name, its sequence, where it has one, as the id. */
function eventBytes(frame: string): Uint8Array<ArrayBuffer> {
  if (written?.frame !== frame) {
    const [, type] = /^\{"type":"(\w+)"/.exec(frame)!;
    const [, id] = type === "anomaly" ? [] : /"sequence":(\d+)/.exec(frame.slice(0, 250)) ?? [];
    const text = `${id ? `id: ${id}\n` : ""}event: ${type}\ndata: ${frame}\n\n`;
    written = { frame, bytes: utf8.encode(text) };
  }
  return written.bytes;
}
