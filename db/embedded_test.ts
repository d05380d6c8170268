import assert from "node:assert/strict";
import { eventually, within } from "../services/testing/deadline.ts";
import { startEmbedded } from "./embedded.ts";
import type { EmbeddedNews, EmbeddedWord } from "./embedded_worker.ts";
import { quietLog } from "./testing.ts";

/** In place of a worker: what it is told, and whether it was ended. */
class FakeWorker {
  onmessage?: (event: { data: EmbeddedNews }) => void;
  onerror?: (event: { message: string; preventDefault(): void }) => void;
  readonly told: EmbeddedWord["type"][] = [];
  isEnded = false;

  postMessage({ type }: EmbeddedWord): void {
    this.told.push(type);
  }

  terminate(): void {
    this.isEnded = true;
  }

  say(data: EmbeddedNews): void {
    if (!this.isEnded) this.onmessage!({ data });
  }
}

/** PostgreSQL's messages (55.7): signed in and ready; the answer to a question that is refused. */
const READY = "Z\0\0\0\x05I";
const WELCOME = "R\0\0\0\x08\0\0\0\0" + READY;
const NOT_NOW = "E\0\0\0\x1dSFATAL\0C57P03\0Mstarting\0\0" + READY;

/** An embedded database whose workers are fakes; on its port somebody listens who refuses when told to. */
async function startFake() {
  const dataDir = await Deno.makeTempDir({ prefix: "skysentinel-embedded-" });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connected = Promise.withResolvers<Deno.Conn>();
  const listening = (async () => {
    for await (const connection of listener) connected.resolve(connection);
  })();
  const workers: FakeWorker[] = [];
  const failures: (string | undefined)[] = [];
  const embedded = startEmbedded({
    dataDir,
    port: listener.addr.port,
    log: { ...quietLog, error: () => {} },
    firstBackoffMs: 1,
    onFailure: (reason) => failures.push(reason),
    spawn: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker as unknown as Worker;
    },
  });
  workers[0]!.say({ type: "serving" });
  const connection = await within(connected.promise, "a connection to make the tables by");
  return {
    embedded,
    workers,
    failures,
    /** Whoever makes the tables is refused; resolves when they have taken note. */
    async refuse() {
      const bytes = new Uint8Array(4096);
      for (const message of [WELCOME, NOT_NOW]) {
        await connection.read(bytes);
        await connection.write(new TextEncoder().encode(message));
      }
      while (await connection.read(bytes) !== null);
      connection.close();
      // The client hears of that in one of the next turns.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
    },
    async end() {
      listener.close();
      await listening;
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

/** Connections of the client end in their own time. */
const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "one that is closed while its tables are made is let finish what it writes",
  options,
  async () => {
    const { embedded, workers: [worker], refuse, end } = await startFake();
    let isClosed = false;
    const closing = embedded.close().then(() => isClosed = true);
    assert.deepEqual(worker!.told, ["open", "close"]);
    await refuse();
    assert.deepEqual([isClosed, worker!.isEnded], [false, false]);
    worker!.say({ type: "closed" });
    await within(closing, "the end");
    assert.equal(worker!.isEnded, true);
    await end();
  },
);

Deno.test("what failed of one that was replaced does not end its successor", options, async () => {
  const { embedded, workers, failures, refuse, end } = await startFake();
  workers[0]!.say({ type: "failed", message: "on purpose" });
  const successor = await eventually(() => workers[1], "a successor");
  await refuse();
  assert.deepEqual(failures.length, 1);
  assert.equal(successor.isEnded, false);
  const closing = embedded.close();
  successor.say({ type: "closed" });
  await within(closing, "the end");
  await end();
});
