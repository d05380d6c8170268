/** Starts the embedded PostGIS in its worker, brings it to our schema and keeps it running. */
import { existsSync, statfsSync } from "node:fs";
import type { Log } from "../services/log.ts";
import { loadAirports, readAirportsFile } from "./airports.ts";
import { type DatabaseState, embeddedUrl, openSql, withoutMark } from "./database.ts";
import type { EmbeddedNews, EmbeddedWord } from "./embedded_worker.ts";
import { migrate } from "./schema.ts";

export interface EmbeddedOptions {
  /** Its data is in `postgis` in there. */
  readonly dataDir: string;
  /** A free one when missing. */
  readonly port?: number;
  readonly log: Log;
  /** The wait before the first restart; it doubles with each one that follows soon after. */
  readonly firstBackoffMs?: number;
  /** Told when it fails, and with undefined when it works again. */
  readonly onFailure?: (reason: string | undefined) => void;
  /** Makes the worker. */
  readonly spawn?: () => Worker;
}

export interface EmbeddedDatabase {
  /** The address for `connectDatabase`; the same over restarts. */
  readonly url: string;
  state(): DatabaseState;
  /** Resolves once it can be used for the first time: with our schema, and with airports. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 60_000;
/** Well again: the next restart waits as little as the first. */
const WELL_AFTER_MS = 60_000;
const SILENT_AFTER_MS = 30_000;
const CLOSED_WITHIN_MS = 5000;
/** What a new database takes on the disk, MB, and what one that is there needs to be opened. */
const ROOM_MB = { made: 200, opened: 32 } as const;

/** Starts it and returns at once; nothing of it happens in this thread. */
export function startEmbedded(options: EmbeddedOptions): EmbeddedDatabase {
  const embedded = new Embedded(options, options.port ?? freePort());
  return {
    url: embedded.url,
    state: () => embedded.state(),
    ready: embedded.ready,
    close: () => embedded.close(),
  };
}

class Embedded {
  readonly url: string;
  readonly #options: EmbeddedOptions;
  readonly #port: number;
  readonly #ready = Promise.withResolvers<void>();
  #state: DatabaseState = { status: "starting", detail: "it is being started" };
  #worker?: Worker;
  #ended = Promise.withResolvers<void>();
  #lock?: Deno.FsFile;
  #startedAtMs = 0;
  #lastBeatMs = 0;
  #attempts = 0;
  #restartTimer?: ReturnType<typeof setTimeout>;
  #closing = false;

