/**
 * Every setting: its name, what is right for it, and what it is when nothing is said. Settings come
 * from the environment and from `.env`; the environment wins. They keep their names in the code.
 */
import { parseEnv } from "node:util";
import { z } from "zod";
import {
  ANOMALY_TYPES,
  type AnomalyType,
  SEVERITIES,
  SOURCE_MODES,
  TOPICS,
} from "../contracts/constants.ts";
import { bboxText } from "./bbox_text.ts";
import { LOG_LEVELS } from "./log.ts";
import { nearest } from "./nearest.ts";
import { type Role, ROLES } from "./role.ts";
import { parseSources, type SourceSpec, WrongSource } from "./source_specs.ts";

/** A setting that is wrong: stops the start with one sentence. */
export class SettingError extends Error {
  override name = "SettingError";

  constructor(setting: string, value: string, remedy: string) {
    super(`${setting} is ${JSON.stringify(value)}, ${remedy}`);
  }

  /** One whose sentence was made elsewhere, as in another worker. */
  static said(sentence: string): SettingError {
    const error = new SettingError("", "", "");
    error.message = sentence;
    return error;
  }
}

/** The recording that is replayed when no file is named. */
export const DEMO_RECORDING = new URL("../fixtures/paris_2021-10-07.jsonl.gz", import.meta.url);
/** By then twenty aircraft are in the air: at its beginning there is one. */
const DEMO_START_S = 960;
const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

const text = z.string();
const number = z.string().regex(/^[+-]?(\d+\.?\d*|\.\d+)$/).transform(Number);
/** host:port, an IPv6 address in brackets; spaces around the commas. */
const brokers = z.string().regex(/^(\s*([^\s:,]+|\[[\da-f:.]+\]):\d{1,5}\s*(,(?!$)|$))+$/i);
const port = z.string().regex(/^\d{1,5}$/).transform(Number).pipe(z.int().max(65535));
const between = (least: number, most: number) => number.pipe(z.number().min(least).max(most));
const wholeBetween = (least: number, most: number) => number.pipe(z.int().min(least).max(most));
const flag = z.enum(["true", "false", "1", "0", "yes", "no", "on", "off"])
  .transform((word) => ["true", "1", "yes", "on"].includes(word));
const topic = z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/);
const address = (...protocols: string[]) =>
  z.string().refine((value) => protocols.includes(URL.parse(value)?.protocol ?? ""));
const origins = z.string().transform((list) => list.split(",").map((origin) => origin.trim()))
  .pipe(z.array(z.string().refine((o) => o === "*" || URL.parse(o)?.origin === o)));

/** What a header and a subprotocol can carry (RFC 9110, 5.6.2), and long enough not to be guessed. */
const tokens = z.string().transform((list) => list.split(",").map((token) => token.trim()))
  .pipe(z.array(z.string().regex(/^[\w.~-]{16,200}$/)));
const addresses = z.string().transform((list) => list.split(",").map((address) => address.trim()))
  .pipe(z.array(z.union([z.ipv4(), z.ipv6()])));

const roleUrls = z.string().transform((list) =>
  list.split(",").map((one) => one.trim().split(/=(.*)/, 2) as [string, string | undefined])
).pipe(z.array(z.tuple([z.enum(ROLES), address("http:", "https:")])))
  .transform((urls) => Object.fromEntries(urls) as Partial<Record<Role, string>>);

/** A user or password in an address is not sent. */
const webhooks = z.string().transform((list) => list.split(",").map((url) => url.trim()))
  .pipe(z.array(
    z.string().refine((given) => {
      const url = URL.parse(given);
      return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === "";
    }),
  ));
const anomalyTypes = z.string().transform((list) => list.split(",").map((type) => type.trim()))
  .pipe(z.array(z.string().refine((type) => ANOMALY_TYPES.some((known) => known === type))))
  .transform((types) => types as AnomalyType[]);

interface Setting<T extends z.ZodType> {
  readonly schema: T;
  /** The value when nothing is said; undefined where there is none. */
  readonly preset?: string;
  /** Completes "NAME is VALUE, but it must be …". */
  readonly right: string;
}

