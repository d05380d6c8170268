/** A hub for the browser tests: speaks the contract, says only what a test tells it to. */
import { writeMessage, writeMessageFrame } from "../../contracts/columns_writer.ts";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { Flight } from "../../contracts/flight.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type {
  AnomalyMessage,
  ClientMessage,
  DeltaMessage,
  SnapshotMessage,
} from "../../contracts/websocket.ts";
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
  /** What pages asked for. */
  readonly subscriptions: ClientMessage[] = [];
  streamMs: number;
  /** Whether the next message says that the replay has ended. */
  replayEnded = false;
  /** What the history holds: reports, each at its own time. */
  readonly past: Flight[] = [];
  readonly anomalies: AnomalyPayload[] = [];
  /** How the history is doing. */
  history: "ok" | "starting" | "off" = "ok";
  /** What `/health` says of the sources. */
  sources: unknown[] = [];
  /** What `/status` says; without it there is none. */
  status: unknown;
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

  /** Tells the pages of an anomaly, and keeps it. */
  tell(anomaly: AnomalyPayload) {
    const at = this.anomalies.findIndex(({ anomaly_id }) => anomaly_id === anomaly.anomaly_id);
    this.anomalies.splice(Math.max(0, at), at < 0 ? 0 : 1, anomaly);
    const message: AnomalyMessage = { type: "anomaly", ...this.#clock(), payload: anomaly };
    const data = this.#protocol === "json" ? JSON.stringify(message) : writeMessageFrame(message);
    for (const socket of this.#sockets) socket.send(data);
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
    const url = new URL(request.url);
    if (url.pathname !== WS_PATH) return this.#answerHttp(url);
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: this.#protocol });
    socket.onopen = () => {
      this.#sockets.add(socket);
      this.#snapshot(socket);
    };
    socket.onclose = () => this.#sockets.delete(socket);
    socket.onmessage = ({ data }) => {
      const message: ClientMessage = JSON.parse(data);
      if (message.type === "resync") this.resyncs++;
      else this.subscriptions.push(message);
      this.#snapshot(socket);
    };
    return response;
  }

  #answerHttp({ pathname, searchParams }: URL): Response {
    const json = (body: unknown, status = 200) =>
      Response.json(body, { status, headers: { "access-control-allow-origin": "*" } });
    if (pathname === "/health") {
      const { history, sources } = this;
      return json({
        database: { status: history },
        sources,
        stream_time: this.#clock().stream_time,
      });
    }
    if (pathname === "/status" && this.status) return json(this.status);
    if (this.history === "starting") return json({ code: "database_unavailable" }, 503);
    if (this.history === "off") return json({ code: "history_off" }, 503);
    if (pathname === "/flights/history") {
      const [start, end] = ["start_ts", "end_ts"].map((name) =>
        Date.parse(searchParams.get(name)!)
      );
      return json({ frames: this.#frames(start!, end!, Number(searchParams.get("interval_s"))) });
    }
    const [, what, icao24] = pathname.split("/");
    if (what === "anomalies") {
      const wanted = searchParams.get("severity")?.split(",");
      const id = searchParams.get("anomaly_id");
      const found = this.anomalies.filter((one) =>
        (!id || one.anomaly_id === id) && (!icao24 || one.icao24 === icao24) &&
        (!wanted || wanted.includes(one.severity))
      ).toSorted((a, b) => a.detected_at < b.detected_at ? 1 : -1);
      const anomalies = found.slice(0, Number(searchParams.get("limit") ?? 100));
      return json({ count: anomalies.length, anomalies });
    }
    if (what === "flights" && pathname.endsWith("/history")) {
      const end = searchParams.get("end_ts");
      const endMs = end ? Date.parse(end) : this.streamMs;
      const sinceMs = endMs - Number(searchParams.get("minutes")) * 60_000;
      const positions = this.past
        .filter((flight) => flight.icao24 === icao24)
        .filter((flight) => lastContactMs(flight) >= sinceMs && lastContactMs(flight) <= endMs)
        .map((flight) => ({
          ...flight,
          recorded_at: new Date(lastContactMs(flight)).toISOString(),
        }));
      return json({ icao24, positions });
    }
    return json({ code: "not_found" }, 404);
  }

  /** What the hub says of a stretch of the past: everyone in each interval, as they were last in it. */
  #frames(startMs: number, endMs: number, intervalS: number) {
    const frames = new Map<number, Map<string, Flight>>();
    for (const flight of this.past) {
      const atMs = lastContactMs(flight);
      if (atMs < startMs || atMs >= endMs) continue;
      const number = Math.floor((atMs - startMs) / 1000 / intervalS);
      const frame = frames.get(number) ?? new Map<string, Flight>();
      frames.set(number, frame.set(flight.icao24, flight));
    }
    return [...frames].sort(([a], [b]) => a - b).map(([number, flights]) => ({
      timestamp: new Date(startMs + number * intervalS * 1000).toISOString(),
      flights: [...flights.values()],
    }));
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
