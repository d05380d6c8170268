/**
 * A WebSocket message that never ends is kept by Deno's server, fragment by fragment, and nobody is told
 * of it: all that shows is that memory grows. Closing the connection lets go of it, or at least ends the
 * growth where the other end reads nothing. Who has finished a message lately is not in the middle of one;
 * of the others those who came last go first, until it stops. A client that did no wrong connects again.
 */
import { untilStopped } from "../wait.ts";
import type { LiveFeed } from "./live.ts";

const LOOK_EVERY_MS = 1000;
/**
 * Grown by this much over the least of the last ten minutes: a thousand clients take a sixth of it, the
 * start of the embedded database two thirds.
 */
const GROWN_BYTES = 1.5 * 2 ** 30;
const LEAST_OF_LOOKS = 600;
/** And still growing, by this much from look to look. */
const GROWING_BYTES = 16 * 2 ** 20;
/** Of those who could be in the middle of a message: this part of them, but not fewer than so many. */
const SHARE = 0.1;
const FEWEST = 10;

export class MemoryWatch {
  readonly #live: Pick<LiveFeed, "closeSilent">;
  readonly #memory: () => number;
  readonly #looks: number[] = [];

  constructor(
    live: Pick<LiveFeed, "closeSilent">,
    memory: () => number = () => Deno.memoryUsage().rss,
  ) {
    this.#live = live;
    this.#memory = memory;
  }

  /** Looks every second until it is told to stop. */
  watch(stopped: AbortSignal): void {
    const timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    void untilStopped(stopped).then(() => clearInterval(timer));
  }

  look(): void {
    const bytes = this.#memory();
    const before = this.#looks.at(-1) ?? bytes;
    this.#looks.push(bytes);
    if (this.#looks.length > LEAST_OF_LOOKS) this.#looks.shift();
    const isMuch = bytes - Math.min(...this.#looks) > GROWN_BYTES;
    if (isMuch && bytes - before > GROWING_BYTES) this.#live.closeSilent(SHARE, FEWEST);
  }
}
