/** Who may ask the hub, from where, and how often; SECURITY.md says it for people. */
import { createHash, timingSafeEqual } from "node:crypto";
import { getPath } from "hono/utils/url";
import type { Config } from "../config.ts";

/** Why somebody is turned away; also the label of the metric. */
export const REFUSALS = [
  "bad_host",
  "unauthorized",
  "origin_not_allowed",
  "too_many_requests",
  "too_many_connections",
  "too_many_connections_of_address",
] as const;

/** An answer instead of what was asked for. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 429 | 503;
  readonly code: (typeof REFUSALS)[number];
  /** What is wrong, and what to change. */
  readonly message: string;
  readonly retryAfterS?: number;
}

export type GuardSettings = Pick<
  Config,
  | "BACKEND_TOKENS"
  | "BACKEND_PROXIES"
  | "BACKEND_REQUESTS_PER_MINUTE"
  | "CORS_ORIGINS"
  | "WS_MAX_CONNECTIONS"
  | "WS_MAX_CONNECTIONS_PER_ADDRESS"
>;

/** Open without a token: a container's health check and Prometheus have none. */
const OPEN_PATHS = ["/health", "/metrics"];
/** A browser's WebSocket can say a token only where it says its subprotocols. */
const TOKEN_PROTOCOL = "bearer.";
const WINDOW_MS = 60_000;
/** How long a client that found no room should wait, seconds. */
const ROOM_AFTER_S = 30;

export class Guard {
  readonly #settings: GuardSettings;
  readonly #tokens: readonly Uint8Array[];
  readonly #now: () => number;
  /** What each address has asked for in this minute, and what is open from it. */
  readonly #spent = new Map<string, number>();
  readonly #open = new Map<string, number>();
  #connections = 0;
  #windowMs = -Infinity;

  /** `now` is a clock in ms that never goes back. */
  constructor(settings: GuardSettings, now: () => number = () => performance.now()) {
    this.#settings = settings;
    this.#tokens = (settings.BACKEND_TOKENS ?? []).map(digest);
    this.#now = now;
  }

