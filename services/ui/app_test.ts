import assert from "node:assert/strict";
import { uiApp } from "./app.ts";
import type { Asset } from "./assets.ts";

const asset: Asset = {
  code: new TextEncoder().encode("export {};"),
  gzip: new Uint8Array([31, 139]),
  imports: [],
};
const assets = new Map([["main.js", asset], ["scene-ABC.js", asset]]);
const app = uiApp({ backendPort: 8123, assets: Promise.resolve(assets) });

Deno.test("the page says where the hub is, and stands before the script has come", async () => {
  const never = new Promise<never>(() => {});
  const waiting = uiApp({ hubUrl: "https://hub.example.org", backendPort: 8000, assets: never });
  const response = await waiting.request("/");
  const html = await response.text();
  assert.equal(response.status, 200);
  assert.match(html, /data-hub-url="https:\/\/hub\.example\.org"/);
  assert.match(html, /class="rows skeleton"/);
  assert.match(html, /SkySentinel/);
  assert.match(await (await app.request("/")).text(), /data-backend-port="8123"/);
});

Deno.test("every page stands before its script, without inline script or style", async () => {
  for (
    const path of [
      "/",
      "/anomalies",
      "/anomalies/3944ef-GO_AROUND-1633609119000",
      "/status",
      "/about",
    ]
  ) {
    const response = await app.request(path);
    const html = await response.text();
    assert.equal(response.status, 200, path);
    assert.match(html, /<h1/, path);
    assert.doesNotMatch(html, /\sstyle=|<style|<script(?![^>]* src=)| on\w+=/, path);
    assert.doesNotMatch(response.headers.get("Content-Security-Policy")!, /unsafe/);
  }
});

Deno.test("an anomaly's page is named by its id, and an odd id is text", async () => {
  const page = async (id: string) => await (await app.request(`/anomalies/${id}`)).text();
  const known = await page("3944ef-GO_AROUND-1633609119000");
  assert.match(known, /<h1>Go-around, 3944EF<\/h1>/);
  assert.match(known, /Since 7 Oct 2021, 12:18:39 UTC/);
  assert.match(await page("3944ef-PROXIMITY-400804-1633609119000"), /<h1>Proximity, 3944EF<\/h1>/);
  const odd = await page(encodeURIComponent("<script>alert(1)</script>"));
  assert.match(odd, /<h1>Anomaly<\/h1>/);
  assert.doesNotMatch(odd, /<script>alert/);
  assert.match(await page("3944ef-constructor-1"), /<h1>Anomaly<\/h1>/);
});

Deno.test("the search's airports have code, name and place, the large ones first", async () => {
  const response = await app.request("/airports.json");
  const rows: [string, string, number, number][] = await response.json();
  assert.ok(rows.length > 5000);
  const [, name, lat, lon] = rows.find(([code]) => code === "LFPG")!;
  assert.match(name, /Charles de Gaulle/);
  // Its reference point: 49°00′35″N 002°32′52″E (AIP France, AD 2 LFPG).
  assert.ok(Math.abs(lat - 49.0097) < 0.02 && Math.abs(lon - 2.5478) < 0.02, `${lat}, ${lon}`);
});

Deno.test("names with a hash are kept for good, the entry is asked about", async () => {
  const cached = async (path: string) => (await app.request(path)).headers.get("Cache-Control");
  assert.match((await cached("/assets/scene-ABC.js"))!, /immutable/);
  assert.equal(await cached("/assets/main.js"), "no-cache");
  assert.equal(await cached("/static/page.css"), "no-cache");
});

Deno.test("script goes out compressed to those who take it", async () => {
  const zipped = await app.request("/assets/main.js", {
    headers: { "Accept-Encoding": "gzip, br" },
  });
  assert.equal(zipped.headers.get("Content-Encoding"), "gzip");
  const plain = await app.request("/assets/main.js");
  assert.equal(plain.headers.get("Content-Encoding"), null);
  assert.equal(await plain.text(), "export {};");
});

Deno.test("one who has the file gets a short answer", async () => {
  const first = await app.request("/static/page.css");
  await first.body?.cancel();
  const again = await app.request("/static/page.css", {
    headers: { "If-None-Match": first.headers.get("ETag")! },
  });
  assert.equal(again.status, 304);
});

Deno.test("nothing outside static/ is served, and what is missing says where the page is", async () => {
  for (
    const path of [
      "/static/../deno.json",
      "/static/%2e%2e/deno.json",
      "/static/..%2fdeno.json",
      "/static/earth/README.md",
      "/static/earth",
      "/static/missing.css",
      "/assets/missing.js",
      "/nowhere",
    ]
  ) {
    const response = await app.request(path);
    assert.equal(response.status, 404, path);
    assert.equal((await response.json()).code, "not_found", path);
  }
});

Deno.test("health is JSON, and every answer forbids foreign script and other addresses than the hub's", async () => {
  const response = await app.request("/health");
  assert.deepEqual(await response.json(), { status: "healthy" });
  const policy = (path: string, of = app) =>
    Promise.resolve(of.request(path)).then(async ({ headers, body }) => {
      await body?.cancel();
      assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
      return headers.get("Content-Security-Policy")!.split("; ");
    });
  const there = uiApp({
    hubUrl: "https://hub.example.org/",
    backendPort: 8000,
    assets: Promise.resolve(assets),
  });
  for (const path of ["/", "/health", "/assets/main.js", "/static/page.css", "/nowhere"]) {
    const said = await policy(path);
    assert(said.includes("default-src 'self'"), path);
    assert(!said.join().includes("unsafe"), path);
    assert(
      said.includes("connect-src 'self' http://*:8123 https://*:8123 ws://*:8123 wss://*:8123"),
      path,
    );
    const elsewhere = await policy(path, there);
    assert(
      elsewhere.includes("connect-src 'self' https://hub.example.org wss://hub.example.org"),
      path,
    );
  }
});
