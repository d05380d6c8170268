/** A live source and a real broker that goes away: the oldest reports go, counted, and the rest arrives. */
import assert from "node:assert/strict";
import { connectBus } from "../../services/bus/connect.ts";
import { loadConfig } from "../../services/config.ts";
import { aircraftItem, serveFeed } from "../../services/ingest/sources/testing.ts";
import { createLog } from "../../services/log.ts";
import { metricSum } from "../../services/metrics_text.ts";
import { loadRole } from "../../services/roles.ts";
import { eventually, within } from "../../services/testing/deadline.ts";
import { runDeno } from "../processes.ts";
import { kafkaTest, startKafka } from "../servers/kafka.ts";

const AIRCRAFT = 4000;
const FEW = 100;
const PATIENCE_MS = 300_000;
const ROOT = new URL("../../", import.meta.url).pathname;

kafkaTest(
  "while the broker is away a live source drops its oldest, and goes on when it is back",
  async () => {
    const kafka = await startKafka();
    // Few while the broker is there: a slow machine, too, keeps up with them.
    let [count, aircraftThere] = [0, FEW];
    // Each answer has every aircraft somewhere else, at its own time: all of it is news.
    await using feed = serveFeed(() => {
      const moved = 0.0005 * count++;
      const aircraft = Array.from({ length: aircraftThere }, (_, i) => {
        return { ...aircraftItem(i), lat: 40 + i / 1000 + moved, seen: 0, seen_pos: 0 };
      });
      return JSON.stringify({ now: Date.now() / 1000, aircraft });
    });
    const settings = {
      REDPANDA_BROKER: kafka.broker,
      KAFKA_PARTITIONS: "4",
      SOURCES: `readsb:${feed.url}`,
      POLL_INTERVAL_SECONDS: "0.5",
      INGEST_METRICS_PORT: "0",
    };
    const made = await runDeno(["run", "-A", "services/topics.ts"], { cwd: ROOT, env: settings });
    assert.equal(made.code, 0, made.log);
    const stop = new AbortController();
    const log = createLog({ role: "ingest", level: "error", format: "text" }, () => {});
    const config = loadConfig(settings);
    const bus = await connectBus(config, log, () => assert.fail("there is a broker"));
    try {
      const ready = Promise.withResolvers<string>();
      const run = await loadRole("ingest");
      const running = run({
        config,
        bus,
        log,
        stopped: stop.signal,
        ready: (url) => ready.resolve(url!),
        roles: () => [],
      });
      const url = await ready.promise;
      const metric = async (name: string) =>
        metricSum(await (await fetch(`${url}/metrics`)).text(), name) ?? 0;
      const published = () => metric("producer_flights_published_total");
      const dropped = () => metric("producer_reports_dropped_total");
      const until = (isSo: () => Promise<boolean>, what: string) =>
        eventually(isSo, what, PATIENCE_MS);

      await until(async () => await published() > 2 * FEW, "flights on the broker");
      assert.equal(await dropped(), 0);
      await kafka.kill();
      aircraftThere = AIRCRAFT;
      await until(async () => await dropped() > AIRCRAFT, "more than the queue holds");
      // The feed is asked all the time: only what it said is left out.
      const polls = await metric("producer_polls_total");
      await until(async () => await metric("producer_polls_total") > polls, "the next poll");

      await kafka.start();
      aircraftThere = FEW;
      const before = await published();
      await until(
        async () => await published() > before + 4 * AIRCRAFT,
        "flights on the broker again",
      );
      stop.abort();
      // What it has in hand it publishes: the bus is closed after that.
      await within(running, "the end of ingest");
    } finally {
      stop.abort();
      await bus.close();
      await kafka.close();
    }
  },
  "own",
);
