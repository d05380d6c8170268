/** What SECURITY.md promises of the hub, tried by somebody who does not want it to hold. */
import assert from "node:assert/strict";
import { WebSocketMessage } from "../../contracts/websocket.ts";
import { seededRandom } from "../../core/seeded_random.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { type RunningRole, startRole } from "../../services/testing/role.ts";
import { LiveClient } from "../live_client.ts";
import { getJson, startProgram } from "../program.ts";
import { RawClient } from "../raw_client.ts";

const TOKEN = "correct-horse-battery-staple";
/** As a proxy of this machine would pass somebody on. */
const SOMEBODY = { "x-forwarded-for": "203.0.113.7" };

async function withHub(
  settings: Record<string, string>,
  test: (hub: RunningRole) => Promise<void>,
): Promise<void> {
  const hub = await startRole("hub", { BACKEND_PORT: "0", ...settings });
  try {
    await test(hub);
  } finally {
    await hub.stop();
  }
}

async function ask(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What the hub has counted under this name and label. */
async function counted(hub: RunningRole, name: string): Promise<number> {
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ")[1]);
}

const refusals = (hub: RunningRole, reason: string) =>
  counted(hub, `backend_requests_refused_total{reason="${reason}"}`);

Deno.test("with a token set, nothing is told without it, and all of it with it", async () => {
  await withHub({ BACKEND_TOKENS: TOKEN }, async (hub) => {
    const paths = [
      "/",
      "/flights",
      "/flights/a00001",
      "/anomalies",
      "/flights/history",
      "/nothing",
    ];
    for (const path of paths) {
      const { status, headers, body } = await ask(hub.url + path);
      assert.deepEqual([status, body.status, body.code], [401, 401, "unauthorized"], path);
      assert.match(body.message, /Authorization: Bearer TOKEN/);
      assert.equal(headers.get("www-authenticate"), 'Bearer realm="skysentinel"');
    }
    assert.equal(await refusals(hub, "unauthorized"), paths.length);
    const let_in = { authorization: `Bearer ${TOKEN}` };
    assert.equal((await ask(`${hub.url}/flights`, let_in)).body.count, 0);
    assert.deepEqual(Object.keys((await ask(`${hub.url}/health`)).body), ["status"]);
    assert("roles" in (await ask(`${hub.url}/health`, let_in)).body);
  });
});

Deno.test("no Host lets anybody past the token, and none fails the hub", async () => {
  await withHub({ BACKEND_TOKENS: TOKEN }, async (hub) => {
    const { hostname, port } = new URL(hub.url);
    for (const host of ["x\\metrics#", "x\\health?", "x/metrics?", "x:99999", "[::1", "x y"]) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      const text = `GET /flights HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      await connection.write(new TextEncoder().encode(text));
      const answer = await new Response(connection.readable).text();
      assert.match(answer, /^HTTP\/1\.1 400 [^]*"code":"bad_host"/, host);
      const offer = { host, "sec-websocket-protocol": "json" };
      const socket = await RawClient.connect(hub.url, offer);
      assert.match(socket.answer, /^http\/1\.1 400 /, host);
      socket.close();
    }
    assert.equal(await refusals(hub, "bad_host"), 12);
  });
});

Deno.test("a socket has the token among its subprotocols, as a browser can say it", async () => {
  await withHub({ BACKEND_TOKENS: TOKEN }, async (hub) => {
    const protocols = ["json", `bearer.${TOKEN}`];
    const client = await LiveClient.connect(hub.url, {
      protocols,
      check: (message) => WebSocketMessage.parse(message),
    });
    assert.equal((await client.snapshot()).type, "snapshot");
    assert.equal(client.socket.protocol, "json");
    await client.close();
    for (const offer of ["json", `json, bearer.${TOKEN}x`, `json, ${TOKEN}`]) {
      const refused = await RawClient.connect(hub.url, { "sec-websocket-protocol": offer });
      assert.match(refused.answer, /^http\/1\.1 401 /, offer);
      refused.close();
    }
    const raw = await RawClient.connect(hub.url, { authorization: `Bearer ${TOKEN}` });
    assert.match(raw.answer, /^http\/1\.1 101 /);
    raw.close();
    assert.equal(await refusals(hub, "unauthorized"), 3);
  });
});

Deno.test("a foreign page gets no socket and no answer it may read; programs get both", async () => {
  await withHub({ CORS_ORIGINS: "http://localhost:3000" }, async (hub) => {
    for (
      const [origin, status] of [["http://localhost:3000", 101], ["https://evil.example", 403]]
    ) {
      const client = await RawClient.connect(hub.url, { origin: String(origin) });
      assert.match(client.answer, new RegExp(`^http/1\\.1 ${status} `), String(origin));
      client.close();
    }
    const program = await RawClient.connect(hub.url);
    assert.match(program.answer, /^http\/1\.1 101 /);
    program.close();
    assert.equal(await refusals(hub, "origin_not_allowed"), 1);
    const readable = async (origin: string) =>
      (await ask(`${hub.url}/flights`, { origin })).headers.get("access-control-allow-origin");
    assert.equal(await readable("http://localhost:3000"), "http://localhost:3000");
    assert.equal(await readable("https://evil.example"), null);
  });
});

Deno.test("too many requests of one address are 429, with when to ask again, for browsers too", async () => {
  await withHub({ BACKEND_REQUESTS_PER_MINUTE: "25" }, async (hub) => {
    const headers = { ...SOMEBODY, origin: "http://localhost:3000" };
    const answers = [];
    for (let i = 0; i < 30; i++) answers.push(await ask(`${hub.url}/flights`, headers));
    // A minute may end meanwhile, and the next begin.
    const refused = answers.filter(({ status }) => status === 429);
    assert(refused.length > 0);
    assert.equal(answers.filter(({ status }) => status === 200).length, 30 - refused.length);
    const { body, headers: told } = refused[0]!;
    assert.equal(body.code, "too_many_requests");
    const seconds = Number(told.get("retry-after"));
    assert(seconds >= 1 && seconds <= 60, String(seconds));
    assert.equal(told.get("access-control-allow-origin"), "http://localhost:3000");
    assert.equal(told.get("access-control-expose-headers"), "Retry-After,Link");
    const elsewhere = { "x-forwarded-for": "203.0.113.8" };
    assert.equal((await ask(`${hub.url}/flights`, elsewhere)).status, 200);
    assert.equal((await ask(`${hub.url}/flights`)).status, 200, "this machine's own programs");
    assert.equal(await refusals(hub, "too_many_requests"), refused.length);
  });
});

Deno.test("connections are limited in all and for each address, and given back", async () => {
  const limits = { WS_MAX_CONNECTIONS: "3", WS_MAX_CONNECTIONS_PER_ADDRESS: "2" };
  await withHub(limits, async (hub) => {
    const opened: RawClient[] = [];
    const open = async (headers: Record<string, string>) => {
      const client = await RawClient.connect(hub.url, headers);
      opened.push(client);
      const status = Number(client.answer.split(" ")[1]);
      if (status === 101) assert.equal(JSON.parse((await client.next())!).type, "snapshot");
      return status;
    };
    assert.deepEqual([await open(SOMEBODY), await open(SOMEBODY)], [101, 101]);
    assert.equal(await open(SOMEBODY), 429);
    assert.match(opened.at(-1)!.answer, /retry-after: 30/);
    assert.equal(await open({}), 101);
    assert.equal(await open({}), 503);
    assert.equal(await refusals(hub, "too_many_connections_of_address"), 1);
    assert.equal(await refusals(hub, "too_many_connections"), 1);
    for (const client of opened.splice(0)) client.close();
    await eventually(
      async () => await counted(hub, "backend_websocket_connections") === 0,
      "room again",
    );
    assert.deepEqual([await open(SOMEBODY), await open(SOMEBODY)], [101, 101]);
    for (const client of opened) client.close();
  });
});

Deno.test("every answer says that it is no page: not to be run, guessed at or framed", async () => {
  await withHub({ BACKEND_REQUESTS_PER_MINUTE: "8" }, async (hub) => {
    const paths = [
      "/",
      "/flights",
      "/health",
      "/metrics",
      "/flights?bbox=x",
      "/nothing",
      "/anomalies",
    ];
    for (const path of [...paths, "/flights"]) {
      const { headers, body } = await fetch(hub.url + path);
      await body?.cancel();
      assert.equal(
        headers.get("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'",
        path,
      );
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(headers.get("referrer-policy"), "no-referrer", path);
      assert.match(headers.get("content-type")!, /^(application\/json|text\/plain)/, path);
    }
  });
});

Deno.test("what clients say wrong is counted by its code", async () => {
  await withHub({}, async (hub) => {
    for (const [text, code] of [["rubbish", "not_json"], [" ".repeat(20_000), "message_too_big"]]) {
      const client = await LiveClient.connect(hub.url);
      client.socket.send(text!);
      await client.closed;
      const name = `backend_websocket_messages_refused_total{code="${code}"}`;
      assert.equal(await counted(hub, name), 1, code);
    }
  });
});

Deno.test("a frame that says it is enormous ends its connection, and the hub goes on", async () => {
  await withHub({}, async (hub) => {
    const client = await RawClient.connect(hub.url);
    // A final text frame, masked, of 2^62 bytes (RFC 6455, 5.2).
    await client.write(Uint8Array.of(0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 65));
    await eventually(
      async () => await counted(hub, "backend_websocket_connections") === 0,
      "its end",
    );
    client.close();
    assert.equal((await ask(`${hub.url}/health`)).status, 200);
  });
});

Deno.test("an address or a header without end is refused by its length", async () => {
  await withHub({}, async (hub) => {
    const long = "x".repeat(2 ** 20);
    for (
      const [path, headers] of [[`/flights?callsign=${long}`, {}], ["/flights", { "x-a": long }]]
    ) {
      const answer = await fetch(hub.url + path, { headers: headers as Record<string, string> })
        .then(async (response) => {
          await response.body?.cancel();
          return response.status;
        }, () => 0);
      assert(answer === 0 || (answer >= 400 && answer < 500), String(answer));
    }
    assert.equal((await ask(`${hub.url}/health`)).status, 200);
  });
});

Deno.test("bytes that are no frames end their connection, and the hub goes on", async () => {
  const random = seededRandom(20_261_125);
  await withHub({}, async (hub) => {
    for (let i = 0; i < 200; i++) {
      const client = await RawClient.connect(hub.url);
      const bytes = Uint8Array.from({ length: 1 + random() * 60 }, () => random() * 256);
      // Half of them begin as a frame does.
      if (i % 2 === 0) bytes[0] = [0x81, 0x82, 0x01, 0x00, 0x88, 0x89, 0x8a, 0xf1][i % 8]!;
      await client.write(bytes);
      client.close();
    }
    await eventually(
      async () => await counted(hub, "backend_websocket_connections") === 0,
      "the end of all of them",
    );
    const client = await LiveClient.connect(hub.url);
    assert.equal((await client.snapshot()).type, "snapshot");
    await client.close();
  });
});

Deno.test("connections that ask nothing, more than files may be open: the hub says so and is back", async () => {
  const program = await startProgram();
  const idle: Deno.TcpConn[] = [];
  try {
    const isUp = async () => (await getJson(`${program.hub}/health`)).status === "healthy";
    await eventually(() => isUp().catch(() => false), "a hub that is well");
    const files = [...Deno.readDirSync(`/proc/${program.pid}/fd`)].length;
    const limit = new Deno.Command("prlimit", {
      args: [`--pid=${program.pid}`, `--nofile=${files + 50}`],
    });
    assert((await limit.output()).success);
    const port = Number(new URL(program.hub).port);
    const hasFailed = () => program.log().includes("hub failed and is restarted");
    for (let i = 0; i < 2000 && !hasFailed(); i++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
      if (connection) idle.push(connection);
    }
    await eventually(hasFailed, "a hub that is told of");
    assert.match(
      program.log(),
      /more connections than .* files open: let it have more \(ulimit -n/,
    );
    await eventually(() => isUp().catch(() => false), "the hub again");
  } finally {
    for (const connection of idle) connection.close();
    await program.end();
  }
});
