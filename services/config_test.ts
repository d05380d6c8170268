import assert from "node:assert/strict";
import { loadConfig, type SettingName, SETTINGS } from "./config.ts";

const EXAMPLE = Deno.readTextFileSync(new URL("../.env.example", import.meta.url));

const DEMO = decodeURIComponent(
  new URL("../fixtures/paris_2021-10-07.jsonl.gz", import.meta.url).pathname,
);

/** What the contract says of each setting when nothing is said; undefined: there is none. */
const DEFAULTS: Readonly<Record<SettingName, unknown>> = {
  OPENSKY_MODE: "replay",
  OPENSKY_CLIENT_ID: undefined,
  OPENSKY_CLIENT_SECRET: undefined,
  OPENSKY_URL: "https://opensky-network.org/api",
  OPENSKY_AUTH_URL:
    "https://auth.opensky-network.org/auth/realms/opensky-network/protocol/openid-connect/token",
  REPLAY_FILE: DEMO,
  REPLAY_SPEED: 1,
  REPLAY_LOOP: true,
  REPLAY_START_SECONDS: 960,
  BBOX_LAT_MIN: 40.4,
  BBOX_LAT_MAX: 41.2,
  BBOX_LON_MIN: -74.5,
  BBOX_LON_MAX: -73.5,
  POLL_INTERVAL_SECONDS: 10,
  SOURCES: [{ kind: "replay", name: `replay:${DEMO}`, where: DEMO }],
  REDPANDA_BROKER: undefined,
  KAFKA_CLIENT_ID: "skysentinel",
  KAFKA_TOPIC_STATE: "flights.state",
  KAFKA_TOPIC_UPDATES: "flights.updates",
  KAFKA_TOPIC_ANOMALIES: "flights.anomalies",
  KAFKA_SASL_MECHANISM: undefined,
  KAFKA_SASL_USERNAME: undefined,
  KAFKA_SASL_PASSWORD: undefined,
  KAFKA_TLS: false,
  KAFKA_TLS_CA_FILE: undefined,
  KAFKA_PARTITIONS: 12,
  KAFKA_REPLICATION: 1,
  BACKEND_HOST: "127.0.0.1",
  BACKEND_PORT: 8000,
  BACKEND_TOKENS: undefined,
  BACKEND_PROXIES: ["127.0.0.1", "::1"],
  BACKEND_REQUESTS_PER_MINUTE: 600,
  UI_PORT: 3000,
  INGEST_METRICS_PORT: 8001,
  PROCESS_METRICS_PORT: 8080,
  CORS_ORIGINS: ["http://localhost:3000", "http://127.0.0.1:3000"],
  HUB_URL: undefined,
  WS_DELTA_INTERVAL_MS: 200,
  WS_STALE_THRESHOLD_SECONDS: 60,
  WS_MAX_CONNECTIONS: 5000,
  WS_MAX_CONNECTIONS_PER_ADDRESS: 100,
  ROLE_URLS: {
    ingest: "http://127.0.0.1:8001",
    process: "http://127.0.0.1:8080",
    hub: "http://127.0.0.1:8000",
    ui: "http://127.0.0.1:3000",
  },
  WEBHOOK_URLS: undefined,
  WEBHOOK_SECRET: undefined,
  WEBHOOK_TYPES: undefined,
  WEBHOOK_MIN_SEVERITY: "LOW",
  WEBHOOK_BBOX: undefined,
  HISTORY: true,
  DATABASE_URL: undefined,
  POSTGRES_PASSWORD: undefined,
  GRAFANA_PASSWORD: undefined,
  DATA_DIR: ".data",
  LOG_LEVEL: "info",
  LOG_FORMAT: "text",
};

