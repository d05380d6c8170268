/** One look at a live source, for who sets it up: whether it answers, and what it knows. */
import { SourceClock } from "../../core/source_clock.ts";
import type { Config } from "../config.ts";
import type { SourceSpec } from "../source_specs.ts";
import { linesOf } from "./lines.ts";
import { feedOf } from "./live.ts";
import { readSbsLine } from "./sources/sbs_line.ts";
import { FeedError } from "./sources/source.ts";

export interface Look {
  readonly aircraft: number;
  /** How far its clock is ahead of ours, where that is more than an answer takes. */
  readonly aheadMs?: number;
  /** How often it is going to be asked; undefined for one that is listened to. */
  readonly intervalMs?: number;
}

/** Long enough for every aircraft in reach to say something. */
const LISTEN_MS = 3000;

/** @throws FeedError where it is not to be had, or is not what it is taken for */
export async function lookAt(spec: SourceSpec, config: Config): Promise<Look> {
  if (spec.kind === "sbs") return { aircraft: await listenTo(spec) };
  const feed = feedOf(spec, config);
  if (!feed) throw new Error(`${spec.name} is not a live source`);
  const { nowMs, items } = await feed.poll(new AbortController().signal);
  const receivedMs = Date.now();
  const isRight = new SourceClock().shiftMs(nowMs, receivedMs) === 0;
  return {
    aircraft: items.length,
    aheadMs: isRight ? undefined : nowMs - receivedMs,
    intervalMs: feed.intervalMs(),
  };
}

/** How many aircraft are heard within a few seconds. */
async function listenTo(where: { hostname: string; port: number }): Promise<number> {
  const heard = new Set<string>();
  let refusal: string | undefined;
  let isEnough = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const connection = await Deno.connect({ ...where, signal: AbortSignal.timeout(LISTEN_MS) });
    timer = setTimeout(() => {
      isEnough = true;
      connection.close();
    }, LISTEN_MS);
    const decoder = new TextDecoder();
    for await (const lines of linesOf(connection.readable)) {
      for (const line of lines) {
        const parsed = readSbsLine(decoder.decode(line));
        if (parsed?.ok) heard.add(parsed.value.icao24);
        else if (parsed) refusal = parsed.reason;
      }
    }
  } catch (error) {
    if (!isEnough) throw new FeedError("network", `cannot be heard: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
  if (heard.size === 0 && refusal) {
    throw new FeedError("wrong_shape", `does not speak BaseStation: ${refusal}`);
  }
  return heard.size;
}
