/** What Prometheus and Grafana are told: against promtool, compose.yaml, and the roles as they run. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { eventually } from "../../services/testing/deadline.ts";
import { readCompose } from "../compose.ts";
import { freePorts, startProgram } from "../program.ts";

const ROOT = new URL("../../", import.meta.url);
const REMEDY = "apt-get install -y --no-install-recommends prometheus";

/** What other people's dashboards and alerts were written for, by job. */
const CONTRACT: Readonly<Record<string, readonly string[]>> = {
  producer: [
    "producer_polls_total",
    "producer_poll_latency_seconds",
    "producer_flights_published_total",
    "producer_api_errors_total",
    "producer_deadletter_total",
  ],
  backend: [
    "backend_kafka_consumer_lag",
    "backend_flights_cached",
    "backend_websocket_connections",
    "backend_websocket_messages_sent_total",
    "backend_http_requests_total",
  ],
  processing: [
    "processing_messages_processed_total",
    "processing_anomalies_detected_total",
    "processing_db_write_latency_seconds",
  ],
};

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly datasource: { readonly uid: string };
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}
interface Scrape {
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

function read<T>(path: string): T {
  // JSON is YAML.
  return parse(Deno.readTextFileSync(new URL(path, ROOT)), { merge: true }) as T;
}

const alerts = read<Rules>("prometheus/alerts.yml").groups.flatMap(({ rules }) => rules);
const { panels } = read<Dashboard>("grafana/dashboards/skysentinel.json");
const expressions = [
  ...alerts.map(({ expr }) => expr),
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];

Deno.test("the scrape jobs are the contract's, at the addresses of compose.yaml", () => {
  const { services } = readCompose();
  const { scrape_configs } = read<Scrape>("prometheus/prometheus.yml");
  const targets = scrape_configs.map(({ job_name, static_configs }) => {
    const [service, port] = static_configs[0]!.targets[0]!.split(":") as [string, string];
    assert.ok(services[service]!.ports![0]!.endsWith(`:${port}`), service);
    return [job_name, service];
  });
  assert.deepEqual(targets, [
    ["producer", "ingest"],
    ["backend", "hub"],
    ["processing", "process"],
  ]);
});

Deno.test("the alerts of the contract are there", () => {
  const names = alerts.map(({ alert }) => alert);
  assert.deepEqual(names.slice(0, 3), ["ProducerDown", "HighConsumerLag", "NoFlightsIngested"]);
});

Deno.test("the dashboard shows the contract's eight, from the datasource that is provisioned", () => {
  const titles = panels.map(({ title }) => title);
  for (
    const title of [
      "Pipeline health",
      "Ingestion rate",
      "Consumer lag",
      "Active flights",
      "WebSocket clients",
      "Poll latency",
      "Anomalies an hour",
      "Error rate",
    ]
  ) assert.ok(titles.includes(title), title);
  const provisioned = read<{ datasources: { uid: string }[] }>(
    "grafana/provisioning/datasources/prometheus.yml",
  );
  for (const { datasource } of panels) {
    assert.equal(datasource.uid, provisioned.datasources[0]!.uid);
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const places = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
  assert.equal(new Set(places).size, panels.length, "two panels at one place");
  for (const { gridPos: { x, w } } of panels) assert.ok(x + w <= 24);
});

Deno.test("every metric that is asked for is exposed, and every one of the contract's", async () => {
  const [port] = freePorts(1);
  const settings = { PROCESS_METRICS_PORT: String(port), HISTORY: "off", LOG_LEVEL: "warn" };
  const program = await startProgram(settings);
  try {
    const addresses = {
      producer: program.ingest,
      backend: program.hub,
      processing: `http://127.0.0.1:${port}`,
    };
    const exposed = new Set<string>();
    for (const [job, address] of Object.entries(addresses)) {
      const text = await eventually(async () => {
        const response = await fetch(`${address}/metrics`);
        const text = await response.text();
        return response.ok && text;
      }, `metrics of ${job}: ${program.log()}`);
      const names = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name!);
      const missing = CONTRACT[job]!.filter((name) => !names.includes(name));
      assert.deepEqual(missing, [], job);
      for (const name of names) exposed.add(name);
    }
    const asked = expressions.flatMap((expr) =>
      expr.match(/(producer|backend|processing)_\w+/g) ?? []
    )
      .map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    assert.ok(asked.length > 10);
    assert.deepEqual(asked.filter((name) => !exposed.has(name)), []);
  } finally {
    await program.end();
  }
});

const isPromtoolThere = await works(["promtool", "--version"]);
const isRequired = Deno.env.get("CI") === "true";

for (
  const [name, command] of [
    ["the configuration and the alerts", ["check", "config", "prometheus.yml"]],
    ["what the alerts say to what happens", ["test", "rules", "alerts_test.yml"]],
  ] as const
) {
  promtoolTest(name, async () => await promtool(command, new URL("prometheus/", ROOT)));
}

promtoolTest("the dashboard's expressions", async () => {
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-" });
  try {
    const rules = expressions.map((expr, i) => ({ record: `expression:${i}`, expr }));
    const file = JSON.stringify({ groups: [{ name: "dashboard", rules }] });
    await Deno.writeTextFile(`${folder}/rules.yml`, file);
    await promtool(["check", "rules", "--lint=none", "rules.yml"], folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function promtoolTest(name: string, run: () => Promise<void>) {
  const title = `promtool accepts ${name}`;
  if (!isPromtoolThere) {
    const line = `${isRequired ? "FAILS" : "SKIPPED"}: ${title}: there is no promtool: ${REMEDY}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  }
  const fn = () => isPromtoolThere ? run() : Promise.reject(new Error(`no promtool: ${REMEDY}`));
  Deno.test({ name: title, ignore: !isPromtoolThere && !isRequired, fn });
}

async function promtool(args: readonly string[], cwd: URL | string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("promtool", { args: [...args], cwd })
    .output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  assert.ok(success, said);
}

async function works([program, ...args]: [string, ...string[]]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
