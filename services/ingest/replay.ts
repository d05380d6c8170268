/** Plays a recording onto the log in its own time, and goes on where an earlier run of it stopped. */
import { basename } from "node:path";
import { DEPARTED_AFTER_S, TOPICS } from "../../contracts/constants.ts";
import type { FlightSource } from "../../contracts/flight.ts";
import { HeartbeatEnvelope, type ReplayProgress } from "../../contracts/heartbeat.ts";
import { parseMessage } from "../../contracts/parse.ts";
import { Presence } from "../../core/presence.ts";
import type { Bus, BusRecord } from "../bus/bus.ts";
import type { RoleContext } from "../role.ts";
import { sleep, untilStopped } from "../wait.ts";
import type { Publisher } from "./publisher.ts";
import {
  LONGEST_SILENCE_MS,
  type Recording,
  type ReplayStart,
  replaySteps,
  surveyRecording,
} from "./sources/replay.ts";

/** At full speed there is a heartbeat every few milliseconds: nobody reads that many lines. */
const LOG_INTERVAL_MS = 1000;

export async function playRecording(context: RoleContext, publisher: Publisher): Promise<void> {
  const { config, bus, log, stopped } = context;
  const bbox = {
    lat_min: config.BBOX_LAT_MIN,
    lat_max: config.BBOX_LAT_MAX,
    lon_min: config.BBOX_LON_MIN,
    lon_max: config.BBOX_LON_MAX,
  };
  const recording = await surveyRecording(config.REPLAY_FILE, config.REPLAY_START_SECONDS, bbox);
  const replay = new Replay(context, publisher, recording);
  const unfinished = await stoppedAt(bus, replay.producerId, replay.identity);
  const start = unfinished ?? { loop: 0, line: recording.linesBeforeStart };
  if (!unfinished) await forgetEarlier(bus, config.KAFKA_TOPIC_STATE, publisher);
  log.info(`Replaying ${replay.identity.file}`, {
    reports: recording.reports,
    from: replay.identity.first_at,
    to: replay.identity.last_at,
    speed: config.REPLAY_SPEED === Infinity ? "max" : config.REPLAY_SPEED,
    loop: config.REPLAY_LOOP,
    line: start.line > 0 ? start.line : undefined,
  });
  await replay.play(start);
  if (stopped.aborted) return;
  log.info("The replay has ended");
  await untilStopped(stopped);
}

/** One run of a recording. */
class Replay {
  readonly producerId: string;
  readonly identity: Pick<ReplayProgress, "file" | "first_at" | "last_at">;
  readonly #context: RoleContext;
  readonly #publisher: Publisher;
  readonly #recording: Recording;
  readonly #presence = new Presence(DEPARTED_AFTER_S);
  readonly #sources = new Map<string, FlightSource>();
  /** Reports since the log last told of them, and in all. */
  #reports = { cycle: 0, total: 0 };
  #refused = { cycle: 0, total: 0 };
  #saidAtMs = -Infinity;
  #nowMs: number;

  constructor(context: RoleContext, publisher: Publisher, recording: Recording) {
    this.#context = context;
    this.#publisher = publisher;
    this.#recording = recording;
    this.#nowMs = recording.firstMs;
    this.producerId = `${context.config.KAFKA_CLIENT_ID}-ingest`;
    this.identity = {
      file: basename(recording.path),
      first_at: new Date(recording.firstMs).toISOString(),
      last_at: new Date(recording.lastMs).toISOString(),
    };
  }

