/** Webhooks of the program as it runs, and over a restart on a real Kafka. */
import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { type AnomalyEnvelope, type AnomalyPayload } from "../../contracts/anomaly.ts";
import { MESSAGE_TYPES, PROCESSING_PROVIDER } from "../../contracts/constants.ts";
import { connectDatabase } from "../../db/database.ts";
import { Broker } from "../../services/bus/broker.ts";
import { EmbeddedBus } from "../../services/bus/memory.ts";
import { KafkaBus } from "../../services/bus/kafka.ts";
import { loadConfig } from "../../services/config.ts";
import { encodeEnvelope } from "../../services/envelope.ts";
import { createLog } from "../../services/log.ts";
import { createProcessMetrics } from "../../services/process/metrics.ts";
import { openWebhooks } from "../../services/process/webhooks.ts";
import { eventually, within } from "../../services/testing/deadline.ts";
import { startProgram } from "../program.ts";
import { assertValid } from "../schemas.ts";
import { databaseTest } from "../servers/database_forms.ts";
import { externalBroker, kafkaTest, startKafka } from "../servers/kafka.ts";

const WEBHOOK_SECRET = "a-secret-of-the-receivers";
const FIXTURE = "fixtures/opensky_nyc_sample.jsonl";
const PATIENCE_MS = 180_000;

