/** Plays recordings onto the log in their own time, and goes on where an earlier run of them stopped. */
import { basename } from "node:path";
import { DEPARTED_AFTER_S, TOPICS } from "../../contracts/constants.ts";
import type { BoundingBox, FlightSource } from "../../contracts/flight.ts";
import { HeartbeatEnvelope, type ReplayProgress } from "../../contracts/heartbeat.ts";
import { parseMessage } from "../../contracts/parse.ts";
import { lastContactMs } from "../../contracts/times.ts";
import { Merger } from "../../core/merge.ts";
import { Presence } from "../../core/presence.ts";
import type { Bus } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { RoleContext } from "../role.ts";
import { sleep, untilStopped } from "../wait.ts";
import { boxOf } from "./box.ts";
import { rejectReason } from "./intake.ts";
import type { IngestMetrics } from "./metrics.ts";
import type { Publisher } from "./publisher.ts";
import { readToEnd } from "./read_to_end.ts";
import {
  LONGEST_SILENCE_MS,
  type Recording,
  type ReplayStart,
  type ReplayStep,
  replaySteps,
  surveyRecording,
} from "./sources/replay.ts";

/** At full speed there is a heartbeat every few milliseconds: nobody reads that many lines. */
const LOG_INTERVAL_MS = 1000;

/** Plays the recordings of SOURCES: one as it is, several as receivers of the same sky. */
export async function playRecordings(
  context: RoleContext,
  publisher: Publisher,
  metrics: IngestMetrics,
): Promise<void> {
  const { config, bus, log, stopped } = context;
  const played = await survey(config);
  const replay = new Replay(context, publisher, metrics, played);
  const unfinished = await replay.stoppedAt();
  if (!unfinished) await forgetEarlier(bus, config.KAFKA_TOPIC_STATE, publisher);
  const starts = unfinished ??
    played.map(({ recording }) => ({ loop: 0, line: recording.linesBeforeStart }));
  for (const [i, { recording, identity }] of played.entries()) {
    if (recording.reports === 0) {
      log.warn(
        `No line of ${identity.file} is a report in a form that is known: docs/feeds.md has them`,
      );
      continue;
    }
    log.info(`Replaying ${identity.file}`, {
      reports: recording.reports,
      from: identity.first_at,
      to: identity.last_at,
      speed: config.REPLAY_SPEED === Infinity ? "max" : config.REPLAY_SPEED,
      loop: config.REPLAY_LOOP,
      line: starts[i]!.line > 0 ? starts[i]!.line : undefined,
    });
  }
  await replay.play(starts);
  if (stopped.aborted) return;
  log.info("The replay has ended");
  await untilStopped(stopped);
}

/** A recording, and what tells it from others in heartbeats. */
interface Played {
  readonly recording: Recording;
  readonly producerId: string;
  readonly identity: Pick<ReplayProgress, "file" | "first_at" | "last_at">;
}

async function survey(config: Config): Promise<Played[]> {
  const files = config.SOURCES.flatMap((spec) => spec.kind === "replay" ? [spec.where] : []);
  const setting = files.length === 1 && files[0] === config.REPLAY_FILE ? "REPLAY_FILE" : "SOURCES";
  const surveyed: Recording[] = [];
  for (const file of files) {
    const startS = config.REPLAY_START_SECONDS;
    surveyed.push(await surveyRecording(file, startS, boxOf(config), setting));
  }
  // Several begin and end together, or their rounds would drift apart.
  const together = surveyed.filter(({ reports }) => reports > 0);
  const firstMs = Math.min(...together.map((one) => one.firstMs));
  const lastMs = Math.max(...together.map((one) => one.lastMs));
  return surveyed.map((recording, i) => ({
    recording: recording.reports > 0 ? { ...recording, firstMs, lastMs } : recording,
    producerId: `${config.KAFKA_CLIENT_ID}-ingest${files.length > 1 ? `/${i + 1}` : ""}`,
    identity: {
      file: basename(recording.path),
      first_at: new Date(recording.firstMs).toISOString(),
      last_at: new Date(recording.lastMs).toISOString(),
    },
  }));
}

