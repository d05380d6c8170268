import assert from "node:assert/strict";
import { Readsb } from "./readsb.ts";
import { FeedError } from "./source.ts";
import { serveFeed } from "./testing.ts";
import { circleOf, nextTurnMs, pointUrl, V2 } from "./v2.ts";

const ANSWER = JSON.stringify({ now: 1_717_250_400.5, aircraft: [{ hex: "a0b1c2" }] });
const BOX = { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 };
const never = new AbortController().signal;

const readsb = (where: string, timeoutMs?: number) =>
  new Readsb({ name: "readsb", where, intervalMs: 1000, timeoutMs });

async function failure(feed: Readsb | V2): Promise<FeedError> {
  const error = await feed.poll(never).catch((error) => error);
  assert(error instanceof FeedError, `${error}`);
  return error;
}

/** A server of bytes: what it says over TCP, and whether it then hangs up or waits. */
function serveBytes(text: string, { hangsUp }: { hangsUp: boolean }) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(text));
      if (hangsUp) connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      if (!hangsUp) { for (const connection of open) connection.close(); }
      await serving;
    },
  };
}

Deno.test("by URL, with the user and the password that are in it, and by file", async () => {
  await using feed = serveFeed(() => ANSWER);
  const answer = await readsb(`http://me:pass%20word@${feed.host}/aircraft.json`).poll(never);
  assert.deepEqual([answer.nowMs, answer.items.length], [1_717_250_400_500, 1]);
  assert.equal(feed.requests[0]!.headers.get("authorization"), `Basic ${btoa("me:pass word")}`);
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, ANSWER);
  for (const where of [file, `file://${file}`]) {
    assert.equal((await readsb(where).poll(never)).nowMs, 1_717_250_400_500);
  }
  await Deno.remove(file);
});

Deno.test("an answer that drips is waited for", async () => {
  await using feed = serveFeed(() => {
    const parts = ANSWER.match(/.{1,7}/g)!;
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const part = parts.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    });
    return new Response(body);
  });
  assert.equal((await readsb(feed.url).poll(never)).items.length, 1);
});

const head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";

Deno.test("an answer that does not come is given up", async () => {
  await using feed = serveBytes(head + '{"now":', { hangsUp: false });
  const error = await failure(readsb(feed.url, 50));
  assert.equal(error.type, "timeout");
  assert.match(error.message, /no answer within 0.05 s/);
});

Deno.test("an answer that is cut off is none", async () => {
  await using feed = serveBytes(head + '{"now": 1717250400, "aircraft": [{"hex": "a0', {
    hangsUp: true,
  });
  assert.equal((await failure(readsb(feed.url))).type, "network");
});

Deno.test("what is wrong is told without the address: it may have a key in it", async () => {
  await using feed = serveBytes("", { hangsUp: true });
  const address = `${feed.url.replace("//", "//me:pass@")}?key=abcdef`;
  const { message } = await failure(readsb(address));
  assert.match(message, /^cannot be reached: error sending request: /);
  assert(!/abcdef|pass|key/.test(message), message);
});

for (
  const [what, answer, type, message] of [
    ["nobody is let in", () => new Response("", { status: 401 }), "unauthorized", /HTTP 401/],
    ["it is forbidden", () => new Response("", { status: 403 }), "unauthorized", /HTTP 403/],
    ["it is not there", () => new Response("", { status: 404 }), "http", /HTTP 404/],
    ["it is out of order", () => new Response("", { status: 500 }), "http", /HTTP 500/],
    ["a web page", () => "\n <!DOCTYPE html>", "not_json", /web page, not JSON: check the address/],
    ["half of it", () => ANSWER.slice(0, 30), "not_json", /^not JSON/],
    ["nothing", () => "", "not_json", /^not JSON/],
    ["null", () => "null", "wrong_shape", /object/],
    ["another JSON", () => '{"planes":[]}', "wrong_shape", /no array aircraft/],
  ] as const
) {
  Deno.test(`a feed that fails is told apart: ${what}`, async () => {
    await using feed = serveFeed(answer);
    const error = await failure(readsb(feed.url));
    assert.equal(error.type, type);
    assert.match(error.message, message);
  });
}

Deno.test("when it may be asked again is taken from its header, in seconds or as a date", async () => {
  const at = new Date(Date.now() + 3_600_000).toUTCString();
  for (const [status, after] of [[429, "3600"], [429, at], [503, "3600"]] as const) {
    await using feed = serveFeed(() =>
      new Response("", { status, headers: { "retry-after": after } })
    );
    const { more } = await failure(readsb(feed.url));
    assert(Math.abs(more.retryAtMs! - (Date.now() + 3_600_000)) < 60_000, after);
  }
  await using feed = serveFeed(() => new Response("", { status: 429 }));
  assert.equal((await failure(readsb(feed.url))).more.retryAtMs, undefined);
});

Deno.test("nobody there, and a name that nobody knows, are the network's", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const error = await failure(readsb(`http://u:hunter2@127.0.0.1:${listener.addr.port}/`));
  assert.equal(error.type, "network");
  assert.doesNotMatch(error.message, /hunter2/);
  assert.equal((await failure(readsb("no/such/file.json"))).type, "network");
});

Deno.test("v2 is asked for the circle around the box, up to 250 NM", () => {
  // Half the box's height is 0.4 degrees, 24 NM; half its width at 41 N 0.5 degrees, 22.9 NM.
  assert.equal(
    pointUrl("https://api.adsb.lol/", BOX).href,
    "https://api.adsb.lol/v2/point/40.8/-74/34",
  );
  const europe = { lat_min: 36, lat_max: 60, lon_min: -10, lon_max: 30 };
  assert.match(pointUrl("https://api.adsb.lol", europe).href, /\/v2\/point\/48\/10\/250$/);
  assert.deepEqual([circleOf(BOX).isWhole, circleOf(europe).isWhole], [true, false]);
});

Deno.test("v2 by an address of one's own is asked for that", async () => {
  await using feed = serveFeed(() => JSON.stringify({ ac: [], now: 1_717_250_400_500 }));
  const options = { name: "v2", bbox: BOX, intervalMs: 10 };
  const point = new V2({ ...options, where: feed.url });
  const mine = new V2({ ...options, where: `http://me:key@${feed.host}/v2/icao/a0b1c2` });
  assert.deepEqual([point.isBounded, mine.isBounded], [true, false]);
  assert.equal(point.intervalMs(), 1000);
  await mine.poll(never);
  assert.equal(feed.requests[0]!.url.pathname, "/v2/icao/a0b1c2");
  assert.equal(feed.requests[0]!.headers.get("authorization"), `Basic ${btoa("me:key")}`);
});

Deno.test("v2: however many ask one server, it is asked once a second", () => {
  const turns = [0, 0, 0.5, 10, 2500, 60_000].map((nowMs) => nextTurnMs("a.example", nowMs));
  assert.deepEqual(turns, [0, 1000, 2000, 3000, 4000, 60_000]);
  assert.equal(nextTurnMs("b.example", 5), 5);
});
