/** readsb, dump1090 or tar1090: their aircraft.json, by URL or as a file. */
import { FeedError } from "./source.ts";
import type { Answer, Feed } from "./source.ts";
import { isNotIcao, readAircraft, readAircraftJson } from "./aircraft_json.ts";
import { fetchJson, toJson } from "./fetch_json.ts";

export interface ReadsbOptions {
  readonly name: string;
  /** An http address, or a file. */
  readonly where: string;
  readonly intervalMs: number;
  readonly timeoutMs?: number;
}

export class Readsb implements Feed {
  readonly provider = "readsb";
  readonly isBounded = false;
  readonly whose = "own";
  readonly name: string;
  readonly #options: ReadsbOptions;

  constructor(options: ReadsbOptions) {
    this.name = options.name;
    this.#options = options;
  }

  intervalMs(): number {
    return this.#options.intervalMs;
  }

  async poll(signal: AbortSignal): Promise<Answer> {
    const { where, timeoutMs } = this.#options;
    if (isWeb(where)) {
      return toAnswer((await fetchJson(where, { signal, timeoutMs })).value);
    }
    return toAnswer(toJson(await readFile(where)));
  }
}

/** The answer in what aircraft.json or a v2 API has sent. @throws FeedError */
export function toAnswer(value: unknown): Answer {
  const parsed = readAircraftJson(value);
  if (!parsed.ok) {
    const sent = new TextEncoder().encode(JSON.stringify(value).slice(0, 4096));
    throw new FeedError("wrong_shape", parsed.reason, { sent });
  }
  const { nowMs, items } = parsed.value;
  const read: Answer["read"] = (item, shiftMs) =>
    isNotIcao(item) ? "not_icao" : readAircraft(item, nowMs + shiftMs);
  return { nowMs, items, read };
}

function isWeb(where: string): boolean {
  return /^https?:\/\//.test(where);
}

async function readFile(where: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(where.startsWith("file:") ? new URL(where) : where);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new FeedError("network", "is not there: name a file, or an address with http://");
    }
    throw new FeedError("network", `cannot be read: ${(error as Error).message}`);
  }
}