/** Values that are taken, with what becomes of them. */
const RIGHT: readonly (readonly [SettingName, string, unknown])[] = [
  ["OPENSKY_MODE", "live", "live"],
  ["REPLAY_SPEED", "max", Infinity],
  ["REPLAY_SPEED", "0.5", 0.5],
  ["REPLAY_SPEED", "60", 60],
  ["REPLAY_LOOP", "false", false],
  ["REPLAY_LOOP", "1", true],
  ["REPLAY_LOOP", "off", false],
  ["REPLAY_START_SECONDS", "0", 0],
  ["BBOX_LAT_MIN", "-90", -90],
  ["BBOX_LON_MAX", "+180", 180],
  ["BBOX_LAT_MAX", "40.5", 40.5],
  ["POLL_INTERVAL_SECONDS", "0.5", 0.5],
  ["SOURCES", "opensky, sbs:localhost:30003", [
    { kind: "opensky", name: "opensky" },
    { kind: "sbs", name: "sbs:localhost:30003", hostname: "localhost", port: 30003 },
  ]],
  ["SOURCES", "sbs:[::1]:30003", [
    { kind: "sbs", name: "sbs:[::1]:30003", hostname: "::1", port: 30003 },
  ]],
  ["SOURCES", "readsb:http://me:key@pi:8080/data/aircraft.json?x=1,readsb:run/aircraft.json", [
    {
      kind: "readsb",
      name: "readsb:pi:8080",
      where: "http://me:key@pi:8080/data/aircraft.json?x=1",
    },
    { kind: "readsb", name: "readsb:run/aircraft.json", where: "run/aircraft.json" },
  ]],
  ["SOURCES", "v2:https://a.example/v2/icao/3c6444,v2:https://a.example/v2/mil", [
    {
      kind: "v2",
      name: "v2:a.example/v2/icao/3c6444",
      where: "https://a.example/v2/icao/3c6444",
    },
    { kind: "v2", name: "v2:a.example/v2/mil", where: "https://a.example/v2/mil" },
  ]],
  ["SOURCES", "v2:https://api.adsb.lol/", [
    { kind: "v2", name: "v2:api.adsb.lol", where: "https://api.adsb.lol/" },
  ]],
  ["SOURCES", "replay:a.jsonl,replay:b.csv", [
    { kind: "replay", name: "replay:a.jsonl", where: "a.jsonl" },
    { kind: "replay", name: "replay:b.csv", where: "b.csv" },
  ]],
  ["OPENSKY_URL", "http://localhost:1/api", "http://localhost:1/api"],
  ["KAFKA_TLS", "on", true],
  ["REDPANDA_BROKER", "a.example:9092, [fd00::7]:9093", "a.example:9092, [fd00::7]:9093"],
  ["KAFKA_PARTITIONS", "3", 3],
  ["KAFKA_REPLICATION", "3", 3],
  ["BACKEND_PORT", "0", 0],
  ["BACKEND_PORT", "65535", 65535],
  ["BACKEND_TOKENS", "a-long-enough.token, 0123456789abcdef", [
    "a-long-enough.token",
    "0123456789abcdef",
  ]],
  ["BACKEND_PROXIES", "10.0.0.7, fd00::7", ["10.0.0.7", "fd00::7"]],
  ["BACKEND_REQUESTS_PER_MINUTE", "60", 60],
  ["WS_MAX_CONNECTIONS", "1", 1],
  ["WS_MAX_CONNECTIONS_PER_ADDRESS", "10", 10],
  ["CORS_ORIGINS", "*", ["*"]],
  ["CORS_ORIGINS", "https://a.example, http://b:81", ["https://a.example", "http://b:81"]],
  ["HUB_URL", "https://hub.example.org", "https://hub.example.org"],
  ["WS_DELTA_INTERVAL_MS", "500", 500],
  ["WEBHOOK_SECRET", "sixteen.letters!", "sixteen.letters!"],
  ["WEBHOOK_TYPES", "HOLDING, SQUAWK_7700", ["HOLDING", "SQUAWK_7700"]],
  ["WEBHOOK_MIN_SEVERITY", "HIGH", "HIGH"],
  ["WEBHOOK_BBOX", "170,-20,-170,10", {
    lon_min: 170,
    lat_min: -20,
    lon_max: -170,
    lat_max: 10,
  }],
  ["ROLE_URLS", "hub=http://hub:8000, process=http://process:8080", {
    ingest: "http://127.0.0.1:8001",
    process: "http://process:8080",
    hub: "http://hub:8000",
    ui: "http://127.0.0.1:3000",
  }],
  ["HISTORY", "off", false],
  ["DATABASE_URL", "postgresql://db/sky", "postgresql://db/sky"],
  ["LOG_LEVEL", "debug", "debug"],
  ["LOG_FORMAT", "json", "json"],
];

