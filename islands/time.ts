/** Time travel as the page asks for it; what plays the past is loaded when somebody first travels. */
import { signal } from "@preact/signals";
import { clock, feed, playback } from "./state.ts";

/** Seconds of the past a second. */
export const SPEEDS = [1, 2, 5, 10, 30, 60] as const;
export const speed = signal<number>(1);

/** How the past is doing, in words where it is not there; undefined while it plays as it should. */
export interface PastTrouble {
  readonly kind: "loading" | "starting" | "off" | "empty" | "unreachable";
  readonly text: string;
}
export const pastTrouble = signal<PastTrouble | undefined>(undefined);

/** The moment that is shown, ms: of the past where one is looked at, else the stream's newest. */
export function shownMs(nowMs: number): number | undefined {
  if (playback.value) return clock.at(nowMs);
  return clock.running ? clock.at(nowMs) : feed.value.streamMs;
}

/** Shows the sky as it was at a moment, and plays on from there at the speed that is set. */
export async function travelTo(atMs: number, rate = speed.peek()): Promise<void> {
  const { player } = await import("./player.ts");
  await player.travelTo(atMs, rate);
}

/** Pauses the past or plays it on; from live it stops at what is shown now. */
export async function togglePlay(): Promise<void> {
  const past = playback.peek();
  const nowMs = performance.now();
  const atMs = shownMs(nowMs);
  if (atMs === undefined) return;
  if (!past) return await travelTo(atMs, 0);
  const { player } = await import("./player.ts");
  player.setRate(past.rate === 0 ? speed.peek() : 0);
}

/** Sets the speed; what plays goes on with it. */
export async function setSpeed(rate: number): Promise<void> {
  speed.value = rate;
  if (!playback.peek()?.rate) return;
  const { player } = await import("./player.ts");
  player.setRate(rate);
}

/** Back to what is now. */
export function goLive(): void {
  playback.value = undefined;
  pastTrouble.value = undefined;
}
