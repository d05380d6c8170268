/** One check for each promise, against the system as it runs. */
import { z } from "zod";
import { AnomalyEnvelope, AnomalyPayload } from "../../contracts/anomaly.ts";
import { Flight, FlightEnvelope } from "../../contracts/flight.ts";
import { parseMessage } from "../../contracts/parse.ts";
import { ProbeAnswer } from "../../contracts/status.ts";
import type { WebSocketMessage } from "../../contracts/websocket.ts";
import type { Bus } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import { metricSum } from "../metrics_text.ts";
import type { Role } from "../role.ts";
import { checkTopics } from "../topics.ts";
import { LiveListener } from "./live.ts";

/** What a check needs of the outside. */
export interface System {
  readonly config: Config;
  /** A connection to the broker; undefined where the log is inside the process. */
  readonly bus: Bus | undefined;
}

/** The promise does not hold for this system: the sentence says why. */
export class Skipped extends Error {
  override name = "Skipped";
}

/** Returns what was seen; throws a sentence when the promise is broken. */
export type Check = (system: System) => Promise<string>;

const ANSWER_WITHIN_MS = 5000;
/** Long, for a system that has much else to do: it is only waited for when something is broken. */
const SEEN_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 250;
/** Deltas whose rate is taken. */
const DELTAS = 12;
/** The contract's 2 to 5 Hz, with room for a timer that is late. */
const RATE_HZ = [1.8, 5.5] as const;
const MOST_STATES = 500;
const READ_WITHIN_MS = 30_000;

/** The contract's metrics that say most of each role. */
const METRICS: Readonly<Partial<Record<Role, readonly string[]>>> = {
  ingest: ["producer_polls_total", "producer_flights_published_total"],
  process: ["processing_messages_processed_total", "processing_anomalies_detected_total"],
  hub: ["backend_flights_cached", "backend_websocket_connections", "backend_http_requests_total"],
};

const Health = z.object({
  status: z.string(),
  roles: z.record(
    z.string(),
    z.object({ status: z.string(), last_error: z.string().nullable() }),
  ).optional(),
  broker: z.object({ status: z.string(), detail: z.string().optional() }).optional(),
  database: z.object({ status: z.string(), detail: z.string().optional() }).optional(),
  stream_time: z.string().nullish(),
  sources: z.array(z.object({ producer_id: z.string(), api_status: z.string() })).optional(),
});

export const CHECKS: Readonly<Record<string, Check>> = {
  "services are healthy": servicesHealthy,
  "topics are configured": topicsConfigured,
  "flights.state is valid": statesValid,
  "snapshot, then deltas at 2 to 5 Hz": streamLive,
  "history grows": historyGrows,
  "an injected anomaly arrives": anomalyArrives,
  "metrics answer": metricsAnswer,
  "the page loads": pageLoads,
};

async function servicesHealthy({ config }: System): Promise<string> {
  const hub = Health.parse(await askHub(config, "/health"));
  const roles = Object.entries(hub.roles ?? {}).filter(([, { status }]) => status !== "running")
    .map(([role, { status, last_error }]) => `${role} is ${status} (${last_error})`);
  const sources = (hub.sources ?? []).filter(({ api_status }) => api_status !== "ok")
    .map(({ producer_id, api_status }) => `${producer_id} says ${api_status}`);
  const wrong = [...roles, ...sources];
  for (const [name, part] of [["broker", hub.broker], ["database", hub.database]] as const) {
    if (part && !["ok", "off"].includes(part.status)) {
      wrong.push(`the ${name} is ${part.status}: ${part.detail}`);
    }
  }
  if (wrong.length > 0 || hub.status !== "healthy") {
    throw new Error(`the hub is ${hub.status}: ${wrong.join("; ") || "see its /health"}`);
  }
  for (const [role, path] of [["ui", "/health"], ["process", "/health"], ["ingest", "/metrics"]]) {
    await ask(config.ROLE_URLS[role as Role] + path);
  }
  return "every role answers";
}

async function topicsConfigured({ config }: System): Promise<string> {
  if (config.REDPANDA_BROKER === undefined) {
    throw new Skipped("the log in memory makes its topics by itself");
  }
  // Only who has a broker needs its client.
  const { openTopicAdmin } = await import("../bus/kafka.ts");
  const { createLog } = await import("../log.ts");
  const admin = await openTopicAdmin(
    config,
    createLog({ role: "verify", level: "error", format: config.LOG_FORMAT }),
  );
  try {
    const wrong = (await checkTopics(admin, config)).filter(({ isGrave }) => isGrave);
    if (wrong.length === 0) return "every topic is right";
    const said = wrong.map(({ topic, what }) => `${topic} ${what}`).join("; ");
    throw new Error(`${said}: run deno task topics`);
  } finally {
    await admin.close();
  }
}

