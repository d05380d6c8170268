/**
 * The embedded PostGIS, in a worker of its own: PostgreSQL compiled to WebAssembly computes in the
 * thread that calls it, and its first start takes seconds. Told where its data is by one message,
 * it answers with its progress and then serves PostgreSQL's protocol on a loopback port.
 */
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { postgisExtension } from "./embedded_extension.ts";
import { inTurns } from "./embedded_turns.ts";

export interface EmbeddedOrder {
  readonly dataDir: string;
  readonly port: number;
}

/** What the worker says. */
export type EmbeddedNews =
  | { readonly type: "progress"; readonly detail: string }
  /** A data directory was made. The worker that makes one has a lot of memory it needs no more. */
  | { readonly type: "made" }
  | { readonly type: "serving" }
  | { readonly type: "beat" }
  | { readonly type: "closed" }
  | { readonly type: "failed"; readonly message: string };

export type EmbeddedWord = { readonly type: "open" } & EmbeddedOrder | { readonly type: "close" };

const BEAT_INTERVAL_MS = 1000;
/** PGlite's default of 128 MB is for a machine of its own. */
const SHARED_BUFFERS = "shared_buffers=24MB";
/** Two roles, the supervisor, a person's psql. */
const MOST_CONNECTIONS = 32;

const worker = self as unknown as {
  onmessage: ((event: MessageEvent<EmbeddedWord>) => void) | null;
  postMessage(news: EmbeddedNews): void;
};
const say = (news: EmbeddedNews) => worker.postMessage(news);
let close = () => Promise.resolve();

worker.onmessage = ({ data }) => {
  const done = data.type === "open" ? open(data) : close().then(() => say({ type: "closed" }));
  done.catch(fail);
};

function fail(error: unknown): void {
  say({ type: "failed", message: error instanceof Error ? error.message : String(error) });
}

async function open({ dataDir, port }: EmbeddedOrder): Promise<void> {
  setInterval(() => say({ type: "beat" }), BEAT_INTERVAL_MS);
  const postgis = await postgisExtension(dataDir);
  const clusterDir = `${dataDir}/postgis`;
  if (!await isMade(clusterDir)) {
    say({ type: "progress", detail: "it is made for the first time, which takes half a minute" });
    await make(clusterDir);
    say({ type: "made" });
    return;
  }
  say({ type: "progress", detail: "its data is being opened" });
  const db = await PGlite.create({
    dataDir: clusterDir,
    extensions: { postgis },
    database: "skysentinel",
    startParams: [...PGlite.defaultStartParams, "-c", SHARED_BUFFERS],
  });
  const server = new PGLiteSocketServer({
    db: inTurns(db, fail),
    host: "127.0.0.1",
    port,
    maxConnections: MOST_CONNECTIONS,
  });
  await server.start();
  close = async () => {
    await server.stop();
    await db.close();
  };
  say({ type: "serving" });
}

/** Made beside where it goes and moved there when it is whole: a start that is killed leaves nothing. */
async function make(clusterDir: string): Promise<void> {
  const unfinished = `${clusterDir}.unfinished`;
  await removeAll(unfinished);
  const db = await PGlite.create({ dataDir: unfinished });
  await db.exec("create database skysentinel");
  await db.close();
  await Deno.rename(unfinished, clusterDir);
}

async function isMade(clusterDir: string): Promise<boolean> {
  return await Deno.stat(`${clusterDir}/PG_VERSION`).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

async function removeAll(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
