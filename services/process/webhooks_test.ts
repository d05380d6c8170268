import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { AnomalyEnvelope, type AnomalyPayload } from "../../contracts/anomaly.ts";
import { MESSAGE_TYPES, PROCESSING_PROVIDER, TOPICS } from "../../contracts/constants.ts";
import { Broker } from "../bus/broker.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { loadConfig } from "../config.ts";
import { encodeEnvelope } from "../envelope.ts";
import { createLog } from "../log.ts";
import { eventually, within } from "../testing/deadline.ts";
import { createProcessMetrics } from "./metrics.ts";
import { anomalyFilter } from "./webhook_filter.ts";
import { openWebhooks } from "./webhooks.ts";

const SECRET = "a-secret-of-the-receivers";

function anomaly(fields: Partial<AnomalyPayload> = {}): AnomalyPayload {
  return {
    anomaly_id: "one",
    icao24: "a00001",
    anomaly_type: "SQUAWK_7700",
    severity: "HIGH",
    state: "ACTIVE",
    started_at: "2024-06-01T14:00:00.000Z",
    detected_at: "2024-06-01T14:00:00.000Z",
    position: { lat: 48.8, lon: 2.3 },
    details: {},
    ...fields,
  };
}

interface Received {
  readonly headers: Headers;
  readonly body: string;
  readonly delivery: string;
}

