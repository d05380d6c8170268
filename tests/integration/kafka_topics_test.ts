/** `deno task topics` against a real Kafka, and what roles make of topics that are not right. */
import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { TOPICS } from "../../contracts/constants.ts";
import { Broker } from "../../services/bus/broker.ts";
import type { Bus } from "../../services/bus/bus.ts";
import { connectBus } from "../../services/bus/connect.ts";
import { loadConfig } from "../../services/config.ts";
import { createIngestMetrics } from "../../services/ingest/metrics.ts";
import { Publisher } from "../../services/ingest/publisher.ts";
import { createLog } from "../../services/log.ts";
import { within } from "../../services/testing/deadline.ts";
import { freePorts } from "../program.ts";
import { KAFKA_USER, type KafkaServer, kafkaTest, startKafka } from "../servers/kafka.ts";

const ROOT = new URL("../../", import.meta.url);
const HOUR_MS = 3_600_000;
const encoder = new TextEncoder();

let running: KafkaServer | undefined;
const kafka = async () => running ??= await startKafka();
Deno.test.afterAll(async () => await running?.close());

/** Runs `deno task topics` with these settings and arguments. */
async function runTopics(settings: Record<string, string>, args: readonly string[] = []) {
  const folder = await Deno.makeTempDir();
  const script = new URL("services/topics.ts", ROOT).pathname;
  const config = new URL("deno.json", ROOT).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--config", config, script, ...args],
    // A folder without a .env.
    cwd: folder,
    env: settings,
  }).output();
  await Deno.remove(folder);
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

/** A client that is not ours, as an operator's own tool. */
async function withAdmin<T>(broker: string, use: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const client = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  return await use(admin).finally(() => admin.disconnect());
}

async function setConfig(broker: string, topic: string, config: Record<string, string>) {
  await withAdmin(broker, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      }],
    }));
}

function connect(broker: string, said: string[] = []): Promise<Bus> {
  const config = loadConfig({ REDPANDA_BROKER: broker });
  const log = createLog({ role: "test", level: "info", format: "text" }, (line) => said.push(line));
  return connectBus(config, log, () => new Broker({ compactedTopics: [] }));
}

kafkaTest(
  "topics are made with the contract's configuration, and left alone the next time",
  async () => {
    const { broker } = await kafka();
    const settings = { REDPANDA_BROKER: broker };
    const names = Object.values(TOPICS);
    const first = await runTopics(settings);
    assert.equal(first.out, names.map((name) => `${name}: created\n`).join(""), first.err);
    assert.deepEqual([first.code, first.err], [0, ""]);
    await withAdmin(broker, async (admin) => {
      const configNames = ["cleanup.policy", "retention.ms"];
      const resources = names.map((name) => (
        { type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames }
      ));
      const described = await admin.describeConfigs({ resources, includeSynonyms: false });
      const found = Object.fromEntries(
        described.resources.map(({ resourceName, configEntries }) => [
          resourceName,
          Object.fromEntries(configEntries.map((entry) => [entry.configName, entry.configValue])),
        ]),
      );
      assert.equal(found["flights.state"]!["cleanup.policy"], "compact");
      for (
        const [topic, hours] of [
          ["flights.updates", 7 * 24],
          ["flights.anomalies", 30 * 24],
          ["ingestion.heartbeat", 24],
          ["deadletter.flights", 7 * 24],
        ] as const
      ) {
        const expected = { "cleanup.policy": "delete", "retention.ms": String(hours * HOUR_MS) };
        assert.deepEqual(found[topic], expected, topic);
      }
      const { topics } = await admin.fetchTopicMetadata({ topics: names });
      for (const { name, partitions } of topics) assert.equal(partitions.length, 12, name);
    });
    const second = await runTopics(settings);
    assert.equal(second.out, names.map((name) => `${name}: is right\n`).join(""));
    assert.deepEqual([second.code, second.err], [0, ""]);
  },
  "own",
);