/** On the log itself, or, where that is out of reach, in what the hub read from it. */
async function statesValid({ config, bus }: System): Promise<string> {
  if (!bus) {
    const { flights } = z.object({ flights: z.array(Flight) }).parse(
      await askHub(config, "/flights"),
    );
    if (flights.length === 0) throw new Error("there is no aircraft at all");
    return `${flights.length} aircraft, as the hub read them`;
  }
  let count = 0;
  await readLog(bus, config.KAFKA_TOPIC_STATE, ({ value }) => {
    if (value === null) return false;
    const parsed = parseMessage(FlightEnvelope, value);
    if (!parsed.ok) throw new Error(`${config.KAFKA_TOPIC_STATE}: ${parsed.reason}`);
    return ++count >= MOST_STATES;
  });
  if (count === 0) throw new Error(`there is no message on ${config.KAFKA_TOPIC_STATE}`);
  return `${count} messages read`;
}

async function streamLive({ config }: System): Promise<string> {
  const listener = new LiveListener(config.ROLE_URLS.hub, tokenOf(config));
  try {
    const heard = await listener.until(
      (heard) => heard.filter(({ type }) => type === "delta").length > DELTAS ? heard : undefined,
      `${DELTAS} deltas`,
      SEEN_WITHIN_MS,
    );
    if (heard[0]!.type !== "snapshot") throw new Error("the first message is no snapshot");
    let at = heard[0]!.sequence;
    const deltas = heard.filter((message) => message.type === "delta");
    for (const message of deltas) {
      if ((message.from_sequence ?? message.sequence - 1) > at) {
        throw new Error(`a gap before delta ${message.sequence}: the last one was ${at}`);
      }
      at = message.sequence;
    }
    // When they were sent: how soon they are read here is not the hub's business.
    const [first, last] = [deltas[0]!, deltas.at(-1)!].map(({ timestamp }) =>
      Date.parse(timestamp)
    );
    const spanS = (last! - first!) / 1000;
    const hz = (deltas.length - 1) / spanS;
    const said = `${hz.toFixed(1)} deltas a second`;
    if (hz < RATE_HZ[0] || hz > RATE_HZ[1]) {
      throw new Error(
        `${said}: WS_DELTA_INTERVAL_MS should be 200 to 500, and the hub not too busy`,
      );
    }
    return said;
  } finally {
    listener.close();
  }
}

const Frames = z.object({
  frames: z.array(z.object({ timestamp: z.string(), flights: z.array(z.unknown()) })),
});
const PAST_MS = 60_000;

/** Rows of the last minute of stream time; unless a replay has ended, more of them after a while. */
async function historyGrows({ config }: System): Promise<string> {
  if (!config.HISTORY) throw new Skipped("there is none: HISTORY=off");
  const count = async () => {
    const health = Health.parse(await askHub(config, "/health"));
    if (!health.stream_time) throw new Error("the hub has not heard of any aircraft");
    const end = Date.parse(health.stream_time) + PAST_MS;
    const range = new URLSearchParams({
      start_ts: new Date(end - 2 * PAST_MS).toISOString(),
      end_ts: new Date(end).toISOString(),
      interval_s: "1",
    });
    const { frames } = Frames.parse(await askHub(config, `/flights/history?${range}`));
    const newest = frames.at(-1)?.timestamp ?? "";
    return { newest, rows: frames.reduce((sum, { flights }) => sum + flights.length, 0) };
  };
  const first = await count();
  const ended = (await sourcesOf(config)).every(({ replay }) => replay?.ended);
  if (ended && first.rows > 0) return `${first.rows} rows of the last minute; the replay has ended`;
  const grown = await eventually(async () => {
    const now = await count();
    return now.newest > first.newest ? now : undefined;
  }, SEEN_WITHIN_MS);
  if (grown) return `${grown.rows} rows of the last minute, and newer ones came`;
  throw new Error(
    `nothing newer than ${first.newest || "nothing"} came within ${SEEN_WITHIN_MS / 1000} s: ` +
      "see the log of process, and its lag in GET /status",
  );
}

