/** The v2 APIs of adsb.lol, airplanes.live, adsb.one and alike, of which one question a second is asked at most. */
import type { BoundingBox } from "../../../contracts/flight.ts";
import { distanceM } from "../../../core/geodesy.ts";
import { NM_M } from "../../../core/units.ts";
import { sleep } from "../../wait.ts";
import { fetchJson } from "./fetch_json.ts";
import { toAnswer } from "./readsb.ts";
import type { Answer, Feed } from "./source.ts";

export interface V2Options {
  readonly name: string;
  /** The server's address, or a whole one with `/v2/` in it. */
  readonly where: string;
  readonly bbox: BoundingBox;
  readonly intervalMs: number;
  readonly timeoutMs?: number;
}

const LEAST_INTERVAL_MS = 1000;
/** The largest radius that is answered. */
const MOST_NM = 250;

/** When each server may be asked next, whoever asks, by `performance.now()`. */
const nextAtMs = new Map<string, number>();

export class V2 implements Feed {
  readonly provider = "v2";
  readonly isBounded: boolean;
  readonly whose = "others";
  readonly name: string;
  readonly #options: V2Options;
  readonly #url: URL;

  constructor(options: V2Options) {
    this.name = options.name;
    this.#options = options;
    this.isBounded = !new URL(options.where).pathname.includes("/v2/");
    this.#url = this.isBounded ? pointUrl(options.where, options.bbox) : new URL(options.where);
  }

  intervalMs(): number {
    return Math.max(LEAST_INTERVAL_MS, this.#options.intervalMs);
  }

  async poll(signal: AbortSignal): Promise<Answer> {
    await this.#turn(signal);
    const { timeoutMs } = this.#options;
    return toAnswer((await fetchJson(this.#url, { signal, timeoutMs })).value);
  }

  /** Several sources of one server take turns. */
  async #turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const atMs = nextTurnMs(this.#url.host, now);
    if (atMs > now) await sleep(atMs - now, signal);
  }
}

/** When whoever asks for it now may ask a server, which is then taken for a second. */
export function nextTurnMs(host: string, nowMs: number): number {
  const atMs = Math.max(nowMs, nextAtMs.get(host) ?? 0);
  nextAtMs.set(host, atMs + LEAST_INTERVAL_MS);
  return atMs;
}

/** The circle around a box, nautical miles; `isWhole` where all of it is answered. */
export function circleOf(bbox: BoundingBox) {
  const lat = (bbox.lat_min + bbox.lat_max) / 2;
  const lon = (bbox.lon_min + bbox.lon_max) / 2;
  const corners = [bbox.lat_min, bbox.lat_max].map((cornerLat) => ({
    lat: cornerLat,
    lon: bbox.lon_max,
  }));
  const radiusM = Math.max(...corners.map((corner) => distanceM({ lat, lon }, corner)));
  const radiusNm = Math.ceil(radiusM / NM_M);
  return { lat, lon, radiusNm: Math.min(MOST_NM, radiusNm), isWhole: radiusNm <= MOST_NM };
}

/** The address to ask for a box: what lies around it in the circle is left out later. */
export function pointUrl(where: string, bbox: BoundingBox): URL {
  const { lat, lon, radiusNm } = circleOf(bbox);
  const base = where.replace(/\/+$/, "");
  return new URL(`${base}/v2/point/${+lat.toFixed(4)}/${+lon.toFixed(4)}/${radiusNm}`);
}
