import { FlightStream } from "../../clients/ts/client.ts";
import type { WebSocketMessage } from "../../contracts/websocket.ts";
import { hear } from "../anomalies.ts";
import { clock, connection, feed, table } from "../state.ts";

/** Where the page was told the hub is: its address, or the port on the page's own host. */
export interface HubPlace {
  readonly hubUrl?: string;
  readonly backendPort?: string;
}

/** The hub's HTTP address for a page at `page`, without a slash at its end. */
export function hubHttpUrl({ hubUrl, backendPort }: HubPlace, page: URL | Location): string {
  return (hubUrl || `${page.protocol}//${page.hostname}:${backendPort}`).replace(/\/$/, "");
}

/** Follows the hub into the table, the clock and the signals; `close()` of what it returns ends that. */
export function startLive(hub: string): FlightStream {
  return new FlightStream(hub, {
    table,
    onConnection: (now) => connection.value = now,
    onMessage(message) {
      if (message.type === "snapshot" || message.type === "delta") hearTime(message);
      else if (message.type === "anomaly") hear([message.payload]);
    },
  });
}

type Timed = Extract<WebSocketMessage, { stream_time?: string | null }>;

function hearTime({ timestamp, stream_time, mode, replay_ended }: Timed) {
  if (!stream_time) return;
  const streamMs = Date.parse(stream_time);
  const sentMs = Date.parse(timestamp);
  const nowMs = performance.now();
  if (replay_ended) clock.stop(streamMs, nowMs);
  else clock.observe(streamMs, sentMs, nowMs);
  const before = feed.peek();
  // What was there before we came is as old as the hub's clock says; of a replay no clock tells.
  const isFirst = before.streamMs === undefined;
  const ageMs = isFirst && mode === "live" ? Math.max(0, sentMs - streamMs) : 0;
  feed.value = {
    mode: mode ?? before.mode,
    streamMs,
    replayEnded: replay_ended ?? false,
    advancedAtMs: streamMs === before.streamMs ? before.advancedAtMs : nowMs - ageMs,
  };
}
