import { type Context, Hono } from "hono";
import { renderPage } from "../../routes/index.tsx";
import { renderAbout, renderAnomalies, renderAnomaly, renderStatus } from "../../routes/pages.tsx";
import { airportsForSearch } from "./airports.ts";
import { type Assets, ENTRIES } from "./assets.ts";
import { readStatic } from "./static_files.ts";

export interface UiOptions {
  /** Where the browser finds the hub: its address, or the port it has on the page's own host. */
  readonly hubUrl?: string;
  readonly backendPort: number;
  /** The bundled islands. Requests for them wait; the page itself does not. */
  readonly assets: Promise<Assets>;
}

/**
 * Only our own script and style, and nobody to talk to but the hub: at its address, or at its port on the
 * page's own host, under whatever name the page was opened.
 */
function contentSecurityPolicy({ hubUrl, backendPort }: UiOptions): string {
  const schemes = hubUrl === undefined ? ["http", "https", "ws", "wss"] : [];
  const hub = schemes.map((scheme) => `${scheme}://*:${backendPort}`);
  if (hubUrl !== undefined) {
    const { origin } = new URL(hubUrl);
    hub.push(origin, origin.replace(/^http/, "ws"));
  }
  return [
    "default-src 'self'",
    `connect-src 'self' ${hub.join(" ")}`,
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join("; ");
}

const FOREVER = "public, max-age=31536000, immutable";
const A_DAY = "public, max-age=86400";
/** Kept, but asked about each time: with an ETag the answer is short. */
const ASK_FIRST = "no-cache";

/** The page's server as a Hono app: no workers, no listening, no file written. */
export function uiApp(options: UiOptions): Hono {
  const app = new Hono();
  // They are the same for everyone, and rendered once.
  const pages = {
    "/": renderPage(options),
    "/anomalies": renderAnomalies(options),
    "/status": renderStatus(options),
    "/about": renderAbout(options),
  };
  const policy = contentSecurityPolicy(options);

  app.use(async (c, next) => {
    await next();
    c.header("Content-Security-Policy", policy);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "same-origin");
    c.header("Cross-Origin-Opener-Policy", "same-origin");
  });

  for (const [path, html] of Object.entries(pages)) {
    app.get(path, (c) => c.html(html, 200, { "Cache-Control": ASK_FIRST }));
  }
  app.get(
    "/anomalies/:id",
    (c) => c.html(renderAnomaly(options, c.req.param("id")), 200, { "Cache-Control": ASK_FIRST }),
  );

  app.get("/airports.json", async (c) => {
    const zipped = /\bgzip\b/.test(c.req.header("Accept-Encoding") ?? "");
    const { json, gzip } = await airportsForSearch();
    return await file(c, zipped ? gzip : json, {
      "Content-Type": "application/json",
      "Cache-Control": A_DAY,
      Vary: "Accept-Encoding",
      ...(zipped && { "Content-Encoding": "gzip" }),
    });
  });

  app.get("/health", (c) => c.json({ status: "healthy" }, 200, { "Cache-Control": "no-store" }));

  app.get("/assets/:name", async (c) => {
    const name = c.req.param("name");
    const asset = (await options.assets).get(name);
    if (!asset) return notFound(c);
    const zipped = /\bgzip\b/.test(c.req.header("Accept-Encoding") ?? "");
    return await file(c, zipped ? asset.gzip : asset.code, {
      "Content-Type": "text/javascript; charset=utf-8",
      "Cache-Control": ENTRIES.some((entry) => entry === name) ? ASK_FIRST : FOREVER,
      Vary: "Accept-Encoding",
      ...(zipped && { "Content-Encoding": "gzip" }),
    });
  });

  app.get("/static/*", async (c) => {
    const path = c.req.path.slice("/static/".length);
    const found = await readStatic(path);
    if (!found) return notFound(c);
    return await file(c, found.bytes, {
      "Content-Type": found.type,
      "Cache-Control": /\.(css|svg)$/.test(path) ? ASK_FIRST : A_DAY,
    });
  });

  app.notFound(notFound);
  app.onError((error, c) =>
    c.json({ code: "internal", message: `The page's server failed: ${error.message}` }, 500)
  );
  return app;
}

function notFound(c: Context): Response {
  const message = `There is nothing at ${c.req.path}: the page is at /`;
  return c.json({ code: "not_found", message }, 404);
}

/** The bytes with an ETag of their content, or 304 for one who has them. */
async function file(
  c: Context,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Response> {
  const etag = await etagOf(bytes);
  if (c.req.header("If-None-Match") === etag) {
    return c.body(null, 304, { ETag: etag, "Cache-Control": headers["Cache-Control"]! });
  }
  return c.body(bytes, 200, { ...headers, ETag: etag });
}

const etags = new WeakMap<Uint8Array, string>();

async function etagOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const known = etags.get(bytes);
  if (known) return known;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const etag = `"${digest.toHex().slice(0, 20)}"`;
  etags.set(bytes, etag);
  return etag;
}
