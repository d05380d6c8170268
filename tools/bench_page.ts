/**
 * What the page costs the browser: `deno task bench:page [--minutes 30] [aircraft …]`. Script, not frames
 * per second: without a graphics card the processor draws the picture, and that would be what is measured.
 * So what is drawn is counted and not drawn: everything up to there is the page's own work. A hub of made-up traffic tells of every aircraft once a second, a fifth of them in each of five deltas.
 */
import { parseArgs } from "node:util";
import type { CDPSession, Page } from "playwright-core";
import { writeFrame } from "../contracts/columns_writer.ts";
import type { SubscribeMessage } from "../contracts/websocket.ts";
import { MockTraffic } from "../islands/live/mock_traffic.ts";
import { uiApp } from "../services/ui/app.ts";
import { bundleIslands } from "../services/ui/bundle.ts";
import { findChromium, launch } from "../tests/browser/browser.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const SIZES = [1_000, 10_000, 20_000];
const VIEWPORT = { width: 480, height: 300 };
const SETTLE_MS = 8_000;
const MEASURE_MS = 12_000;
const HIDDEN_MS = 20_000;
const TICK_MS = 200;
const TICKS_PER_ROUND = 5;
/** Of the heap's trend: a look at what is left after a collection. */
const LOOK_EVERY_MS = 30_000;

/** A hub on loopback that says what the traffic does, in columns. */
function trafficHub(count: number) {
  const startMs = Date.now();
  const traffic = new MockTraffic(count, startMs);
  const sockets = new Set<WebSocket>();
  const hub = { everyTicks: 1 };
  const sent = { snapshot: 0, deltas: 0, ticks: 0 };
  let sequence = 0;
  const frame = (type: "snapshot" | "delta", first: number, step: number) => {
    const nowMs = Date.now();
    const rows = [];
    for (let i = first; i < count; i += step) {
      const flight = traffic.at(i, (nowMs - startMs) / 1000, nowMs);
      rows.push({ flight, status: "NORMAL" } as const);
    }
    const from_sequence = Math.max(0, sequence - hub.everyTicks);
    const head = { type, timestamp_ms: nowMs, stream_time_ms: nowMs, sequence, from_sequence };
    return writeFrame({ ...head, mode: "live", replay_ended: false }, rows);
  };
  const snapshot = (socket: WebSocket) => {
    const bytes = frame("snapshot", 0, 1);
    sent.snapshot = bytes.byteLength;
    socket.send(bytes);
  };
  const timer = setInterval(() => {
    sequence++;
    if (sockets.size === 0) return;
    if (sequence % hub.everyTicks !== 0) return;
    // Who is told more seldom hears of all that was heard of since.
    const bytes = hub.everyTicks === 1
      ? frame("delta", sequence % TICKS_PER_ROUND, TICKS_PER_ROUND)
      : frame("delta", 0, 1);
    sent.deltas += bytes.byteLength;
    sent.ticks++;
    for (const socket of sockets) socket.send(bytes);
  }, TICK_MS);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "columns" });
    socket.onopen = () => {
      snapshot(socket);
      sockets.add(socket);
    };
    socket.onmessage = ({ data }) => {
      const { max_hz } = JSON.parse(data) as SubscribeMessage;
      hub.everyTicks = max_hz ? Math.round(1000 / max_hz / TICK_MS) : 1;
      snapshot(socket);
    };
    socket.onclose = () => sockets.delete(socket);
    return response;
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    sent,
    async close() {
      clearInterval(timer);
      for (const socket of sockets) socket.close();
      await server.shutdown();
    },
  };
}

/** What the page keeps count of, once `watchScript` runs in it. */
interface Watched {
  readonly rest: number[];
  readonly update: number[];
  longest: number;
  draws: number;
  aircraftDraws: number;
  frames: number;
}

/** Runs in the page before its own script: times what the browser calls, and counts what is drawn. */
function watchScript() {
  const fresh = (): Watched => ({
    rest: [],
    update: [],
    longest: 0,
    draws: 0,
    aircraftDraws: 0,
    frames: 0,
  });
  const page = globalThis as unknown as { watched: Watched };
  page.watched = fresh();
  let messageMs = 0;
  const timed = (act: () => void): number => {
    const start = performance.now();
    act();
    const tookMs = performance.now() - start;
    page.watched.longest = Math.max(page.watched.longest, tookMs);
    return tookMs;
  };
  const { requestAnimationFrame, setTimeout } = globalThis;
  globalThis.requestAnimationFrame = (callback) =>
    requestAnimationFrame((now) => {
      const drawsBefore = page.watched.draws;
      const tookMs = timed(() => callback(now));
      // A callback that drew nothing was no frame.
      if (page.watched.draws === drawsBefore) return;
      page.watched.frames++;
      if (messageMs > 0) page.watched.update.push(messageMs + tookMs);
      else page.watched.rest.push(tookMs);
      messageMs = 0;
    });
  globalThis.setTimeout =
    ((callback: () => void, ms?: number) =>
      setTimeout(() => void timed(callback), ms)) as typeof setTimeout;
  const onmessage = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage")!;
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    set(listener: ((event: MessageEvent) => void) | null) {
      onmessage.set!.call(
        this,
        listener && ((event: MessageEvent) => messageMs += timed(() => listener(event))),
      );
    },
  });
  const gl = WebGL2RenderingContext.prototype;
  gl.drawElements = gl.drawArrays = () => page.watched.draws++;
  gl.drawElementsInstanced = (_mode, _count, _type, _offset, instances) => {
    page.watched.draws++;
    // Trails are instances too, but never a thousand.
    if (instances >= 900) page.watched.aircraftDraws++;
  };
}

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { minutes: { type: "string" } },
  allowPositionals: true,
});
const minutes = Number(values.minutes ?? 0);
const sizes = positionals.length > 0 ? positionals.map(Number) : minutes > 0 ? [10_000] : SIZES;
if (!(minutes >= 0) || !sizes.every((size) => Number.isInteger(size) && size >= 1000)) {
  say("Usage: deno task bench:page [--minutes N] [aircraft, at least 1000 …]");
  Deno.exit(2);
}
const chromium = await findChromium();
if (!chromium) Deno.exit(1);
const assets = bundleIslands(await Deno.makeTempDir({ prefix: "skysentinel-" }));
if (minutes === 0) {
  say(
    "| aircraft | script a frame at rest, ms | with an update | script a second, ms | longest " +
      "callback, ms | draw calls (of aircraft) | heap, MB | snapshot, KB | deltas, KB/s | in the background, ms of script a second (of all work) |",
  );
  say(`|${" ---: |".repeat(10)}`);
}
for (const size of sizes) await onPage(size, minutes > 0 ? heapTrend : costs);