/** Somebody's server, which takes what `takes` says. */
function receiver(takes: (delivery: string) => boolean) {
  const taken: string[] = [];
  const tried = new Set<string>();
  const bodies: unknown[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const delivery = request.headers.get("skysentinel-delivery")!;
      const body = await request.json();
      tried.add(delivery);
      if (!takes(delivery)) return new Response("not now", { status: 503 });
      taken.push(delivery);
      bodies.push(body);
      return new Response();
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/hook`;
  return { url, taken, tried, bodies, close: () => server.shutdown() };
}

Deno.test("the New York sample: who is set up hears of every anomaly but the least, once", async () => {
  const { events } = JSON.parse(
    await Deno.readTextFile(FIXTURE.replace(".jsonl", ".expected.json")),
  );
  const hooks = receiver(() => true);
  const program = await startProgram({
    REPLAY_FILE: FIXTURE,
    REPLAY_SPEED: "150",
    WEBHOOK_URLS: hooks.url,
    WEBHOOK_SECRET,
    WEBHOOK_MIN_SEVERITY: "MEDIUM",
  });
  try {
    const ended = () => program.log().includes("The replay has ended");
    await eventually(ended, "end of the replay", PATIENCE_MS);
    const metrics = async () => await (await fetch(`${program.process}/metrics`)).text();
    const low = ["holding", "circling"];
    const wanted = new Set(
      events.filter(({ event }: { event: string }) => !low.includes(event))
        .map(({ icao24 }: { icao24: string }) => icao24),
    );
    assert(wanted.size > 0, "the sample has some");
    const told = () =>
      new Set(hooks.bodies.map((body) => (body as AnomalyEnvelope).payload.icao24));
    await eventually(() => told().isSupersetOf(wanted), "every aircraft with one");
    await eventually(
      async () => /^processing_webhooks_waiting 0$/m.test(await metrics()),
      "everything sent",
    );
    assert.equal(new Set(hooks.taken).size, hooks.taken.length, "each once");
    for (const body of hooks.bodies) {
      assertValid("anomaly_envelope", body);
      assert.notEqual((body as AnomalyEnvelope).payload.severity, "LOW");
    }
    assert(!program.log().includes(WEBHOOK_SECRET));
  } finally {
    await program.end();
    await hooks.close();
  }
});

function anomaly(anomaly_id: string, icao24: string): AnomalyPayload {
  return {
    anomaly_id,
    icao24,
    anomaly_type: "SQUAWK_7700",
    severity: "HIGH",
    state: "ACTIVE",
    started_at: "2024-06-01T14:00:00.000Z",
    detected_at: "2024-06-01T14:00:00.000Z",
    details: {},
  };
}

databaseTest("what was taken is not sent again, even by a process on a new log", async (form) => {
  let isWell = true;
  const [hooks, others] = [receiver(() => true), receiver(() => isWell)];
  const run = async (isDone: () => Promise<void>, ...records: AnomalyPayload[]) => {
    const stop = new AbortController();
    const bus = new EmbeddedBus(new Broker({ compactedTopics: [] }));
    const database = connectDatabase(form.url);
    const config = loadConfig({ WEBHOOK_URLS: `${hooks.url},${others.url}`, WEBHOOK_SECRET });
    const metrics = createProcessMetrics(() => []);
    const log = createLog({ role: "test", level: "error", format: "text" });
    const parts = { bus, config, metrics, log, database, stopped: stop.signal, firstWaitMs: 1 };
    const running = (await openWebhooks(parts))!.run();
    const source = { provider: PROCESSING_PROVIDER };
    await bus.publish(
      config.KAFKA_TOPIC_ANOMALIES,
      records.map((one) => ({
        key: one.icao24,
        value: encodeEnvelope(MESSAGE_TYPES.anomalyEvent, source, one),
      })),
    );
    await isDone();
    stop.abort();
    await within(running, "end");
    await database.close();
  };
  const remembered = async (count: number) => {
    const rows = await form.sql.unsafe("select from webhook_deliveries");
    return rows.length === count;
  };
  try {
    isWell = false;
    const both = [anomaly("one", "a00001"), anomaly("two", "a00002")];
    await run(async () => {
      await eventually(() => remembered(2), "what the first has taken");
      await eventually(() => others.tried.size === 2, "attempts at the other");
    }, ...both);
    isWell = true;
    // What goes on after the restart of everything but the database is told of again.
    await run(
      async () => {
        await eventually(() => remembered(6), "the rest");
      },
      ...both,
      { ...both[0]!, state: "RESOLVED", resolved_at: "2024-06-01T14:05:00.000Z" },
    );
    assert.deepEqual(hooks.taken.sort(), ["one:ACTIVE", "one:RESOLVED", "two:ACTIVE"]);
    assert.deepEqual(others.taken.sort(), ["one:ACTIVE", "one:RESOLVED", "two:ACTIVE"]);
    const kept = await form.sql.unsafe<{ line: string }[]>(
      "select row_to_json(d)::text as line from webhook_deliveries d",
    );
    assert(!kept.some(({ line }) => line.includes("127.0.0.1")), "an address may be a secret");
  } finally {
    await hooks.close();
    await others.close();
  }
});

kafkaTest("on Kafka: what was not taken before a stop comes after the next start", async () => {
  const external = externalBroker();
  const server = external ? undefined : await startKafka();
  let isWell = false;
  const hooks = receiver((delivery) => isWell || delivery.startsWith("good"));
  const config = loadConfig({
    REDPANDA_BROKER: external ?? server!.broker,
    KAFKA_TOPIC_ANOMALIES: `webhooks-${Deno.pid}-${Date.now().toString(36)}`,
    WEBHOOK_URLS: hooks.url,
    WEBHOOK_SECRET,
  });
  const log = createLog({ role: "test", level: "error", format: "text" });
  const own = new KafkaBus(config, log);
  const publish = async (...anomalies: AnomalyPayload[]) => {
    const source = { provider: PROCESSING_PROVIDER };
    const records = anomalies.map((one) => ({
      key: one.icao24,
      value: encodeEnvelope(MESSAGE_TYPES.anomalyEvent, source, one),
    }));
    await own.publish(config.KAFKA_TOPIC_ANOMALIES, records);
  };
  const start = async () => {
    const stop = new AbortController();
    const bus = new KafkaBus(config, log);
    const metrics = createProcessMetrics(() => []);
    const parts = { bus, config, metrics, log, stopped: stop.signal, firstWaitMs: 200 };
    const running = (await openWebhooks(parts))!.run();
    return async () => {
      stop.abort();
      await within(running, "end");
      await bus.close();
    };
  };
  try {
    const admin = new kafkajs.Kafka({ brokers: [config.REDPANDA_BROKER!] }).admin();
    await admin.connect();
    await admin.createTopics({
      topics: [{ topic: config.KAFKA_TOPIC_ANOMALIES, numPartitions: 2 }],
    });
    await admin.disconnect();
    // Nobody's news: it was there before the first start.
    await publish(anomaly("before", "a00001"));
    const stop = await start();
    await publish(anomaly("good", "a00001"));
    await eventually(() => hooks.taken.includes("good:ACTIVE"), "the first", PATIENCE_MS);
    await publish(anomaly("bad", "a00001"), anomaly("good-too", "a00002"));
    await eventually(
      () => hooks.tried.has("bad:ACTIVE") && hooks.taken.includes("good-too:ACTIVE"),
      "an attempt, and the one beside it",
      PATIENCE_MS,
    );
    await stop();
    isWell = true;
    const stopAgain = await start();
    await eventually(() => hooks.taken.includes("bad:ACTIVE"), "what was missing", PATIENCE_MS);
    await stopAgain();
    assert(!hooks.tried.has("before:ACTIVE"));
    assert.equal(hooks.taken.filter((delivery) => delivery === "good:ACTIVE").length, 1);
  } finally {
    await own.close();
    await hooks.close();
    await server?.close();
  }
});