  /**
   * Who is asking, as limits count them: the address that a trusted proxy names, an IPv6 network of
   * 64 bits as one. Undefined for a program on a trusted machine itself, which is not limited.
   */
  client(request: Request, remote: string | undefined): string | undefined {
    if (remote === undefined) return undefined;
    if (!this.#settings.BACKEND_PROXIES.includes(plain(remote))) return network(plain(remote));
    const forwarded = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
    return forwarded ? network(plain(withoutPort(forwarded))) : undefined;
  }

  /** Whether this request has, or needs, no token. */
  knows(request: Request): boolean {
    if (this.#tokens.length === 0) return true;
    const given = digest(tokenOf(request));
    // Every one is compared, in the same time each.
    return this.#tokens.filter((token) => timingSafeEqual(token, given)).length > 0;
  }

  /** Counts a request that costs this much; the answer to give instead when it is refused. */
  refuses(request: Request, client: string | undefined, cost = 1): Refusal | undefined {
    return this.#tooFast(client, cost) ?? badHost(request) ?? this.#unauthorized(request);
  }

  /** As `refuses`, for a WebSocket. */
  refusesSocket(request: Request, client: string | undefined): Refusal | undefined {
    return this.#foreign(request) ?? this.#noRoom(client);
  }

  /** A connection stands, until what is returned is called; false when there is no room after all. */
  opened(client: string | undefined): (() => void) | false {
    if (this.#noRoom(client)) return false;
    this.#connections++;
    if (client !== undefined) this.#open.set(client, (this.#open.get(client) ?? 0) + 1);
    return () => {
      this.#connections--;
      const left = client === undefined ? 0 : this.#open.get(client)! - 1;
      if (client !== undefined && left > 0) this.#open.set(client, left);
      else if (client !== undefined) this.#open.delete(client);
    };
  }

  #unauthorized(request: Request): Refusal | undefined {
    // Ours and the router's word for the path: two that read an address in two ways leave a gap.
    const paths = [new URL(request.url).pathname, getPath(request)];
    if (paths.every((path) => OPEN_PATHS.includes(path)) || this.knows(request)) return undefined;
    const message =
      "This hub wants a token: send the header Authorization: Bearer TOKEN, or on the " +
      `WebSocket the subprotocols json and ${TOKEN_PROTOCOL}TOKEN`;
    return { status: 401, code: "unauthorized", message };
  }

  #tooFast(client: string | undefined, cost: number): Refusal | undefined {
    if (client === undefined) return undefined;
    const now = this.#now();
    if (now - this.#windowMs >= WINDOW_MS) {
      this.#windowMs = now;
      this.#spent.clear();
    }
    const spent = (this.#spent.get(client) ?? 0) + cost;
    const most = this.#settings.BACKEND_REQUESTS_PER_MINUTE;
    if (spent <= most) {
      this.#spent.set(client, spent);
      return undefined;
    }
    const retryAfterS = Math.ceil((this.#windowMs + WINDOW_MS - now) / 1000);
    const message =
      `Too many requests: at most ${most} a minute from one address, of which one for ` +
      `/flights/history counts ${COSTS["/flights/history"]}; ask again in ${retryAfterS} s`;
    return { status: 429, code: "too_many_requests", message, retryAfterS };
  }

  /** Browsers say which page opens a socket, and CORS does not hold for one. */
  #foreign(request: Request): Refusal | undefined {
    const origin = request.headers.get("origin");
    const { CORS_ORIGINS } = this.#settings;
    if (origin === null || CORS_ORIGINS.includes("*") || CORS_ORIGINS.includes(origin)) {
      return undefined;
    }
    if (isThisHost(origin, request.headers.get("host"))) return undefined;
    const message = `Pages of ${origin} may not connect here: add it to CORS_ORIGINS`;
    return { status: 403, code: "origin_not_allowed", message };
  }

  #noRoom(client: string | undefined): Refusal | undefined {
    const { WS_MAX_CONNECTIONS, WS_MAX_CONNECTIONS_PER_ADDRESS } = this.#settings;
    const retryAfterS = ROOM_AFTER_S;
    if (this.#connections >= WS_MAX_CONNECTIONS) {
      const message = `All ${WS_MAX_CONNECTIONS} connections are taken: try again later`;
      return { status: 503, code: "too_many_connections", message, retryAfterS };
    }
    const own = client === undefined ? 0 : this.#open.get(client) ?? 0;
    if (own < WS_MAX_CONNECTIONS_PER_ADDRESS) return undefined;
    const message = `An address may have ${WS_MAX_CONNECTIONS_PER_ADDRESS} connections: close one`;
    return { status: 429, code: "too_many_connections_of_address", message, retryAfterS };
  }
}

/** A host and perhaps a port (RFC 9110, 7.2). */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d*)?$/i;

/** `Host` is a part of the address that is read: one that ends it early would hide the path. */
function badHost(request: Request): Refusal | undefined {
  const host = request.headers.get("host");
  if ((host === null || HOST.test(host)) && URL.canParse(request.url)) return undefined;
  const message =
    "The header Host is no host: send the hub's name or address, such as 127.0.0.1:8000";
  return { status: 400, code: "bad_host", message };
}

/** What a request counts for, by path, where that is more than one. */
const COSTS: Readonly<Record<string, number>> = { "/flights/history": 10, "/export/history": 10 };

export function costOf(path: string): number {
  return COSTS[path.replace(/\.\w+$/, "")] ?? 1;
}

/** The subprotocols a client offers, without the one that is a token. */
export function offeredProtocols(request: Request): string[] {
  return protocolsOf(request).filter((name) => !name.startsWith(TOKEN_PROTOCOL));
}

function protocolsOf(request: Request): string[] {
  return (request.headers.get("sec-websocket-protocol") ?? "").split(",")
    .map((name) => name.trim()).filter((name) => name !== "");
}

function tokenOf(request: Request): string {
  const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const protocol = protocolsOf(request).find((name) => name.startsWith(TOKEN_PROTOCOL));
  return token ?? protocol?.slice(TOKEN_PROTOCOL.length) ?? "";
}

function digest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

/**
 * A program that says the hub's own address for its origin. By a name it could be a foreign page whose
 * name was made to lead here (DNS rebinding), so only addresses and localhost are believed.
 */
function isThisHost(origin: string, host: string | null): boolean {
  const url = URL.parse(origin);
  if (!url || url.host !== host) return false;
  return url.hostname === "localhost" || /^(\d+\.){3}\d+$|^\[/.test(url.hostname);
}

/** An IPv4 address that comes as IPv6 is itself. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Some proxies name the port as well, which is another for every connection. */
function withoutPort(address: string): string {
  return address.replace(/^([\d.]+):\d+$/, "$1").replace(/^\[(.+)\](:\d+)?$/, "$1");
}

/** Who has one IPv6 address has all of its network. */
function network(address: string): string {
  if (!address.includes(":")) return address;
  const [front, back] = address.split("::", 2) as [string, string?];
  const groups = front.split(":").filter((group) => group !== "");
  const last = back === undefined ? [] : back.split(":").filter((group) => group !== "");
  while (groups.length + last.length < 8) groups.push("0");
  return [...groups, ...last].slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(
    ":",
  );
}
