/** The connection to the database, a server or the embedded one: the only place that knows the client. */
import postgres from "postgres";
import { checkSchema } from "./schema.ts";

export type Sql = postgres.Sql;

export interface DatabaseState {
  readonly status: "starting" | "ok" | "down";
  /** Why it is not ok, as a sentence. */
  readonly detail?: string;
}

/** The database cannot be reached now: whoever has to have it tries again, a reader is told. */
export class DatabaseUnavailable extends Error {
  override name = "DatabaseUnavailable";
  readonly retryAfterS = 2;
}

/** The database will not work for us until somebody changes something: the sentence says what. */
export class DatabaseRefused extends Error {
  override name = "DatabaseRefused";
}

export interface ConnectOptions {
  /** For an address that has none. */
  readonly password?: string;
  /** Connections to a server; the embedded database gets one per pool. */
  readonly max?: number;
  /** The wait before the second attempt; it doubles up to LONGEST_BACKOFF_MS. */
  readonly firstBackoffMs?: number;
  /** How long it may take to say that it is there, and to answer anything before it is asked that. */
  readonly answerWithinMs?: number;
  /** Told of every change of state. */
  readonly onState?: (state: DatabaseState) => void;
}

const DEFAULT_PASSWORD = "skysentinel";
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5000;
const LONGEST_AT_START_MS = 1000;
const CONNECT_TIMEOUT_S = 5;
const ANSWER_WITHIN_MS = 5000;
const CONNECTIONS = 4;
/** Marks the address of an embedded database, whose one session serves everyone. */
const EMBEDDED_MARK = "embedded";
/** What is said of it until it works, which takes seconds and is no trouble. */
const STARTS_LATER = "the embedded one starts behind the live view";

/** The address of the embedded database on this port. */
export function embeddedUrl(port: number): string {
  return `postgres://skysentinel@127.0.0.1:${port}/skysentinel?${EMBEDDED_MARK}=1`;
}

/** The address of a database, embedded or not, as other programs take it. */
export function withoutMark(url: string): string {
  const address = new URL(url);
  address.searchParams.delete(EMBEDDED_MARK);
  return address.href;
}

/** A client of the database at this address that has not connected yet. */
export function openSql(url: string, { password, max }: ConnectOptions = {}): Sql {
  const address = new URL(url);
  const isEmbedded = address.searchParams.has(EMBEDDED_MARK);
  return postgres(withoutMark(url), {
    ...(address.password ? {} : { password: password ?? DEFAULT_PASSWORD }),
    max: isEmbedded ? 1 : max ?? CONNECTIONS,
    connect_timeout: CONNECT_TIMEOUT_S,
    // A new connection prepares every statement anew: they are kept for good.
    max_lifetime: null,
    // Arrays travel as literals of our own, so nothing has to be asked about their types.
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "skysentinel" },
  });
}

/**
 * What `work` gives. A client whose database has said nothing by then is ended, and what it was asked
 * with it: where a port takes connections and hangs up on them in order, as a proxy before a database
 * that is away does, it would knock again without a pause and without a word (seen in postgres 3.4.9).
 */