/** Values that stop the start. */
const WRONG: readonly (readonly [SettingName, ...string[]])[] = [
  ["OPENSKY_MODE", "Live", "simulated"],
  ["OPENSKY_URL", "opensky-network.org", "ftp://opensky-network.org"],
  ["OPENSKY_AUTH_URL", "token"],
  ["REPLAY_SPEED", "0", "-1", "fast", "1e3", "NaN", "Infinity"],
  ["REPLAY_LOOP", "maybe", "2", "TRUE"],
  ["REPLAY_START_SECONDS", "-1", "noon"],
  ["BBOX_LAT_MIN", "-90.1", "forty", "40,4", "40.4N"],
  ["BBOX_LAT_MAX", "91", "."],
  ["BBOX_LON_MIN", "-181"],
  ["BBOX_LON_MAX", "180.01", "0x10"],
  ["POLL_INTERVAL_SECONDS", "0", "86401", "10s"],
  ["KAFKA_CLIENT_ID", "sky sentinel"],
  ["KAFKA_TOPIC_STATE", "flights/state"],
  ["KAFKA_TOPIC_UPDATES", "flights:updates"],
  ["KAFKA_TOPIC_ANOMALIES", "ä", "x".repeat(250)],
  ["KAFKA_SASL_MECHANISM", "PLAIN", "gssapi", "scram-sha-1"],
  ["KAFKA_TLS", "true", "ON"],
  ["REDPANDA_BROKER", "localhost", "localhost:", "kafka://localhost:9092", "a:1,", "a:1 b:2"],
  ["KAFKA_PARTITIONS", "0", "1001", "2.5", "many"],
  ["KAFKA_REPLICATION", "0", "16", "1.5"],
  ["BACKEND_PORT", "65536", "-1", "80.5", "http", "123456"],
  ["BACKEND_TOKENS", "short", "a token with blanks", "0123456789abcdef,", "ümlaut-0123456789"],
  ["BACKEND_PROXIES", "proxy.example.org", "10.0.0.0/8", ","],
  ["BACKEND_REQUESTS_PER_MINUTE", "0", "many"],
  ["WS_MAX_CONNECTIONS", "0", "-1", "1e3"],
  ["WS_MAX_CONNECTIONS_PER_ADDRESS", "0", "all"],
  ["UI_PORT", "3000/tcp"],
  ["INGEST_METRICS_PORT", "70000"],
  ["PROCESS_METRICS_PORT", "eight"],
  ["CORS_ORIGINS", "localhost:3000", "http://localhost:3000/", "http://a.example,b"],
  ["HUB_URL", "hub.example.org", "ws://hub.example.org", "ftp://hub.example.org"],
  ["WS_DELTA_INTERVAL_MS", "9", "1001", "200.5"],
  ["WS_STALE_THRESHOLD_SECONDS", "0", "a minute"],
  ["ROLE_URLS", "http://hub:8000", "hub", "hub=", "hub=hub:8000", "web=http://a", "hub=http://a,"],
  [
    "WEBHOOK_URLS",
    "example.org",
    "ftp://a.example",
    "https://a.example,",
    "http://me:pw@a.example",
  ],
  ["WEBHOOK_SECRET", "short"],
  ["WEBHOOK_TYPES", "SQUAWK_7777", "squawk_7700", "HOLDING,"],
  ["WEBHOOK_MIN_SEVERITY", "high", "3"],
  ["WEBHOOK_BBOX", "1,2,3", "1,50,3,48", "-181,48,3,50"],
  ["HISTORY", "true", "ON"],
  ["DATABASE_URL", "mysql://localhost/sky", "localhost/sky"],
  ["LOG_LEVEL", "verbose", "INFO"],
  ["LOG_FORMAT", "xml"],
];
/** Any text is right for these. */
const FREE: readonly SettingName[] = [
  "REPLAY_FILE",
  "BACKEND_HOST",
  "POSTGRES_PASSWORD",
  "GRAFANA_PASSWORD",
  "DATA_DIR",
];
/** Any text is right for these too, but only beside others. */
const TOGETHER: readonly SettingName[] = [
  "OPENSKY_CLIENT_ID",
  "OPENSKY_CLIENT_SECRET",
  "KAFKA_SASL_USERNAME",
  "KAFKA_SASL_PASSWORD",
  "KAFKA_TLS_CA_FILE",
];
/** Its entries have a test of their own. */
const BY_ENTRY: readonly SettingName[] = ["SOURCES"];
const SECRETS: readonly SettingName[] = [
  "OPENSKY_CLIENT_SECRET",
  "BACKEND_TOKENS",
  "WEBHOOK_URLS",
  "WEBHOOK_SECRET",
  "DATABASE_URL",
  "POSTGRES_PASSWORD",
  "GRAFANA_PASSWORD",
];

