/** What the sources have in common. */
import type { Parsed } from "../../../contracts/parse.ts";
import type { Report } from "../../../core/merge.ts";

/** Whatever brings reports onto the log: a feed that is asked, one that is listened to, a recording. */
export interface Source {
  /** As it is told of: its kind and address, without secrets. */
  readonly name: string;
  /** Runs until stopped. What fails out there it says and survives. */
  run(stopped: AbortSignal): Promise<void>;
}

/** A source that is asked again and again; `PolledSource` does the asking. */
export interface Feed {
  readonly name: string;
  readonly provider: string;
  /** Whether it was asked for an area only, and all it says lies there; else it says all it hears. */
  readonly isBounded: boolean;
  /** A receiver of one's own may be asked again soon when it fails; others' servers may not. */
  readonly whose: "own" | "others";
  /** Milliseconds from one poll to the next, as things are now. */
  intervalMs(): number;
  /** @throws FeedError when there is no answer, or none that can be used */
  poll(signal: AbortSignal): Promise<Answer>;
}

/** What a feed said at a time of its own clock. */
export interface Answer {
  readonly nowMs: number;
  readonly items: readonly unknown[];
  /** What an item says, its times moved by `shiftMs`; `not_icao` where it has no address of ICAO's. */
  read(item: unknown, shiftMs: number): Parsed<Report> | "not_icao";
}

/** How a poll fails: the label of `producer_api_errors_total`. */
export const ERROR_TYPES = [
  "network",
  "timeout",
  "http",
  "unauthorized",
  "rate_limited",
  "not_json",
  "wrong_shape",
  "clock",
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

export class FeedError extends Error {
  override name = "FeedError";

  constructor(
    readonly type: ErrorType,
    message: string,
    /** When the feed said it may be asked again; what it sent, where that is what is wrong. */
    readonly more: { readonly retryAtMs?: number; readonly sent?: Uint8Array } = {},
  ) {
    super(message);
  }
}
