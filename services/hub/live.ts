/** The live stream: every client gets a snapshot, then what changed, and never a queue. */
import type { CachedFlight, Changes, FlightCache } from "../../core/flight_cache.ts";
import { type FlightFilter, matches } from "../../core/flight_filter.ts";
import { ClientMessage, type SubscribeMessage } from "../../contracts/websocket.ts";
import { checkMessage, type Parsed, parseMessage } from "../../contracts/parse.ts";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { WS_PROTOCOLS, type WsProtocol } from "../../contracts/constants.ts";
import { decode } from "@msgpack/msgpack";
import { type Frame, type FrameClock, type FrameCodec, JSON_FRAMES } from "./encode.ts";
import { COLUMNS_FRAMES } from "./encode_columns.ts";
import { MSGPACK_FRAMES } from "./encode_msgpack.ts";
import type { Step } from "../trace.ts";
import type { HubMetrics } from "./metrics.ts";

/** A client with this much unsent is slow: it skips ticks until it has read on. */
const SLOW_BYTES = 256 * 1024;
/**
 * Sent in one turn of the event loop; then the sockets write. What is sent is copied for each client,
 * so a snapshot for a thousand newcomers at once would take a gigabyte.
 */
const TURN_BYTES = 8 * 2 ** 20;
/** Longest silence: with nothing to say, an empty delta goes out before it is over. */
const IDLE_MS = 500;
/** `sequence` of a client that waits for a snapshot: from before every delta. */
const SNAPSHOT_DUE = -1;
const LONGEST_MESSAGE = 16_384;
/** Anomalies kept for a client that is slow; the older ones are in the history. */
const MOST_PENDING_ANOMALIES = 100;
const MESSAGES_PER_WINDOW = 50;
const WINDOW_MS = 10_000;

/** WebSocket close codes (RFC 6455, 7.4.1). */
export const CLOSE = {
  goingAway: 1001,
  unacceptable: 1003,
  policy: 1008,
  tooBig: 1009,
  /** IANA's registry of RFC 6455's codes. */
  tryLater: 1013,
} as const;

/** What is asked of a socket: `WebSocket` has it. */
export type ClientSocket = Pick<WebSocket, "send" | "close" | "bufferedAmount" | "readyState">;

/** How each subprotocol writes. */
const CODECS: Readonly<Record<WsProtocol, FrameCodec>> = {
  json: JSON_FRAMES,
  msgpack: MSGPACK_FRAMES,
  columns: COLUMNS_FRAMES,
};

interface Client {
  readonly socket: ClientSocket;
  readonly protocol: WsProtocol;
  /** The sequence number this client has been brought to. */
  sequence: number;
  /** Set for a client that asked for part of it; `known` is what it has been told of. */
  filter?: FlightFilter;
  known: Set<string>;
  minIntervalMs: number;
  lastSentMs: number;
  /** When its latest messages came, for the limit. */
  heardMs: number[];
  /** Anomalies that wait until the client has read on. */
  pendingAnomalies: AnomalyPayload[];
}

/** One delta on its way to every client. */
interface Round {
  readonly changes: Changes;
  readonly clock: FrameClock;
  readonly now: number;
  /** Its frames by protocol and the sequence number they start from: most clients share one. */
  readonly frames: Map<string, Frame | undefined>;
}

export class LiveFeed {
  readonly #cache: FlightCache;
  readonly #metrics: HubMetrics;
  /** What is said of the time. */
  readonly #now: () => number;
  /** What intervals are measured by: the wall's clock may be set back. */
  readonly #elapsed: () => number;
  readonly #intervalMs: number;
  readonly #clients = new Map<ClientSocket, Client>();
  #lastTickMs = -Infinity;
  /** What may still be sent in this turn. */
  #turnBytes = TURN_BYTES;
  #nextTurn?: Promise<void>;
  /** Whether a round of deltas goes on over several turns. */
  #isSending = false;
  #replayEnded = false;
  /** Of updates that are followed and in the running delta. */
  #steps: Step[] = [];
  /** The newest snapshots, good for every client until the next tick. */
  readonly #snapshots = new Map<WsProtocol, { readonly sequence: number; readonly frame: Frame }>();

  constructor(
    cache: FlightCache,
    intervalMs: number,
    metrics: HubMetrics,
    now: () => number = Date.now,
    elapsed: () => number = () => performance.now(),
  ) {
    this.#cache = cache;
    this.#intervalMs = intervalMs;
    this.#metrics = metrics;
    this.#now = now;
    this.#elapsed = elapsed;
  }

  get connections(): number {
    return this.#clients.size;
  }

  opened(socket: ClientSocket, protocol: WsProtocol = WS_PROTOCOLS[0]): void {
    const client: Client = {
      socket,
      protocol,
      sequence: 0,
      known: new Set(),
      minIntervalMs: 0,
      lastSentMs: -Infinity,
      heardMs: [],
      pendingAnomalies: [],
    };
    this.#clients.set(socket, client);
    this.#snapshotSoon(client);
  }

  closed(socket: ClientSocket): void {
    this.#clients.delete(socket);
  }