/** The sentence with which these settings stop the start. */
function refusal(env: Record<string, string>, envFile?: string): string {
  try {
    loadConfig(env, envFile);
  } catch (error) {
    assert(error instanceof Error && error.name === "SettingError", `not a SettingError: ${error}`);
    return error.message;
  }
  assert.fail(`${JSON.stringify(env)} ${envFile ?? ""} was accepted`);
}

Deno.test("every setting has the contract's default", () => {
  const config: Readonly<Record<string, unknown>> = loadConfig({});
  assert.deepEqual(Object.keys(SETTINGS).sort(), Object.keys(DEFAULTS).sort());
  for (const [name, value] of Object.entries(DEFAULTS)) assert.deepEqual(config[name], value, name);
});

Deno.test("values are taken from the environment, checked and converted", () => {
  for (const [name, text, value] of RIGHT) {
    assert.deepEqual(loadConfig({ [name]: text })[name], value, `${name}=${text}`);
  }
  for (const name of FREE) assert.equal(loadConfig({ [name]: "any text" })[name], "any text", name);
});

Deno.test("a malformed value stops the start with setting, value and what is right", () => {
  for (const [name, ...texts] of WRONG) {
    for (const text of texts) {
      const shown = SECRETS.includes(name) ? "(hidden)" : text;
      const sentence = `${name} is ${JSON.stringify(shown)}, but must be ${SETTINGS[name].right}`;
      assert.equal(refusal({ [name]: text }), sentence);
      assert.equal(refusal({}, `${name}=${text}\n`), sentence);
    }
  }
});

Deno.test("every setting has a malformed value here, or takes any text", () => {
  const covered = [...WRONG.map(([name]) => name), ...FREE, ...TOGETHER, ...BY_ENTRY];
  assert.deepEqual(covered.sort(), (Object.keys(SETTINGS) as SettingName[]).sort());
});

Deno.test("an area must have an inside", () => {
  assert.equal(
    refusal({ BBOX_LAT_MIN: "50" }),
    'BBOX_LAT_MIN is "50", but must be less than BBOX_LAT_MAX, which is 41.2',
  );
  assert.match(refusal({ BBOX_LON_MIN: "10", BBOX_LON_MAX: "10" }), /^BBOX_LON_MIN is "10", but/);
});

