/** The topics as they should be on a broker: `deno task topics` makes them, roles check them. */
import { TOPIC_RULES, TOPICS } from "../contracts/constants.ts";
import type { TopicAdmin, TopicFacts } from "./bus/kafka_admin.ts";
import { explain, isOfType, wrongSetting } from "./bus/kafka_errors.ts";
import { type Config, readConfig, SettingError } from "./config.ts";
import { createLog, type Log } from "./log.ts";

const HELP = `Creates SkySentinel's topics on the broker, or checks those that are there.

Usage: deno task topics [--wait=SECONDS]

  --wait=SECONDS   how long to wait for the broker, 30 when nothing is said

Settings come from the environment and from .env: REDPANDA_BROKER, KAFKA_TOPIC_*, KAFKA_PARTITIONS,
KAFKA_REPLICATION, KAFKA_SASL_*, KAFKA_TLS. Nothing that exists is changed.

Exit codes: 0 every topic is right, 1 one is not or the broker does not answer, 2 called or set up wrongly.
`;
const FAILED = 1;
const CALLED_WRONGLY = 2;
const WAIT_S = 30;
const TRY_EVERY_MS = 1000;
const THERE_WITHIN_MS = 15_000;

/** A refused line of 1 MiB, the longest there is, as base64 in its envelope. */
const DEAD_LETTER_BYTES = 2 * 2 ** 20;
const MOST_BYTES = "max.message.bytes";

/** What is wrong with a topic. */
export interface Difference {
  readonly topic: string;
  /** Such as "cleanup.policy is delete, should be compact". */
  readonly what: string;
  /** Against the contract: roles do not start. The others are the operator's own settings. */
  readonly isGrave: boolean;
}

/** Every topic by its name, with its configuration of the contract. */
export function wantedTopics(config: Config): ReadonlyMap<string, TopicFacts> {
  const names: Readonly<Record<keyof typeof TOPICS, string>> = {
    ...TOPICS,
    state: config.KAFKA_TOPIC_STATE,
    updates: config.KAFKA_TOPIC_UPDATES,
    anomalies: config.KAFKA_TOPIC_ANOMALIES,
  };
  const topics = Object.keys(TOPICS) as (keyof typeof TOPICS)[];
  return new Map(topics.map((topic) => {
    const { compacted, retentionMs } = TOPIC_RULES[topic];
    return [names[topic], {
      partitions: config.KAFKA_PARTITIONS,
      replication: config.KAFKA_REPLICATION,
      config: {
        "cleanup.policy": compacted ? "compact" : "delete",
        ...retentionMs !== null && { "retention.ms": String(retentionMs) },
        ...topic === "deadletter" && { [MOST_BYTES]: String(DEAD_LETTER_BYTES) },
      },
    }];
  }));
}

/** What differs on the broker; nothing when every topic is there and right. */
export async function checkTopics(admin: TopicAdmin, config: Config): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const [topic, wanted] of wantedTopics(config)) {
    const found = await admin.describe(topic, Object.keys(wanted.config));
    if (found) differences.push(...differencesOf(topic, found, wanted));
    else differences.push({ topic, what: "is not there", isGrave: true });
  }
  return differences;
}

/** Lets a role start: warns of what the operator has set otherwise. @throws SettingError for what is grave */
export async function refuseWrongTopics(
  admin: TopicAdmin,
  config: Config,
  log: Log,
): Promise<void> {
  const differences = await checkTopics(admin, config);
  for (const { topic, what } of differences.filter(({ isGrave }) => !isGrave)) {
    log.warn(`${topic}: ${what}`);
  }
  const grave = differences.filter(({ isGrave }) => isGrave);
  if (grave.length === 0) return;
  const all = grave.map(({ topic, what }) => `${topic} ${what}`).join("; ");
  throw SettingError.said(
    `the topics on ${config.REDPANDA_BROKER} are not right: ${all}. ` +
      "Run deno task topics",
  );
}