function setting<T extends z.ZodType>(schema: T, right: string): Setting<z.ZodOptional<T>>;
function setting<T extends z.ZodType>(schema: T, right: string, preset: string): Setting<T>;
function setting(schema: z.ZodType, right: string, preset?: string): Setting<z.ZodType> {
  return { schema, right, preset };
}

export const SETTINGS = {
  OPENSKY_MODE: setting(z.enum(SOURCE_MODES), "live or replay", "replay"),
  OPENSKY_CLIENT_ID: setting(text, "the client id of an OpenSky API client"),
  OPENSKY_CLIENT_SECRET: setting(text, "the secret of an OpenSky API client"),
  OPENSKY_URL: setting(
    address("http:", "https:"),
    "the address of OpenSky's API",
    "https://opensky-network.org/api",
  ),
  OPENSKY_AUTH_URL: setting(
    address("http:", "https:"),
    "the address where OpenSky gives tokens",
    "https://auth.opensky-network.org/auth/realms/opensky-network/protocol/openid-connect/token",
  ),
  REPLAY_FILE: setting(text, "a recording, as docs/feeds.md lists them"),
  REPLAY_SPEED: setting(
    z.union([z.literal("max").transform(() => Infinity), between(0.001, 1e6)]),
    "a factor from 0.001 to 1000000, or max",
    "1",
  ),
  REPLAY_LOOP: setting(flag, "true or false"),
  REPLAY_START_SECONDS: setting(between(0, 1e9), "seconds into the recording, from 0"),
  BBOX_LAT_MIN: setting(between(-90, 90), "a latitude from -90 to 90", "40.40"),
  BBOX_LAT_MAX: setting(between(-90, 90), "a latitude from -90 to 90", "41.20"),
  BBOX_LON_MIN: setting(between(-180, 180), "a longitude from -180 to 180", "-74.50"),
  BBOX_LON_MAX: setting(between(-180, 180), "a longitude from -180 to 180", "-73.50"),
  POLL_INTERVAL_SECONDS: setting(between(0.1, 86_400), "seconds from 0.1 to 86400", "10"),
  SOURCES: setting(text, "comma-separated kind:where"),
  REDPANDA_BROKER: setting(brokers, "host:port, several comma-separated"),
  KAFKA_CLIENT_ID: setting(topic, "letters, digits, dot, dash or underscore", "skysentinel"),
  KAFKA_TOPIC_STATE: setting(topic, "a topic name of letters, digits, . - _", TOPICS.state),
  KAFKA_TOPIC_UPDATES: setting(topic, "a topic name of letters, digits, . - _", TOPICS.updates),
  KAFKA_TOPIC_ANOMALIES: setting(topic, "a topic name of letters, digits, . - _", TOPICS.anomalies),
  KAFKA_SASL_MECHANISM: setting(z.enum(SASL_MECHANISMS), "plain, scram-sha-256 or scram-sha-512"),
  KAFKA_SASL_USERNAME: setting(text, "the user to sign in as"),
  KAFKA_SASL_PASSWORD: setting(text, "the user's password"),
  KAFKA_TLS: setting(z.enum(["on", "off"]).transform((word) => word === "on"), "on or off"),
  KAFKA_TLS_CA_FILE: setting(text, "a PEM file with the certificates to trust"),
  KAFKA_PARTITIONS: setting(wholeBetween(1, 1000), "a whole number from 1 to 1000", "12"),
  KAFKA_REPLICATION: setting(wholeBetween(1, 15), "a whole number from 1 to 15", "1"),
  BACKEND_HOST: setting(text, "an address to listen on, such as 127.0.0.1 or 0.0.0.0", "127.0.0.1"),
  BACKEND_PORT: setting(port, "a port from 0 to 65535", "8000"),
  BACKEND_TOKENS: setting(tokens, "comma-separated tokens of 16 to 200 letters, digits, . _ ~ -"),
  BACKEND_PROXIES: setting(addresses, "comma-separated IP addresses", "127.0.0.1,::1"),
  BACKEND_REQUESTS_PER_MINUTE: setting(
    wholeBetween(1, 1_000_000),
    "a whole number from 1 to 1000000",
    "600",
  ),
  UI_PORT: setting(port, "a port from 0 to 65535", "3000"),
  INGEST_METRICS_PORT: setting(port, "a port from 0 to 65535", "8001"),
  PROCESS_METRICS_PORT: setting(port, "a port from 0 to 65535", "8080"),
  CORS_ORIGINS: setting(origins, "comma-separated origins such as http://localhost:3000, or *"),
  HUB_URL: setting(
    address("http:", "https:"),
    "the hub's address, such as https://hub.example.org",
  ),
  WS_DELTA_INTERVAL_MS: setting(
    wholeBetween(10, 1000),
    "whole milliseconds from 10 to 1000",
    "200",
  ),
  WS_STALE_THRESHOLD_SECONDS: setting(between(0.1, 86_400), "seconds from 0.1 to 86400", "60"),
  WS_MAX_CONNECTIONS: setting(wholeBetween(1, 100_000), "a whole number from 1 to 100000", "5000"),
  WS_MAX_CONNECTIONS_PER_ADDRESS: setting(
    wholeBetween(1, 100_000),
    "a whole number from 1 to 100000",
    "100",
  ),
  ROLE_URLS: setting(
    roleUrls,
    "comma-separated role=address, such as hub=http://hub:8000,process=http://process:8080",
  ),
  WEBHOOK_URLS: setting(webhooks, "comma-separated http or https addresses, without a user"),
  WEBHOOK_SECRET: setting(z.string().min(16), "16 characters or more"),
  WEBHOOK_TYPES: setting(anomalyTypes, `one or more of ${ANOMALY_TYPES.join(", ")}`),
  WEBHOOK_MIN_SEVERITY: setting(z.enum(SEVERITIES), "LOW, MEDIUM or HIGH", "LOW"),
  WEBHOOK_BBOX: setting(bboxText, "minLon,minLat,maxLon,maxLat, such as 1.4,48.1,3.4,49.6"),
  HISTORY: setting(z.enum(["on", "off"]).transform((word) => word === "on"), "on or off", "on"),
  DATABASE_URL: setting(
    address("postgres:", "postgresql:"),
    "a PostgreSQL address, such as postgres://skysentinel@localhost/skysentinel",
  ),
  POSTGRES_PASSWORD: setting(text, "the database's password"),
  GRAFANA_PASSWORD: setting(text, "Grafana's password"),
  DATA_DIR: setting(text, "a folder that may be written to", ".data"),
  LOG_LEVEL: setting(z.enum(LOG_LEVELS), "debug, info, warn or error", "info"),
  LOG_FORMAT: setting(z.enum(["text", "json"]), "text or json", "text"),
} as const;