kafkaTest("settings name the topics, and say in how many parts", async () => {
  const { broker } = await kafka();
  const settings = {
    REDPANDA_BROKER: broker,
    KAFKA_TOPIC_STATE: "my.state",
    KAFKA_TOPIC_UPDATES: "my.updates",
    KAFKA_TOPIC_ANOMALIES: "my.anomalies",
    KAFKA_PARTITIONS: "3",
  };
  const { out } = await runTopics(settings);
  assert.match(out, /^my\.state: created\nmy\.updates: created\nmy\.anomalies: created\n/);
  await withAdmin(broker, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ["my.state", "my.anomalies"] });
    for (const { name, partitions } of topics) assert.equal(partitions.length, 3, name);
  });
}, "own");

kafkaTest(
  "what differs is said, nothing of it is changed, and roles refuse what is grave",
  async () => {
    const { broker } = await kafka();
    await runTopics({ REDPANDA_BROKER: broker });
    await setConfig(broker, TOPICS.state, { "cleanup.policy": "delete" });
    await setConfig(broker, TOPICS.updates, { "retention.ms": "1000" });
    try {
      for (let run = 0; run < 2; run++) {
        const { code, out } = await runTopics({ REDPANDA_BROKER: broker });
        assert.equal(code, 1);
        assert.deepEqual(out.split("\n").slice(0, 3), [
          "flights.state: cleanup.policy is delete, should be compact",
          "flights.updates: retention.ms is 1000, should be 604800000",
          "flights.anomalies: is right",
        ]);
      }
      const bus = await connect(broker);
      const sentence = `the topics on ${broker} are not right: ` +
        "flights.state cleanup.policy is delete, should be compact; " +
        "flights.updates retention.ms is 1000, should be 604800000. Run deno task topics";
      const refusal = { name: "SettingError", message: sentence };
      const record = { key: "4ca2d1", value: encoder.encode("not written") };
      await within(assert.rejects(bus.publish(TOPICS.updates, [record]), refusal), "refusal");
      await assert.rejects(bus.read({ topics: [TOPICS.state], from: "earliest" }), refusal);
      assert.equal(bus.status().detail, sentence);
      await bus.close();
      const ends = await withAdmin(broker, (admin) => admin.fetchTopicOffsets(TOPICS.updates));
      assert(ends.every(({ high }) => high === "0"), "nothing was written");
    } finally {
      await setConfig(broker, TOPICS.state, { "cleanup.policy": "compact" });
      await setConfig(broker, TOPICS.updates, { "retention.ms": String(7 * 24 * HOUR_MS) });
    }
  },
  "own",
);

kafkaTest("other numbers of partitions are the operator's: roles say it and start", async () => {
  const { broker } = await kafka();
  await runTopics({ REDPANDA_BROKER: broker });
  const { code, out } = await runTopics({ REDPANDA_BROKER: broker, KAFKA_PARTITIONS: "4" });
  assert.equal(code, 1);
  assert.match(out, /^flights\.state: partitions is 12, should be 4 \(KAFKA_PARTITIONS\)\n/);
  const said: string[] = [];
  const config = loadConfig({ REDPANDA_BROKER: broker, KAFKA_PARTITIONS: "4" });
  const log = createLog({ role: "test", level: "warn", format: "text" }, (line) => said.push(line));
  const bus = await connectBus(config, log, () => new Broker({ compactedTopics: [] }));
  await within(
    bus.publish(TOPICS.heartbeat, [{ key: "me", value: encoder.encode("{}") }]),
    "start",
  );
  await bus.close();
  assert.equal(said.length, 5);
  assert.match(said[0]!, / flights\.state: partitions is 12, should be 4 /);
}, "own");

kafkaTest("roles refuse topics that are not there", async () => {
  const { broker } = await kafka();
  const config = loadConfig({ REDPANDA_BROKER: broker, KAFKA_TOPIC_STATE: "nowhere" });
  const log = createLog({ role: "test", level: "error", format: "text" });
  const bus = await connectBus(config, log, () => new Broker({ compactedTopics: [] }));
  const sentence = /^the topics on \S+ are not right: nowhere is not there.*Run deno task topics$/;
  await assert.rejects(bus.read({ topics: ["nowhere"], from: "earliest" }), { message: sentence });
  await bus.close();
}, "own");

