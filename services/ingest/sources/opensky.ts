/**
 * The OpenSky Network, live (https://openskynetwork.github.io/opensky-api/rest.html): signed in with
 * OAuth2 client credentials, or without an account for a tenth of the credits.
 */
import type { BoundingBox } from "../../../contracts/flight.ts";
import { fetchJson, type JsonAnswer } from "./fetch_json.ts";
import { later } from "./recording.ts";
import { type Answer, type Feed, FeedError } from "./source.ts";
import { readRow, readStates } from "./states.ts";

export interface OpenSkyOptions {
  /** Of the API, without `/states/all`. */
  readonly url: string;
  readonly tokenUrl: string;
  readonly client?: { readonly id: string; readonly secret: string };
  readonly bbox: BoundingBox;
  /** How often one would like to ask. */
  readonly intervalMs: number;
  readonly timeoutMs?: number;
}

/** Credits a day, and what they are worth asking for. */
const ANONYMOUS = { credits: 400, resolutionMs: 10_000 };
const USER = { credits: 4000, resolutionMs: 5000 };
/** Who feeds a receiver's data has more; told by how many are left. */
const FEEDER_CREDITS = 8000;
const DAY_MS = 86_400_000;
/** A token is renewed this long before it ends. */
const TOKEN_MARGIN_MS = 60_000;
const TOKEN_LASTS_S = 1800;

/** What a poll of a box costs, by its square degrees. */
export function creditsOf({ lat_min, lat_max, lon_min, lon_max }: BoundingBox): number {
  const area = (lat_max - lat_min) * (lon_max - lon_min);
  return area <= 25 ? 1 : area <= 100 ? 2 : area <= 400 ? 3 : 4;
}

export class OpenSky implements Feed {
  readonly name = "opensky";
  readonly provider = "opensky";
  readonly isBounded = true;
  readonly whose = "others";
  readonly #options: OpenSkyOptions;
  readonly #url: URL;
  #creditsADay: number;
  #token?: { readonly text: string; readonly endsAtMs: number };

  constructor(options: OpenSkyOptions) {
    this.#options = options;
    this.#url = statesUrl(options);
    this.#creditsADay = this.#account().credits;
  }

  /** As often as asked for, where the day's credits last for that. */
  intervalMs(): number {
    const { bbox, intervalMs } = this.#options;
    const lastingMs = Math.ceil(DAY_MS * creditsOf(bbox) / this.#creditsADay);
    return Math.max(intervalMs, lastingMs, this.#account().resolutionMs);
  }

  async poll(signal: AbortSignal): Promise<Answer> {
    const { value, headers } = await this.#ask(signal);
    const left = Number(headers.get("x-rate-limit-remaining") ?? 0);
    if (left > this.#creditsADay) this.#creditsADay = FEEDER_CREDITS;
    const states = readStates(value);
    if (!states.ok) {
      const sent = new TextEncoder().encode(JSON.stringify(value).slice(0, 4096));
      throw new FeedError("wrong_shape", states.reason, { sent });
    }
    const { timeMs, rows } = states.value;
    const read: Answer["read"] = (row, shiftMs) => {
      const parsed = readRow(row);
      return parsed.ok ? { ok: true, value: later(parsed.value, shiftMs) } : parsed;
    };
    return { nowMs: timeMs, items: rows, read };
  }

  #account() {
    return this.#options.client ? USER : ANONYMOUS;
  }

  /** A token may end before its time: then once more with a new one. */
  async #ask(signal: AbortSignal): Promise<JsonAnswer> {
    const { client, timeoutMs } = this.#options;
    if (!client) return await fetchJson(this.#url, { signal, timeoutMs });
    const asked = async () => {
      const headers = { authorization: `Bearer ${await this.#tokenText(signal)}` };
      return await fetchJson(this.#url, { signal, timeoutMs, headers });
    };
    const hadToken = this.#token !== undefined;
    try {
      return await asked();
    } catch (error) {
      if (!(error instanceof FeedError) || error.type !== "unauthorized") throw error;
      this.#token = undefined;
      if (!hadToken) throw error;
      return await asked();
    }
  }

  async #tokenText(signal: AbortSignal): Promise<string> {
    if (this.#token && this.#token.endsAtMs > Date.now()) return this.#token.text;
    const { client, tokenUrl, timeoutMs } = this.#options;
    const form = {
      grant_type: "client_credentials",
      client_id: client!.id,
      client_secret: client!.secret,
    };
    const { value } = await fetchJson(tokenUrl, { signal, timeoutMs, form }).catch((error) => {
      // Keycloak says 400 or 401 to a client that it does not know.
      const isRefused = error instanceof FeedError && /HTTP 40[01]/.test(error.message);
      if (!isRefused) throw error;
      const remedy = "check OPENSKY_CLIENT_ID and OPENSKY_CLIENT_SECRET";
      throw new FeedError("unauthorized", `does not let us sign in: ${remedy}`);
    });
    const { access_token, expires_in } = (value ?? {}) as Record<string, unknown>;
    if (typeof access_token !== "string") {
      throw new FeedError("wrong_shape", "signs us in without an access_token");
    }
    const lastsS = typeof expires_in === "number" ? expires_in : TOKEN_LASTS_S;
    const endsAtMs = Date.now() + lastsS * 1000 - TOKEN_MARGIN_MS;
    this.#token = { text: access_token, endsAtMs };
    return access_token;
  }
}

function statesUrl({ url, bbox }: OpenSkyOptions): URL {
  const states = new URL(`${url.replace(/\/+$/, "")}/states/all`);
  states.searchParams.set("extended", "1");
  const isWorld = bbox.lat_max - bbox.lat_min >= 180 && bbox.lon_max - bbox.lon_min >= 360;
  if (!isWorld) {
    states.searchParams.set("lamin", String(bbox.lat_min));
    states.searchParams.set("lomin", String(bbox.lon_min));
    states.searchParams.set("lamax", String(bbox.lat_max));
    states.searchParams.set("lomax", String(bbox.lon_max));
  }
  return states;
}
