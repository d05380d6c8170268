/**
 * A real Kafka for tests, without containers: its jars come from Maven Central once, into the user's
 * cache, and it runs on free loopback ports in a folder of its own. `TEST_REDPANDA_BROKER` names one
 * that runs already, for the tests that neither kill it nor sign in.
 */
import { freePorts } from "../program.ts";
import { within } from "../../services/testing/deadline.ts";

const VERSION = "4.1.1";
/** Kafka names slf4j alone; without a binding behind it there is no log to look at. */
const ARTIFACTS = [
  `org.apache.kafka:kafka_2.13:${VERSION}`,
  `org.apache.kafka:kafka-tools:${VERSION}`,
  "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",
];
const JVM_OPTIONS = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const START_WITHIN_MS = 180_000;
const REMEDY = "apt-get install -y default-jre-headless maven, or set TEST_REDPANDA_BROKER";

/** Who may sign in at the SASL listeners. */
export const KAFKA_USER = { username: "skysentinel", password: "a password of the tests" } as const;

export interface KafkaServer {
  /** host:port of the listener without sign-in. */
  readonly broker: string;
  /** host:port of the listener that wants PLAIN or SCRAM-SHA-256. */
  readonly saslBroker: string;
  /** host:port of the listener that speaks TLS, and the certificate it shows. */
  readonly tlsBroker: string;
  readonly certificateFile: string;
  /** Starts it, anew on the same ports and data when it ran before. */
  start(): Promise<void>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

export interface KafkaOptions {
  /** How long an empty group waits for more members; brokers ship with 3000. */
  readonly firstJoinDelayMs?: number;
  /** Further lines of server.properties. */
  readonly properties?: Readonly<Record<string, string | number>>;
}

/** Why Kafka cannot be run here; undefined when it can. */
export const kafkaMissing: string | undefined = await findMissing();

/**
 * A test against the real broker. Without one it is skipped loudly; with CI=true it fails.
 * `needs` is "own" for a test that kills the broker or signs in.
 */
export function kafkaTest(name: string, run: () => Promise<void>, needs: "any" | "own" = "any") {
  const isThere = !kafkaMissing || (needs === "any" && externalBroker() !== undefined);
  const required = Deno.env.get("CI") === "true";
  if (!isThere) say(`${required ? "FAILS" : "SKIPPED"}: ${name}: ${kafkaMissing}: ${REMEDY}\n`);
  Deno.test({
    name,
    ignore: !isThere && !required,
    // A broker and its connections outlive single tests.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => isThere ? run() : Promise.reject(new Error(`${kafkaMissing}: ${REMEDY}`)),
  });
}

/** The broker that runs already, if one was named. */
export function externalBroker(): string | undefined {
  return Deno.env.get("TEST_REDPANDA_BROKER") || undefined;
}

/** A Kafka that runs, with everything it needs; ends by itself when the test's process does. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const libs = await installLibs();
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-kafka-" });
  const [port, controllerPort, saslPort, tlsPort] = freePorts(4) as [
    number,
    number,
    number,
    number,
  ];
  const certificateFile = await makeCertificate(folder);
  const config = `${folder}/server.properties`;
  const ports = { port, controllerPort, saslPort, tlsPort };
  await Deno.writeTextFile(config, serverProperties(folder, ports, options));
  const loggers = `${folder}/log4j2.properties`;
  await Deno.writeTextFile(loggers, LOG4J);
  const java = [
    "java",
    ...JVM_OPTIONS,
    `-Dlog4j2.configurationFile=${loggers}`,
    "-cp",
    `${libs}/*`,
  ];
  await run([
    ...java,
    "kafka.tools.StorageTool",
    "format",
    "--standalone",
    "--cluster-id",
    "c2t5LXNlbnRpbmVsLXRlc3Q",
    "--config",
    config,
    "--add-scram",
    `SCRAM-SHA-256=[name=${KAFKA_USER.username},password=${KAFKA_USER.password}]`,
  ]);
  let running: Running | undefined;
  const server: KafkaServer = {
    broker: `127.0.0.1:${port}`,
    saslBroker: `127.0.0.1:${saslPort}`,
    tlsBroker: `127.0.0.1:${tlsPort}`,
    certificateFile,
    async start() {
      running = await spawn([...java, "kafka.Kafka", config], `${folder}/kafka.log`);
      await untilListening(port, running, `${folder}/kafka.log`);
    },
    async kill() {
      await running?.kill();
      running = undefined;
    },
    async close() {
      await server.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
  await server.start();
  return server;
}

interface Running {
  readonly ended: Promise<unknown>;
  kill(): Promise<void>;
}

/** Kafka below a shell that holds the pipe to us: when we are gone, however that was, so is Kafka. */
async function spawn(command: readonly string[], logFile: string): Promise<Running> {
  const script = `"$@" >>"$LOG" 2>&1 </dev/null & server=$!; echo $server
    ( cat >/dev/null; kill -9 $server 2>/dev/null ) <&3 3<&- & wait $server`;
  const child = new Deno.Command("bash", {
    args: ["-c", `exec 3<&0; ${script}`, "kafka", ...command],
    env: { LOG: logFile },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ended = child.status;
  const output = child.stdout.getReader();
  const { value } = await output.read();
  const pid = Number(new TextDecoder().decode(value));
  return {
    ended,
    async kill() {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      await ended;
      await child.stdin.close().catch(() => {});
      await output.cancel();
    },
  };
}

async function untilListening(port: number, running: Running, logFile: string): Promise<void> {
  let hasEnded = false;
  void running.ended.then(() => hasEnded = true);
  const listening = (async () => {
    for (;;) {
      if (hasEnded) throw new Error(`Kafka did not start:\n${await Deno.readTextFile(logFile)}`);
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  })();
  await within(listening, "Kafka that listens", START_WITHIN_MS);
}

interface Ports {
  readonly port: number;
  readonly controllerPort: number;
  readonly saslPort: number;
  readonly tlsPort: number;
}

function serverProperties(folder: string, ports: Ports, options: KafkaOptions): string {
  const { username, password } = KAFKA_USER;
  const listeners = [
    `PLAINTEXT://127.0.0.1:${ports.port}`,
    `SASL_PLAINTEXT://127.0.0.1:${ports.saslPort}`,
    `SSL://127.0.0.1:${ports.tlsPort}`,
  ];
  const sasl = "listener.name.sasl_plaintext";
  const modules = "org.apache.kafka.common.security";
  const properties: Record<string, string | number> = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.bootstrap.servers": `127.0.0.1:${ports.controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    "listeners": [...listeners, `CONTROLLER://127.0.0.1:${ports.controllerPort}`].join(","),
    "advertised.listeners": listeners.join(","),
    "listener.security.protocol.map":
      "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
    [`${sasl}.plain.sasl.jaas.config`]:
      `${modules}.plain.PlainLoginModule required user_${username}="${password}";`,
    [`${sasl}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
    "ssl.keystore.location": `${folder}/keystore.p12`,
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.password": KEYSTORE_PASSWORD,
    "ssl.key.password": KEYSTORE_PASSWORD,
    "log.dirs": `${folder}/data`,
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": options.firstJoinDelayMs ?? 0,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 2,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "num.network.threads": 2,
    "num.io.threads": 2,
    ...options.properties,
  };
  return Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join("");
}

const LOG4J = `rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m %c%n
`;
const KEYSTORE_PASSWORD = "of-the-tests";

/** A key and a self-signed certificate for 127.0.0.1; the certificate alone as PEM. */
async function makeCertificate(folder: string): Promise<string> {
  const store = [
    "-keystore",
    `${folder}/keystore.p12`,
    "-storetype",
    "PKCS12",
    "-storepass",
    KEYSTORE_PASSWORD,
    "-alias",
    "kafka",
  ];
  await run([
    "keytool",
    "-genkeypair",
    ...store,
    "-keyalg",
    "EC",
    "-validity",
    "2",
    "-dname",
    "CN=kafka of the tests",
    "-ext",
    "san=ip:127.0.0.1,dns:localhost",
  ]);
  const file = `${folder}/certificate.pem`;
  await run(["keytool", "-exportcert", "-rfc", ...store, "-file", file]);
  return file;
}

/** The folder with Kafka's jars, fetched when they are not there yet. */
async function installLibs(): Promise<string> {
  const libs = libsFolder();
  if (isThere(libs)) return libs;
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-maven-" });
  say(`Fetching Kafka ${VERSION} from Maven Central into ${libs}\n`);
  const dependencies = ARTIFACTS.map((artifact) => {
    const [group, name, version] = artifact.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId>` +
      `<version>${version}</version></dependency>`;
  });
  await Deno.writeTextFile(
    `${folder}/pom.xml`,
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>skysentinel</groupId><artifactId>kafka</artifactId><version>1</version>
    <dependencies>${dependencies.join("\n")}</dependencies></project>`,
  );
  const copy = ["dependency:copy-dependencies", "-DincludeScope=runtime"];
  await run(["mvn", "-q", "-B", ...copy, `-DoutputDirectory=${folder}/libs`], folder);
  await Deno.mkdir(libs.slice(0, libs.lastIndexOf("/")), { recursive: true });
  // Copied beside its place and renamed, so that half a download is never taken for Kafka.
  const partial = `${libs}-${Deno.pid}`;
  await run(["cp", "-r", `${folder}/libs`, partial]);
  await Deno.rename(partial, libs).catch((error) => {
    if (!isThere(libs)) throw error;
  });
  await Deno.remove(folder, { recursive: true });
  return libs;
}

function libsFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
  return `${cache}/skysentinel/kafka-${VERSION}/libs`;
}

async function findMissing(): Promise<string | undefined> {
  if (!await works(["java", "-version"])) return "there is no java";
  if (!isThere(libsFolder()) && !await works(["mvn", "-v"])) return "there is no mvn";
}

async function works([program, ...args]: [string, ...string[]]): Promise<boolean> {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(program, options).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function run(command: readonly string[], cwd?: string): Promise<void> {
  const [program, ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program!, { args, cwd }).output();
  if (success) return;
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  throw new Error(`${program} ${args.at(-1)} failed:\n${said}`);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
