/** Follows a hub: a table that is kept in step with its stream, and what changes in it. */
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { WS_PATH } from "../../contracts/constants.ts";
import type { Flight } from "../../contracts/flight.ts";
import type { DeltaMessage, SnapshotMessage } from "../../contracts/websocket.ts";
import { Following, type Heard, type Subscription } from "./follow.ts";
import type { Connection } from "./socket.ts";
import { FlightTable, type TableChange } from "./table.ts";

export type { Subscription } from "./follow.ts";

export interface FlightStreamOptions {
  /** Only this part of it. */
  readonly subscribe?: Subscription;
  /** For a hub that wants one. */
  readonly token?: string;
  /** The table to keep; a new one when left out. */
  readonly table?: FlightTable;
  /** Hears each message before the table takes it in. */
  readonly onMessage?: (message: Heard<SnapshotMessage | DeltaMessage>) => void;
  readonly onConnection?: (connection: Connection) => void;
}

/** What is told to whoever iterates: the table has it already. */
export type FlightEvent = TableChange | {
  readonly kind: "anomaly";
  readonly anomaly: AnomalyPayload;
};

/** The WebSocket address of the hub at an HTTP address. */
export function socketUrl(hub: string | URL): string {
  const url = new URL(hub);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  return url.href.replace(/\/$/, "") + WS_PATH;
}

/**
 * A connection to a hub that lasts until `close`: what is missing is asked for, what ends is begun
 * again after a while that grows with each failure.
 */
export class FlightStream implements AsyncIterable<FlightEvent> {
  readonly table: FlightTable;
  readonly #following: Following<SnapshotMessage | DeltaMessage>;
  readonly #readers = new Set<EventQueue>();
  #connection: Connection = { state: "connecting" };

  /** `hub`: its address, such as `http://127.0.0.1:8000`. */
  constructor(hub: string | URL, options: FlightStreamOptions = {}) {
    this.table = options.table ?? new FlightTable();
    this.table.subscribe((change) => this.#tell(change));
    // A browser's WebSocket can say a token only among its subprotocols.
    const protocols = options.token ? ["json", `bearer.${options.token}`] : ["json"];
    this.#following = new Following({
      table: this.table,
      subscribe: options.subscribe,
      open: () => new WebSocket(socketUrl(hub), protocols),
      read: (data) => JSON.parse(data as string),
      onConnection: (connection) => {
        this.#connection = connection;
        options.onConnection?.(connection);
      },
      onMessage: (message) => {
        options.onMessage?.(message);
        if (message.type === "anomaly") this.#tell({ kind: "anomaly", anomaly: message.payload });
      },
    });
  }

  /** What the hub knows now, by address. */
  get flights(): ReadonlyMap<string, Flight> {
    return this.table.flights;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Asks for another part of the sky, now and after every reconnection; `{}` is all of it. */
  subscribe(subscription: Subscription) {
    this.#following.subscribe(subscription);
  }

  /** Ends the connection, and every iteration once it has been told of what was before. */
  close() {
    this.#following.close();
    for (const reader of this.#readers) reader.end();
  }

  /** What happens from now on, until `close`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<FlightEvent> {
    const queue = new EventQueue();
    this.#readers.add(queue);
    try {
      for (let next = await queue.next(); next; next = await queue.next()) yield next;
    } finally {
      this.#readers.delete(queue);
    }
  }

  #tell(event: FlightEvent) {
    for (const reader of this.#readers) reader.push(event);
  }
}

/** Events that wait for a reader that is busy; beyond this they become one. */
const MOST_WAITING = 1000;

/** What an iteration has yet to be told: never more than fits, whatever the reader does meanwhile. */
class EventQueue {
  #events: FlightEvent[] = [];
  #ended = false;
  #wake: () => void = () => {};

  push(event: FlightEvent) {
    // Whatever the changes were, the table has all of them: "everything is new" says no less.
    if (this.#events.length >= MOST_WAITING) {
      const anomalies = this.#events.filter(({ kind }) => kind === "anomaly");
      this.#events = [{ kind: "snapshot" }, ...anomalies.slice(-MOST_WAITING / 2)];
    }
    this.#events.push(event);
    this.#wake();
  }

  end() {
    this.#ended = true;
    this.#wake();
  }

  /** The next event, as soon as there is one; undefined at the end. */
  async next(): Promise<FlightEvent | undefined> {
    while (this.#events.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#events.shift();
  }
}