async function anomalyArrives({ config, bus }: System): Promise<string> {
  const listener = new LiveListener(config.ROLE_URLS.hub, tokenOf(config));
  try {
    await listener.until((heard) => heard.length > 0 || undefined, "snapshot", SEEN_WITHIN_MS);
    const startedMs = performance.now();
    const { icao24, anomaly_id } = ProbeAnswer.parse(
      await ask(`${config.ROLE_URLS.ingest}/probe`, {
        method: "POST",
        headers: { "x-skysentinel-probe": "1" },
      }),
    );
    const is = (message: WebSocketMessage) =>
      message.type === "anomaly" && message.payload.anomaly_id === anomaly_id;
    await listener.until((heard) => heard.some(is) || undefined, anomaly_id, SEEN_WITHIN_MS);
    const seen = [`the socket after ${Math.round(performance.now() - startedMs)} ms`];
    // Without a broker it came to the socket by the topic as well, which is inside the process.
    if (bus) seen.push(await onTopic(bus, config.KAFKA_TOPIC_ANOMALIES, anomaly_id));
    if (config.HISTORY) seen.push(await inTable(config, icao24, anomaly_id));
    return `${anomaly_id}: ${seen.join(", ")}`;
  } finally {
    listener.close();
  }
}

async function onTopic(bus: Bus, topic: string, anomalyId: string): Promise<string> {
  let isThere = false;
  await readLog(bus, topic, ({ value }) => {
    const parsed = value && parseMessage(AnomalyEnvelope, value);
    return isThere ||= Boolean(parsed?.ok && parsed.value.payload.anomaly_id === anomalyId);
  });
  if (isThere) return `the topic ${topic}`;
  throw new Error(`${anomalyId} came over the socket, but is not on ${topic}`);
}

async function inTable(config: Config, icao24: string, anomalyId: string): Promise<string> {
  const Page = z.object({ anomalies: z.array(AnomalyPayload) });
  const found = await eventually(async () => {
    const { anomalies } = Page.parse(await askHub(config, `/anomalies/${icao24}`));
    return anomalies.some(({ anomaly_id }) => anomaly_id === anomalyId) || undefined;
  }, SEEN_WITHIN_MS);
  if (found) return "the table";
  throw new Error(`${anomalyId} came over the socket, but is not in the table anomalies`);
}

async function metricsAnswer({ config }: System): Promise<string> {
  for (const [role, names] of Object.entries(METRICS)) {
    const url = `${config.ROLE_URLS[role as Role]}/metrics`;
    const text = await askText(url);
    for (const name of names) {
      if (metricSum(text, name) === undefined) throw new Error(`${url} has no ${name}`);
    }
  }
  return "ingest, process and hub";
}

async function pageLoads({ config }: System): Promise<string> {
  const url = config.ROLE_URLS.ui;
  const page = await askText(`${url}/`);
  const parts = [...page.matchAll(/(?:src|href)="(\/(?:assets|static)\/[^"]+)"/g)];
  const paths = new Set(parts.map(([, path]) => path!));
  if (![...paths].some((path) => path.endsWith(".js"))) throw new Error(`${url}/ has no script`);
  for (const path of paths) await askText(url + path);
  return `the page and ${paths.size} files of it`;
}

export function tokenOf(config: Config): string | undefined {
  return config.BACKEND_TOKENS?.[0];
}

async function sourcesOf(config: Config) {
  const Sources = z.object({
    sources: z.array(z.object({ replay: z.object({ ended: z.boolean() }).nullish() })),
  });
  return Sources.parse(await askHub(config, "/health")).sources;
}

async function askHub(config: Config, path: string): Promise<unknown> {
  const token = tokenOf(config);
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  return await ask(config.ROLE_URLS.hub + path, { headers });
}

/** The answer as JSON, or as it is where it is none. @throws Error with address, status and answer */
async function ask(url: string, init: RequestInit = {}): Promise<unknown> {
  const text = await askText(url, init);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function askText(url: string, init: RequestInit = {}): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${new URL(url).origin} does not answer: is it running there? (${why})`);
  }
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
}

/** Shows what is on a topic now, from its beginning, until `seen` has seen enough. */
async function readLog(
  bus: Bus,
  topic: string,
  seen: (record: { value: Uint8Array | null }) => boolean,
): Promise<void> {
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  const late = setTimeout(() => void reader.close(), READ_WITHIN_MS);
  try {
    while ((await reader.lag()).some(({ lag }) => lag > 0)) {
      const batch = await reader.next();
      if (!batch) throw new Error(`${topic} was not read within ${READ_WITHIN_MS / 1000} s`);
      for (const record of batch.records) if (seen(record)) return;
    }
  } finally {
    clearTimeout(late);
    await reader.close();
  }
}

/** The first answer that is not undefined; undefined when there was none in time. */
async function eventually<T>(
  look: () => Promise<T | undefined>,
  withinMs: number,
): Promise<T | undefined> {
  for (const deadline = performance.now() + withinMs; performance.now() < deadline;) {
    const answer = await look();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return undefined;
}
