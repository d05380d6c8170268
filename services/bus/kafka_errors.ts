/** What kafkajs's errors mean to us: which setting is wrong, which failures pass, what to say of them. */
import { type Config, SettingError } from "../config.ts";

/** The fields that kafkajs's errors have beside those of every error. */
interface Failure {
  readonly name?: string;
  readonly message?: string;
  /** The protocol's name for it, such as REBALANCE_IN_PROGRESS. */
  readonly type?: string;
  /** The system's name for it, such as ECONNREFUSED. */
  readonly code?: string | number;
  readonly cause?: unknown;
  /** Several at once, one a topic. */
  readonly errors?: readonly unknown[];
}

/** The error and what caused it, outermost first. */
function chain(error: unknown): Failure[] {
  const failures: Failure[] = [];
  for (let at = error; at instanceof Error && failures.length < 10; at = at.cause) {
    failures.push(at as Failure);
    for (const one of (at as Failure).errors ?? []) failures.push(...chain(one));
  }
  return failures;
}

/** Whether the protocol's name for the error, or for what caused it, is one of these. */
export function isOfType(error: unknown, ...types: readonly string[]): boolean {
  return chain(error).some(({ type, name }) => types.includes(type ?? "") || types.includes(name!));
}

/** The group deals its partitions out anew, or has done without us. */
export function isRebalance(error: unknown): boolean {
  return isOfType(error, "REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID");
}

/** The broker does not know where this producer was: only a new one can go on. */
export function isProducerLost(error: unknown): boolean {
  return isOfType(
    error,
    "OUT_OF_ORDER_SEQUENCE_NUMBER",
    "DUPLICATE_SEQUENCE_NUMBER",
    "INVALID_PRODUCER_EPOCH",
    "INVALID_PRODUCER_ID_MAPPING",
    "UNKNOWN_PRODUCER_ID",
  );
}

/** What a person should read: the first cause, without its stack; with a guess where there was no success yet. */
export function explain(error: unknown, isFirst: boolean): string {
  const { message, type } = chain(error).at(-1) ?? { message: String(error) };
  if (type === "UNKNOWN_TOPIC_OR_PARTITION") return "a topic is not there: run deno task topics";
  if (/before secure TLS connection|wrong version number/.test(message ?? "")) {
    return "it does not speak TLS there: KAFKA_TLS may have to be off";
  }
  const isClosed = isOfType(error, "KafkaJSConnectionClosedError", "ILLEGAL_SASL_STATE");
  const guess = isClosed && isFirst ? ": it may want KAFKA_SASL_* or KAFKA_TLS" : "";
  return (isClosed ? "it closed the connection" : plain(message)) + guess;
}

/** kafkajs puts this before what it was told. */
function plain(message = ""): string {
  return message.replace(/^(Connection error: )+/, "");
}

/** The setting that the broker's refusal is about; undefined for what may pass by itself. */
export function wrongSetting(error: unknown, config: Config): SettingError | undefined {
  const failures = chain(error);
  const refused = failures.find(({ name }) => name === "KafkaJSSASLAuthenticationError");
  const broker = config.REDPANDA_BROKER;
  if (isOfType(error, "UNSUPPORTED_SASL_MECHANISM")) {
    const remedy = `but ${broker} does not offer it`;
    return new SettingError("KAFKA_SASL_MECHANISM", config.KAFKA_SASL_MECHANISM ?? "", remedy);
  }
  if (refused) {
    const user = config.KAFKA_SASL_USERNAME ?? "";
    const remedy = `but ${broker} does not accept it with KAFKA_SASL_USERNAME ${user}`;
    return new SettingError("KAFKA_SASL_PASSWORD", "(hidden)", remedy);
  }
  const certificate = failures.find(({ message }) => /certificate/i.test(message ?? ""));
  if (certificate && config.KAFKA_TLS) {
    const remedy = `but ${broker} shows a certificate that it does not vouch for: ` +
      plain(certificate.message);
    const file = config.KAFKA_TLS_CA_FILE;
    return new SettingError("KAFKA_TLS_CA_FILE", file ?? "", remedy);
  }
}