  /** What a client said. Rubbish, or too much, ends its connection. */
  heard(socket: ClientSocket, data: unknown): void {
    const client = this.#clients.get(socket);
    if (!client) return;
    const now = this.#elapsed();
    client.heardMs = [...client.heardMs.filter((at) => now - at < WINDOW_MS), now];
    if (client.heardMs.length > MESSAGES_PER_WINDOW) {
      const limit = `${MESSAGES_PER_WINDOW} messages in ${WINDOW_MS / 1000} s`;
      return this.#refuse(client, CLOSE.policy, "too_many_messages", `Send at most ${limit}`);
    }
    const isBinary = data instanceof ArrayBuffer;
    if (typeof data !== "string" && !(isBinary && client.protocol === "msgpack")) {
      return this.#refuse(client, CLOSE.unacceptable, "not_text", "Send JSON as a text message");
    }
    if ((isBinary ? data.byteLength : data.length) > LONGEST_MESSAGE) {
      const limit = `Send at most ${LONGEST_MESSAGE} characters a message`;
      return this.#refuse(client, CLOSE.tooBig, "message_too_big", limit);
    }
    const message = isBinary ? parsePacked(data) : parseMessage(ClientMessage, data);
    if (!message.ok) return this.#refuse(client, CLOSE.policy, message.reason_code, message.reason);
    if (message.value.type === "subscribe") {
      const { bbox } = message.value;
      // It may cross the antimeridian, but no pole.
      if (bbox && bbox.lat_min > bbox.lat_max) {
        const says =
          `bbox.lat_min is ${bbox.lat_min}, but must be at most lat_max: ${bbox.lat_max}`;
        return this.#refuse(client, CLOSE.policy, "impossible_value", says);
      }
      subscribe(client, message.value);
    }
    this.#snapshotSoon(client);
  }

