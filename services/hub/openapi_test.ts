import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { report } from "../../core/testing.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { openApi } from "./openapi.ts";
import { describedBy, samplePath } from "./testing/described.ts";
import { hub, hubWith, T0_S } from "./testing/hub.ts";

const FLIGHT = report("a00001", T0_S, { squawk: "7000", registration: "N1", nic: 8 });

Deno.test("the description is OpenAPI 3.1, by somebody else's schema of it", async () => {
  const { body } = await hub().json("/openapi.json");
  const result = await new Validator().validate(structuredClone(body));
  assert(result.valid, JSON.stringify(result.errors, null, 1));
  assert.deepEqual(body, JSON.parse(JSON.stringify(openApi())));
  const ids = Object.values(openApi().paths).map(({ get }) => get.operationId);
  assert.equal(new Set(ids).size, ids.length, "operations go by names of their own");
});

Deno.test("every route served is described, and every one described is served", () => {
  const served = hub().app.routes
    .filter(({ method, path }) => method !== "ALL" && path !== "/*")
    .map(({ method, path }) =>
      `${method} ${path.replaceAll(/:(\w+)(?:\{\.\+\\(\.\w+)\})?/g, "{$1}$2")}`
    );
  const described = ENDPOINTS.map(({ path }) => `GET ${path}`);
  assert.deepEqual([...new Set(served)].sort(), described.sort());
});

for (const { path, needed } of ENDPOINTS) {
  Deno.test(`GET ${path} answers as it is described`, async () => {
    const { request } = hubWith(FLIGHT);
    await describedBy(path, request, samplePath(path, needed));
  });
  if (path.startsWith("/v2/") || path.startsWith("/data/")) continue;
  if (["/health", "/metrics", "/ws/flights"].includes(path)) continue;
  Deno.test(`GET ${path} refuses a parameter that is not described`, async () => {
    const { request } = hubWith(FLIGHT);
    const response = await request(`${samplePath(path)}?no_such_thing=1`);
    const body = await response.json();
    assert.deepEqual([response.status, body.code], [400, "unknown_parameter"]);
    assert.match(
      body.message,
      /^There is no parameter "no_such_thing" here: (it takes|\S+ takes no)/,
    );
  });
}

Deno.test("what is wrong is answered as errors are described", async () => {
  const { request } = hubWith(FLIGHT);
  for (
    const [path, url] of [
      ["/flights", "/flights?bbox=1"],
      ["/flights", "/flights?bbox=1,1,2,2&bbox=1,1,2,2"],
      ["/flights.csv", "/flights.csv?on_ground=maybe"],
      ["/flights/{icao24}", "/flights/ffffff"],
      ["/flights/{icao24}", "/flights/DAL123"],
      ["/v2/point/{lat}/{lon}/{radius}", "/v2/point/91/0/10"],
      ["/v2/point/{lat}/{lon}/{radius}", "/v2/point/40/-74/251"],
      ["/v2/point/{lat}/{lon}/{radius}", "/v2/point/40/-74/1e1"],
      ["/v2/icao/{hex}", "/v2/icao/a00001,x"],
      ["/v2/squawk/{squawk}", "/v2/squawk/7788"],
      ["/anomalies", "/anomalies?limit=x"],
    ] as const
  ) {
    const status = await describedBy(path, request, url);
    assert(status >= 400, `${url} is ${status}`);
  }
});

Deno.test("what holds when nothing is said is described", () => {
  const presets = (path: string) =>
    Object.fromEntries(
      openApi().paths[path]!.get.parameters.flatMap(({ name, schema }) =>
        schema.default === undefined ? [] : [[name, schema.default]]
      ),
    );
  assert.deepEqual(presets("/flights/{icao24}/history"), { minutes: 10, limit: 100 });
  assert.deepEqual(presets("/flights/history"), { interval_s: 10 });
  assert.deepEqual(presets("/export/history"), { format: "csv" });
  assert.deepEqual(presets("/flights"), {});
});

Deno.test("a misspelt parameter is told its right name", async () => {
  const { json } = hubWith(FLIGHT);
  for (
    const [given, meant] of [
      ["bbbox", "bbox"],
      ["min_altitude", "min_altitude_m"],
      ["max_alt", "max_altitude_m"],
      ["onground", "on_ground"],
      ["call_sign", "callsign"],
    ]
  ) {
    const { status, body } = await json(`/flights?${given}=1`);
    assert.deepEqual([status, body.code], [400, "unknown_parameter"], given);
    assert.equal(body.message, `There is no parameter "${given}" here: did you mean ${meant}?`);
  }
  const { body: unlike } = await json("/flights?format=csv");
  assert.equal(
    unlike.message,
    'There is no parameter "format" here: it takes ' +
      "bbox, min_altitude_m, max_altitude_m, on_ground, callsign",
  );
  const { body } = await json("/flights?on_ground=true&on_ground=false");
  assert.deepEqual([body.status, body.code], [400, "repeated_parameter"]);
});

Deno.test("the page for people has every endpoint, one style sheet and no script", async () => {
  const { request } = hub();
  const response = await request("/docs");
  assert.match(response.headers.get("content-type")!, /^text\/html/);
  const policy = response.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+'; /);
  const page = await response.text();
  for (const { path } of ENDPOINTS) assert(page.includes(`<code>${path}</code>`), path);
  assert(!/<script|\son\w+=|style="|https?:\/\//.test(page));
  const style = new TextEncoder().encode(page.match(/<style>([^]*?)<\/style>/)![1]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", style)).toBase64();
  assert(policy.includes(`'sha256-${digest}'`), "the style is the one that is allowed");
  const targets = [...page.matchAll(/href="#([\w-]+)"/g)].map(([, id]) => id!);
  for (const id of new Set(targets)) assert(page.includes(`id="${id}"`), `a link to #${id}`);
});