export type SettingName = keyof typeof SETTINGS;
type Values = {
  readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]["schema"]>;
};
/** Every setting by its own name, checked and converted. */
export type Config = Omit<Values, "SOURCES"> & {
  /** What OPENSKY_MODE says, where SOURCES says nothing: at least one. */
  readonly SOURCES: readonly SourceSpec[];
  /** Whether somebody has chosen an area: without, receivers say all they hear. */
  readonly BBOX_GIVEN: boolean;
  readonly REPLAY_FILE: string;
  readonly REPLAY_LOOP: boolean;
  readonly REPLAY_START_SECONDS: number;
  readonly KAFKA_TLS: boolean;
  readonly CORS_ORIGINS: readonly string[];
  readonly ROLE_URLS: Readonly<Record<Role, string>>;
};

/** Settings that were there once, with what to do instead. */
const RETIRED: Readonly<Record<string, string>> = {
  OPENSKY_USERNAME: "OpenSky signs in with an API client: use OPENSKY_CLIENT_ID",
  OPENSKY_PASSWORD: "OpenSky signs in with an API client: use OPENSKY_CLIENT_SECRET",
};
/** A variable that begins like this is meant for us. */
const OURS =
  /^(OPENSKY|REPLAY|BBOX|POLL|REDPANDA|KAFKA|BACKEND|UI|INGEST|PROCESS|WS|CORS|HUB|WEBHOOK)_/;
