/**
 * The time of the stream between messages. A message says the newest event time; until the next one
 * the stream goes on at the rate it had: 1 when live, whatever the replay's speed is otherwise.
 */

/** How much of the stream the rate is taken from, in ms of the hub's clock. */
const RATE_WINDOW_MS = 10_000;
/** A shorter stretch says too little: feeds report in steps of a second or more. */
const LEAST_SPAN_MS = 1_500;
/** An error beyond this, in seconds of real time, is a jump (a replay sought or began anew). */
const JUMP_S = 5;
/** The part of a small error that one message corrects, so that aircraft do not twitch. */
const CORRECTION = 0.2;

interface Sample {
  readonly streamMs: number;
  readonly sentMs: number;
}

export class StreamClock {
  #samples: Sample[] = [];
  #anchorMs = 0;
  #anchorAtMs = 0;
  #rate = 1;

  /** Seconds of stream time a second of real time. */
  get rate(): number {
    return this.#rate;
  }

  /** Whether any message has told a time yet. */
  get running(): boolean {
    return this.#samples.length > 0;
  }

  /**
   * Takes in a message: the newest event time, when the hub sent it (its clock) and when it came (ours).
   * The rate comes from the hub's clock alone: ours may have been busy while messages queued.
   */
  observe(streamMs: number, sentMs: number, arrivedMs: number) {
    const last = this.#samples.at(-1);
    if (last && streamMs === last.streamMs) return;
    if (this.#rate === 0) this.#rate = 1;
    const errorMs = last ? streamMs - this.at(arrivedMs) : Infinity;
    const jumped = Math.abs(errorMs) > JUMP_S * 1000 * Math.max(1, this.#rate);
    // Until there is a rate every error looks large: only a stream whose pace is known can jump.
    if (jumped && this.#measured() !== undefined) this.#samples = [];
    this.#anchorMs = jumped ? streamMs : this.at(arrivedMs) + errorMs * CORRECTION;
    this.#anchorAtMs = arrivedMs;
    this.#samples.push({ streamMs, sentMs });
    while (this.#samples.length > 2 && sentMs - this.#samples[0]!.sentMs > RATE_WINDOW_MS) {
      this.#samples.shift();
    }
    this.#rate = this.#measured() ?? this.#rate;
  }

  /**
   * The time is `streamMs` and runs on at `rate`, whatever was observed; at 0, where a stream has ended
   * or is paused, it stands. The next observation takes over.
   */
  run(streamMs: number, nowMs: number, rate: number) {
    this.#samples = [{ streamMs, sentMs: -Infinity }];
    this.#anchorMs = streamMs;
    this.#anchorAtMs = nowMs;
    this.#rate = rate;
  }

  /** The stream's time, in ms since the epoch, at a moment of our clock. */
  at(nowMs: number): number {
    return this.#anchorMs + (nowMs - this.#anchorAtMs) * this.#rate;
  }

  #measured(): number | undefined {
    const [oldest, newest] = [this.#samples[0], this.#samples.at(-1)];
    if (!oldest || !newest) return undefined;
    const spanMs = newest.sentMs - oldest.sentMs;
    return spanMs < LEAST_SPAN_MS ? undefined : (newest.streamMs - oldest.streamMs) / spanMs;
  }
}