async function onPage(
  size: number,
  act: (
    page: Page,
    cdp: CDPSession,
    hub: ReturnType<typeof trafficHub>,
    size: number,
  ) => Promise<void>,
) {
  const hub = trafficHub(size);
  const { fetch } = uiApp({ hubUrl: hub.url, backendPort: 0, assets });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, fetch);
  const browser = await launch(chromium!, true);
  try {
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.addInitScript(watchScript);
    await page.goto(`http://127.0.0.1:${server.addr.port}/`);
    await page.waitForSelector("html[data-scene=ready]", { timeout: 120_000 });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    await page.waitForTimeout(SETTLE_MS);
    await act(page, cdp, hub, size);
  } finally {
    await browser.close();
    await server.shutdown();
    await hub.close();
  }
}

async function costs(
  page: Page,
  cdp: CDPSession,
  hub: ReturnType<typeof trafficHub>,
  size: number,
) {
  await page.evaluate(() => {
    const { watched } = globalThis as unknown as { watched: Watched };
    Object.assign(watched, {
      rest: [],
      update: [],
      longest: 0,
      draws: 0,
      aircraftDraws: 0,
      frames: 0,
    });
  });
  const [before, bytesBefore, start] = [await metrics(cdp), hub.sent.deltas, performance.now()];
  await page.waitForTimeout(MEASURE_MS);
  const [after, bytesAfter, end] = [await metrics(cdp), hub.sent.deltas, performance.now()];
  const watched = await page.evaluate(() =>
    (globalThis as unknown as { watched: Watched }).watched
  );
  const seconds = (end - start) / 1000;
  const heapMb = await heapAfterCollection(cdp) / 2 ** 20;
  const scriptMs = (after.ScriptDuration! - before.ScriptDuration!) * 1000 / seconds;
  const hidden = await inBackground(page, cdp);
  const row = [
    size.toLocaleString("en"),
    spread(watched.rest),
    spread(watched.update),
    scriptMs.toFixed(0),
    watched.longest.toFixed(1),
    `${(watched.draws / watched.frames).toFixed(1)} (${
      (watched.aircraftDraws / watched.frames).toFixed(1)
    })`,
    heapMb.toFixed(1),
    (hub.sent.snapshot / 1024).toFixed(0),
    ((bytesAfter - bytesBefore) / 1024 / seconds).toFixed(0),
    hidden,
  ];
  say(`| ${row.join(" | ")} |`);
}

/** What the page takes while nobody sees it: as the browser would tell it, which has one window here. */
async function inBackground(page: Page, cdp: CDPSession): Promise<string> {
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForTimeout(TICK_MS);
  const before = await metrics(cdp);
  await page.waitForTimeout(HIDDEN_MS);
  const after = await metrics(cdp);
  const [script, all] = ["ScriptDuration", "TaskDuration"].map((name) =>
    ((after[name]! - before[name]!) * 1e6 / HIDDEN_MS).toFixed(1)
  );
  return `${script} (${all})`;
}

/** The heap over time, and its slope by least squares. */
async function heapTrend(_page: Page, cdp: CDPSession, _hub: unknown, size: number) {
  say(`The heap after a collection, MB, with ${size.toLocaleString("en")} aircraft`);
  const looks: [minute: number, mb: number][] = [];
  const start = performance.now();
  while (performance.now() - start < minutes * 60_000) {
    const minute = (performance.now() - start) / 60_000;
    const mb = await heapAfterCollection(cdp) / 2 ** 20;
    looks.push([minute, mb]);
    say(`${minute.toFixed(1)} min  ${mb.toFixed(2)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const mean = (at: 0 | 1) => looks.reduce((sum, look) => sum + look[at], 0) / looks.length;
  const [x, y] = [mean(0), mean(1)];
  const slope = looks.reduce((sum, [minute, mb]) => sum + (minute - x) * (mb - y), 0) /
    looks.reduce((sum, [minute]) => sum + (minute - x) ** 2, 0);
  say(`Trend: ${slope >= 0 ? "+" : ""}${slope.toFixed(3)} MB a minute`);
}

async function heapAfterCollection(cdp: CDPSession): Promise<number> {
  await cdp.send("HeapProfiler.collectGarbage");
  return (await metrics(cdp)).JSHeapUsedSize!;
}

async function metrics(cdp: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** The median and, in parentheses, what nine in ten stay below. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(2);
  return `${at(0.5)} (${at(0.9)})`;
}

function say(line: string) {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}
