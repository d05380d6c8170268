/** The bus on Kafka or Redpanda. The only file that knows kafkajs: all else gets what it needs of it. */
import kafkajs from "kafkajs";
import type { GroupMember, Kafka, LogEntry, Producer, SASLOptions } from "kafkajs";
import process from "node:process";
import { type Config, SettingError } from "../config.ts";
import type { Log } from "../log.ts";
import type { Bus, BusStatus, OutRecord, Reader, ReadOptions } from "./bus.ts";
import { TopicAdmin } from "./kafka_admin.ts";
import type { Cluster } from "./kafka_cluster.ts";
import { ZSTD_CODEC } from "./kafka_codec.ts";
import { isOfType, isProducerLost, wrongSetting } from "./kafka_errors.ts";
import {
  type GroupEvents,
  GroupReader,
  HEARTBEAT_MS,
  type MakeConsumer,
  REBALANCE_TIMEOUT_MS,
  SESSION_TIMEOUT_MS,
} from "./kafka_group_reader.ts";
import { ClosedError, Link } from "./kafka_link.ts";
import {
  LogReader,
  LONG_POLL_MS,
  MAX_FETCH_BYTES,
  MAX_PARTITION_BYTES,
} from "./kafka_log_reader.ts";
import { type OutMessage, TopicQueue } from "./kafka_queue.ts";
import { createSocket } from "./kafka_socket.ts";

const { CompressionCodecs, CompressionTypes, logLevel, PartitionAssigners, Partitioners } = kafkajs;

CompressionCodecs[CompressionTypes.ZSTD] = () => ZSTD_CODEC;
silenceNegativeTimeouts();

const CONNECT_WITHIN_MS = 3000;
const ANSWER_WITHIN_MS = 10_000;
/** How long a broker may take to wait for its replicas. */
const REPLICATE_WITHIN_MS = 5000;
/** Short: what lasts longer is waited for here, where it is known to whoever asks. */
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 } as const;
/** Longer than a broker takes to start anew, so that a group's member stays one. */
const MEMBER_RETRY = { ...RETRY, retries: 8 } as const;
const CLOSE_WITHIN_MS = 3000;

export class KafkaBus implements Bus {
  readonly #config: Config;
  readonly #log: Log;
  readonly #link: Link;
  readonly #closing = new AbortController();
  readonly #ready: Promise<void>;
  readonly #queues = new Map<string, TopicQueue>();
  readonly #readers = new Set<Reader>();
  #producer?: { readonly producer: Producer; readonly connected: Promise<void> };
  #refusal?: Error;

  /**
   * Begins to connect. `check` looks at the topics once there is a broker; what it throws, and a
   * setting that the broker refuses, is thrown at every publish and read.
   */
  constructor(config: Config, log: Log, check?: (topics: TopicAdmin) => Promise<void>) {
    this.#config = config;
    this.#log = log;
    this.#link = new Link(config.REDPANDA_BROKER ?? "", log);
    // Wrong files are found now, not when a broker is there.
    createKafka(config, log);
    this.#ready = this.#connect(check);
    this.#ready.catch((error) => this.#refusal = error);
  }

