/** A hub for the browser tests: speaks the contract, says only what a test tells it to. */
import { writeMessage } from "../../contracts/columns_writer.ts";
import type { Flight } from "../../contracts/flight.ts";
import type { ClientMessage, DeltaMessage, SnapshotMessage } from "../../contracts/websocket.ts";
import { WS_PATH } from "../../contracts/constants.ts";
import type { SourceMode } from "../../contracts/constants.ts";

export interface FakeHubOptions {
  readonly mode: SourceMode;
  /** The stream's time at the start, in ms since the epoch. */
  readonly streamMs: number;
  /** By how much the hub's clock is ahead of the stream's, in seconds. */
  readonly aheadS?: number;
  readonly flights: readonly Flight[];
  /** 0: any. */
  readonly port?: number;
  /** What it knows to speak: as hubs before `columns` did, or as they do now. */
  readonly protocol?: "json" | "columns";
}

/** Serves one list of flights to every page; what a test changes goes out as a delta. */
export class FakeHub {
  readonly flights: Map<string, Flight>;
  /** How often a page asked for a snapshot. */
  resyncs = 0;
  streamMs: number;
  /** Whether the next message says that the replay has ended. */
  replayEnded = false;
  #mode: SourceMode;
  /** From the machine's clock to the hub's, which starts with the stream. */
  #clockOffsetMs: number;
  #sequence = 0;
  #sockets = new Set<WebSocket>();
  readonly #protocol: "json" | "columns";
  #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(
    { mode, streamMs, aheadS = 0, flights, port = 0, protocol = "columns" }: FakeHubOptions,
  ) {
    this.#mode = mode;
    this.#protocol = protocol;
    this.streamMs = streamMs;
    this.#clockOffsetMs = streamMs + aheadS * 1000 - Date.now();
    this.flights = new Map(flights.map((flight) => [flight.icao24, flight]));
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** How many pages are connected. */
  get pages(): number {
    return this.#sockets.size;
  }

  /** Lets `seconds` of stream time pass and tells the pages what changed. */
  tick(seconds: number, upserts: readonly Flight[] = [], removed: readonly string[] = []) {
    this.streamMs += seconds * 1000;
    for (const flight of upserts) this.flights.set(flight.icao24, flight);
    for (const icao24 of removed) this.flights.delete(icao24);
    const delta: DeltaMessage = {
      type: "delta",
      ...this.#clock(),
      sequence: ++this.#sequence,
      upserts: [...upserts],
      removed: [...removed],
    };
    for (const socket of this.#sockets) this.#send(socket, delta);
  }

  /** Sends a delta whose bytes the test has had its way with. */
  tickWith(change: (frame: Uint8Array<ArrayBuffer>) => void, upserts: readonly Flight[]) {
    const sequence = ++this.#sequence;
    const clock = this.#clock();
    const frame = writeMessage({
      type: "delta",
      ...clock,
      sequence,
      upserts: [...upserts],
      removed: [],
    });
    change(frame);
    for (const socket of this.#sockets) socket.send(frame);
  }

  /** Changes something and tells nobody: the pages' next delta shows them a gap. */
  loseTick(upserts: readonly Flight[]) {
    for (const flight of upserts) this.flights.set(flight.icao24, flight);
    this.#sequence++;
  }

  async close() {
    for (const socket of this.#sockets) socket.close();
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    if (new URL(request.url).pathname !== WS_PATH) return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: this.#protocol });
    socket.onopen = () => {
      this.#sockets.add(socket);
      this.#snapshot(socket);
    };
    socket.onclose = () => this.#sockets.delete(socket);
    socket.onmessage = ({ data }) => {
      const message: ClientMessage = JSON.parse(data);
      if (message.type !== "resync") return;
      this.resyncs++;
      this.#snapshot(socket);
    };
    return response;
  }

  #snapshot(socket: WebSocket) {
    const snapshot: SnapshotMessage = {
      type: "snapshot",
      ...this.#clock(),
      sequence: this.#sequence,
      flights: [...this.flights.values()],
    };
    this.#send(socket, snapshot);
  }

  #send(socket: WebSocket, message: SnapshotMessage | DeltaMessage) {
    socket.send(this.#protocol === "json" ? JSON.stringify(message) : writeMessage(message));
  }

  #clock() {
    return {
      timestamp: new Date(Date.now() + this.#clockOffsetMs).toISOString(),
      stream_time: new Date(this.streamMs).toISOString(),
      mode: this.#mode,
      replay_ended: this.replayEnded,
    };
  }
}
