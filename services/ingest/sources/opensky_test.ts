import assert from "node:assert/strict";
import { creditsOf, OpenSky, type OpenSkyOptions } from "./opensky.ts";
import { FeedError } from "./source.ts";
import { serveFeed } from "./testing.ts";

const BOX = { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 };
const CLIENT = { id: "me", secret: "secret" };
const NOW_S = 1_717_250_400;
const ROW = [
  ...["3c6444", "DLH9LF  ", "Germany", NOW_S - 2, NOW_S - 1, -74, 41, 9639.3, false],
  ...[232.88, 98.26, 4.55, null, 9547.86, "1000", false, 0],
];
const ANSWER = JSON.stringify({ time: NOW_S, states: [ROW] });
const never = new AbortController().signal;

function opensky(url: string, options: Partial<OpenSkyOptions> = {}): OpenSky {
  const tokenUrl = "http://127.0.0.1:1/token";
  return new OpenSky({ url, tokenUrl, bbox: BOX, intervalMs: 10_000, ...options });
}

async function failure(feed: OpenSky): Promise<FeedError> {
  const error = await feed.poll(never).catch((error) => error);
  assert(error instanceof FeedError, `${error}`);
  return error;
}

Deno.test("without an account it is asked for the box alone, and rows become reports", async () => {
  await using api = serveFeed(() => ANSWER);
  const answer = await opensky(`${api.url}/api/`).poll(never);
  const { url, headers } = api.requests[0]!;
  assert.equal(url.pathname, "/api/states/all");
  assert.equal(
    url.search,
    "?extended=1&lamin=40.4&lomin=-74.5&lamax=41.2&lomax=-73.5",
  );
  assert.equal(headers.get("authorization"), null);
  assert.equal(answer.nowMs, NOW_S * 1000);
  const read = answer.read(answer.items[0], 0);
  assert(read !== "not_icao" && read.ok);
  assert.equal(read.value.last_contact_unix, NOW_S - 1);
  const later = answer.read(answer.items[0], 3_600_000);
  assert(later !== "not_icao" && later.ok);
  assert.equal(later.value.time_position_unix, NOW_S - 2 + 3600);
});

Deno.test("for the whole world it is asked without a box", async () => {
  await using api = serveFeed(() => ANSWER);
  const bbox = { lat_min: -90, lat_max: 90, lon_min: -180, lon_max: 180 };
  await opensky(api.url, { bbox }).poll(never);
  assert.equal(api.requests[0]!.url.search, "?extended=1");
});

Deno.test("a client gets a token once, and a new one before it ends or when it is refused", async () => {
  let valid = "";
  await using auth = serveFeed((count) => {
    valid = `t${count + 1}`;
    // The second lasts for less than it is renewed before its end.
    return JSON.stringify({ access_token: valid, expires_in: count === 1 ? 30 : 1800 });
  });
  await using api = serveFeed((count) =>
    api.requests[count]!.headers.get("authorization") === `Bearer ${valid}`
      ? ANSWER
      : new Response("", { status: 401 })
  );
  const feed = opensky(api.url, { client: CLIENT, tokenUrl: auth.url });
  await feed.poll(never);
  await feed.poll(never);
  assert.equal(auth.requests.length, 1);
  const { body, headers } = auth.requests[0]!;
  assert.equal(body, "grant_type=client_credentials&client_id=me&client_secret=secret");
  assert.match(headers.get("content-type")!, /^application\/x-www-form-urlencoded/);
  valid = "revoked";
  await feed.poll(never);
  assert.deepEqual([api.requests.length, auth.requests.length], [4, 2]);
  await feed.poll(never);
  assert.deepEqual([api.requests.length, auth.requests.length], [5, 3]);
});

Deno.test("credentials that are refused are said with their settings, and not tried twice", async () => {
  await using auth = serveFeed(() => new Response("{}", { status: 401 }));
  const feed = opensky("http://127.0.0.1:1", { client: CLIENT, tokenUrl: auth.url });
  const error = await failure(feed);
  assert.equal(error.type, "unauthorized");
  assert.match(error.message, /check OPENSKY_CLIENT_ID and OPENSKY_CLIENT_SECRET/);
  assert.equal(auth.requests.length, 1);
});

Deno.test("a sign-in that is no sign-in is said", async () => {
  for (const answer of ["{}", "null", '{"access_token":7}']) {
    await using auth = serveFeed(() => answer);
    const feed = opensky("http://127.0.0.1:1", { client: CLIENT, tokenUrl: auth.url });
    assert.match((await failure(feed)).message, /without an access_token/);
  }
});

Deno.test("out of credits: it is left alone for as long as its header says", async () => {
  await using api = serveFeed(() =>
    new Response("", { status: 429, headers: { "x-rate-limit-retry-after-seconds": "36000" } })
  );
  const error = await failure(opensky(api.url));
  assert.equal(error.type, "rate_limited");
  assert(Math.abs(error.more.retryAtMs! - (Date.now() + 36_000_000)) < 60_000);
});

Deno.test("the interval fits the credits: of the account, the box, and what is left", async () => {
  assert.deepEqual(
    [[5, 5], [10, 10], [20, 20], [20.1, 20], [180, 360]].map(([height, width]) =>
      creditsOf({ lat_min: 0, lat_max: height!, lon_min: 0, lon_max: width! })
    ),
    [1, 2, 3, 4, 4],
  );
  // A day has 86 400 s: 400 credits are one in 216 s, 4000 one in 21.6 s, 8000 one in 10.8 s.
  assert.equal(opensky("http://a").intervalMs(), 216_000);
  await using api = serveFeed(() =>
    new Response(ANSWER, { headers: { "x-rate-limit-remaining": "7990" } })
  );
  await using auth = serveFeed(() => JSON.stringify({ access_token: "t", expires_in: 1800 }));
  const feed = opensky(api.url, { client: CLIENT, tokenUrl: auth.url });
  assert.equal(feed.intervalMs(), 21_600);
  await feed.poll(never);
  assert.equal(feed.intervalMs(), 10_800);
  const seldom = opensky(api.url, { client: CLIENT, tokenUrl: auth.url, intervalMs: 60_000 });
  assert.equal(seldom.intervalMs(), 60_000);
});

Deno.test("an answer of another shape is refused with what was sent", async () => {
  await using api = serveFeed(() => '{"time":1,"states":"none"}');
  const error = await failure(opensky(api.url));
  assert.equal(error.type, "wrong_shape");
  assert.equal(new TextDecoder().decode(error.more.sent), '{"time":1,"states":"none"}');
});