  async play(start: ReplayStart): Promise<void> {
    const { config, stopped, log } = this.#context;
    const pace = new Pace(config.REPLAY_SPEED);
    const publisher = this.#publisher;
    let at: ReplayStart = start;
    let hasBegun = false;
    const steps = replaySteps(this.#recording, {
      cycleMs: config.POLL_INTERVAL_SECONDS * 1000,
      loops: config.REPLAY_LOOP,
      start,
    });
    for await (const step of steps) {
      if (stopped.aborted) return;
      at = { loop: step.loop, line: step.line };
      const isPlayed = step.loop === start.loop && step.line <= start.line;
      if (!isPlayed && !hasBegun) {
        hasBegun = true;
        if (step.kind !== "refused") this.#nowMs = step.atMs;
        await this.#beat({ ...start, ended: false });
      }
      if (step.kind === "refused") {
        if (isPlayed) continue;
        this.#refuse(step);
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
      const departed = this.#presence.departed(step.atMs);
      if (!isPlayed) { for (const icao24 of departed) publisher.departed(icao24); }
      if (step.kind === "report") {
        this.#presence.heard(step.flight.icao24, step.atMs);
        if (isPlayed) continue;
        publisher.report(this.#source(step.provider), step.flight);
        this.#reports.cycle++;
      } else if (!isPlayed) await this.#beat({ ...at, ended: false });
      if (publisher.isFull) await publisher.flush();
    }
    await this.#beat({ ...at, ended: true });
    log.info(`Published ${this.#reports.total} flights in all`, { refused: this.#refused.total });
  }

  #refuse(
    step: { line: number; original: Uint8Array; refusal: Parameters<Publisher["refused"]>[2] },
  ) {
    const { line, original, refusal } = step;
    this.#publisher.refused(original, { file: this.identity.file, line }, refusal);
    this.#refused.cycle++;
    this.#context.log.debug("Refused a line", { line, reason: refusal.reason });
  }

  /** Everything read so far is on the log before the heartbeat says so. */
  async #beat({ loop, line, ended }: ReplayStart & { ended: boolean }): Promise<void> {
    await this.#publisher.flush();
    await this.#publisher.heartbeat(this.#source(undefined), {
      producer_id: this.producerId,
      timestamp: new Date(this.#nowMs).toISOString(),
      poll_latency_ms: 0,
      api_status: "ok",
      flights_count: this.#presence.count,
      bbox: this.#recording.bbox,
      replay: { ...this.identity, loop, line, ended },
    });
    const { log } = this.#context;
    const nowMs = performance.now();
    if (!ended && nowMs - this.#saidAtMs < LOG_INTERVAL_MS) return;
    this.#saidAtMs = nowMs;
    if (this.#reports.cycle > 0) {
      log.info(`Published ${this.#reports.cycle} flights`, { aircraft: this.#presence.count });
    }
    if (this.#refused.cycle > 0) log.warn(`Refused ${this.#refused.cycle} lines`, { line });
    for (const count of [this.#reports, this.#refused]) {
      count.total += count.cycle;
      count.cycle = 0;
    }
  }

  #source(provider = "replay"): FlightSource {
    let source = this.#sources.get(provider);
    if (!source) {
      const { POLL_INTERVAL_SECONDS: poll_interval_s } = this.#context.config;
      source = { provider, mode: "replay", bbox: this.#recording.bbox, poll_interval_s };
      this.#sources.set(provider, source);
    }
    return source;
  }
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

/** Where an unfinished run of the same recording by the same producer stopped, by its last heartbeat. */
async function stoppedAt(
  bus: Bus,
  producerId: string,
  { file, first_at, last_at }: Replay["identity"],
): Promise<ReplayStart | undefined> {
  let last: ReplayProgress | undefined;
  await readToEnd(bus, TOPICS.heartbeat, ({ key, value }) => {
    const beat = key === producerId && value && parseMessage(HeartbeatEnvelope, value);
    if (beat && beat.ok) last = beat.value.payload.replay ?? undefined;
  });
  const isSame = last?.file === file && last.first_at === first_at && last.last_at === last_at;
  return last && isSame && !last.ended ? { loop: last.loop, line: last.line } : undefined;
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

/** Every record that is on a topic now. */
async function readToEnd(bus: Bus, topic: string, see: (record: BusRecord) => void): Promise<void> {
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  while ((await reader.lag()).some(({ lag }) => lag > 0)) {
    for (const record of (await reader.next())?.records ?? []) see(record);
  }
  await reader.close();
}