  async publish(topic: string, records: readonly OutRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#ready;
    let queue = this.#queues.get(topic);
    if (!queue) {
      queue = new TopicQueue((messages) => this.#send(topic, messages));
      this.#queues.set(topic, queue);
    }
    await queue.publish(records);
  }

  async read(options: ReadOptions): Promise<Reader> {
    await this.#ready;
    const { group } = options;
    const kafka = createKafka(this.#config, this.#log);
    const closed = this.#closing.signal;
    const reader = group === undefined
      ? await LogReader.open(createCluster(kafka), this.#link, options, closed)
      : await GroupReader.open(
        this.#link,
        { ...options, group },
        makeConsumer(kafka, group, options.isWhole),
        closed,
      );
    if (closed.aborted) {
      await reader.close();
      throw new ClosedError("The bus was closed before it was read");
    }
    this.#readers.add(reader);
    const close = () => {
      this.#readers.delete(reader);
      return reader.close();
    };
    // The bus has to close only what its users have not.
    return {
      next: () => reader.next(),
      commit: (batch) => reader.commit(batch),
      rewind: (batch, offset) => reader.rewind(batch, offset),
      lag: () => reader.lag(),
      close,
    };
  }

  status(): BusStatus {
    if (this.#refusal) return { kind: "kafka", status: "down", detail: this.#refusal.message };
    return this.#link.status();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const closing = [...this.#readers].map((reader) => reader.close());
    this.#readers.clear();
    if (this.#producer) closing.push(this.#producer.producer.disconnect());
    await atMost(CLOSE_WITHIN_MS, Promise.allSettled(closing));
  }

  #connect(check?: (topics: TopicAdmin) => Promise<void>): Promise<void> {
    return this.#link.persist("anything", this.#closing.signal, async () => {
      const topics = await openTopicAdmin(this.#config, this.#log);
      try {
        await check?.(topics);
      } finally {
        await topics.close();
      }
    }, (error) => error instanceof SettingError ? error : wrongSetting(error, this.#config));
  }

  #send(topic: string, messages: OutMessage[]): Promise<void> {
    return this.#link.persist(`publishing to ${topic}`, this.#closing.signal, async () => {
      const { producer, connected } = this.#producer ??= this.#createProducer();
      try {
        await connected;
        const compression = CompressionTypes.ZSTD;
        await producer.send({ topic, messages, compression, timeout: REPLICATE_WITHIN_MS });
      } catch (error) {
        if (isProducerLost(error)) this.#dropProducer(producer);
        throw error;
      }
    }, (error) => {
      if (!isOfType(error, "MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE")) return undefined;
      const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      return new Error(
        `${topic} does not take ${bytes} bytes at once: raise its max.message.bytes`,
      );
    });
  }

  #createProducer(): { producer: Producer; connected: Promise<void> } {
    const producer = createKafka(this.#config, this.#log).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: RETRY,
      // Java's choice for keys, so that other programs agree; once chosen, it stays.
      createPartitioner: () => {
        const choose = Partitioners.DefaultPartitioner();
        return (args) => args.message.partition ??= choose(args);
      },
    });
    const connected = producer.connect();
    connected.catch(() => this.#dropProducer(producer));
    return { producer, connected };
  }

  #dropProducer(producer: Producer): void {
    if (this.#producer?.producer === producer) this.#producer = undefined;
    void producer.disconnect().catch(() => {});
  }
}

/**
 * A connection for looking at topics and making them.
 * @throws kafkajs's error when no broker answers, or refuses us (`wrongSetting` says which)
 */
export async function openTopicAdmin(config: Config, log: Log): Promise<TopicAdmin> {
  const admin = createKafka(config, log).admin({ retry: RETRY });
  try {
    await admin.connect();
    // A connection alone says nothing: one that did not sign in is closed at the first question.
    await admin.listTopics();
  } catch (error) {
    await admin.disconnect().catch(() => {});
    throw error;
  }
  return new TopicAdmin(admin);
}

/** kafkajs with our settings. @throws SettingError when the file of KAFKA_TLS_CA_FILE cannot be read */
function createKafka(config: Config, log: Log): Kafka {
  const brokers = (config.REDPANDA_BROKER ?? "").split(",").map((broker) => broker.trim());
  return new kafkajs.Kafka({
    brokers,
    clientId: config.KAFKA_CLIENT_ID,
    ssl: config.KAFKA_TLS && tlsOptions(config),
    sasl: saslOptions(config),
    connectionTimeout: CONNECT_WITHIN_MS,
    requestTimeout: ANSWER_WITHIN_MS,
    retry: RETRY,
    socketFactory: createSocket,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logLine(log, entry),
  });
}

function tlsOptions({ KAFKA_TLS_CA_FILE: file }: Config): true | { ca: string[] } {
  if (file === undefined) return true;
  try {
    return { ca: [Deno.readTextFileSync(file)] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SettingError("KAFKA_TLS_CA_FILE", file, `but it cannot be read: ${why}`);
  }
}

function saslOptions(config: Config): SASLOptions | undefined {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = config;
  const password = config.KAFKA_SASL_PASSWORD;
  if (mechanism === undefined || username === undefined || password === undefined) return undefined;
  return { mechanism, username, password };
}

/** kafkajs repeats itself while it tries again; what a person should know is said by Link. */
function logLine(
  log: Log,
  { namespace, log: { message, broker, groupId, error } }: LogEntry,
): void {
  log.debug(`kafkajs ${namespace}: ${message}`, {
    broker,
    groupId,
    error: typeof error === "string" ? error : undefined,
  });
}

/**
 * kafkajs hands its connection to whoever deals out a group's partitions, and to nobody else. Reading
 * without a group takes it from there; no group is ever joined.
 */
function createCluster(kafka: Kafka): Cluster {
  return createConsumer(kafka, "unused").cluster;
}

function createConsumer(
  kafka: Kafka,
  groupId: string,
  mayRestart = () => false,
  isWhole = false,
) {
  let cluster: Cluster | undefined;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: LONG_POLL_MS,
    maxBytesPerPartition: MAX_PARTITION_BYTES,
    maxBytes: MAX_FETCH_BYTES,
    allowAutoTopicCreation: false,
    readUncommitted: true,
    retry: { ...MEMBER_RETRY, restartOnFailure: () => Promise.resolve(mayRestart()) },
    partitionAssigners: [(context) => {
      cluster = context.cluster as unknown as Cluster;
      const dealer = PartitionAssigners.roundRobin(context);
      if (!isWhole) return dealer;
      // Dealt out among one: who is not named gets nothing, and stands by.
      const { assign } = dealer;
      const first = (members: readonly GroupMember[]) =>
        members.toSorted((a, b) => a.memberId < b.memberId ? -1 : 1).slice(0, 1);
      return {
        ...dealer,
        assign: ({ members, topics }) => assign.call(dealer, { members: first(members), topics }),
      };
    }],
  });
  return { consumer, cluster: cluster! };
}

function makeConsumer(kafka: Kafka, group: string, isWhole?: boolean): MakeConsumer {
  return (events: GroupEvents) => {
    const { consumer, cluster } = createConsumer(kafka, group, events.mayRestart, isWhole);
    consumer.on(
      consumer.events.GROUP_JOIN,
      ({ payload }) => events.joined(payload.memberId, payload.memberAssignment),
    );
    consumer.on(consumer.events.HEARTBEAT, () => events.heartbeat());
    consumer.on(
      consumer.events.CRASH,
      ({ payload }) => events.crashed(payload.error, payload.restart),
    );
    return { consumer, cluster };
  };
}

/** kafkajs asks for timers in the past, which are taken for 1 ms: no reason to warn anybody. */
function silenceNegativeTimeouts(): void {
  const warn = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (args[1] !== "TimeoutNegativeWarning") warn(...args);
  };
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}
