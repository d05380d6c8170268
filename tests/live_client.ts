/** A client of the live stream, as the tests of the hub need it. */
import type { Flight } from "../contracts/flight.ts";
import type {
  DeltaMessage,
  ErrorMessage,
  SnapshotMessage,
  WebSocketMessage,
} from "../contracts/websocket.ts";
import { within } from "../services/testing/deadline.ts";

export class LiveClient {
  readonly socket: WebSocket;
  /** How the hub closed the connection. */
  readonly closed: Promise<CloseEvent>;
  readonly #check: (message: unknown) => void;
  readonly #arrived: WebSocketMessage[] = [];
  #wake?: () => void;
  #failure?: unknown;

  /** Every message that arrives is shown to `check` first, which may throw. */
  static async connect(
    hubUrl: string,
    { protocols = [], check = () => {} }: {
      protocols?: readonly string[];
      check?: (message: unknown) => void;
    } = {},
  ): Promise<LiveClient> {
    const url = `${hubUrl.replace("http:", "ws:")}/ws/flights`;
    const client = new LiveClient(new WebSocket(url, [...protocols]), check);
    await within(
      new Promise<void>((resolve, reject) => {
        client.socket.addEventListener("open", () => resolve());
        client.socket.addEventListener(
          "error",
          () => reject(new Error(`cannot connect to ${url}`)),
        );
      }),
      "connection",
    );
    return client;
  }

  private constructor(socket: WebSocket, check: (message: unknown) => void) {
    this.socket = socket;
    this.#check = check;
    this.closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.addEventListener("message", ({ data }) => {
      try {
        const message = JSON.parse(data);
        this.#check(message);
        this.#arrived.push(message);
      } catch (error) {
        this.#failure ??= error;
      }
      this.#wake?.();
    });
  }

  async next(what = "message"): Promise<WebSocketMessage> {
    while (this.#arrived.length === 0 && !this.#failure) {
      await within(new Promise<void>((resolve) => this.#wake = resolve), what);
    }
    if (this.#failure) throw this.#failure;
    return this.#arrived.shift()!;
  }

  /** The next message, which must be of this type. */
  snapshot(): Promise<SnapshotMessage> {
    return this.#nextOf("snapshot") as Promise<SnapshotMessage>;
  }

  delta(): Promise<DeltaMessage> {
    return this.#nextOf("delta") as Promise<DeltaMessage>;
  }

  error(): Promise<ErrorMessage> {
    return this.#nextOf("error") as Promise<ErrorMessage>;
  }

  /** Reads on until a message of this type comes, past those that were under way. */
  async skipTo<T extends WebSocketMessage["type"]>(
    type: T,
  ): Promise<WebSocketMessage & { type: T }> {
    for (;;) {
      const message = await this.next(type);
      if (message.type === type) return message as WebSocketMessage & { type: T };
    }
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    this.socket.close();
    await within(this.closed, "close");
  }

  async #nextOf(type: string): Promise<WebSocketMessage> {
    const message = await this.next(type);
    if (message.type !== type) {
      throw new Error(`not a ${type}: ${JSON.stringify(message).slice(0, 300)}`);
    }
    return message;
  }
}

/** Brings a client's picture up to date with a message, by the contract's rules. */
export function follow(picture: Map<string, Flight>, message: WebSocketMessage): void {
  if (message.type === "snapshot") {
    picture.clear();
    for (const flight of message.flights) picture.set(flight.icao24, flight);
  } else if (message.type === "delta") {
    for (const flight of message.upserts) picture.set(flight.icao24, flight);
    for (const icao24 of message.removed) picture.delete(icao24);
  }
}
