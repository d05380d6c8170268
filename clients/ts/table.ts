import type { Flight } from "../../contracts/flight.ts";
import type { DeltaMessage, SnapshotMessage } from "../../contracts/websocket.ts";

/** What a listener is told: everything is new, or these came and those went. */
export type TableChange =
  | { readonly kind: "snapshot" }
  | {
    readonly kind: "delta";
    readonly upserts: readonly Flight[];
    readonly removed: readonly string[];
  };

/** The aircraft as the hub sees them: one snapshot, then every delta in turn. */
export class FlightTable {
  readonly flights = new Map<string, Flight>();
  #sequence: number | undefined;
  #listeners = new Set<(change: TableChange) => void>();

  /** Takes a message in, whichever it is. */
  apply(message: SnapshotMessage | DeltaMessage): "applied" | "old" | "gap" {
    if (message.type === "delta") return this.applyDelta(message);
    this.applySnapshot(message);
    return "applied";
  }

  /** Replaces everything; its sequence is where the deltas go on from. */
  applySnapshot(message: SnapshotMessage) {
    this.flights.clear();
    for (const flight of message.flights) this.flights.set(flight.icao24, flight);
    this.#sequence = message.sequence;
    this.#tell({ kind: "snapshot" });
  }

  /**
   * Applies a delta, unless something before it is missing: then nothing changes until a snapshot.
   * A delta that we are already past is passed over.
   */
  applyDelta(message: DeltaMessage): "applied" | "old" | "gap" {
    if (this.#sequence === undefined) return "gap";
    if (message.sequence <= this.#sequence) return "old";
    if ((message.from_sequence ?? message.sequence - 1) > this.#sequence) return "gap";
    this.#sequence = message.sequence;
    if (message.upserts.length + message.removed.length > 0) {
      for (const flight of message.upserts) this.flights.set(flight.icao24, flight);
      for (const icao24 of message.removed) this.flights.delete(icao24);
      this.#tell({ kind: "delta", upserts: message.upserts, removed: message.removed });
    }
    return "applied";
  }

  /** Makes deltas wait for a snapshot: a new connection may be to a hub that counts from elsewhere. */
  expectSnapshot() {
    this.#sequence = undefined;
  }

  /** Tells `listener` of every change, until the returned function is called. */
  subscribe(listener: (change: TableChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(change: TableChange) {
    for (const listener of this.#listeners) listener(change);
  }
}
