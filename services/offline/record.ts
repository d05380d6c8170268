/** `deno task record FILE`: what comes in, written down so that it can be replayed. */
import { TOPICS } from "../../contracts/constants.ts";
import { HeartbeatEnvelope } from "../../contracts/heartbeat.ts";
import { parseMessage } from "../../contracts/parse.ts";
import { Broker } from "../bus/broker.ts";
import type { Bus, BusRecord, OutRecord } from "../bus/bus.ts";
import { connectBus } from "../bus/connect.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { type Config, readConfig, SettingError } from "../config.ts";
import { createLog, type Log } from "../log.ts";
import { loadRole } from "../roles.ts";
import { orStopped, untilStopped } from "../wait.ts";
import { Misuse, Progress, run, say } from "./command.ts";

const HELP = `Writes what comes in to a file, an envelope a line, until it is stopped (Ctrl-C).

Usage: deno task record FILE

  FILE   a file that is not there yet; packed with gzip when its name ends in .gz

With REDPANDA_BROKER it is what is published on the topic of updates from now on. Without, the sources
of SOURCES or OPENSKY_MODE are watched here; recordings are played to their end, at REPLAY_SPEED.
Replayed, the file has the same anomalies: REPLAY_FILE=FILE deno task dev, or deno task detect FILE.

Exit codes: 0 done, 1 it failed, 2 called or set up wrongly.
`;

/** Partitions are read in turns: so long after its publication nothing older comes. */
const SETTLED_MS = 2000;

/** A file of lines that grows. */
export class Recording {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #written: Promise<void>;
  reports = 0;

  /** @throws Misuse when there is such a file, or cannot be */
  static async create(path: string): Promise<Recording> {
    try {
      return new Recording(await Deno.open(path, { write: true, createNew: true }), path);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) {
        throw new Misuse(`${path} is there already: name a file that is not`);
      }
      if (error instanceof Deno.errors.NotFound) {
        throw new Misuse(`${path}: there is no such folder`);
      }
      throw error;
    }
  }

  private constructor(file: Deno.FsFile, path: string) {
    const { readable, writable } = path.endsWith(".gz")
      ? new CompressionStream("gzip")
      : new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
    this.#written = readable.pipeTo(file.writable);
    // Said by the write that fails for it, or when it is closed.
    this.#written.catch(() => {});
    this.#writer = writable.getWriter();
  }

  async write(values: readonly (Uint8Array | null)[]): Promise<void> {
    const lines = values.filter((value) => value !== null);
    if (lines.length === 0) return;
    const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length + 1, 0));
    let at = 0;
    for (const line of lines) {
      bytes.set(line, at);
      at += line.length + 1;
      bytes[at - 1] = NEWLINE;
    }
    this.reports += lines.length;
    await this.#writer.write(bytes);
  }

  /** All of it is in the file then. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#written;
  }
}

const NEWLINE = 10;

/** A bus that shows what is published on it, in the order of that. */
function tapped(
  bus: Bus,
  see: (topic: string, records: readonly OutRecord[]) => Promise<void>,
): Bus {
  return {
    publish: async (topic, records) => {
      await see(topic, records);
      await bus.publish(topic, records);
    },
    read: (options) => bus.read(options),
    status: () => bus.status(),
    close: () => bus.close(),
  };
}

/** Watches the sources here; resolves when stopped, or when their recordings have ended. */
export async function recordSources(
  config: Config,
  recording: Recording,
  { log, stop }: { log: Log; stop: AbortController },
): Promise<void> {
  const embedded = new EmbeddedBus(new Broker({ compactedTopics: [config.KAFKA_TOPIC_STATE] }));
  const bus = tapped(embedded, async (topic, records) => {
    if (topic === config.KAFKA_TOPIC_UPDATES) await recording.write(records.map((r) => r.value));
    if (topic === TOPICS.heartbeat && records.some(saysEnded)) stop.abort();
  });
  const watch = await loadRole("ingest");
  await watch({
    // Another program may have the port of the metrics; a recording is played once.
    config: { ...config, INGEST_METRICS_PORT: 0, REPLAY_LOOP: false },
    bus,
    log,
    stopped: stop.signal,
    ready: () => {},
    roles: () => [],
  });
}

function saysEnded({ value }: OutRecord): boolean {
  const beat = value && parseMessage(HeartbeatEnvelope, value);
  return beat !== null && beat.ok && (beat.value.payload.replay?.ended ?? false);
}

/** Follows the topic of updates until stopped. */
export async function recordTopic(
  config: Config,
  recording: Recording,
  { bus, stop }: { bus: Bus; stop: AbortController },
): Promise<void> {
  const opening = bus.read({ topics: [config.KAFKA_TOPIC_UPDATES], from: "latest" });
  await orStopped(stop.signal, opening);
  if (stop.signal.aborted) {
    // A broker that is away is waited for until the bus is closed.
    await Promise.allSettled([bus.close(), opening]);
    return;
  }
  const reader = await opening;
  void untilStopped(stop.signal).then(() => reader.close());
  let waiting: BusRecord[] = [];
  const settle = async (untilMs: number) => {
    waiting.sort((a, b) => a.timestampMs - b.timestampMs);
    const settled = waiting.filter(({ timestampMs }) => timestampMs < untilMs);
    waiting = waiting.slice(settled.length);
    await recording.write(settled.map(({ value }) => value));
  };
  let [settling, stopSettling] = [Promise.resolve(), false];
  const timer = setInterval(() => {
    if (stopSettling) return;
    settling = settling.then(() => settle(Date.now() - SETTLED_MS));
    // What went wrong is thrown at the end, which this is.
    settling.catch(() => reader.close());
  }, SETTLED_MS / 4);
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    for (const record of batch.records) {
      waiting.push({ ...record, value: record.value && record.value.slice() });
    }
  }
  clearInterval(timer);
  stopSettling = true;
  await settling;
  await settle(Infinity);
}

async function main(args: string[]): Promise<number> {
  const wrong = args.find((arg) => arg.startsWith("-"));
  if (wrong) throw new Misuse(`There is no option ${wrong}; see --help`);
  const [path] = args;
  if (path === undefined || args.length > 1) {
    throw new Misuse("Say one file to write to: deno task record FILE");
  }
  const config = await settings();
  const log = createLog({ role: "record", level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const recording = await Recording.create(path);
  const progress = new Progress();
  const timer = setInterval(() => progress.at(() => `${path}: ${recording.reports} reports`), 250);
  try {
    if (config.REDPANDA_BROKER === undefined) await recordSources(config, recording, { log, stop });
    else {
      const bus = await connectBus(config, log, () => {
        throw new Error("there is a broker");
      });
      await recordTopic(config, recording, { bus, stop });
      await bus.close();
    }
  } catch (error) {
    // Nothing has come in: the file would only be in the way of the next try.
    if (recording.reports === 0) await Deno.remove(path);
    if (error instanceof SettingError) throw new Misuse(error.message);
    throw error;
  } finally {
    clearInterval(timer);
    progress.end();
    await recording.close();
  }
  say(`${recording.reports.toLocaleString("en")} reports in ${path}\n`);
  return 0;
}

async function settings(): Promise<Config> {
  try {
    return await readConfig();
  } catch (error) {
    if (error instanceof SettingError) throw new Misuse(error.message);
    throw error;
  }
}

if (import.meta.main) await run(HELP, main);
