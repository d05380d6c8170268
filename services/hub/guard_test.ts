import assert from "node:assert/strict";
import { loadConfig } from "../config.ts";
import { Guard, offeredProtocols } from "./guard.ts";

const TOKEN = "0123456789abcdef";
const ELSEWHERE = "203.0.113.7";

function guard(settings: Record<string, string> = {}) {
  const clock = { nowMs: 0 };
  return { clock, guard: new Guard(loadConfig(settings), () => clock.nowMs) };
}

const request = (headers: Record<string, string> = {}, path = "/flights") =>
  new Request(`http://hub.example:8000${path}`, { headers });

Deno.test("without tokens everybody is let in, with tokens whoever has one of them", () => {
  assert.equal(guard().guard.refuses(request(), undefined), undefined);
  const { guard: closed } = guard({ BACKEND_TOKENS: `${TOKEN},another-long-token` });
  for (const token of [TOKEN, "another-long-token"]) {
    for (const word of ["Bearer", "bearer", "BEARER "]) {
      assert.equal(
        closed.refuses(request({ authorization: `${word} ${token}` }), undefined),
        undefined,
      );
    }
    const offer = { "sec-websocket-protocol": `json, bearer.${token}` };
    assert.equal(closed.refuses(request(offer), undefined), undefined);
  }
});

Deno.test("what is nearly a token is none", () => {
  const { guard: closed } = guard({ BACKEND_TOKENS: TOKEN });
  const tries: Record<string, string>[] = [
    {},
    { authorization: "" },
    { authorization: TOKEN },
    { authorization: "Bearer" },
    { authorization: "Bearer " },
    { authorization: `Basic ${TOKEN}` },
    { authorization: `Bearer ${TOKEN.slice(1)}` },
    { authorization: `Bearer ${TOKEN}0` },
    { authorization: `Bearer ${TOKEN.toUpperCase()}` },
    { authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` },
    { authorization: "Bearer undefined" },
    { "sec-websocket-protocol": TOKEN },
    { "sec-websocket-protocol": "bearer." },
    { "sec-websocket-protocol": `json, bearer.${TOKEN}x` },
    { cookie: `token=${TOKEN}` },
    { authorization: "Bearer wrong", "sec-websocket-protocol": `bearer.${TOKEN}` },
  ];
  for (const headers of tries) {
    const refusal = closed.refuses(request(headers), undefined);
    assert.equal(refusal?.code, "unauthorized", JSON.stringify(headers));
    assert(!refusal.message.includes(TOKEN));
  }
  const byQuery = closed.refuses(request({}, `/flights?token=${TOKEN}&access_token=${TOKEN}`), "");
  assert.equal(byQuery?.status, 401);
});

Deno.test("a Host that is none is refused: it could hide which path is asked for", () => {
  const { guard: closed } = guard({ BACKEND_TOKENS: TOKEN });
  // As Deno's server puts addresses together; a Request of our own would have read them already.
  const asked = (host: string, path: string) => ({
    url: `http://${host}${path}`,
    headers: new Headers({ host, authorization: `Bearer ${TOKEN}` }),
  } as Request);
  for (
    const host of [
      "x\\metrics#",
      "x\\metrics?",
      "x/health?",
      "x#",
      "a@b",
      "x:99999",
      "[::1",
      "x y",
      "",
    ]
  ) {
    const refusal = closed.refuses(asked(host, "/flights"), undefined);
    assert.deepEqual([refusal?.status, refusal?.code], [400, "bad_host"], host);
  }
  for (
    const host of ["hub_1.example", "hub.example:8000", "127.0.0.1:8000", "[::1]:8000", "hub:"]
  ) {
    assert.equal(closed.refuses(asked(host, "/flights"), undefined), undefined, host);
  }
});

Deno.test("health and metrics are open, but not what only looks like them", () => {
  const { guard: closed } = guard({ BACKEND_TOKENS: TOKEN });
  for (const path of ["/health", "/metrics", "/health?x=1"]) {
    assert.equal(closed.refuses(request({}, path), undefined), undefined, path);
  }
  for (
    const path of ["/health/", "/healthz", "/Health", "/x/../flights", "//health", "/%68ealth"]
  ) {
    assert.equal(closed.refuses(request({}, path), undefined)?.status, 401, path);
  }
});

Deno.test("an address may ask so often a minute, the others are not slowed by it", () => {
  const { guard: limited, clock } = guard({ BACKEND_REQUESTS_PER_MINUTE: "30" });
  for (let i = 0; i < 30; i++) assert.equal(limited.refuses(request(), ELSEWHERE), undefined);
  clock.nowMs = 12_400;
  const refusal = limited.refuses(request(), ELSEWHERE);
  assert.deepEqual([refusal?.status, refusal?.retryAfterS], [429, 48]);
  assert.match(refusal!.message, /at most 30 a minute .* again in 48 s/);
  assert.equal(limited.refuses(request(), "203.0.113.8"), undefined);
  clock.nowMs += 48_000;
  assert.equal(limited.refuses(request(), ELSEWHERE), undefined, "a new minute");
});

Deno.test("what costs more is allowed less often, and a refused request costs nothing", () => {
  const { guard: limited } = guard({ BACKEND_REQUESTS_PER_MINUTE: "30" });
  for (let i = 0; i < 2; i++) assert.equal(limited.refuses(request(), ELSEWHERE, 10), undefined);
  assert.equal(limited.refuses(request(), ELSEWHERE, 11)?.status, 429);
  assert.equal(limited.refuses(request(), ELSEWHERE, 10), undefined);
  assert.equal(limited.refuses(request(), ELSEWHERE)?.status, 429);
});

