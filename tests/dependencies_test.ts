/** What SECURITY.md promises of packages and of SQL, read from the files that say it. */
import assert from "node:assert/strict";
import { parse } from "yaml";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

interface Lock {
  readonly npm: Readonly<
    Record<string, { readonly integrity?: string; readonly scripts?: boolean }>
  >;
}

/** Would like to run a script; what it would fetch comes as a package of its own (services/ui/bundle.ts). */
const NEVER_RUN = ["esbuild"];

Deno.test("no package runs a script when it is installed", () => {
  const { npm }: Lock = JSON.parse(read("deno.lock"));
  const named = Object.entries(npm).filter(([, { scripts }]) => scripts)
    .map(([name]) => name.replace(/(.)@.*$/, "$1"));
  assert.deepEqual(named, NEVER_RUN);
  // Deno runs them only when it is told to.
  for (const file of ["deno.json", "Dockerfile", "compose.yaml", ".ci/run"]) {
    assert.doesNotMatch(read(file), /allow-?scripts/i, file);
  }
});

Deno.test("every package has an exact version, and is what it was when it was locked", () => {
  const { imports } = parse(read("deno.json")) as { imports: Record<string, string> };
  for (const [name, specifier] of Object.entries(imports)) {
    assert.match(specifier, /^npm:\/?(@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+\/?$/, name);
  }
  const { npm }: Lock = JSON.parse(read("deno.lock"));
  for (const [name, { integrity }] of Object.entries(npm)) {
    assert.match(integrity ?? "", /^sha512-/, name);
  }
});

Deno.test("V8 is told the same wherever the program is started", () => {
  const [, flags] = /"start": {[^}]*--v8-flags=(\S+)/.exec(read("deno.json"))!;
  const places = {
    "deno.json": `"command": "deno run -A --v8-flags=${flags} main.ts"`,
    "tools/compile.ts": `"--v8-flags=${flags}"`,
    "Dockerfile": `ENV DENO_V8_FLAGS=${flags}\n`,
    "docs/deployment.md": `Environment=DENO_V8_FLAGS=${flags}\n`,
  };
  for (const [file, text] of Object.entries(places)) assert(read(file).includes(text), file);
  assert.equal(read("deno.json").split(places["deno.json"]).length, 3, "dev and start");
});

function* sourceFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder + "/", ROOT))) {
    if (isDirectory) yield* sourceFiles(`${folder}/${name}`);
    else if (/\.tsx?$/.test(name) && !/_(test|bench)\.ts$|testing\.ts$/.test(name)) {
      yield `${folder}/${name}`;
    }
  }
}

const STATEMENT =
  /\b(select|insert into|update|delete from|create (table|extension)|from unnest|truncate)\b/;

/** What is put into the text of SQL statements, as it is written: the `${}` of their templates. */
function spliced(text: string): string[] {
  return templates(text).filter(({ whole }) => STATEMENT.test(whole)).flatMap(({ parts }) => parts);
}

/** The template literals of a source text, each with its expressions; one within another is its own. */
function templates(text: string): { whole: string; parts: string[] }[] {
  const found: { whole: string; parts: string[] }[] = [];
  for (let at = text.indexOf("`"); at >= 0; at = text.indexOf("`", at + 1)) {
    const parts: string[] = [];
    let end = at + 1;
    for (; end < text.length && text[end] !== "`"; end++) {
      if (text[end] === "\\") end++;
      else if (text.startsWith("${", end)) {
        const close = closing(text, end + 2);
        parts.push(text.slice(end + 2, close).replaceAll(/\s+/g, " ").trim());
        end = close;
      }
    }
    found.push({ whole: text.slice(at, end + 1), parts });
    at = end;
  }
  return found;
}

/** Where the expression that begins at `from` has its closing brace. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && depth-- === 0) return at;
  }
  throw new Error("a template without an end");
}

/**
 * Every expression that becomes text of a statement, looked at by a person: names and types of
 * columns, places such as $1, other constants. Whoever adds one says here that nothing in it was said by
 * anybody else.
 */
const LOOKED_AT: Readonly<Record<string, readonly string[]>> = {
  "db/airports.ts": [
    'GIVEN.map(({ type }, i) => `$${i + 2}::${type}[]`).join(", ")',
    'names.join(", ")',
    'updates.join(", ")',
  ],
  "db/export.ts": ["FLIGHT_SELECTION", "inBox(5)"],
  "db/frames.ts": ["FLIGHT_SELECTION"],
  "db/reads.ts": ["LAT_LON", "andWhere", "inBox(7)"],
  "db/retention.ts": ["CLEANUPS[table]"],
  // Of migrations: their files' text, names and numbers.
  "db/schema.ts": ["VERSIONS_TABLE", "name", "script(migration)", "text", "version"],
  "db/writes.ts": [
    "EVENT_TIME.name",
    "givenRows(ANOMALY_COLUMNS)",
    "givenRows(columns)",
    'names.join(", ")',
    'updates.join(", ")',
    'values.join(", ")',
    'version("excluded")',
    'version("kept")',
  ],
};

Deno.test("what others say is in no statement's text: only in parameters", () => {
  const found: Record<string, string[]> = {};
  for (const file of sourceFiles("db")) {
    const parts = new Set(spliced(read(file)));
    if (parts.size > 0) found[file] = [...parts].sort();
  }
  assert.deepEqual(found, LOOKED_AT);
});

Deno.test("statements are in db/ alone", () => {
  for (const folder of ["services", "core", "contracts", "routes", "islands"]) {
    for (const file of sourceFiles(folder)) assert.doesNotMatch(read(file), /\.unsafe\(/, file);
  }
});

Deno.test("a value that is put into a statement is found", () => {
  const planted = "await sql.unsafe(`select * from flights_history where icao24 = '${icao24}'`)";
  assert.deepEqual(spliced(planted), ["icao24"]);
  const nested = "`select ${names.map((n) => `${n} = ${value}`).join(`,`)} from t where a = ${b}`";
  assert.deepEqual(spliced(nested), [
    "names.map((n) => `${n} = ${value}`).join(`,`)",
    "b",
  ]);
  assert.deepEqual(spliced("say(`no answer from ${where}`)"), []);
});