/** Somebody's server; `answer` says what it does with each request. */
class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  answer: (received: Received) => Response | Promise<Response> = () => new Response();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(port = 0) {
    const options = { hostname: "127.0.0.1", port, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      const { headers } = request;
      const body = await request.text();
      const received = { headers, body, delivery: headers.get("skysentinel-delivery")! };
      this.received.push(received);
      return await this.answer(received);
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/path-that-is-a-secret`;
  }

  get deliveries(): string[] {
    return this.received.map(({ delivery }) => delivery);
  }

  async [Symbol.asyncDispose]() {
    await this.#server.shutdown();
  }
}

/** What sends, on a log that outlives it. */
function sender(broker = new Broker({ compactedTopics: [TOPICS.state] })) {
  const own = new EmbeddedBus(broker);
  const stop = new AbortController();
  const metrics = createProcessMetrics(() => []);
  const said: string[] = [];
  let running: Promise<void> | undefined;
  return {
    broker,
    said,
    async start(urls: string, answerWithinMs?: number) {
      const config = loadConfig({ WEBHOOK_URLS: urls, WEBHOOK_SECRET: SECRET });
      const log = createLog(
        { role: "process", level: "debug", format: "json" },
        (line) => said.push(line),
      );
      const bus = new EmbeddedBus(broker);
      const parts = {
        bus,
        config,
        metrics,
        log,
        stopped: stop.signal,
        firstWaitMs: 1,
        answerWithinMs,
      };
      running = (await openWebhooks(parts))!.run();
    },
    async publish(...anomalies: AnomalyPayload[]) {
      const records = anomalies.map((one) => ({
        key: one.icao24,
        value: encodeEnvelope(MESSAGE_TYPES.anomalyEvent, { provider: PROCESSING_PROVIDER }, one),
      }));
      await within(own.publish(TOPICS.anomalies, records), "room on the log");
    },
    async count(name: string, labels = ""): Promise<number> {
      const text = await metrics.registry.metrics();
      const line = text.split("\n").find((line) => line.startsWith(`${name}${labels} `));
      return Number(line?.split(" ")[1]);
    },
    async stop() {
      stop.abort();
      await within(running!, "end");
    },
  };
}

const attempts = (result: string) =>
  ["processing_webhook_attempts_total", `{result="${result}"}`] as const;

Deno.test("an anomaly is sent when it opens and when it resolves, once each, signed", async () => {
  await using receiver = new Receiver();
  const parts = sender();
  await parts.start(receiver.url);
  await parts.publish(anomaly(), anomaly({ details: { seconds: 30 } }), anomaly({ details: {} }));
  await parts.publish(anomaly({ state: "RESOLVED", resolved_at: "2024-06-01T14:05:00.000Z" }));
  await parts.publish(anomaly({ anomaly_id: "two" }));
  await eventually(async () => await parts.count(...attempts("delivered")) === 3, "deliveries");
  await parts.stop();
  assert.deepEqual(receiver.deliveries.toSorted(), ["one:ACTIVE", "one:RESOLVED", "two:ACTIVE"]);
  assert(receiver.deliveries.indexOf("one:ACTIVE") < receiver.deliveries.indexOf("one:RESOLVED"));
  for (const { headers, body } of receiver.received) {
    AnomalyEnvelope.parse(JSON.parse(body));
    const timestamp = headers.get("skysentinel-timestamp")!;
    assert(Math.abs(Date.now() / 1000 - Number(timestamp)) < 60);
    const expected = createHmac("sha256", SECRET).update(`${timestamp}.${body}`).digest("hex");
    assert.equal(headers.get("skysentinel-signature"), `v1=${expected}`);
    assert.equal(headers.get("content-type"), "application/json");
  }
  assert.equal(receiver.received.length, 3);
  assert.equal(await parts.count("processing_webhooks_waiting"), 0);
});

for (
  const [what, answer, result] of [
    ["answers 500", () => new Response("no", { status: 500 }), "refused"],
    ["answers 404", () => new Response("no", { status: 404 }), "refused"],
    [
      "answers 429 and when",
      () => new Response("", { status: 429, headers: { "retry-after": "0" } }),
      "refused",
    ],
    ["redirects", () => Response.redirect("http://127.0.0.1:1/elsewhere", 307), "redirected"],
  ] as const
) {
  Deno.test(`a receiver that ${what} is asked again until it takes it`, async () => {
    await using receiver = new Receiver();
    receiver.answer = () => receiver.received.length < 4 ? answer() : new Response();
    const parts = sender();
    await parts.start(receiver.url);
    await parts.publish(anomaly());
    await eventually(async () => await parts.count(...attempts("delivered")) === 1, "delivery");
    await parts.stop();
    assert.deepEqual(receiver.deliveries, Array(4).fill("one:ACTIVE"));
    assert.equal(await parts.count(...attempts(result)), 3);
    const lines = parts.said.map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ level }) => level),
      ["warn", "info"],
      "said once, and when it is over",
    );
  });
}

Deno.test("one that is too slow is asked again", async () => {
  await using receiver = new Receiver();
  const { promise: late, resolve: letGo } = Promise.withResolvers<Response>();
  receiver.answer = () => receiver.received.length < 3 ? late : new Response();
  const parts = sender();
  await parts.start(receiver.url, 20);
  await parts.publish(anomaly());
  await eventually(async () => await parts.count(...attempts("delivered")) === 1, "delivery");
  await parts.stop();
  letGo(new Response());
  assert(await parts.count(...attempts("timed_out")) >= 2);
});

Deno.test("one that is not there is tried until it is, at the waits' growing distance", async () => {
  const first = new Receiver();
  const { port, url } = first;
  await first[Symbol.asyncDispose]();
  const parts = sender();
  await parts.start(url);
  await parts.publish(anomaly());
  await eventually(
    async () => await parts.count(...attempts("unreachable")) >= 3,
    "three attempts",
  );
  await using receiver = new Receiver(port);
  await eventually(async () => await parts.count(...attempts("delivered")) === 1, "delivery");
  await parts.stop();
  assert.deepEqual(receiver.deliveries, ["one:ACTIVE"]);
});

Deno.test("one that never takes anything is given up, and the next anomaly is tried all the same", async () => {
  await using receiver = new Receiver();
  receiver.answer = ({ delivery }) =>
    new Response(null, { status: delivery === "one:ACTIVE" ? 500 : 204 });
  const parts = sender();
  await parts.start(receiver.url);
  await parts.publish(anomaly(), anomaly({ anomaly_id: "two" }));
  await eventually(
    async () => await parts.count("processing_webhooks_given_up_total") === 1,
    "end",
  );
  await parts.stop();
  assert.equal(receiver.deliveries.filter((one) => one === "one:ACTIVE").length, 10);
  assert.equal(receiver.deliveries.filter((one) => one === "two:ACTIVE").length, 1);
});

Deno.test("one receiver that hangs keeps nobody else waiting: not the others, not the log", async () => {
  await using good = new Receiver();
  await using hanging = new Receiver();
  const { promise: never, resolve: letGo } = Promise.withResolvers<Response>();
  hanging.answer = () => never;
  const parts = sender();
  await parts.start(`${hanging.url},${good.url}`);
  try {
    // Ten times what may wait, of one aircraft: 12 MB in a partition whose producer waits at 4 MB.
    const details = { padding: "x".repeat(1000) };
    for (let i = 0; i < 100; i++) {
      const some = Array.from(
        { length: 100 },
        (_, k) => anomaly({ anomaly_id: `${i}-${k}`, details }),
      );
      await parts.publish(...some);
      await eventually(() => good.received.length >= (i + 1) * 100, "the good receiver's share");
    }
    assert.equal(new Set(good.deliveries).size, 10_000);
    assert(await parts.count("processing_webhooks_given_up_total") >= 8000);
  } finally {
    letGo(new Response());
    await parts.stop();
  }
});

Deno.test("what was not taken before a stop is sent after the next start, what was taken is not", async () => {
  await using receiver = new Receiver();
  receiver.answer = ({ delivery }) =>
    new Response("", { status: delivery === "one:ACTIVE" ? 200 : 503 });
  const first = sender();
  await first.start(receiver.url);
  await first.publish(anomaly());
  await eventually(async () => await first.count(...attempts("delivered")) === 1, "the first");
  await first.publish(anomaly({ anomaly_id: "two" }));
  await eventually(() => receiver.deliveries.includes("two:ACTIVE"), "an attempt");
  await first.stop();
  await first.publish(anomaly({ anomaly_id: "three" }));

  receiver.received.length = 0;
  receiver.answer = () => new Response();
  const second = sender(first.broker);
  await second.start(receiver.url);
  await eventually(async () => await second.count(...attempts("delivered")) === 2, "the others");
  await second.stop();
  // A request that the stop broke off may still arrive.
  assert.deepEqual([...new Set(receiver.deliveries)].sort(), ["three:ACTIVE", "two:ACTIVE"]);
});

Deno.test("what was on the log before the first start is no news, and rubbish is passed over", async () => {
  await using receiver = new Receiver();
  const parts = sender();
  await parts.publish(anomaly({ anomaly_id: "old" }));
  await parts.start(receiver.url);
  const rubbish = { key: "a00001", value: new TextEncoder().encode("{") };
  await new EmbeddedBus(parts.broker).publish(TOPICS.anomalies, [rubbish]);
  await parts.publish(anomaly({ anomaly_id: "new" }));
  await eventually(async () => await parts.count(...attempts("delivered")) === 1, "delivery");
  await parts.stop();
  assert.deepEqual(receiver.deliveries, ["new:ACTIVE"]);
});

Deno.test("neither the secret nor the address's path is ever said", async () => {
  await using receiver = new Receiver();
  receiver.answer = () => new Response("", { status: 500 });
  const parts = sender();
  await parts.start(`${receiver.url},http://127.0.0.1:1/path-that-is-a-secret`);
  await parts.publish(anomaly());
  await eventually(
    async () => await parts.count("processing_webhooks_given_up_total") === 2,
    "end",
  );
  await parts.stop();
  const all = parts.said.join("\n") + receiver.received.map(({ body }) => body).join();
  assert(all.includes("127.0.0.1"), "who does not take it is named");
  assert(!all.includes(SECRET) && !all.includes("path-that-is-a-secret"), all);
});

