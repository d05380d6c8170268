/** Who may import whom (the rules of the architecture), held against what `deno info` says. */
import assert from "node:assert/strict";
import { TOPICS } from "../contracts/constants.ts";

const ROOT = new URL("../", import.meta.url);
/** Roots of what we run; every other source file is looked at as well, reached or not. */
const ENTRIES = ["main.ts", "services/worker.ts", "services/ui/ui.ts", "islands/main.tsx"];
const FOLDERS = ["contracts", "clients", "core", "db", "services", "routes", "islands"];
const ROLES = ["ingest", "process", "hub", "ui"];
/** Tests, benchmarks and what only they use may import what they like. */
const TEST = /_(test|bench)\.tsx?$|(^|\/)testing(\/|\.tsx?$)/;

/** One import: paths from the repository's root, or `npm:name` and `node:name`. */
interface Import {
  readonly from: string;
  readonly to: string;
}

/** What each part may import of ours; a part may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  clients: ["contracts"],
  core: ["contracts"],
  islands: ["clients", "contracts", "core"],
  routes: ["contracts", "islands"],
  db: ["contracts", "core", "services"],
  services: ["contracts", "core"],
  "services/ingest": ["contracts", "core", "services"],
  "services/process": ["contracts", "core", "services", "db"],
  "services/hub": ["contracts", "core", "services", "db"],
  "services/ui": ["contracts", "core", "services", "routes"],
};
/** Files that hold the roles together: what they may import beyond their part. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  "services/worker.ts": ROLES.map((role) => `services/${role}`),
  "services/roles.ts": ROLES.map((role) => `services/${role}`),
  "services/supervisor.ts": ["db"],
  "services/doctor.ts": ["db", "services/ingest"],
  // Recordings are read here as ingest reads them.
  "services/offline/detect.ts": ["services/ingest"],
  "services/offline/track.ts": ["services/ingest"],
};
/** Each big dependency is known to one place. */
const HOME_OF: readonly (readonly [dependency: RegExp, home: RegExp, name: string])[] = [
  [/^npm:kafkajs$/, /^services\/bus\/kafka\.ts$/, "services/bus/kafka.ts"],
  [/^npm:(postgres|pg|@electric-sql\/.*)$/, /^db\//, "db/"],
  [/^npm:(three|@types\/three)$/, /^islands\/globe\//, "islands/globe/"],
  [/^npm:@opentelemetry\/.*$/, /^services\/trace\.ts$/, "services/trace.ts"],
];
/** These parts also run in a browser, or are to be pure: nothing of the system. */
const WITHOUT_NODE = ["contracts", "clients", "core", "islands"];

/** What the rules say against these imports, one sentence each. */
function violations(imports: readonly Import[]): string[] {
  return imports.filter(({ from }) => !TEST.test(from)).flatMap((one) =>
    [layerViolation(one), homeViolation(one), nodeViolation(one)].filter((said) =>
      said !== undefined
    )
  );
}

function layerViolation({ from, to }: Import): string | undefined {
  if (/^(npm|node|data|https?):/.test(to)) return undefined;
  if (TEST.test(to)) return `${from} imports ${to}: that is for tests`;
  const [ours, theirs] = [partOf(from), partOf(to)];
  // The entry point and the tools put the parts together.
  if (ours === undefined || ours === theirs) return undefined;
  const allowed = [...MAY_IMPORT[ours]!, ...EXCEPTIONS[from] ?? []];
  if (theirs !== undefined && allowed.includes(theirs)) return undefined;
  return `${from} imports ${to}: ${ours} may import ${allowed.join(", ") || "nothing of ours"}`;
}

function homeViolation({ from, to }: Import): string | undefined {
  const home = HOME_OF.find(([dependency]) => dependency.test(to));
  if (!home || home[1].test(from)) return undefined;
  return `${from} imports ${to}: only ${home[2]} may`;
}

function nodeViolation({ from, to }: Import): string | undefined {
  if (!to.startsWith("node:") || !WITHOUT_NODE.includes(partOf(from) ?? "")) return undefined;
  return `${from} imports ${to}: ${partOf(from)} runs in a browser too`;
}

/** `services/hub` for a role's file, else the top folder; undefined outside all parts. */
function partOf(path: string): string | undefined {
  const [top, second] = path.split("/");
  const part = top === "services" && ROLES.includes(second!) ? `services/${second}` : top!;
  return part in MAY_IMPORT && path.includes("/") ? part : undefined;
}

/** What may not be said in core: it computes the same from the same, at any time and anywhere. */
const IMPURE = /\b(Deno\s*\.|Date\.now|new Date\(\s*\)|Math\.random|performance\.now|fetch\s*\()/;
const TOPIC_FILE = "contracts/constants.ts";
const TOPIC = new RegExp(
  `["'\`](${Object.values(TOPICS).map((name) => name.replace(".", "\\.")).join("|")})["'\`]`,
);

/** What the rules say against the text of a file, comments left out. */
function textViolations(path: string, text: string): string[] {
  if (TEST.test(path)) return [];
  const found: string[] = [];
  withoutComments(text).split("\n").forEach((line, index) => {
    const at = `${path}:${index + 1}`;
    const impure = partOf(path) === "core" ? line.match(IMPURE)?.[1] : undefined;
    if (impure) found.push(`${at} says ${impure}: core has no I/O, no clock and no randomness`);
    const topic = path === TOPIC_FILE ? undefined : line.match(TOPIC)?.[1];
    if (topic) found.push(`${at} spells ${topic}: topic names are only in ${TOPIC_FILE}`);
  });
  return found;
}

/** The same lines, without what stands in comments; a comment's marks within a string stay. */
function withoutComments(text: string): string {
  const stringOrComment =
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\//g;
  return text.replaceAll(
    stringOrComment,
    (found) => found.startsWith("/") ? found.replaceAll(/[^\n]/g, "") : found,
  );
}

function* sourceFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder + "/", ROOT))) {
    if (isDirectory) yield* sourceFiles(`${folder}/${name}`);
    else if (/\.tsx?$/.test(name)) yield `${folder}/${name}`;
  }
}