Deno.test("a source that cannot be stops the start with its entry and what would be right", () => {
  const said = (SOURCES: string) => refusal({ SOURCES });
  const kinds = "opensky, readsb:URL, v2:URL, sbs:HOST:PORT or replay:FILE";
  assert.equal(said("dump1090:pi"), `SOURCES is "dump1090:pi", but must be ${kinds}`);
  assert.equal(said("opensky,"), `SOURCES is "", but must be ${kinds}`);
  assert.match(said("opensky:anonymous"), /^SOURCES is "opensky:anonymous", but opensky stands/);
  assert.match(said("readsb:"), /^SOURCES is "readsb:", but must be like readsb:http:/);
  assert.match(said("readsb:ftp://pi/aircraft.json"), /but must be like readsb:http:/);
  const addressOrPath =
    "but an address must begin with http:// or https://, and a path with / or ./";
  for (const where of ["localhost/tar1090/data/aircraft.json", "pi.lan/a.json", "pi:8080/a.json"]) {
    assert.equal(said(`readsb:${where}`), `SOURCES is "readsb:${where}", ${addressOrPath}`);
  }
  assert.equal(
    said("readsb:me:key@pi.lan/a.json"),
    `SOURCES is "readsb:(hidden)@pi.lan/a.json", ${addressOrPath}`,
  );
  assert.match(said("v2:api.adsb.lol"), /^SOURCES is "v2:api.adsb.lol", but must be like v2:https/);
  assert.match(said("v2:https://u:secret@"), /^SOURCES is "v2:https:\/\/\(hidden\)@", but/);
  for (
    const wrong of ["v2:htp://a.example/v2/", "sbs:pi/", "readsb:pi.lan/a.json", "v3:http://a/"]
  ) {
    const hidden = `SOURCES is "${wrong}?(hidden)", but`;
    assert(said(`${wrong}?key=secret&more=secret`).startsWith(hidden), wrong);
  }
  for (const wrong of ["sbs:pi", "sbs:pi:0", "sbs:pi:65536", "sbs:pi:30003/tcp", "sbs:::1:3"]) {
    assert.match(said(wrong), /but must be like sbs:localhost:30003$/, wrong);
  }
  assert.match(said("replay:"), /but must be like replay:my_flights/);
  assert.match(said("sbs:a:1,sbs:a:1"), /^SOURCES is "sbs:a:1", but it is there twice/);
  assert.match(said("replay:a.jsonl,opensky"), /but a recording has a time of its own/);
});

Deno.test("an API client of OpenSky has an id and a secret", () => {
  assert.equal(
    refusal({ OPENSKY_CLIENT_ID: "ann" }),
    'OPENSKY_CLIENT_ID is "ann", but OPENSKY_CLIENT_SECRET must be set as well',
  );
  assert.equal(
    refusal({ OPENSKY_CLIENT_SECRET: "hunter2" }),
    'OPENSKY_CLIENT_SECRET is "(hidden)", but OPENSKY_CLIENT_ID must be set as well',
  );
  const config = loadConfig({ OPENSKY_CLIENT_ID: "ann", OPENSKY_CLIENT_SECRET: "hunter2" });
  assert.equal(config.OPENSKY_CLIENT_SECRET, "hunter2");
});

Deno.test("what SOURCES leaves open OPENSKY_MODE says", () => {
  assert.deepEqual(loadConfig({ OPENSKY_MODE: "live" }).SOURCES.map(({ kind }) => kind), [
    "opensky",
  ]);
  const mine = loadConfig({ REPLAY_FILE: "a.jsonl" }).SOURCES;
  assert.deepEqual(mine, [{ kind: "replay", name: "replay:a.jsonl", where: "a.jsonl" }]);
  assert.equal(loadConfig({ SOURCES: "replay:a.jsonl" }).REPLAY_LOOP, false);
});

