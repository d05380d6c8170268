import { effect } from "@preact/signals";
import { socketUrl } from "../../clients/ts/client.ts";
import { Following, type Heard } from "../../clients/ts/follow.ts";
import type { Line } from "../../clients/ts/socket.ts";
import { type ColumnsFrame, readFrame } from "../../contracts/columns.ts";
import { frameOf } from "../../contracts/columns_writer.ts";
import type { WebSocketMessage } from "../../contracts/websocket.ts";
import { hear } from "../anomalies.ts";
import { clock, connection, feed, playback, table } from "../state.ts";
import { complain } from "./complain.ts";
import { withToken } from "./token.ts";

/** Where the page was told the hub is: its address, or the port on the page's own host. */
export interface HubPlace {
  readonly hubUrl?: string;
  readonly backendPort?: string;
}

/** The hub's HTTP address for a page at `page`, without a slash at its end. */
export function hubHttpUrl({ hubUrl, backendPort }: HubPlace, page: URL | Location): string {
  return (hubUrl || `${page.protocol}//${page.hostname}:${backendPort}`).replace(/\/$/, "");
}

/**
 * A tab that nobody sees is told of changes this often, so that the line is not taken for dead; it asks
 * for all when somebody looks.
 */
const HIDDEN_HZ = 0.2;

/** A hub's socket: in columns, or in JSON where it is too old to know them. */
function openHub(hub: string): Line {
  const socket = new WebSocket(socketUrl(hub), withToken(["columns", "json"]));
  socket.binaryType = "arraybuffer";
  return socket;
}

/** Follows the hub into the table, the clock and the signals; `close()` of what it returns ends that. */
export function startLive(hub: string, open = () => openHub(hub)): Following<ColumnsFrame> {
  const following = new Following<ColumnsFrame>({
    table: unlessPast,
    open,
    read,
    onUnreadable: (error) => complain("frame", "A frame of the hub was dropped:", error),
    onConnection: (now) => connection.value = now,
    onMessage(message) {
      if (message.type === "snapshot" || message.type === "delta") hearTime(message);
      else if (message.type === "anomaly") hear([message.payload]);
    },
  });
  document.addEventListener(
    "visibilitychange",
    () => following.subscribe(document.hidden ? { max_hz: HIDDEN_HZ } : {}),
  );
  let wasPast = false;
  effect(() => {
    const isPast = playback.value !== undefined;
    if (wasPast && !isPast) following.resync();
    wasPast = isPast;
  });
  return following;
}

/** The table, but for while it holds the past: then what the hub says is passed over. */
const unlessPast = {
  expectSnapshot() {
    if (!playback.peek()) table.expectSnapshot();
  },
  apply: (frame: ColumnsFrame) => playback.peek() ? "old" : table.apply(frame),
} as const;

/** What the hub said. A message in JSON becomes the frame that it would have been. */
function read(data: string | ArrayBuffer): Heard<ColumnsFrame> {
  if (data instanceof ArrayBuffer) return readFrame(data);
  const message: Exclude<WebSocketMessage, { type: "resync" | "subscribe" }> = JSON.parse(data);
  return message.type === "snapshot" || message.type === "delta" ? frameOf(message) : message;
}

function hearTime({ timestamp_ms, stream_time_ms, mode, replay_ended }: ColumnsFrame) {
  const hubAheadMs = timestamp_ms - Date.now();
  if (stream_time_ms === undefined) {
    feed.value = { ...feed.peek(), hubAheadMs };
    return;
  }
  const nowMs = performance.now();
  // While the past is looked at, the clock is its own.
  if (playback.peek() === undefined) {
    if (replay_ended) clock.run(stream_time_ms, nowMs, 0);
    else clock.observe(stream_time_ms, timestamp_ms, nowMs);
  }
  const before = feed.peek();
  // What was there before we came is as old as the hub's clock says; of a replay no clock tells.
  const isFirst = before.streamMs === undefined;
  const ageMs = isFirst && mode === "live" ? Math.max(0, timestamp_ms - stream_time_ms) : 0;
  feed.value = {
    mode: mode ?? before.mode,
    streamMs: stream_time_ms,
    replayEnded: replay_ended,
    hubAheadMs,
    advancedAtMs: stream_time_ms === before.streamMs ? before.advancedAtMs : nowMs - ageMs,
  };
}
