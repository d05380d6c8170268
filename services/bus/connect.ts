import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { refuseWrongTopics } from "../topics.ts";
import type { BrokerLink } from "./broker.ts";
import type { Bus } from "./bus.ts";
import { EmbeddedBus } from "./memory.ts";

/**
 * A role's own connection to the log: to the broker of REDPANDA_BROKER if that is set, else to the
 * embedded one. Topics that are wrong are thrown as a SettingError at the first publish or read.
 * @throws SettingError when the file of KAFKA_TLS_CA_FILE cannot be read
 */
export async function connectBus(
  config: Config,
  log: Log,
  embedded: () => BrokerLink,
): Promise<Bus> {
  if (config.REDPANDA_BROKER === undefined) return new EmbeddedBus(embedded());
  // Only who has a broker needs its client.
  const { KafkaBus } = await import("./kafka.ts");
  return new KafkaBus(config, log, (topics) => refuseWrongTopics(topics, config, log));
}
