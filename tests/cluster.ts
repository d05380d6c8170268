/** The program as it runs in earnest: a real Kafka, a real PostGIS, one process per role. */
import { freePorts, type Program, startProgram } from "./program.ts";
import { externalBroker, type KafkaServer, startKafka } from "./servers/kafka.ts";
import { externalUrl, type PostgisServer, startPostgis } from "./servers/postgis.ts";

const ROOT = new URL("../", import.meta.url);
/** Unless somebody says otherwise. */
export const PARTITIONS = 3;

export interface Cluster {
  readonly broker: string;
  readonly databaseUrl: string;
  readonly kafka: KafkaServer | undefined;
  readonly postgis: PostgisServer | undefined;
  /** What every role is set to. */
  readonly settings: Record<string, string>;
  /** Runs a task of deno.json with these settings, or others on top, to its end. */
  task(
    name: string,
    more?: Record<string, string>,
    args?: readonly string[],
  ): Promise<{ code: number; log: string }>;
  start(role: "ingest" | "process" | "hub" | "ui", more?: Record<string, string>): Promise<Program>;
  close(): Promise<void>;
}

/** Both servers, topics and schema in place; every role started later finds the others' ports. */
export async function startCluster(more: Record<string, string> = {}): Promise<Cluster> {
  const kafka = externalBroker() === undefined ? await startKafka() : undefined;
  const postgis = externalUrl() === undefined ? await startPostgis() : undefined;
  const broker = kafka?.broker ?? externalBroker()!;
  const databaseUrl = postgis?.url ?? externalUrl()!;
  const [hubPort, pagePort, ingestPort, processPort] = freePorts(4);
  const settings = {
    REDPANDA_BROKER: broker,
    DATABASE_URL: databaseUrl,
    HISTORY: "on",
    KAFKA_PARTITIONS: String(PARTITIONS),
    BACKEND_PORT: String(hubPort),
    UI_PORT: String(pagePort),
    INGEST_METRICS_PORT: String(ingestPort),
    PROCESS_METRICS_PORT: String(processPort),
    ...more,
  };
  const started: Program[] = [];
  const cluster: Cluster = {
    broker,
    databaseUrl,
    kafka,
    postgis,
    settings,
    async task(name, more = {}, args = []) {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", name, ...args],
        cwd: ROOT,
        env: { ...settings, ...more, NO_COLOR: "1" },
        stdin: "null",
      }).output();
      return { code, log: new TextDecoder().decode(stderr) };
    },
    async start(role, more = {}) {
      const program = await startProgram({ ...settings, ...more }, [role]);
      started.push(program);
      return program;
    },
    async close() {
      for (const program of started) await program.end();
      await kafka?.close();
      await postgis?.close();
    },
  };
  for (const task of ["topics", "migrate"]) {
    const { code, log } = await cluster.task(task);
    if (code !== 0) throw new Error(`deno task ${task}: ${log}`);
  }
  return cluster;
}

/** The hub of a cluster, from outside. */
export const hubUrl = ({ settings }: Cluster) => `http://127.0.0.1:${settings.BACKEND_PORT}`;

/** What a command of the machine prints; undefined where it is not installed. */
export async function commandOutput(
  name: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const { stdout, stderr, success } = await new Deno.Command(name, { args: [...args] }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
