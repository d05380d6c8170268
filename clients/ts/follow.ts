/** Keeps a table in step with a hub: what is missing is asked for, what ends is begun again. */
import type { AnomalyMessage, ErrorMessage, SubscribeMessage } from "../../contracts/websocket.ts";
import { type Connection, LiveSocket, type LiveSocketOptions } from "./socket.ts";

/** The part of the sky that is asked for; every condition may be left out. */
export type Subscription = Omit<SubscribeMessage, "type">;

/** A snapshot or a delta, in whichever form the table takes. */
interface Step {
  readonly type: "snapshot" | "delta";
}

/** What is kept in step. */
export interface FollowingTable<S extends Step> {
  /** Makes deltas wait for a snapshot. */
  expectSnapshot(): void;
  /** Takes a message in, unless something before it is missing. */
  apply(step: S): "applied" | "old" | "gap";
}

export type Heard<S> = S | AnomalyMessage | ErrorMessage;

export interface FollowOptions<S extends Step> extends LiveSocketOptions<Heard<S>> {
  readonly table: FollowingTable<S>;
  /** Only this part of it. */
  readonly subscribe?: Subscription;
}

export class Following<S extends Step> {
  readonly #socket: LiveSocket<Heard<S>>;
  readonly #options: FollowOptions<S>;
  #subscription: Subscription | undefined;
  /** A snapshot is on its way: deltas that do not fit meanwhile are no news. */
  #expectsSnapshot = false;

  constructor(options: FollowOptions<S>) {
    this.#options = options;
    this.#subscription = options.subscribe;
    this.#socket = new LiveSocket({
      ...options,
      onConnection: (connection) => this.#connected(connection),
      onMessage: (message) => this.#heard(message),
      onUnreadable: (error) => {
        // It may have been the snapshot.
        this.#expectsSnapshot = false;
        options.onUnreadable?.(error);
      },
    });
  }

  /** Asks for another part of the sky, now and after every reconnection; `{}` is all of it. */
  subscribe(subscription: Subscription) {
    this.#subscription = subscription;
    this.#socket.send({ type: "subscribe", ...subscription });
  }

  /** Asks for everything anew; until it comes nothing changes. */
  resync() {
    this.#options.table.expectSnapshot();
    this.#expectsSnapshot = true;
    this.#socket.send({ type: "resync" });
  }

  /** Ends the connection. */
  close() {
    this.#socket.close();
  }

  #connected(connection: Connection) {
    if (connection.state === "open") {
      this.#options.table.expectSnapshot();
      // The hub sends the snapshot by itself.
      this.#expectsSnapshot = true;
      if (this.#subscription) this.subscribe(this.#subscription);
    }
    this.#options.onConnection(connection);
  }

  #heard(message: Heard<S>) {
    this.#options.onMessage(message);
    if (message.type === "snapshot") this.#expectsSnapshot = false;
    if (message.type !== "snapshot" && message.type !== "delta") return;
    if (this.#options.table.apply(message as S) === "gap" && !this.#expectsSnapshot) this.resync();
  }
}