for (
  const [settings, fields, isSent] of [
    [{}, {}, true],
    [{ WEBHOOK_TYPES: "SQUAWK_7700,HOLDING" }, {}, true],
    [{ WEBHOOK_TYPES: "HOLDING" }, {}, false],
    [{ WEBHOOK_MIN_SEVERITY: "MEDIUM" }, { severity: "LOW" }, false],
    [{ WEBHOOK_MIN_SEVERITY: "MEDIUM" }, { severity: "MEDIUM" }, true],
    [{ WEBHOOK_MIN_SEVERITY: "HIGH" }, { severity: "MEDIUM" }, false],
    [{ WEBHOOK_BBOX: "1,48,3,50" }, {}, true],
    [{ WEBHOOK_BBOX: "3,48,5,50" }, {}, false],
    [{ WEBHOOK_BBOX: "170,-20,-170,-10" }, { position: { lat: -17, lon: -175 } }, true],
    [{ WEBHOOK_BBOX: "1,48,3,50" }, { position: null }, false],
    [{}, { icao24: "fffdff" }, true],
    [{}, { icao24: "fffe00" }, false],
    [{}, { icao24: "fffeff" }, false],
    [{}, { icao24: "ffff00" }, true],
  ] as const
) {
  Deno.test(`${JSON.stringify(settings)} ${isSent ? "sends" : "passes over"} ${JSON.stringify(fields)}`, () => {
    assert.equal(anomalyFilter(loadConfig(settings))(anomaly(fields)), isSent);
  });
}
