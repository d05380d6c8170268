/** compose.yaml as it is written, and as it is with settings. */
import { parse } from "yaml";
import { ROLES } from "../services/role.ts";

const COMPOSE_FILE = new URL("../compose.yaml", import.meta.url);

export interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly user?: string;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** The file's text. */
export function composeText(): string {
  return Deno.readTextFileSync(COMPOSE_FILE);
}

/** The file with `${NAME:-default}` filled in from `settings`, or as it stands without them. */
export function readCompose(settings?: Readonly<Record<string, string>>): Compose {
  const compose = parse(composeText(), { merge: true }) as Compose;
  if (!settings) return compose;
  const fill = (text: string) =>
    text.replaceAll(/\$\{(\w+):-(\w*)\}/g, (_, name, preset) => settings[name] || preset);
  return JSON.parse(
    JSON.stringify(compose),
    (_, value) => typeof value === "string" ? fill(value) : value,
  );
}

/** The services that run our own code: the roles, and what runs once before them. */
export const OURS = ["topics", "migrate", ...ROLES, "verify"] as const;
