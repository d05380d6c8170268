import assert from "node:assert/strict";
import { seededRandom } from "../../core/seeded_random.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { eventually } from "../testing/deadline.ts";
import { Intake } from "./intake.ts";
import { createIngestMetrics } from "./metrics.ts";
import { PolledSource } from "./polled_source.ts";
import { Publisher } from "./publisher.ts";
import { type Answer, type Feed, FeedError } from "./sources/source.ts";
import { toAnswer } from "./sources/readsb.ts";
import { aircraftItem } from "./sources/testing.ts";

interface Beat {
  api_status: string;
  problem: string | null;
  retry_at_unix: number | null;
  stream: { newest_at: string } | null;
  rejected: Record<string, number>;
}

/** A feed that says one thing after the other, the last again and again; asked every 2 ms. */
async function polling(
  says: readonly (() => Answer)[],
  use: (seen: { beats: Beat[]; flights: { last_contact_unix: number }[] }) => Promise<void>,
): Promise<void> {
  const config = loadConfig({});
  const metrics = createIngestMetrics([config.KAFKA_TOPIC_STATE, config.KAFKA_TOPIC_UPDATES]);
  const seen: { beats: Beat[]; flights: { last_contact_unix: number }[] } = {
    beats: [],
    flights: [],
  };
  const publisher = new Publisher(
    {
      publish: (topic, records) => {
        for (const { value } of records) {
          const { type, payload } = JSON.parse(new TextDecoder().decode(value!));
          if (type === "heartbeat") seen.beats.push(payload);
          if (topic === config.KAFKA_TOPIC_UPDATES) seen.flights.push(payload);
        }
        return Promise.resolve();
      },
      read: () => Promise.reject(new Error("nobody reads here")),
      status: () => ({ kind: "embedded", status: "ok" }),
      close: () => Promise.resolve(),
    },
    config,
    metrics,
  );
  const intake = new Intake({ publisher, metrics, there: new Map(), tellsProvenance: false });
  const about = { name: "f", provider: "readsb", producerId: "f", bbox: undefined };
  let count = 0;
  const feed: Feed = {
    name: "f",
    provider: "readsb",
    isBounded: false,
    whose: "others",
    intervalMs: () => 2,
    poll: async () => {
      await Promise.resolve();
      return says[Math.min(count++, says.length - 1)]!();
    },
  };
  const log = createLog({ role: "ingest", level: "error", format: "text" }, () => {});
  const source = new PolledSource(feed, {
    intake: intake.open({ ...about, pollIntervalS: 0.002 }),
    metrics,
    log,
    random: seededRandom(1),
    saidEveryMs: 50,
  });
  const stop = new AbortController();
  const running = Promise.all([intake.pump(stop.signal), source.run(stop.signal)]);
  try {
    await use(seen);
  } finally {
    stop.abort();
    await running;
  }
}

const at = (nowMs: number) => toAnswer({ now: nowMs / 1000, aircraft: [aircraftItem(1)] });
const fails = (type: FeedError["type"]) => (): Answer => {
  throw new FeedError(type, `fails: ${type}`);
};
const HOUR_MS = 3_600_000;

Deno.test("a feed that hears of nobody says how late it is, by its clock; one that fails does not", async () => {
  const beganMs = Date.now();
  const nobody = () => toAnswer({ now: Date.now() / 1000, aircraft: [] });
  const says = [fails("http"), () => at(beganMs), fails("http"), nobody];
  await polling(says, async ({ beats, flights }) => {
    await eventually(() => beats.length >= 5, "the heartbeats");
    const newestMs = beats.map(({ stream }) => stream && Date.parse(stream.newest_at));
    assert.deepEqual(newestMs.slice(0, 3), [null, beganMs, beganMs]);
    assert(newestMs[3]! > beganMs && newestMs[4]! >= newestMs[3]!, `${newestMs}`);
    assert.equal(flights.length, 1);
  });
});

Deno.test("a feed that fails is asked again, less and less often, and then its aircraft are there", async () => {
  const says = [fails("network"), fails("http"), fails("timeout"), () => at(Date.now())];
  await polling(says, async ({ beats, flights }) => {
    await eventually(() => flights.length > 0, "the aircraft");
    await eventually(() => beats.length >= 4, "the heartbeats");
    assert.deepEqual(beats.slice(0, 4).map(({ api_status }) => api_status), [
      ...["error", "error", "error"],
      "ok",
    ]);
    assert.deepEqual(beats[1]!.problem, "f fails: http");
    assert.equal(beats[3]!.problem, null);
    assert.equal(beats[3]!.retry_at_unix, null);
  });
});

/** Says that it may be asked again in `ms`, then who is there; and when it was asked for that. */
function limiting(ms: number) {
  const untilMs = Date.now() + ms;
  const feed = { untilMs, askedAgainMs: 0, says: [] as (() => Answer)[] };
  feed.says.push(() => {
    throw new FeedError("rate_limited", "asked too often", { retryAtMs: untilMs });
  }, () => {
    feed.askedAgainMs ||= Date.now();
    return at(Date.now());
  });
  return feed;
}

Deno.test("a feed is not asked before it has said", async () => {
  const feed = limiting(100);
  await polling(feed.says, async ({ flights }) => {
    await eventually(() => flights.length > 0, "the aircraft");
    const { untilMs, askedAgainMs } = feed;
    assert(askedAgainMs >= untilMs, `${untilMs - askedAgainMs} ms too early`);
  });
});

Deno.test("while a feed is left alone, it is said that it limits us", async () => {
  const feed = limiting(HOUR_MS);
  await polling(feed.says, async ({ beats }) => {
    await eventually(() => beats.length > 2, "it is said again");
    assert(beats.every(({ api_status }) => api_status === "rate_limited"));
    assert(beats.every(({ retry_at_unix }) => retry_at_unix! >= feed.untilMs / 1000));
    assert.equal(feed.askedAgainMs, 0);
  });
});

Deno.test("a clock that is an hour off is corrected, and said to be", async () => {
  await polling([() => at(Date.now() - HOUR_MS)], async ({ beats, flights }) => {
    const { last_contact_unix } = await eventually(() => flights[0], "the aircraft");
    assert(Math.abs(last_contact_unix - Date.now() / 1000) < 30);
    assert.equal(beats[0]!.api_status, "error");
    assert.match(beats[0]!.problem!, /its clock is 3600 s behind: believed when/);
    const isCorrected = ({ problem }: Beat) => /3600 s behind: corrected/.test(problem ?? "");
    await eventually(() => beats.some(isCorrected), "the correction");
  });
});

Deno.test("a file that nobody writes any more shows nobody, and is said to be", async () => {
  const stale = Date.now() - HOUR_MS;
  await polling([() => at(stale)], async ({ beats, flights }) => {
    await eventually(() => beats.length >= 3, "heartbeats");
    assert(beats.every(({ api_status }) => api_status === "error"));
    assert.deepEqual(flights, []);
  });
});