Deno.test("whether somebody has chosen an area is known", () => {
  assert.equal(loadConfig({}).BBOX_GIVEN, false);
  assert.equal(loadConfig({ BBOX_LAT_MIN: "" }).BBOX_GIVEN, false);
  assert.equal(loadConfig({}, "BBOX_LAT_MIN=40\n").BBOX_GIVEN, true);
});

Deno.test("two ports of ours cannot be the same", () => {
  assert.equal(
    refusal({ UI_PORT: "8000" }),
    'UI_PORT is "8000", but that is BACKEND_PORT as well: choose another',
  );
  assert.equal(loadConfig({ UI_PORT: "0", BACKEND_PORT: "0" }).UI_PORT, 0);
});

Deno.test("a name that begins like one of ours is compared with those", () => {
  const meant = (name: string) => /did you mean (\w+)\?/.exec(refusal({ [name]: "7" }))![1];
  assert.equal(meant("WS_DELTA"), "WS_DELTA_INTERVAL_MS");
  assert.equal(meant("WS_STALE"), "WS_STALE_THRESHOLD_SECONDS");
  assert.equal(meant("INGEST_PORT"), "INGEST_METRICS_PORT");
  assert.equal(meant("PROCESS_PORT"), "PROCESS_METRICS_PORT");
  assert.match(refusal({}, "toString=1\n"), /^toString is "1"/);
});

Deno.test("a replay that is to be over soon does not go round", () => {
  assert.equal(loadConfig({ REPLAY_SPEED: "max" }).REPLAY_LOOP, false);
  assert.equal(loadConfig({ REPLAY_SPEED: "max", REPLAY_LOOP: "true" }).REPLAY_LOOP, true);
});

Deno.test("two topics cannot share a name", () => {
  assert.equal(
    refusal({ KAFKA_TOPIC_UPDATES: "flights.state" }),
    'KAFKA_TOPIC_* is "flights.state", but every KAFKA_TOPIC_* must name a topic of its own',
  );
});

Deno.test("what a broker is told to let us in is told whole", () => {
  const signIn = {
    KAFKA_SASL_MECHANISM: "scram-sha-512",
    KAFKA_SASL_USERNAME: "ann",
    KAFKA_SASL_PASSWORD: "hunter2",
  };
  const config = loadConfig({ ...signIn, KAFKA_TLS: "on", KAFKA_TLS_CA_FILE: "ca.pem" });
  assert.equal(config.KAFKA_SASL_MECHANISM, "scram-sha-512");
  assert.equal(config.KAFKA_SASL_PASSWORD, "hunter2");
  assert.equal(config.KAFKA_TLS_CA_FILE, "ca.pem");
  for (const name of Object.keys(signIn)) {
    const sentence = refusal({ ...signIn, [name]: "" });
    assert.match(
      sentence,
      new RegExp(`^KAFKA_SASL_\\w+ is ".*", but ${name} must be set as well$`),
    );
    assert(!sentence.includes("hunter2"));
  }
  assert.equal(
    refusal({ KAFKA_SASL_PASSWORD: "hunter2" }),
    'KAFKA_SASL_PASSWORD is "(hidden)", but KAFKA_SASL_MECHANISM must be set as well',
  );
  for (const KAFKA_TLS of ["", "off"]) {
    assert.equal(
      refusal({ KAFKA_TLS, KAFKA_TLS_CA_FILE: "ca.pem" }),
      'KAFKA_TLS_CA_FILE is "ca.pem", but is not looked at without KAFKA_TLS=on',
    );
  }
});