Deno.test("guessing tokens is slowed as well", () => {
  const { guard: closed } = guard({
    BACKEND_TOKENS: TOKEN,
    BACKEND_REQUESTS_PER_MINUTE: "5",
  });
  const statuses = Array.from(
    { length: 7 },
    (_, i) =>
      closed.refuses(request({ authorization: `Bearer guess-number-0000${i}` }), ELSEWHERE)?.status,
  );
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429]);
});

Deno.test("a client is who connects, or whom a trusted proxy names last", () => {
  const { guard: plain } = guard();
  const forwarded = request({ "x-forwarded-for": "198.51.100.1, 198.51.100.2" });
  assert.equal(plain.client(request(), undefined), undefined);
  assert.equal(plain.client(request(), "127.0.0.1"), undefined, "a program of this machine");
  assert.equal(plain.client(request(), "::ffff:127.0.0.1"), undefined);
  assert.equal(plain.client(forwarded, "127.0.0.1"), "198.51.100.2");
  assert.equal(plain.client(forwarded, ELSEWHERE), ELSEWHERE, "no proxy of ours: not believed");
  const { guard: behind } = guard({ BACKEND_PROXIES: "10.0.0.7" });
  assert.equal(behind.client(forwarded, "10.0.0.7"), "198.51.100.2");
  assert.equal(behind.client(forwarded, "127.0.0.1"), "127.0.0.1");
  const named = (address: string) =>
    behind.client(request({ "x-forwarded-for": address }), "10.0.0.7");
  assert.equal(named("198.51.100.2:5544"), "198.51.100.2");
  assert.equal(named("[2001:db8::1]:5544"), named("2001:db8::1"));
  assert.equal(named("[2001:db8::1]"), named("2001:db8::1"));
});

Deno.test("an IPv6 network is one client, however its addresses are written", () => {
  const { guard: plain } = guard();
  const client = (address: string) => plain.client(request(), address);
  assert.equal(client("2001:db8:1:2::1"), client("2001:0db8:0001:0002:ffff:ffff:ffff:ffff"));
  assert.equal(client("2001:db8::1"), client("2001:db8:0:0:5::"));
  assert.notEqual(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
  assert.equal(client("::ffff:203.0.113.7"), ELSEWHERE);
});

for (
  const [origin, host, isLetIn] of [
    [undefined, "hub.example:8000", true],
    ["http://localhost:3000", "hub.example:8000", true],
    ["https://evil.example", "hub.example:8000", false],
    ["null", "hub.example:8000", false],
    ["", "hub.example:8000", false],
    ["http://localhost:3000.evil.example", "hub.example:8000", false],
    ["http://localhost:3001", "hub.example:8000", false],
    ["https://localhost:3000", "hub.example:8000", false],
    ["http://127.0.0.1:8000", "127.0.0.1:8000", true],
    ["http://localhost:8000", "localhost:8000", true],
    ["http://[::1]:8000", "[::1]:8000", true],
    // A name may have been made to lead here.
    ["http://evil.example:8000", "evil.example:8000", false],
    ["http://127.0.0.1.evil.example:8000", "127.0.0.1.evil.example:8000", false],
  ] as const
) {
  Deno.test(`a page of ${origin} is ${isLetIn ? "let in" : "kept out"} at ${host}`, () => {
    const { guard: plain } = guard();
    const headers = { host, ...origin !== undefined && { origin } };
    const refusal = plain.refusesSocket(new Request(`http://${host}/ws`, { headers }), undefined);
    assert.equal(refusal?.code, isLetIn ? undefined : "origin_not_allowed");
    if (!isLetIn) assert.match(refusal!.message, /add it to CORS_ORIGINS/);
  });
}

Deno.test("CORS_ORIGINS names the pages, or all of them", () => {
  const from = { origin: "https://evil.example" };
  const { guard: all } = guard({ CORS_ORIGINS: "*" });
  assert.equal(all.refusesSocket(request(from), undefined), undefined);
  const { guard: one } = guard({ CORS_ORIGINS: "https://watch.example" });
  assert.equal(one.refusesSocket(request(from), undefined)?.status, 403);
  assert.equal(
    one.refusesSocket(request({ origin: "https://watch.example" }), undefined),
    undefined,
  );
});

Deno.test("there is room for so many, in all and for each, and it is given back once", () => {
  const { guard: small } = guard({
    WS_MAX_CONNECTIONS: "3",
    WS_MAX_CONNECTIONS_PER_ADDRESS: "2",
  });
  const first = small.opened(ELSEWHERE);
  const second = small.opened(ELSEWHERE);
  assert(first && second);
  assert.equal(small.opened(ELSEWHERE), false);
  const own = small.refusesSocket(request(), ELSEWHERE);
  assert.deepEqual([own?.status, own?.code], [429, "too_many_connections_of_address"]);
  const other = small.opened("203.0.113.8");
  assert(other);
  const full = small.refusesSocket(request(), undefined);
  assert.deepEqual([full?.status, full?.code], [503, "too_many_connections"]);
  assert.equal(full?.retryAfterS, 30);
  for (const leave of [first, second, other]) leave();
  for (let i = 0; i < 3; i++) assert(small.opened(undefined), "the machine's own are not counted");
  assert.equal(small.opened(undefined), false);
});

Deno.test("a token among the subprotocols is none to be chosen", () => {
  const offer = { "sec-websocket-protocol": `bearer.${TOKEN}, msgpack,json` };
  assert.deepEqual(offeredProtocols(request(offer)), ["msgpack", "json"]);
});