/** What others' programs read from the same environment. */
const OTHERS =
  /^(KAFKA_(HOME|OPTS|HEAP_OPTS|JVM\w*|LOG4J\w*|GC_LOG\w*|DEBUG|VERSION)|POSTGRES_\w+)$/;
const SECRET = /SECRET|PASSWORD|DATABASE_URL|TOKEN|WEBHOOK_URLS/;

/**
 * The settings of this process: `env` over the text of a `.env` file.
 * @throws SettingError naming the setting, its value and what would be right
 */
export function loadConfig(env: Readonly<Record<string, string>>, envFile = ""): Config {
  const fromFile = parseEnv(envFile) as Record<string, string>;
  for (const name of Object.keys(fromFile)) refuseUnknown(name, fromFile[name]!, true);
  for (const name of Object.keys(env)) refuseUnknown(name, env[name]!, OURS.test(name));

  const values: Record<string, unknown> = {};
  for (const [name, { schema, preset, right }] of Object.entries(SETTINGS)) {
    // An empty variable is one that was not set: compose passes `${NAME:-}` on like that.
    const given = env[name] || fromFile[name] || preset;
    if (given === undefined) continue;
    const parsed = schema.safeParse(given);
    if (!parsed.success) throw new SettingError(name, shown(name, given), `but must be ${right}`);
    values[name] = parsed.data;
  }
  const isBoxGiven = Object.keys(SETTINGS).some((name) =>
    name.startsWith("BBOX_") && (env[name] || fromFile[name])
  );
  return complete(values as unknown as Values, isBoxGiven);
}

/** `.env` of the folder we were started in, and the process's own environment. */
export async function readConfig(): Promise<Config> {
  const file = await Deno.readTextFile(".env").catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    if (
      error instanceof Deno.errors.IsADirectory || error instanceof Deno.errors.PermissionDenied
    ) {
      throw SettingError.said(".env is there, but cannot be read: make it a readable file");
    }
    throw error;
  });
  return loadConfig(Deno.env.toObject(), file);
}

function complete(values: Values, isBoxGiven: boolean): Config {
  for (const axis of ["LAT", "LON"] as const) {
    const [least, most] = [values[`BBOX_${axis}_MIN`], values[`BBOX_${axis}_MAX`]];
    if (least >= most) {
      throw new SettingError(
        `BBOX_${axis}_MIN`,
        String(least),
        `but must be less than BBOX_${axis}_MAX, which is ${most}`,
      );
    }
  }
  const topics = [
    values.KAFKA_TOPIC_STATE,
    values.KAFKA_TOPIC_UPDATES,
    values.KAFKA_TOPIC_ANOMALIES,
  ];
  const twice = topics.find((name, i) => topics.indexOf(name) !== i);
  if (twice !== undefined) {
    const remedy = "but every KAFKA_TOPIC_* must name a topic of its own";
    throw new SettingError("KAFKA_TOPIC_*", twice, remedy);
  }
  checkSignIn(values);
  checkOpenSkyClient(values);
  checkWebhooks(values);
  const ports = ["BACKEND_PORT", "UI_PORT", "INGEST_METRICS_PORT", "PROCESS_METRICS_PORT"] as const;
  for (const [i, name] of ports.entries()) {
    const other = ports.slice(0, i).find((one) => values[one] === values[name]);
    if (other === undefined || values[name] === 0) continue;
    const remedy = `but that is ${other} as well: choose another`;
    throw new SettingError(name, String(values[name]), remedy);
  }
  const pages = ["localhost", "127.0.0.1"].map((host) => `http://${host}:${values.UI_PORT}`);
  // Our own demo goes round unless it is to be over soon; somebody's recording is played once, from its beginning.
  const isDemo = values.REPLAY_FILE === undefined && values.SOURCES === undefined;
  const REPLAY_FILE = values.REPLAY_FILE ?? decodeURIComponent(DEMO_RECORDING.pathname);
  return {
    ...values,
    REPLAY_FILE,
    SOURCES: sourcesOf(values, REPLAY_FILE),
    BBOX_GIVEN: isBoxGiven,
    REPLAY_LOOP: values.REPLAY_LOOP ?? (isDemo && values.REPLAY_SPEED !== Infinity),
    REPLAY_START_SECONDS: values.REPLAY_START_SECONDS ?? (isDemo ? DEMO_START_S : 0),
    KAFKA_TLS: values.KAFKA_TLS ?? false,
    CORS_ORIGINS: values.CORS_ORIGINS ?? pages,
    ROLE_URLS: { ...ownUrls(values), ...values.ROLE_URLS },
  };
}