/** One run of one or several recordings. */
class Replay {
  readonly #context: RoleContext;
  readonly #publisher: Publisher;
  readonly #metrics: IngestMetrics;
  readonly #played: readonly Played[];
  readonly #presence = new Presence(DEPARTED_AFTER_S);
  readonly #sources = new Map<string, FlightSource>();
  /** Of one recording nothing is left out: it is what was received. */
  readonly #merger: Merger | undefined;
  /** Reports since the log last told of them, and in all. */
  #reports = { cycle: 0, total: 0 };
  #refused = { cycle: 0, total: 0 };
  #saidAtMs = -Infinity;
  #nowMs: number;

  constructor(
    context: RoleContext,
    publisher: Publisher,
    metrics: IngestMetrics,
    played: readonly Played[],
  ) {
    this.#context = context;
    this.#publisher = publisher;
    this.#metrics = metrics;
    this.#played = played;
    this.#merger = played.length > 1 ? new Merger({ tellsProvenance: true }) : undefined;
    this.#nowMs = played[0]!.recording.firstMs;
  }

  async play(starts: readonly ReplayStart[]): Promise<void> {
    const { config, stopped, log } = this.#context;
    const pace = new Pace(config.REPLAY_SPEED);
    const publisher = this.#publisher;
    const at = [...starts];
    let hasBegun = false;
    const steps = inOrder(this.#played.map(({ recording }, i) =>
      replaySteps(recording, {
        cycleMs: config.POLL_INTERVAL_SECONDS * 1000,
        loops: config.REPLAY_LOOP,
        start: starts[i]!,
      })
    ));
    for await (const { of, step } of steps) {
      if (stopped.aborted) return;
      const start = starts[of]!;
      at[of] = { loop: step.loop, line: step.line };
      const isPlayed = step.loop === start.loop && step.line <= start.line;
      if (!isPlayed && !hasBegun) {
        hasBegun = true;
        if (step.kind !== "refused") this.#nowMs = step.atMs;
        for (const [i, one] of starts.entries()) await this.#beat(i, { ...one, ended: false });
      }
      if (step.kind === "refused") {
        if (isPlayed) continue;
        this.#refuse(of, step);
        if (publisher.isFull) await publisher.flush();
        continue;
      }
      const waitMs = isPlayed ? 0 : pace.waitMs(step.atMs);
      if (waitMs > 0) {
        await publisher.flush();
        await sleep(waitMs, stopped);
        if (stopped.aborted) return;
      }
      this.#nowMs = step.atMs;
      for (const icao24 of this.#presence.departed(step.atMs)) {
        this.#merger?.forget(icao24);
        if (!isPlayed) publisher.departed(icao24);
      }
      if (step.kind === "report") this.#report(of, step, isPlayed);
      else if (!isPlayed) await this.#beat(of, { ...at[of], ended: false });
      if (publisher.isFull) await publisher.flush();
    }
    for (const [i, one] of at.entries()) await this.#beat(i, { ...one, ended: true });
    log.info(`Published ${this.#reports.total} flights in all`, { refused: this.#refused.total });
  }

  /** Where an unfinished run of the same recordings stopped, by their last heartbeats. */
  async stoppedAt(): Promise<ReplayStart[] | undefined> {
    const last = new Map<string, ReplayProgress | undefined>();
    await readToEnd(this.#context.bus, TOPICS.heartbeat, ({ key, value }) => {
      const beat = key !== null && value && parseMessage(HeartbeatEnvelope, value);
      if (beat && beat.ok) last.set(key, beat.value.payload.replay ?? undefined);
    });
    const starts = this.#played.flatMap(({ producerId, identity }) => {
      const progress = last.get(producerId);
      const isSame = progress?.file === identity.file &&
        progress.first_at === identity.first_at && progress.last_at === identity.last_at;
      return progress && isSame && !progress.ended
        ? [{ loop: progress.loop, line: progress.line }]
        : [];
    });
    return starts.length === this.#played.length ? starts : undefined;
  }

  #report(of: number, step: ReplayStep & { kind: "report" }, isPlayed: boolean): void {
    let { flight } = step;
    if (this.#merger) {
      const { file } = this.#played[of]!.identity;
      const merged = this.#merger.observe(file, flight);
      if (merged.kind !== "news") {
        this.#metrics.rejected.inc({ source: file, reason: rejectReason(merged.kind) });
        return;
      }
      flight = merged.flight;
    }
    this.#presence.heard(flight.icao24, step.atMs);
    if (isPlayed) return this.#publisher.passed(lastContactMs(flight));
    this.#publisher.report(this.#source(step.provider), flight);
    this.#reports.cycle++;
  }

  #refuse(of: number, { line, original, refusal }: ReplayStep & { kind: "refused" }): void {
    this.#publisher.refused(original, { file: this.#played[of]!.identity.file, line }, refusal);
    this.#refused.cycle++;
    this.#context.log.debug("Refused a line", { line, reason: refusal.reason });
  }

  /** Everything read so far is on the log before the heartbeat says so. */
  async #beat(of: number, at: ReplayStart & { ended: boolean }): Promise<void> {
    const { recording, identity, producerId } = this.#played[of]!;
    this.#publisher.heartbeat(this.#source(undefined), {
      producer_id: producerId,
      timestamp: new Date(this.#nowMs).toISOString(),
      poll_latency_ms: 0,
      api_status: "ok",
      flights_count: this.#presence.count,
      bbox: recording.bbox,
      replay: { ...identity, ...at },
    });
    this.#metrics.polls.inc({ status: "ok" });
    this.#metrics.pollLatencyS.observe(0);
    await this.#publisher.flush();
    const { log } = this.#context;
    const nowMs = performance.now();
    if (!at.ended && nowMs - this.#saidAtMs < LOG_INTERVAL_MS) return;
    this.#saidAtMs = nowMs;
    if (this.#reports.cycle > 0) {
      log.info(`Published ${this.#reports.cycle} flights`, { aircraft: this.#presence.count });
    }
    if (this.#refused.cycle > 0) {
      const { cycle } = this.#refused;
      log.warn(`Refused ${cycle === 1 ? "a line" : `${cycle} lines`}`, { line: at.line });
    }
    for (const count of [this.#reports, this.#refused]) {
      count.total += count.cycle;
      count.cycle = 0;
    }
  }

  #source(provider = "replay"): FlightSource {
    let source = this.#sources.get(provider);
    if (!source) {
      const { POLL_INTERVAL_SECONDS: poll_interval_s } = this.#context.config;
      const bbox = extentOf(this.#played.map(({ recording }) => recording.bbox));
      source = { provider, mode: "replay", bbox, poll_interval_s };
      this.#sources.set(provider, source);
    }
    return source;
  }
}

/** The steps of several recordings as one, in the order of stream time; what is refused comes at once. */
async function* inOrder(
  recordings: readonly AsyncGenerator<ReplayStep>[],
): AsyncGenerator<{ of: number; step: ReplayStep }> {
  const next = await Promise.all(recordings.map((steps) => steps.next()));
  const atMs = ({ value, done }: IteratorResult<ReplayStep>) =>
    done ? Infinity : value.kind === "refused" ? -Infinity : value.atMs;
  for (;;) {
    let of = 0;
    for (let i = 1; i < next.length; i++) if (atMs(next[i]!) < atMs(next[of]!)) of = i;
    const first = next[of]!;
    if (first.done) return;
    yield { of, step: first.value };
    next[of] = await recordings[of]!.next();
  }
}

function extentOf(boxes: readonly BoundingBox[]): BoundingBox {
  return {
    lat_min: Math.min(...boxes.map((box) => box.lat_min)),
    lat_max: Math.max(...boxes.map((box) => box.lat_max)),
    lon_min: Math.min(...boxes.map((box) => box.lon_min)),
    lon_max: Math.max(...boxes.map((box) => box.lon_max)),
  };
}

/** Turns stream time into waiting. */
class Pace {
  readonly #speed: number;
  #anchor?: { readonly streamMs: number; readonly wallMs: number };
  #lastMs = -Infinity;

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** How long until `streamMs` is due; a long silence is not waited for. */
  waitMs(streamMs: number): number {
    if (this.#speed === Infinity) return 0;
    const now = performance.now();
    const isLongSilence = streamMs - this.#lastMs > LONGEST_SILENCE_MS;
    this.#lastMs = streamMs;
    if (!this.#anchor || isLongSilence) this.#anchor = { streamMs, wallMs: now };
    return this.#anchor.wallMs + (streamMs - this.#anchor.streamMs) / this.#speed - now;
  }
}

/** A run from the beginning: aircraft left over from an earlier one are not there any more. */
async function forgetEarlier(bus: Bus, topic: string, publisher: Publisher): Promise<void> {
  const there = new Set<string>();
  await readToEnd(bus, topic, ({ key, value }) => {
    if (key === null) return;
    if (value === null) there.delete(key);
    else there.add(key);
  });
  for (const icao24 of there) publisher.departed(icao24);
  await publisher.flush();
}
