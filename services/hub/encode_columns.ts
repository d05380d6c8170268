/** Frames of the subprotocol `columns`, as contracts/columns.ts reads them. */
import { writeFrame, writeMessageFrame } from "../../contracts/columns_writer.ts";
import type { FrameClock, FrameCodec } from "./encode.ts";

/** The subprotocol `columns`. */
export const COLUMNS_FRAMES: FrameCodec = {
  snapshot: (clock, sequence, flights) =>
    writeFrame({ type: "snapshot", ...head(clock), sequence }, [...flights]),
  delta: (clock, sequence, from_sequence, { upserts, removed }) =>
    writeFrame({ type: "delta", ...head(clock), sequence, from_sequence }, upserts, removed),
  anomaly: ({ nowMs, streamMs, mode }, payload) =>
    writeMessageFrame({
      type: "anomaly",
      timestamp: iso(nowMs),
      stream_time: streamMs === undefined ? null : iso(streamMs),
      mode,
      payload,
    }),
  error: (nowMs, code, message) =>
    writeMessageFrame({ type: "error", timestamp: iso(nowMs), code, message }),
};

function head({ nowMs, streamMs, mode, replayEnded }: FrameClock) {
  return { timestamp_ms: nowMs, stream_time_ms: streamMs, mode, replay_ended: replayEnded };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