/** Where the roles answer when all of them are on this machine. */
function ownUrls(values: Values): Record<Role, string> {
  const { BACKEND_HOST } = values;
  const isAny = BACKEND_HOST === "0.0.0.0" || BACKEND_HOST === "::";
  const host = isAny ? "127.0.0.1" : BACKEND_HOST;
  const at = (port: number) => `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    ingest: at(values.INGEST_METRICS_PORT),
    process: at(values.PROCESS_METRICS_PORT),
    hub: at(values.BACKEND_PORT),
    ui: at(values.UI_PORT),
  };
}

function sourcesOf({ SOURCES, OPENSKY_MODE }: Values, replayFile: string): SourceSpec[] {
  if (SOURCES === undefined) {
    return OPENSKY_MODE === "live"
      ? [{ kind: "opensky", name: "opensky" }]
      : [{ kind: "replay", name: `replay:${replayFile}`, where: replayFile }];
  }
  try {
    return parseSources(SOURCES);
  } catch (error) {
    if (!(error instanceof WrongSource)) throw error;
    throw new SettingError("SOURCES", error.entry, error.remedy);
  }
}

/** Both or none: half of it would sign in nobody, in silence. */
function checkOpenSkyClient(values: Values): void {
  const names = ["OPENSKY_CLIENT_ID", "OPENSKY_CLIENT_SECRET"] as const;
  const given = names.find((name) => values[name] !== undefined);
  const missing = names.find((name) => values[name] === undefined);
  if (!given || !missing) return;
  throw new SettingError(
    given,
    shown(given, values[given] ?? ""),
    `but ${missing} must be set as well`,
  );
}

/** What the broker is told to let us in belongs together; half of it would be left out in silence. */
function checkSignIn(values: Values): void {
  const names = ["KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"] as const;
  const given = names.find((name) => values[name] !== undefined);
  const missing = names.find((name) => values[name] === undefined);
  if (given && missing) {
    const value = shown(given, values[given] ?? "");
    throw new SettingError(given, value, `but ${missing} must be set as well`);
  }
  const file = values.KAFKA_TLS_CA_FILE;
  if (file !== undefined && !values.KAFKA_TLS) {
    throw new SettingError("KAFKA_TLS_CA_FILE", file, "but is not looked at without KAFKA_TLS=on");
  }
}

/** What is sent is always signed: whoever gets it has to know that it is from here. */
function checkWebhooks({ WEBHOOK_URLS, WEBHOOK_SECRET }: Values): void {
  if (WEBHOOK_URLS === undefined || WEBHOOK_SECRET !== undefined) return;
  const remedy = "but WEBHOOK_SECRET must be set as well: the receivers check signatures with it";
  throw new SettingError("WEBHOOK_URLS", "(hidden)", remedy);
}

function refuseUnknown(name: string, value: string, ours: boolean) {
  if (Object.hasOwn(SETTINGS, name) || value === "") return;
  if (Object.hasOwn(RETIRED, name)) {
    throw new SettingError(name, shown(name, value), `but ${RETIRED[name]} instead`);
  }
  if (!ours || OTHERS.test(name)) return;
  const meant = nearest(name, Object.keys(SETTINGS));
  // A misspelt secret is a secret, one that is no longer in use as well.
  const closest = nearest(name, [...Object.keys(SETTINGS), ...Object.keys(RETIRED)]);
  const given = shown(closest, shown(name, value));
  throw new SettingError(name, given, `but there is no such setting: did you mean ${meant}?`);
}

function shown(name: string, value: string): string {
  return SECRET.test(name) ? "(hidden)" : value;
}
