import assert from "node:assert/strict";
import { type OutMessage, TopicQueue } from "./kafka_queue.ts";

const KB = 1024;
const record = (key: string, bytes = 1) => ({ key, value: new Uint8Array(bytes) });
const keysOf = (messages: readonly OutMessage[]) => messages.map(({ key }) => key).join("");

/** A queue whose requests end when the test says so. */
function heldQueue() {
  const requests: { keys: string; end: PromiseWithResolvers<void> }[] = [];
  const queue = new TopicQueue((messages) => {
    const end = Promise.withResolvers<void>();
    requests.push({ keys: keysOf(messages), end });
    return end.promise;
  });
  return { queue, requests };
}

Deno.test("one request is under way at a time, and what comes meanwhile goes together", async () => {
  const { queue, requests } = heldQueue();
  const order: string[] = [];
  const published = ["a", "b", "c"].map((key) =>
    queue.publish([record(key)]).then(() => order.push(key))
  );
  assert.deepEqual(requests.map(({ keys }) => keys), ["a"]);
  requests[0]!.end.resolve();
  await published[0];
  assert.deepEqual(requests.map(({ keys }) => keys), ["a", "bc"]);
  assert.deepEqual(order, ["a"]);
  requests[1]!.end.resolve();
  await Promise.all(published);
  assert.deepEqual(order, ["a", "b", "c"]);
});

Deno.test("a request stays under what a broker takes; a record that is larger goes alone", async () => {
  const sent: string[] = [];
  const queue = new TopicQueue((messages) => Promise.resolve(void sent.push(keysOf(messages))));
  await queue.publish([
    record("a", 300 * KB),
    record("b", 300 * KB),
    record("c", 300 * KB),
    record("d", 2000 * KB),
    record("e"),
  ]);
  assert.deepEqual(sent, ["ab", "c", "d", "e"]);
});

Deno.test("a request that is given up fails those who wait for it, and nobody else", async () => {
  const { queue, requests } = heldQueue();
  const results = Promise.allSettled(["a", "b"].map((key) => queue.publish([record(key)])));
  requests[0]!.end.reject(new Error("too large"));
  while (requests.length < 2) await Promise.resolve();
  requests[1]!.end.resolve();
  assert.deepEqual((await results).map(({ status }) => status), ["rejected", "fulfilled"]);
});