export async function inTime<T>(
  sql: Sql,
  work: (sql: Sql) => Promise<T>,
  ms = ANSWER_WITHIN_MS,
): Promise<T> {
  const timer = setTimeout(() => void sql.end({ timeout: 0 }), ms);
  try {
    return await work(sql);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the database at `url` answers, over a connection of its own. @throws what it says otherwise */
export async function knock(url: string, options: ConnectOptions = {}): Promise<void> {
  const sql = openSql(url, { ...options, max: 1 });
  try {
    await inTime(sql, (sql) => sql.unsafe("select 1"), options.answerWithinMs);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** Keeps a connection to the database at `url` as well as can be, from now until it is closed. */
export function connectDatabase(url: string, options: ConnectOptions = {}): Database {
  return new Database(url, options);
}

export class Database {
  #sql: Sql;
  readonly #url: string;
  readonly #where: string;
  readonly #isEmbedded: boolean;
  readonly #options: ConnectOptions;
  readonly #closed = new AbortController();
  readonly #refused = Promise.withResolvers<never>();
  #ok = Promise.withResolvers<void>();
  #state: DatabaseState;
  #everOk = false;
  #isDoubting = false;
  #isLooking = false;
  #looking?: ReturnType<typeof setInterval>;

  constructor(url: string, options: ConnectOptions) {
    this.#sql = openSql(url, options);
    this.#url = url;
    const { hostname, port, pathname, searchParams } = new URL(url);
    this.#isEmbedded = searchParams.has(EMBEDDED_MARK);
    const detail = this.#isEmbedded ? STARTS_LATER : "not connected yet";
    this.#state = { status: "starting", detail };
    this.#where = `${hostname}:${port || 5432}${pathname}`;
    this.#options = options;
    this.#refused.promise.catch(() => {});
    void this.#connect();
  }

  state(): DatabaseState {
    return this.#state;
  }

  /**
   * Resolves once the database works, now or after the next outage.
   * @throws DatabaseRefused when it will not: wrong credentials, no such database, another schema
   */
  async whenOk(): Promise<void> {
    // Asked before every write: a race with a refusal that never comes would leave something each time.
    if (this.#state.status === "ok") return;
    await Promise.race([this.#ok.promise, this.#refused.promise]);
  }

  /**
   * What `work` returns.
   * @throws DatabaseUnavailable when the database is not there, at once if that is known already;
   * whatever was being written may or may not have been
   */
  async use<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    if (this.#state.status !== "ok") throw this.#unavailable();
    try {
      return await this.#watched(work(this.#sql));
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.#lost(error);
      throw this.#unavailable();
    }
  }

  /** The pages of `read`, as `use` gives a single answer. */
  async *stream<T, R>(read: (sql: Sql) => AsyncGenerator<T, R>): AsyncGenerator<T, R> {
    if (this.#state.status !== "ok") throw this.#unavailable();
    const pages = read(this.#sql);
    try {
      for (;;) {
        const page = await this.#watched(pages.next());
        if (page.done) return page.value;
        yield page.value;
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.#lost(error);
      throw this.#unavailable();
    } finally {
      // Whoever was reading has enough.
      await pages.return(undefined as R);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearInterval(this.#looking);
    await this.#sql.end({ timeout: 1 });
  }

  get #answerWithinMs(): number {
    return this.#options.answerWithinMs ?? ANSWER_WITHIN_MS;
  }

  #unavailable(): DatabaseUnavailable {
    return new DatabaseUnavailable(`The database is ${this.#state.status}: ${this.#state.detail}`);
  }

  /**
   * What `work` gives. A server that hangs, or that the network has lost, does not hang up: where an
   * answer takes long, it is asked over another connection whether it is there. The embedded database
   * has one for everybody, and somebody else who looks after it.
   */
  async #watched<T>(work: Promise<T>): Promise<T> {
    if (this.#isEmbedded) return await work;
    const timer = setInterval(() => void this.#doubt(), this.#answerWithinMs);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }

  /** Whether it is there is to be known, also where nobody asks it anything for hours. */
  async #look(): Promise<void> {
    if (this.#isLooking || this.#state.status !== "ok") return;
    this.#isLooking = true;
    // Whatever it says, the state tells of it.
    await this.use((sql) => sql.unsafe("select 1")).catch(() => {});
    this.#isLooking = false;
  }

  async #doubt(): Promise<void> {
    if (this.#isDoubting || this.#state.status !== "ok") return;
    this.#isDoubting = true;
    try {
      await knock(this.#url, this.#options);
    } catch (error) {
      // One that has no room for another connection is there.
      if (this.#closed.signal.aborted || !CLIENT_OUTAGE.test(codeOf(error))) return;
      this.#lost(error);
      this.#beginAnew();
    } finally {
      this.#isDoubting = false;
    }
  }

  /** Whatever waits for an answer fails, as by any other outage. */
  #beginAnew(): void {
    void this.#sql.end({ timeout: 0 });
    this.#sql = openSql(this.#url, this.#options);
  }

  /** Several calls see one outage: the first starts the way back. */
  #lost(error: unknown): void {
    if (this.#state.status !== "ok" || this.#closed.signal.aborted) return;
    this.#ok = Promise.withResolvers();
    this.#say({ status: "down", detail: this.#sentence(error) });
    // A full disk takes connections as ever: only another write tells.
    void this.#connect(codeOf(error) === DISK_FULL ? LONGEST_BACKOFF_MS : 0);
  }

  async #connect(afterMs = 0): Promise<void> {
    await pause(afterMs, this.#closed.signal);
    let waitMs = this.#options.firstBackoffMs ?? FIRST_BACKOFF_MS;
    while (!this.#closed.signal.aborted) {
      try {
        const sql = this.#sql;
        await (this.#isEmbedded
          ? checkSchema(sql)
          : inTime(sql, checkSchema, this.#answerWithinMs));
        if (this.#closed.signal.aborted) return;
        this.#everOk = true;
        this.#looking ??= setInterval(() => void this.#look(), this.#answerWithinMs);
        this.#say({ status: "ok" });
        this.#ok.resolve();
        return;
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        if (isEnded(error)) this.#beginAnew();
        // The embedded database makes its own schema: until it has, it is still starting.
        const canComeRight = isOutage(error) || this.#isEmbedded;
        const isStarting = !this.#everOk && canComeRight;
        const detail = isStarting && this.#isEmbedded ? STARTS_LATER : this.#sentence(error);
        this.#say({ status: isStarting ? "starting" : "down", detail });
        // Once it has worked, a refusal is somebody at work on the server.
        if (!this.#everOk && !canComeRight) this.#refused.reject(new DatabaseRefused(detail));
      }
      await pause(waitMs, this.#closed.signal);
      // Until it is there for the first time, somebody waits for it to be.
      waitMs = Math.min(waitMs * 2, this.#everOk ? LONGEST_BACKOFF_MS : LONGEST_AT_START_MS);
    }
  }

  #say(state: DatabaseState): void {
    const { status, detail } = this.#state;
    this.#state = state;
    if (status !== state.status || detail !== state.detail) this.#options.onState?.(state);
  }

  #sentence(error: unknown): string {
    return databaseSentence(error, this.#where);
  }
}

/** What went wrong between us and the database at `where`, as one sentence with the remedy. */
export function databaseSentence(error: unknown, where: string): string {
  const code = codeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  if (error instanceof DatabaseRefused) return said;
  if (code === "28P01" || code === "28000") {
    return `the database at ${where} refuses the user or the password: check DATABASE_URL and ` +
      `POSTGRES_PASSWORD (${said})`;
  }
  if (code === "3D000") {
    return `there is no such database: ${where}; create it or change DATABASE_URL`;
  }
  if (code === DISK_FULL) return `the database at ${where} has no room left: make some (${said})`;
  if (isOutage(error)) {
    const why = isEnded(error) ? "it hung up, or said nothing" : said || code;
    return `no answer from the database at ${where} (${why}): see that it runs there`;
  }
  return `the database at ${where} said: ${said}`;
}

const DISK_FULL = "53100";
/** PostgreSQL's classes for lost connections, too little of anything, shutdown and start; and a standby. */
const OUTAGE = /^(08|53|57P0|25006)/;
const CLIENT_OUTAGE =
  /^(CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED)|ECONN\w+|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** Whether trying again later can help: it is not the statement that is wrong. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  return OUTAGE.test(code) || CLIENT_OUTAGE.test(code);
}

/** The client was ended while it waited: it can be used for nothing more. */
function isEnded(error: unknown): boolean {
  return /^CONNECTION_(ENDED|DESTROYED)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => {
    clearTimeout(timer);
    stopped.removeEventListener("abort", end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  stopped.addEventListener("abort", end);
  return promise;
}