Deno.test("a setting that we don't know is refused with the nearest one that we do", () => {
  for (
    const [name, nearest] of [
      ["BACKEND_PROT", "BACKEND_PORT"],
      ["REPLAY_FIEL", "REPLAY_FILE"],
      ["REPLAY_SPEEED", "REPLAY_SPEED"],
      ["BBOX_LATMIN", "BBOX_LAT_MIN"],
      ["POLL_INTERVAL_SECOND", "POLL_INTERVAL_SECONDS"],
      ["KAFKA_TOPIC_UPDATE", "KAFKA_TOPIC_UPDATES"],
      ["REDPANDA_BROKERS", "REDPANDA_BROKER"],
      ["WS_DELTA_INTERVAL", "WS_DELTA_INTERVAL_MS"],
      ["OPENSKY_CLIENTID", "OPENSKY_CLIENT_ID"],
      ["CORS_ORIGIN", "CORS_ORIGINS"],
      ["HUB_ULR", "HUB_URL"],
      ["UI_PORTS", "UI_PORT"],
      ["INGEST_METRIC_PORT", "INGEST_METRICS_PORT"],
      ["PROCESS_METRIC_PORT", "PROCESS_METRICS_PORT"],
    ] as const
  ) {
    assert.equal(
      refusal({ [name]: "7" }),
      `${name} is "7", but there is no such setting: did you mean ${nearest}?`,
    );
  }
});

Deno.test("in .env every name must be ours; in the environment others have theirs", () => {
  assert.match(
    refusal({}, "LOGLEVEL=debug\n"),
    /^LOGLEVEL is "debug", .* did you mean LOG_LEVEL\?/,
  );
  const others = {
    PATH: "/bin",
    LOGLEVEL: "debug",
    KAFKA_HOME: "/opt/kafka",
    KAFKA_HEAP_OPTS: "-Xmx1g",
    POSTGRES_USER: "skysentinel",
  };
  assert.deepEqual(loadConfig(others), loadConfig({}));
  assert.deepEqual(loadConfig({}, "POSTGRES_DB=skysentinel\n"), loadConfig({}));
});

Deno.test("the old OpenSky sign-in is refused with the remedy", () => {
  assert.equal(
    refusal({ OPENSKY_USERNAME: "ann" }),
    'OPENSKY_USERNAME is "ann", but OpenSky signs in with an API client: ' +
      "use OPENSKY_CLIENT_ID instead",
  );
  assert.equal(
    refusal({}, "OPENSKY_PASSWORD=hunter2\n"),
    'OPENSKY_PASSWORD is "(hidden)", but OpenSky signs in with an API client: ' +
      "use OPENSKY_CLIENT_SECRET instead",
  );
});

Deno.test("a secret is in no message, however its name is misspelt", () => {
  const secret = "mysql://ann:hunter2@localhost";
  for (
    const name of [
      "DATABASE_URL",
      "OPENSKY_PASSWORD",
      "OPENSKY_CLIENT_SECERT",
      "OPENSKY_CLIENTSECRET",
      "OPENSKY_SECRET_KEY",
      "OPENSKY_PASSWROD",
      "DATABASE_ULR",
      "GRAFANA_PASSWROD",
      "BACKEND_TOKEN",
    ]
  ) {
    const sentence = refusal({}, `${name}=${secret}\n`);
    assert(sentence.startsWith(`${name} is `), sentence);
    assert(!sentence.includes("hunter2"), sentence);
  }
});

Deno.test("the environment goes before .env, and .env before the default", () => {
  const file = "UI_PORT=4000\nBACKEND_PORT=4001 # a comment\nDATA_DIR='with space'\n";
  const config = loadConfig({ UI_PORT: "5000" }, file);
  assert.equal(config.UI_PORT, 5000);
  assert.equal(config.BACKEND_PORT, 4001);
  assert.equal(config.DATA_DIR, "with space");
  assert.equal(config.INGEST_METRICS_PORT, 8001);
});

Deno.test("an empty value is no value, in the environment and in .env", () => {
  assert.equal(loadConfig({ UI_PORT: "" }).UI_PORT, 3000);
  assert.equal(loadConfig({ UI_PORT: "" }, "UI_PORT=4000\n").UI_PORT, 4000);
  assert.equal(loadConfig({}, "DATABASE_URL=\n").DATABASE_URL, undefined);
});

