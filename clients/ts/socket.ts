import type { ClientMessage } from "../../contracts/websocket.ts";
import { backoffMs } from "./backoff.ts";

/** Where the connection stands; `retryAtMs` is on the clock of `performance.now`. */
export type Connection =
  | { readonly state: "connecting" | "open" }
  | { readonly state: "waiting"; readonly retryAtMs: number };

/** What is asked of a connection: `WebSocket` has it. */
export type Line = Pick<
  WebSocket,
  "send" | "close" | "readyState" | "onopen" | "onmessage" | "onclose"
>;

export interface LiveSocketOptions<Message> {
  readonly open: () => Line;
  /** What came, as a message; it throws where it cannot be read. */
  readonly read: (data: string | ArrayBuffer) => Message;
  readonly onMessage: (message: Message) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly onUnreadable?: (error: unknown) => void;
}

/** The hub speaks at least every second: after this long in silence the line is dead, whatever TCP says. */
const SILENCE_MS = 10_000;

/** Keeps a connection to the hub open: what ends is begun again, until `close`. */
export class LiveSocket<Message> {
  #socket: Line | undefined;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #listening = new AbortController();

  readonly #options: LiveSocketOptions<Message>;

  constructor(options: LiveSocketOptions<Message>) {
    this.#options = options;
    this.#listenToBrowser();
    this.#connect();
  }

  /** Says something to the hub, where there is a connection. */
  send(message: ClientMessage) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Ends the connection for good. */
  close() {
    this.#listening.abort();
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** In a browser there is no need to wait once it is online again, or somebody looks. */
  #listenToBrowser() {
    // Its type is not known everywhere that this is checked.
    const { document } = globalThis as { document?: EventTarget & { readonly hidden: boolean } };
    if (!document) return;
    const { signal } = this.#listening;
    const now = () => this.#retryNow();
    addEventListener("online", now, { signal });
    document.addEventListener("visibilitychange", () => document.hidden || now(), { signal });
  }

  #connect() {
    this.#options.onConnection({ state: "connecting" });
    const socket = this.#options.open();
    this.#socket = socket;
    this.#expectSpeech();
    socket.onopen = () => this.#options.onConnection({ state: "open" });
    socket.onmessage = (event) => {
      this.#attempt = 0;
      this.#expectSpeech();
      this.#hear(event.data);
    };
    socket.onclose = () => this.#connectLater();
  }

  #hear(data: string | ArrayBuffer) {
    let message;
    try {
      message = this.#options.read(data);
    } catch (error) {
      return this.#options.onUnreadable?.(error);
    }
    this.#options.onMessage(message);
  }

  #connectLater() {
    this.#drop();
    const waitMs = backoffMs(this.#attempt++, Math.random());
    this.#retry = setTimeout(() => this.#retryNow(), waitMs);
    this.#options.onConnection({ state: "waiting", retryAtMs: performance.now() + waitMs });
  }

  /** Does nothing while a connection stands or is being made. */
  #retryNow() {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  #expectSpeech() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#connectLater(), SILENCE_MS);
  }

  /** Lets go of the socket without hearing of its end. */
  #drop() {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