  /**
   * To be called every interval: ends the running delta and sends it to whoever is due. While a large
   * crowd is still being served, the delta goes on growing instead.
   */
  tick(): void {
    const nowMs = this.#now();
    const now = this.#elapsed();
    if (this.#isSending) return;
    this.#cache.advance(nowMs);
    const isIdle = now - this.#lastTickMs + this.#intervalMs <= IDLE_MS;
    if (!this.#cache.hasChanges && isIdle) return;
    this.#lastTickMs = now;
    const frames = new Map<string, Frame | undefined>();
    const round = { changes: this.#cache.tick(), clock: this.#clock(nowMs), now, frames };
    this.#turnBytes = TURN_BYTES;
    this.#sendRound(round, [...this.#clients.values()]);
  }

  /** Brings everyone who is due up to the newest delta, in as many turns as that takes. */
  #sendRound(round: Round, clients: readonly Client[]): void {
    for (const [i, client] of clients.entries()) {
      if (this.#turnBytes <= 0) {
        this.#isSending = true;
        void this.#turn().then(() => this.#sendRound(round, clients.slice(i)));
        return;
      }
      if (this.#isDue(client, round.now)) this.#sendDelta(round, client);
    }
    this.#isSending = false;
    for (const step of this.#steps.splice(0)) step.end();
  }

  #sendDelta({ changes, clock, now, frames }: Round, client: Client): void {
    const { sequence } = this.#cache;
    // It came, or asked anew, while others were served.
    if (client.sequence === sequence) return;
    const isInStep = client.sequence === sequence - 1;
    const from = isInStep ? undefined : client.sequence;
    const write = (narrow?: Client) => {
      const since = isInStep ? changes : this.#cache.changesSince(client.sequence);
      const wanted = narrow ? narrowed(narrow, since) : since;
      return wanted && CODECS[client.protocol].delta(clock, sequence, from, wanted);
    };
    let frame: Frame | undefined;
    if (client.filter) frame = write(client);
    else {
      const key = `${client.protocol} ${client.sequence}`;
      if (!frames.has(key)) frames.set(key, write());
      frame = frames.get(key);
    }
    if (frame === undefined) this.#sendSnapshot(client);
    else this.#send(client, "delta", frame);
    client.sequence = sequence;
    client.lastSentMs = now;
    for (const anomaly of client.pendingAnomalies.splice(0)) this.#sendAnomaly(client, anomaly);
  }

  /** Tells every client that asked for this aircraft; a slow one hears of it when it has read on. */
  anomaly(anomaly: AnomalyPayload): void {
    for (const client of this.#clients.values()) {
      if (client.filter && !client.known.has(anomaly.icao24)) continue;
      if (!isSlow(client)) this.#sendAnomaly(client, anomaly);
      else {
        client.pendingAnomalies.push(anomaly);
        if (client.pendingAnomalies.length > MOST_PENDING_ANOMALIES) {
          client.pendingAnomalies.shift();
        }
      }
    }
  }

  /** An update that was just taken into the cache: the step ends when the next delta has been sent. */
  follow(step: Step): void {
    this.#steps.push(step);
  }

  /** Says whether every replay has come to its end, from the next message on. */
  setReplayEnded(ended: boolean): void {
    this.#replayEnded = ended;
  }

  /**
   * Ends the connections of a part of those who have finished no message for a while, those who came
   * last first, and of no fewer than `fewest`.
   */
  closeSilent(share: number, fewest: number): void {
    const now = this.#elapsed();
    const silent = [...this.#clients.values()]
      .filter(({ heardMs }) => now - (heardMs.at(-1) ?? -Infinity) > WINDOW_MS);
    const count = Math.max(Math.ceil(silent.length * share), fewest);
    for (const client of silent.slice(-count)) {
      const says = "The hub needs the memory of a message that is not finished: connect again";
      this.#refuse(client, CLOSE.tryLater, "memory_needed", says);
    }
  }

  /** Ends every connection. */
  close(): void {
    for (const { socket } of this.#clients.values()) socket.close(CLOSE.goingAway, "The hub stops");
    this.#clients.clear();
  }

  #isDue(client: Client, now: number): boolean {
    if (client.socket.readyState !== WebSocket.OPEN) return false;
    // Half a tick of slack, or a client that asks for 5 Hz would get 2.5 from a timer that is 1 ms early.
    if (now - client.lastSentMs < client.minIntervalMs - this.#intervalMs / 2) return false;
    if (!isSlow(client)) return true;
    this.#metrics.skipped.inc();
    return false;
  }

  /** The next turn of the event loop, in which there is room to send again. */
  #turn(): Promise<void> {
    return this.#nextTurn ??= new Promise((resolve) =>
      setTimeout(() => {
        this.#turnBytes = TURN_BYTES;
        this.#nextTurn = undefined;
        resolve();
      })
    );
  }

  /** At once, or with a coming tick where the client or the hub has too much to do. */
  #snapshotSoon(client: Client): void {
    if (!isSlow(client) && this.#turnBytes > 0) return this.#sendSnapshot(client);
    client.sequence = SNAPSHOT_DUE;
  }

  #sendSnapshot(client: Client): void {
    const { sequence } = this.#cache;
    const clock = this.#clock(this.#now());
    const codec = CODECS[client.protocol];
    client.sequence = sequence;
    if (client.filter) {
      const own = [...this.#cache.all()].filter(({ flight }) => matches(flight, client.filter!));
      client.known = new Set(own.map(({ flight }) => flight.icao24));
      return this.#send(client, "snapshot", codec.snapshot(clock, sequence, own));
    }
    let kept = this.#snapshots.get(client.protocol);
    if (kept?.sequence !== sequence) {
      kept = { sequence, frame: codec.snapshot(clock, sequence, this.#cache.all()) };
      this.#snapshots.set(client.protocol, kept);
    }
    this.#send(client, "snapshot", kept.frame);
  }

  #sendAnomaly(client: Client, anomaly: AnomalyPayload): void {
    const clock = this.#clock(this.#now());
    this.#send(client, "anomaly", CODECS[client.protocol].anomaly(clock, anomaly));
  }

  #send({ socket }: Client, type: string, frame: Frame): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(frame);
    this.#turnBytes -= frame.length;
    if (this.#turnBytes <= 0) void this.#turn();
    this.#metrics.sent.inc({ type });
  }

  #refuse(client: Client, closeCode: number, code: string, message: string): void {
    this.#send(client, "error", CODECS[client.protocol].error(this.#now(), code, message));
    this.#metrics.wrongMessages.inc({ code });
    // A close reason may have 123 bytes.
    client.socket.close(closeCode, code);
    this.#clients.delete(client.socket);
  }

  #clock(nowMs: number): FrameClock {
    const { streamMs, mode } = this.#cache;
    return { nowMs, streamMs, mode, replayEnded: this.#replayEnded };
  }
}

/** A message of a `msgpack` client: the same map as in JSON. */
function parsePacked(data: ArrayBuffer): Parsed<ClientMessage> {
  try {
    return checkMessage(ClientMessage, decode(data));
  } catch (error) {
    return { ok: false, reason_code: "not_json", reason: `not MessagePack: ${error}` };
  }
}

function isSlow({ socket }: Client): boolean {
  return socket.bufferedAmount > SLOW_BYTES;
}

function subscribe(client: Client, message: SubscribeMessage): void {
  const { bbox, min_altitude_m, max_altitude_m, icao24, max_hz } = message;
  const wanted = { bbox, min_altitude_m, max_altitude_m, icao24: icao24 && new Set(icao24) };
  const isEverything = Object.values(wanted).every((condition) => condition === undefined);
  client.filter = isEverything ? undefined : wanted;
  client.minIntervalMs = max_hz === undefined ? 0 : 1000 / max_hz;
}

/** The part of the changes that a client asked for; what has left that part is removed. */
function narrowed(client: Client, changes: Changes | undefined): Changes | undefined {
  if (!changes) return undefined;
  const upserts: CachedFlight[] = [];
  const removed = changes.removed.filter((icao24) => client.known.delete(icao24));
  for (const cached of changes.upserts) {
    const { icao24 } = cached.flight;
    if (matches(cached.flight, client.filter!)) {
      client.known.add(icao24);
      upserts.push(cached);
    } else if (client.known.delete(icao24)) removed.push(icao24);
  }
  return { upserts, removed };
}