  constructor(options: EmbeddedOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.url = embeddedUrl(port);
    this.#start();
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  state(): DatabaseState {
    const silentMs = performance.now() - this.#lastBeatMs;
    if (this.#state.status !== "ok" || silentMs < SILENT_AFTER_MS) return this.#state;
    // A worker that computes cannot be ended from outside, and two must not open the same data.
    const seconds = Math.round(silentMs / 1000);
    return { status: "down", detail: `the embedded database has been busy for ${seconds} s` };
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restartTimer);
    if (this.#worker) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSED_WITHIN_MS);
      post(this.#worker, { type: "close" });
      await Promise.race([this.#ended.promise, late.promise]);
      clearTimeout(timer);
    }
    this.#endWorker();
    this.#lock?.close();
    this.#lock = undefined;
    this.#state = { status: "down", detail: "the embedded database was closed" };
  }

  #start(): void {
    this.#startedAtMs = performance.now();
    this.#ended = Promise.withResolvers();
    try {
      this.#lock ??= lockData(this.#options.dataDir);
      // PostgreSQL in WebAssembly stands still where the disk is full before it runs.
      checkRoom(this.#options.dataDir);
      this.#worker = (this.#options.spawn ?? spawnWorker)();
    } catch (error) {
      this.#failed(sentence(error));
      return;
    }
    this.#worker.onmessage = ({ data }: MessageEvent<EmbeddedNews>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failed(event.message);
    };
    post(this.#worker, { type: "open", dataDir: this.#options.dataDir, port: this.#port });
  }

  #hear(news: EmbeddedNews): void {
    this.#lastBeatMs = performance.now();
    switch (news.type) {
      case "beat":
        return;
      case "progress":
        this.#state = { status: "starting", detail: news.detail };
        return;
      case "made":
        this.#endWorker();
        if (!this.#closing) this.#start();
        return;
      case "serving": {
        const worker = this.#worker;
        this.#prepare().catch((error) => {
          // One that was closed or replaced meanwhile has nothing to tell of its successor.
          if (worker === this.#worker && !this.#closing) this.#failed(sentence(error));
        });
        return;
      }
      case "closed":
        this.#ended.resolve();
        return;
      case "failed":
        this.#failed(news.message);
    }
  }

  /** What a server's administrator would do: migrations and airports. */
  async #prepare(): Promise<void> {
    const { log } = this.#options;
    const worker = this.#worker;
    const sql = openSql(this.url);
    try {
      const migrations = await migrate(sql, ({ name }) => {
        this.#state = { status: "starting", detail: `its tables are being made (${name})` };
      });
      const isLoaded = await loadAirports(sql, await readAirportsFile());
      if (worker !== this.#worker || this.#closing) return;
      this.#state = { status: "ok" };
      this.#options.onFailure?.(undefined);
      const ms = Math.round(performance.now() - this.#startedAtMs);
      log.info("The embedded database is up", {
        url: withoutMark(this.url),
        ms,
        migrations: migrations.length,
        airportsLoaded: isLoaded,
      });
      this.#ready.resolve();
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  #failed(reason: string): void {
    this.#ended.resolve();
    if (this.#closing) return;
    this.#endWorker();
    if (performance.now() - this.#startedAtMs > WELL_AFTER_MS) this.#attempts = 0;
    const first = this.#options.firstBackoffMs ?? FIRST_BACKOFF_MS;
    const waitMs = Math.min(first * 2 ** this.#attempts++, LONGEST_BACKOFF_MS);
    this.#state = { status: "down", detail: `the embedded database failed: ${reason}` };
    this.#options.onFailure?.(this.#state.detail);
    this.#options.log.error("The embedded database failed and is restarted", { reason, waitMs });
    clearTimeout(this.#restartTimer);
    this.#restartTimer = setTimeout(() => this.#start(), waitMs);
  }

  #endWorker(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

/**
 * Keeps a second process out of the data, which would destroy it. The system lets go of the lock when
 * we end in whatever way.
 */
export function lockData(dataDir: string): Deno.FsFile {
  let file: Deno.FsFile;
  try {
    Deno.mkdirSync(dataDir, { recursive: true });
    file = Deno.openSync(`${dataDir}/postgis.lock`, { create: true, write: true });
  } catch (error) {
    throw new Error(
      `${dataDir} cannot be written to (${sentence(error)}): set DATA_DIR to a folder that can`,
    );
  }
  if (file.tryLockSync(true)) return file;
  file.close();
  throw new Error(
    `another SkySentinel uses the data in ${dataDir}: end it or set DATA_DIR to another folder`,
  );
}

/** @throws Error with what to do where there is too little room */
export function checkRoom(dataDir: string): void {
  const { bavail, bsize } = statfsSync(dataDir);
  const freeMb = Math.floor(bavail * bsize / 2 ** 20);
  const neededMb = existsSync(`${dataDir}/postgis`) ? ROOM_MB.opened : ROOM_MB.made;
  if (freeMb >= neededMb) return;
  throw new Error(
    `${dataDir} has ${freeMb} MB of room, where ${neededMb} are needed: make room, or set DATA_DIR ` +
      "to another disk",
  );
}

function spawnWorker(): Worker {
  // The literal that `deno compile` follows.
  return new Worker(new URL("./embedded_worker.ts", import.meta.url), { type: "module" });
}

function post(worker: Worker, word: EmbeddedWord): void {
  worker.postMessage(word);
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
