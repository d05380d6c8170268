/** What the setting SOURCES says: which sources there are, and where. */

export type SourceSpec =
  | { readonly kind: "opensky"; readonly name: string }
  | { readonly kind: "readsb"; readonly name: string; readonly where: string }
  | { readonly kind: "v2"; readonly name: string; readonly where: string }
  | {
    readonly kind: "sbs";
    readonly name: string;
    readonly hostname: string;
    readonly port: number;
  }
  | { readonly kind: "replay"; readonly name: string; readonly where: string };

/** An entry that is wrong, as it may be shown, and what would be right. */
export class WrongSource extends Error {
  constructor(readonly entry: string, readonly remedy: string) {
    super(`${entry}: ${remedy}`);
  }
}

const KINDS = "opensky, readsb:URL, v2:URL, sbs:HOST:PORT or replay:FILE";

/**
 * The sources of a comma-separated list of `kind:where`.
 * @throws WrongSource with the first entry that cannot be
 */
export function parseSources(list: string): SourceSpec[] {
  const specs = toldApart(list.split(",").map((entry) => parseSource(entry.trim())));
  for (const [i, { name }] of specs.entries()) {
    if (specs.findIndex((other) => other.name === name) === i) continue;
    throw new WrongSource(name, "but it is there twice: leave one out");
  }
  const replays = specs.filter(({ kind }) => kind === "replay").length;
  if (replays > 0 && replays < specs.length) {
    const remedy = "but a recording has a time of its own: use recordings alone, or live sources";
    throw new WrongSource(withoutSecrets(list), remedy);
  }
  return specs;
}

function parseSource(entry: string): SourceSpec {
  const [, kind, where] = /^([^:]*)(?::(.*))?$/s.exec(entry)!;
  switch (kind) {
    case "opensky":
      if (!where) return { kind, name: kind };
      throw new WrongSource(withoutSecrets(entry), "but opensky stands alone: see BBOX_LAT_MIN");
    case "readsb":
      if (where && LOST_SCHEME.test(where)) {
        const remedy =
          "but an address must begin with http:// or https://, and a path with / or ./";
        throw new WrongSource(withoutSecrets(entry), remedy);
      }
      if (where && isFileOrWeb(where)) return { kind, name: `readsb:${shortName(where)}`, where };
      throw wrong(entry, "readsb:http://localhost/tar1090/data/aircraft.json, or a file's path");
    case "v2":
      if (where && isWeb(where)) return { kind, name: `v2:${shortName(where)}`, where };
      throw wrong(entry, "v2:https://api.adsb.lol");
    case "sbs": {
      const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/
        .exec(where ?? "") ?? [];
      const hostname = bracketed ?? plain;
      if (hostname && Number(port) > 0 && Number(port) <= 65_535) {
        return { kind, name: `sbs:${where}`, hostname, port: Number(port) };
      }
      throw wrong(entry, "sbs:localhost:30003");
    }
    case "replay":
      if (where) return { kind, name: `replay:${where}`, where };
      throw wrong(entry, "replay:my_flights.jsonl.gz");
    default:
      throw new WrongSource(withoutSecrets(entry), `but must be ${KINDS}`);
  }
}

/** A host in front of a path: no file is called so. */
const LOST_SCHEME = /^(localhost|[^/]+\.[^/]+|[^/]+:\d+)\//;

function wrong(entry: string, example: string): WrongSource {
  return new WrongSource(withoutSecrets(entry), `but must be like ${example}`);
}

function isWeb(where: string): boolean {
  const url = URL.parse(where);
  return url !== null && /^https?:$/.test(url.protocol);
}

/** A path has no scheme; `file:` may be said. */
function isFileOrWeb(where: string): boolean {
  return isWeb(where) || where.startsWith("file:///") || !/^\w+:/.test(where);
}

/** The host of an address, which has no secrets; a file as it is. */
function shortName(where: string): string {
  return isWeb(where) ? new URL(where).host : where;
}

/** Of several on one host each has its path in its name, too. */
function toldApart(specs: readonly SourceSpec[]): SourceSpec[] {
  return specs.map((spec) => {
    const isAlone = specs.filter(({ name }) => name === spec.name).length === 1;
    if (isAlone || !("where" in spec) || !isWeb(spec.where)) return spec;
    return { ...spec, name: spec.name + new URL(spec.where).pathname };
  });
}

/** Names and passwords, and queries, which have keys. */
function withoutSecrets(text: string): string {
  return text.replace(/(\/\/|:)[^/@\s]*@/g, "$1(hidden)@").replace(/\?.+/s, "?(hidden)");
}