kafkaTest("what cannot be done is one sentence and an exit code", async () => {
  const { broker, saslBroker } = await kafka();
  const [nowhere] = freePorts(1);
  const signIn = {
    KAFKA_SASL_MECHANISM: "plain",
    KAFKA_SASL_USERNAME: KAFKA_USER.username,
    KAFKA_SASL_PASSWORD: "hunter2",
  };
  const wrong: readonly (readonly [Record<string, string>, string[], number, RegExp])[] = [
    [{}, [], 2, /^REDPANDA_BROKER is not set: .*\n$/],
    [
      { KAFKA_PARTITIONS: "0" },
      [],
      2,
      /^The topics cannot be made: KAFKA_PARTITIONS is "0", .*\n$/,
    ],
    [{}, ["--wait=soon"], 2, /^There is no option "--wait=soon"\.\n/],
    [
      { REDPANDA_BROKER: `127.0.0.1:${nowhere}` },
      ["--wait=1"],
      1,
      /^Waiting for \S+, 1 s more: .*\n(.*\n)*The topics cannot be made: \S+ did not answer within 1 s: .*\n$/,
    ],
    [
      { REDPANDA_BROKER: saslBroker, ...signIn },
      [],
      2,
      /^The topics cannot be made: KAFKA_SASL_PASSWORD is "\(hidden\)", but .*\n$/,
    ],
    [
      { REDPANDA_BROKER: broker, KAFKA_REPLICATION: "3", KAFKA_TOPIC_STATE: "thrice" },
      [],
      2,
      /^The topics cannot be made: KAFKA_REPLICATION is "3", but there are not as many brokers\n$/,
    ],
  ];
  for (const [settings, args, code, sentence] of wrong) {
    const result = await runTopics(settings, args);
    assert.match(result.err, sentence);
    assert.deepEqual([result.code, result.out], [code, ""]);
    assert(!result.err.includes("hunter2"));
  }
  const help = await runTopics({}, ["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /^Creates SkySentinel's topics/);
}, "own");

kafkaTest("kcat reads valid flights from flights.state", async () => {
  const kcat = await hasKcat();
  if (!kcat) return;
  const { broker } = await kafka();
  await runTopics({ REDPANDA_BROKER: broker });
  const bus = await connect(broker);
  const config = loadConfig({});
  const publisher = new Publisher(bus, config, createIngestMetrics([]));
  const example = new URL("contracts/examples/flight_envelope/flight_state.json", ROOT);
  const { source, payload } = FlightEnvelope.parse(JSON.parse(await Deno.readTextFile(example)));
  const icao24s = ["4ca2d1", "3c6444", "a0b1c2"];
  for (const icao24 of icao24s) publisher.report(source, { ...payload, icao24 });
  publisher.departed("a0b1c2");
  await publisher.flush();
  await bus.close();

  const { success, stdout, stderr } = await new Deno.Command("kcat", {
    args: ["-C", "-b", broker, "-t", TOPICS.state, "-e", "-q", "-Z", "-f", "%k %s\n"],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(lines.length, 4);
  assert(lines.includes("a0b1c2 NULL"), "its tombstone");
  for (const line of lines.filter((line) => !line.endsWith(" NULL"))) {
    const envelope = FlightEnvelope.parse(JSON.parse(line.slice(7)));
    assert.equal(envelope.type, "flight_state");
    assert.equal(envelope.payload.icao24, line.slice(0, 6));
  }
}, "own");

/** kcat is a program of its own; with CI=true it must be there. */
async function hasKcat(): Promise<boolean> {
  const remedy = "there is no kcat: apt-get install -y kcat";
  try {
    return (await new Deno.Command("kcat", { args: ["-V"], stderr: "null" }).output()).success;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (Deno.env.get("CI") === "true") throw new Error(remedy);
    Deno.stderr.writeSync(encoder.encode(`SKIPPED: ${remedy}\n`));
    return false;
  }
}
