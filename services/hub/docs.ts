/** The description of the interface, for programs and for people. */
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { createHash } from "node:crypto";
import { TAGS } from "./endpoints.ts";
import { type JsonSchema, openApi, type Operation } from "./openapi.ts";
import { readQuery } from "./query.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#17202c, #dfe7f2); --soft: light-dark(#52606f, #93a3b8);
  --ground: light-dark(#fbfcfd, #0a101a); --raised: light-dark(#eef2f6, #131c2a); --line: light-dark(#d5dde6, #243044);
  --accent: light-dark(#0a5c91, #6fc3ff); }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 6rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; }
h2 { margin: 3rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin: 2rem 0 .3rem; font-size: 1rem; overflow-wrap: anywhere; }
p { margin: .3rem 0 .8rem; }
a { color: var(--accent); }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
nav ul { columns: 18rem; padding: 0; list-style: none; }
nav li { padding: .15rem 0; }
.verb { margin-right: .5rem; padding: .1rem .4rem; border-radius: .25rem; background: var(--raised); color: var(--soft); }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
td, th { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
td:first-child { width: 32%; }
.soft { color: var(--soft); }
:target { scroll-margin-top: 1rem; background: var(--raised); box-shadow: 0 0 0 .6rem var(--raised); border-radius: .1rem; }
`;
/** One style sheet, known by its hash; no script, no image, nothing from elsewhere. */
const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${
  createHash("sha256").update(STYLE).digest("base64")
}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function docsRoutes(): Hono {
  const app = new Hono();
  // Made once, when somebody asks.
  let page: string | undefined;

  app.get("/openapi.json", (c) => {
    readQuery(c, {});
    return c.json(openApi());
  });
  app.get("/docs", (c) => {
    readQuery(c, {});
    page ??= String(docsPage());
    return c.html(page, 200, { "content-security-policy": CONTENT_SECURITY_POLICY });
  });
  return app;
}

function docsPage() {
  const { info, paths, components } = openApi();
  const all = Object.keys(paths);
  // The same under a suffix needs no section of its own.
  const forms = (path: string) => all.filter((other) => other.startsWith(`${path}.`));
  const suffixed = new Set(all.flatMap(forms));
  const operations = Object.entries(paths).filter(([path]) => !suffixed.has(path))
    .map(([path, { get }]) => ({ ...get, path, forms: forms(path) }));
  const sections = Object.entries(TAGS).map(([tag, title]) => {
    const own = operations.filter(({ tags }) => tags.includes(tag));
    return html`<h2 id="${tag}">${title}</h2>${own.map(section)}`;
  });
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>SkySentinel: what you can ask the hub</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
    <h1>What you can ask the hub</h1>
    <p>${info.description}</p>
    <p>The same for programs: <a href="openapi.json">openapi.json</a>. Where the hub wants a token, send
    <code>Authorization: Bearer TOKEN</code>.</p>
    <nav aria-label="Endpoints"><ul>
    ${operations.map(({ path, operationId }) =>
      html`<li><a href="#${operationId}"><code>${path}</code></a></li>`
    )}
    </ul></nav>
    ${sections}
    <h2 id="shapes">Shapes</h2>
    ${Object.entries(components.schemas).map(([name, schema]) => shape(name, schema))}
      </body>
    </html>
  `;
}

type Section = Operation & { readonly path: string; readonly forms: readonly string[] };

function section({ path, forms, operationId, summary, parameters, responses }: Section) {
  const rows = parameters.map(({ name, required, description, schema }) => {
    const unsaid = schema.default === undefined ? "" : `, ${schema.default} unless said`;
    return html`
      <tr>
        <td><code>${name}</code>${required ? "" : html`
          <span class="soft">optional${unsaid}</span>
        `}</td>
        <td>${description}</td>
      </tr>
    `;
  });
  const answers = Object.entries(responses).flatMap(([status, { description, content = {} }]) => {
    const types = Object.entries(content).map(([type, { schema }]) =>
      html`
        <code>${type}</code> ${schema.$ref ? schemaLink(schema) : ""}
      `
    );
    return html`
      <tr>
        <td><code>${status === "default" ? "else" : status}</code></td>
        <td>${description}.${types}</td>
      </tr>
    `;
  });
  return html`
    <section id="${operationId}">
      <h3><span class="verb">GET</span><code>${path}</code></h3>
      <p>${summary}${forms.map((form) =>
        html`
          Also <code>${form}</code>.
        `
      )}</p>
      <table>${rows.length > 0
        ? html`
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">is</th>
          </tr>${rows}
        `
        : ""}<tr><th scope="col">Answer</th><th scope="col"></th></tr>${answers}</table>
    </section>
  `;
}

function shape(name: string, schema: JsonSchema) {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = (schema.required ?? []) as readonly string[];
  const rows = fields.map(([field, type]) =>
    html`
      <tr>
        <td><code>${field}</code>${required.includes(field) ? "" : html`
          <span class="soft">optional</span>
        `}</td>
        <td>${schemaLink(type)}</td>
      </tr>
    `
  );
  return html`<section id="shape-${name}"><h3>${name}</h3>
${rows.length > 0 ? html`<table>${rows}</table>` : html`<p>${schemaLink(schema)}</p>`}</section>`;
}

/** The shape's name as a link to it, or what it is in words. */
function schemaLink(schema: JsonSchema): ReturnType<typeof html> {
  const name = String(schema.$ref ?? "").split("/").at(-1);
  if (name) return html`<a href="#shape-${name}">${name}</a>`;
  if (schema.type === "array" && schema.items) {
    return html`list of ${schemaLink(schema.items as JsonSchema)}`;
  }
  const options = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (options) {
    return html`${options.map((one, i) => html`${i > 0 ? " or " : ""}${schemaLink(one)}`)}`;
  }
  return html`${typeText(schema)}`;
}

/** What a schema allows, in a few words. */
function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return (schema.enum as readonly unknown[]).map((one) => String(one)).join(", ");
  const properties = Object.keys((schema.properties ?? {}) as object);
  const type = [schema.type ?? "anything"].flat().join(" or ");
  if (properties.length > 0) return `object of ${properties.join(", ")}`;
  const example = (schema.examples as readonly unknown[] | undefined)?.[0];
  if (example !== undefined) return `such as ${example}`;
  if (schema.pattern) return `${type} like ${schema.pattern}`;
  return type;
}