Deno.test("the page's own origins follow its port", () => {
  assert.deepEqual(loadConfig({ UI_PORT: "8443" }).CORS_ORIGINS, [
    "http://localhost:8443",
    "http://127.0.0.1:8443",
  ]);
});

Deno.test("roles are looked for where they listen", () => {
  const urls = (BACKEND_HOST: string) => loadConfig({ BACKEND_HOST, UI_PORT: "8443" }).ROLE_URLS.ui;
  assert.equal(urls("0.0.0.0"), "http://127.0.0.1:8443");
  assert.equal(urls("192.0.2.7"), "http://192.0.2.7:8443");
  assert.equal(urls("::1"), "http://[::1]:8443");
});

Deno.test("somebody's recording is played once, from its beginning, unless they say otherwise", () => {
  const theirs = loadConfig({ REPLAY_FILE: "mine.jsonl" });
  assert.deepEqual([theirs.REPLAY_LOOP, theirs.REPLAY_START_SECONDS], [false, 0]);
  const said = loadConfig({
    REPLAY_FILE: "mine.jsonl",
    REPLAY_LOOP: "yes",
    REPLAY_START_SECONDS: "7",
  });
  assert.deepEqual([said.REPLAY_LOOP, said.REPLAY_START_SECONDS], [true, 7]);
});

/** The settings of `.env.example`, each on a line of its own behind a #. */
function exampleSettings(): [name: string, value: string][] {
  return EXAMPLE.split("\n").flatMap((line) => {
    const setting = line.match(/^#([A-Z_]+)=(.*)$/);
    if (!setting) assert(line === "" || line.startsWith("# "), `.env.example: ${line}`);
    return setting ? [[setting[1]!, setting[2]!]] : [];
  });
}

Deno.test(".env.example has every setting once, and nothing else", () => {
  assert.deepEqual(exampleSettings().map(([name]) => name).sort(), Object.keys(SETTINGS).sort());
});

Deno.test(".env.example shows the defaults, and explains every setting", () => {
  for (const [name, value] of exampleSettings()) {
    const { preset } = SETTINGS[name as SettingName];
    if (preset !== undefined) assert.equal(value, preset, name);
    // Settings without a line between them share the explanation above the first.
    const above = EXAMPLE.slice(0, EXAMPLE.indexOf(`#${name}=`)).trimEnd().split("\n");
    const explanation = above.findLast((line) => !/^#[A-Z_]+=/.test(line))!;
    assert(/^# [^-]/.test(explanation), `.env.example does not explain ${name}`);
  }
});

Deno.test(".env.example loads as it is, and with every line of it in force", () => {
  assert.deepEqual(loadConfig({}, EXAMPLE), loadConfig({}));
  const defaults = exampleSettings().filter(([name]) => SETTINGS[name as SettingName].preset);
  const inForce = (settings: [string, string][]) =>
    loadConfig({}, settings.map(([name, value]) => `${name}=${value}\n`).join(""));
  assert.deepEqual(inForce(defaults), { ...loadConfig({}), BBOX_GIVEN: true });
  assert.equal(inForce(exampleSettings()).REDPANDA_BROKER, "localhost:9092");
});

Deno.test("webhooks are signed: addresses without a secret stop the start, and are not shown", () => {
  const addresses = "https://a.example/hook-42, http://b.example:81/";
  assert.equal(
    refusal({ WEBHOOK_URLS: addresses }),
    'WEBHOOK_URLS is "(hidden)", but WEBHOOK_SECRET must be set as well: ' +
      "the receivers check signatures with it",
  );
  const config = loadConfig({ WEBHOOK_URLS: addresses, WEBHOOK_SECRET: "sixteen.letters!" });
  assert.deepEqual(config.WEBHOOK_URLS, ["https://a.example/hook-42", "http://b.example:81/"]);
});