function ourFiles(): string[] {
  const there = FOLDERS.filter((folder) => existsSync(folder));
  const files = [...ENTRIES, ...there.flatMap((folder) => [...sourceFiles(folder)])];
  return files.filter((file) => !TEST.test(file));
}

function existsSync(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)) !== undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

interface Graph {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: {
      specifier: string;
      code?: { specifier?: string };
      type?: { specifier?: string };
    }[];
  }[];
}

/** Every import of these files and of what they import, type imports and dynamic ones included. */
async function importsOf(files: readonly string[]): Promise<Import[]> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const text = files.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};\n`);
    await Deno.writeTextFile(entry, text.join(""));
    const config = new URL("deno.json", ROOT).pathname;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-lock", "--no-npm", "--config", config, entry],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const { modules }: Graph = JSON.parse(new TextDecoder().decode(stdout));
    const ours = modules.filter(({ specifier }) => specifier.startsWith(ROOT.href));
    for (const { specifier, error } of ours) assert(!error, `${specifier}: ${error}`);
    return ours.flatMap((module) =>
      (module.dependencies ?? []).map(({ specifier, code, type }) => ({
        from: module.specifier.slice(ROOT.href.length),
        to: plainName(code?.specifier ?? type?.specifier ?? specifier),
      }))
    );
  } finally {
    await Deno.remove(entry);
  }
}

/** `npm:/hono@4.13.19/cors` is `npm:hono`; our own files go by their path. */
function plainName(specifier: string): string {
  if (specifier.startsWith(ROOT.href)) return specifier.slice(ROOT.href.length);
  return specifier.replace(/^npm:\/?((?:@[^/]+\/)?[^@/]+).*$/, "npm:$1");
}

Deno.test("nobody imports what they may not", async () => {
  const imports = await importsOf(ourFiles());
  // One of each kind: a package, a type, a dynamic import.
  for (
    const known of [
      { from: "contracts/flight.ts", to: "npm:zod" },
      { from: "core/plausibility.ts", to: "contracts/flight.ts" },
      { from: "services/roles.ts", to: "services/hub/hub.ts" },
    ]
  ) {
    const seen = imports.some(({ from, to }) => from === known.from && to === known.to);
    assert(seen, `deno info does not show that ${known.from} imports ${known.to}`);
  }
  assert.deepEqual(violations(imports), []);
});

Deno.test("core is pure, and topics are spelt in one place", () => {
  const found = new Set(ourFiles()).values().flatMap((path) =>
    textViolations(path, Deno.readTextFileSync(new URL(path, ROOT)))
  );
  assert.deepEqual([...found], []);
});

Deno.test("a planted import is found, and named with its rule", () => {
  const planted: readonly [from: string, to: string, rule: string][] = [
    ["contracts/flight.ts", "core/geodesy.ts", "contracts may import nothing of ours"],
    ["clients/ts/client.ts", "core/geodesy.ts", "clients may import contracts"],
    ["core/track.ts", "services/log.ts", "core may import contracts"],
    ["core/track.ts", "islands/format.ts", "core may import contracts"],
    ["islands/Globe.tsx", "services/config.ts", "islands may import clients, contracts, core"],
    ["islands/Globe.tsx", "routes/index.tsx", "islands may import clients, contracts, core"],
    ["routes/index.tsx", "services/ui/app.ts", "routes may import contracts, islands"],
    ["services/log.ts", "services/hub/hub.ts", "services may import contracts, core"],
    ["services/config.ts", "db/migrate.ts", "services may import contracts, core"],
    [
      "services/hub/hub.ts",
      "services/ingest/ingest.ts",
      "services/hub may import contracts, core, services, db",
    ],
    [
      "services/ingest/ingest.ts",
      "db/queries.ts",
      "services/ingest may import contracts, core, services",
    ],
    [
      "services/ui/app.ts",
      "islands/Globe.tsx",
      "services/ui may import contracts, core, services, routes",
    ],
    ["services/supervisor.ts", "services/hub/hub.ts", "services may import contracts, core, db"],
    ["services/hub/hub.ts", "services/testing/deadline.ts", "that is for tests"],
    ["services/bus/bus.ts", "npm:kafkajs", "only services/bus/kafka.ts may"],
    ["services/process/history.ts", "npm:postgres", "only db/ may"],
    ["services/hub/hub.ts", "npm:@electric-sql/pglite", "only db/ may"],
    ["islands/Globe.tsx", "npm:three", "only islands/globe/ may"],
    ["islands/live/live.ts", "npm:three", "only islands/globe/ may"],
    ["core/track.ts", "node:fs", "core runs in a browser too"],
  ];
  for (const [from, to, rule] of planted) {
    assert.deepEqual(violations([{ from, to }]), [`${from} imports ${to}: ${rule}`]);
  }
});

Deno.test("what is allowed is left alone", () => {
  assert.deepEqual(
    violations([
      { from: "main.ts", to: "services/supervisor.ts" },
      { from: "core/track.ts", to: "contracts/flight.ts" },
      { from: "core/track.ts", to: "core/geodesy.ts" },
      { from: "services/hub/hub.ts", to: "services/bus/bus.ts" },
      { from: "services/hub/hub.ts", to: "db/queries.ts" },
      { from: "services/worker.ts", to: "services/hub/hub.ts" },
      { from: "services/roles.ts", to: "services/process/process.ts" },
      { from: "services/supervisor.ts", to: "db/embedded.ts" },
      { from: "services/ui/app.ts", to: "routes/index.tsx" },
      { from: "services/bus/kafka.ts", to: "npm:kafkajs" },
      { from: "db/client.ts", to: "npm:postgres" },
      { from: "islands/globe/scene.ts", to: "npm:three" },
      { from: "services/hub/hub_test.ts", to: "services/ingest/ingest.ts" },
    ]),
    [],
  );
});

Deno.test("planted words are found, but not in comments, tests or longer names", () => {
  const said = (path: string, text: string) => textViolations(path, text);
  assert.deepEqual(said("core/track.ts", "\nconst t = Date.now();"), [
    "core/track.ts:2 says Date.now: core has no I/O, no clock and no randomness",
  ]);
  for (
    const text of ["Deno.readFile(p)", "Math.random()", "fetch(url)", "performance.now()"].concat(
      "new Date()",
      'const s = "// no comment"; fetch(s)',
    )
  ) {
    assert.equal(said("core/track.ts", text).length, 1, text);
  }
  assert.deepEqual(said("services/hub/feed.ts", 'read("flights.state")'), [
    "services/hub/feed.ts:1 spells flights.state: topic names are only in contracts/constants.ts",
  ]);
  for (
    const [path, text] of [
      ["core/track.ts", "// Date.now() would not do\n/* nor\n Math.random() */ new Date(0)"],
      ["core/track.ts", "prefetch(x); new Date(ms)"],
      ["core/track_test.ts", "performance.now()"],
      ["services/log.ts", "new Date(); Date.now()"],
      ["services/hub/feed.ts", "flights.state; // publishes to `flights.state`"],
      ["services/bus/memory_test.ts", '"flights.state"'],
      ["contracts/constants.ts", '"flights.state"'],
    ] as const
  ) {
    assert.deepEqual(said(path, text), [], text);
  }
});

Deno.test("a specifier is named by its package alone", () => {
  assert.deepEqual(
    ["npm:three@0.187.0", "npm:/hono@4.13.19/cors", "npm:@electric-sql/pglite@0.5.8/worker"]
      .map(plainName),
    ["npm:three", "npm:hono", "npm:@electric-sql/pglite"],
  );
  assert.equal(plainName(new URL("core/geodesy.ts", ROOT).href), "core/geodesy.ts");
});