function differencesOf(topic: string, found: TopicFacts, wanted: TopicFacts): Difference[] {
  const differences: Difference[] = [];
  for (const [name, value] of Object.entries(wanted.config)) {
    const is = found.config[name];
    // More than what is needed is right as well.
    if (is === value || (name === MOST_BYTES && Number(is) >= Number(value))) continue;
    differences.push({ topic, what: `${name} is ${is}, should be ${value}`, isGrave: true });
  }
  for (const name of ["partitions", "replication"] as const) {
    if (found[name] === wanted[name]) continue;
    const setting = `KAFKA_${name.toUpperCase()}`;
    const what = `${name} is ${found[name]}, should be ${wanted[name]} (${setting})`;
    differences.push({ topic, what, isGrave: false });
  }
  return differences;
}

/** Makes the topics that are not there. One line a topic to `say`; false when one is not right. */
async function makeTopics(
  admin: TopicAdmin,
  config: Config,
  say: (line: string) => void,
): Promise<boolean> {
  let areRight = true;
  for (const [topic, wanted] of wantedTopics(config)) {
    const found = await admin.describe(topic, Object.keys(wanted.config));
    const isNew = !found && await make(admin, topic, wanted);
    const there = found ?? await untilThere(admin, topic, wanted);
    const differences = differencesOf(topic, there, wanted);
    for (const { what } of differences) say(`${topic}: ${what}`);
    if (differences.length === 0) say(`${topic}: ${isNew ? "created" : "is right"}`);
    areRight &&= differences.length === 0;
  }
  return areRight;
}

async function make(admin: TopicAdmin, topic: string, wanted: TopicFacts): Promise<boolean> {
  try {
    return await admin.create(topic, wanted);
  } catch (error) {
    if (!isOfType(error, "INVALID_REPLICATION_FACTOR")) throw error;
    const value = String(wanted.replication);
    throw new SettingError("KAFKA_REPLICATION", value, "but there are not as many brokers");
  }
}

/** A topic that was made is there once every broker has heard of it. */
async function untilThere(
  admin: TopicAdmin,
  topic: string,
  wanted: TopicFacts,
): Promise<TopicFacts> {
  for (const deadline = Date.now() + THERE_WITHIN_MS;;) {
    try {
      const found = await admin.describe(topic, Object.keys(wanted.config));
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`${topic} was made and is not there`);
    } catch (error) {
      const isUnheardOf = isOfType(error, "UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE");
      if (!isUnheardOf || Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function main(args: readonly string[]): Promise<number> {
  const out = (text: string) => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  const err = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    out(HELP);
    return 0;
  }
  const wait = args.length === 0 ? WAIT_S : Number(/^--wait=(\d+)$/.exec(args[0]!)?.[1] ?? NaN);
  if (args.length > 1 || Number.isNaN(wait)) {
    err(`There is no option "${args.join(" ")}".\n\n${HELP}`);
    return CALLED_WRONGLY;
  }
  try {
    const config = await readConfig();
    if (config.REDPANDA_BROKER === undefined) {
      err("REDPANDA_BROKER is not set: the log in memory makes its topics by itself.\n");
      return CALLED_WRONGLY;
    }
    const admin = await connect(config, wait, err);
    const areRight = await makeTopics(admin, config, (line) => out(line + "\n"))
      .finally(() => admin.close());
    return areRight ? 0 : FAILED;
  } catch (error) {
    const isSetting = error instanceof SettingError;
    err(`The topics cannot be made: ${isSetting ? error.message : explain(error, true)}\n`);
    return isSetting ? CALLED_WRONGLY : FAILED;
  }
}

/** Tries for `waitS` seconds. @throws SettingError when the broker refuses us; else what failed last */
async function connect(config: Config, waitS: number, say: (text: string) => void) {
  // Only who has a broker needs its client.
  const { openTopicAdmin } = await import("./bus/kafka.ts");
  const log = createLog({ role: "topics", level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  /** Counted from the first answer that is none: loading the client may take its time. */
  let deadline: number | undefined;
  for (;;) {
    try {
      return await openTopicAdmin(config, log);
    } catch (error) {
      const setting = error instanceof SettingError ? error : wrongSetting(error, config);
      if (setting) throw setting;
      deadline ??= performance.now() + waitS * 1000;
      const leftS = Math.ceil((deadline - performance.now()) / 1000);
      const why = explain(error, true);
      if (leftS <= 0) {
        throw new Error(`${config.REDPANDA_BROKER} did not answer within ${waitS} s: ${why}`);
      }
      say(`Waiting for ${config.REDPANDA_BROKER}, ${leftS} s more: ${why}\n`);
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
