/** What reading needs of kafkajs's connection to the brokers, and the offsets it can be asked for. */
import { Buffer } from "node:buffer";
import type { BusRecord } from "./bus.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record as kafkajs decodes it; offsets and times are decimal strings. */
export interface KafkaRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly offset: string;
  readonly timestamp: string;
  /** A transaction's marker, not a message. */
  readonly isControlRecord?: boolean;
}

interface TopicOffsets {
  readonly topic: string;
  readonly partitions: { partition: number; offset: string }[];
}

/** kafkajs's `Cluster`, as far as it is used. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findBroker(node: { nodeId: string }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<TopicOffsets[]>;
}

/** kafkajs's `Broker`, as far as it is used. */
export interface Broker {
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: {
      topic: string;
      partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }): Promise<FetchAnswer>;
  offsetFetch(request: {
    groupId: string;
    topics: TopicOffsets[];
  }): Promise<{ responses: TopicOffsets[] }>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: TopicOffsets[];
  }): Promise<unknown>;
}

export interface FetchAnswer {
  readonly responses: {
    readonly topicName: string;
    readonly partitions: {
      readonly partition: number;
      readonly highWatermark: string;
      readonly messages: readonly KafkaRecord[];
    }[];
  }[];
}

/** Offsets by partition: `offsetKey` is how they are found. */
export type Offsets = ReadonlyMap<string, number>;

export const offsetKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * The partitions of these topics.
 * @throws Error when one is not there, or has no leader now
 */
export async function partitionsOf(
  cluster: Cluster,
  topics: readonly string[],
): Promise<TopicPartition[]> {
  await cluster.addMultipleTargetTopics([...topics]);
  return topics.flatMap((topic) => {
    const partitions = cluster.findTopicPartitionMetadata(topic);
    if (partitions.length === 0) throw new Error(`the topic ${topic} is not there`);
    return partitions.map(({ partitionId }) => ({ topic, partition: partitionId }));
  });
}

/** The first offset that each partition still has, or the one its next record will get. */
export async function logOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  which: "first" | "next",
): Promise<Offsets> {
  const asked = byTopic(partitions).map((topic) => ({
    ...topic,
    fromBeginning: which === "first",
  }));
  return toOffsets(await cluster.fetchTopicsOffset(asked));
}

/** What the group has committed; a partition for which it has nothing is absent. */
export async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<Offsets> {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const { responses } = await coordinator.offsetFetch({ groupId, topics: byTopic(partitions) });
  return toOffsets(responses);
}

/**
 * Commits for a group that nobody reads in yet.
 * @throws kafkajs's error UNKNOWN_MEMBER_ID when somebody does
 */
export async function commitBeforehand(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
  offsets: Offsets,
): Promise<void> {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const topics = byTopic(partitions, (partition) => String(offsets.get(offsetKey(partition))));
  // No generation and no member: the form for offsets that are managed from outside.
  await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: "", topics });
}

/** Our form of a record. Its value is a plain byte array, of which `slice` makes a copy. */
export function toBusRecord({ key, value, offset, timestamp }: KafkaRecord): BusRecord {
  return {
    key: key && key.toString("utf8"),
    value: value && new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
    offset: Number(offset),
    timestampMs: Number(timestamp),
  };
}

function byTopic(
  partitions: readonly TopicPartition[],
  offsetOf: (partition: TopicPartition) => string = () => "-1",
): TopicOffsets[] {
  const topics = new Map<string, TopicOffsets>();
  for (const { topic, partition } of partitions) {
    const one = topics.get(topic) ?? { topic, partitions: [] };
    one.partitions.push({ partition, offset: offsetOf({ topic, partition }) });
    topics.set(topic, one);
  }
  return [...topics.values()];
}

/** Negative offsets stand for "nothing" and "from the beginning". */
function toOffsets(topics: readonly TopicOffsets[]): Map<string, number> {
  return new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) =>
        [offsetKey({ topic, partition }), Number(offset)] as const
      ).filter(([, offset]) => offset >= 0)
    ),
  );
}
