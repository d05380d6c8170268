import assert from "node:assert/strict";
import { createLog } from "../log.ts";
import { within } from "../testing/deadline.ts";
import type { Cluster } from "./kafka_cluster.ts";
import { type GroupConsumer, GroupReader } from "./kafka_group_reader.ts";
import { ClosedError, Link } from "./kafka_link.ts";

const silent = createLog({ role: "test", level: "error", format: "text" }, () => {});
const OPTIONS = { topics: ["t"], group: "g", from: "earliest" } as const;
type Step = "connect" | "subscribe" | "run";

for (const at of ["connect", "subscribe", "run"] as const) {
  Deno.test(`a reader that is closed while it opens (${at}) leaves no member behind`, async () => {
    const bus = new AbortController();
    const [reached, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isMember = false;
    const step = async (name: Step) => {
      if (name !== at) return;
      reached.resolve();
      await goesOn.promise;
    };
    const consumer: GroupConsumer = {
      connect: () => step("connect"),
      subscribe: () => step("subscribe"),
      run: async () => {
        await step("run");
        isMember = true;
      },
      disconnect() {
        isMember = false;
        return Promise.resolve();
      },
      seek() {},
      commitOffsets: () => Promise.resolve(),
    };
    const cluster = {
      addMultipleTargetTopics: () => Promise.resolve(),
      findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 1 }],
    } as unknown as Cluster;
    const link = new Link("nobody:9092", silent);
    const opening = GroupReader.open(link, OPTIONS, () => ({ consumer, cluster }), bus.signal);
    await within(reached.promise, `${at} of the consumer`);
    bus.abort();
    goesOn.resolve();
    await within(assert.rejects(opening, ClosedError), "word that it was closed");
    assert.equal(isMember, false);
  });
}
