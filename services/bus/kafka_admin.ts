/** Looking at topics and making them, on a connection of its own. */

/** A topic as the broker has it, or as it should be. */
export interface TopicFacts {
  readonly partitions: number;
  readonly replication: number;
  /** What was asked of its configuration, by the broker's names such as `cleanup.policy`. */
  readonly config: Readonly<Record<string, string>>;
}

/** kafkajs's admin client, as far as it is used. */
export interface AdminClient {
  disconnect(): Promise<void>;
  listTopics(): Promise<string[]>;
  fetchTopicMetadata(options: { topics: string[] }): Promise<{
    topics: { name: string; partitions: { replicas: number[] }[] }[];
  }>;
  describeConfigs(query: {
    resources: { type: number; name: string; configNames: string[] }[];
    includeSynonyms: boolean;
  }): Promise<{
    resources: {
      resourceName: string;
      configEntries: { configName: string; configValue: string }[];
    }[];
  }>;
  createTopics(options: {
    waitForLeaders: boolean;
    topics: {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: { name: string; value: string }[];
    }[];
  }): Promise<boolean>;
}

/** A topic, among the resources that have a configuration. */
const TOPIC_RESOURCE = 2;

export class TopicAdmin {
  readonly #admin: AdminClient;

  constructor(connected: AdminClient) {
    this.#admin = connected;
  }

  /** The facts of a topic, with these parts of its configuration; undefined when it is not there. */
  async describe(
    topic: string,
    configNames: readonly string[],
  ): Promise<TopicFacts | undefined> {
    if (!(await this.#admin.listTopics()).includes(topic)) return undefined;
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
    const { resources } = await this.#admin.describeConfigs({
      resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: [...configNames] }],
      includeSynonyms: false,
    });
    const { partitions } = topics[0]!;
    const entries = resources[0]!.configEntries;
    return {
      partitions: partitions.length,
      replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      config: Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue])),
    };
  }

  /** Makes a topic; false when somebody else just has. It can be described a little later. */
  async create(topic: string, facts: TopicFacts): Promise<boolean> {
    return await this.#admin.createTopics({
      // A broker that has not yet heard of it would have kafkajs fail.
      waitForLeaders: false,
      topics: [{
        topic,
        numPartitions: facts.partitions,
        replicationFactor: facts.replication,
        configEntries: Object.entries(facts.config).map(([name, value]) => ({ name, value })),
      }],
    });
  }

  close(): Promise<void> {
    return this.#admin.disconnect();
  }
}
