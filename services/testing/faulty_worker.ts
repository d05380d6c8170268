/** A worker for the supervisor's tests: what it does is in its name. */
import { threadId } from "../hung_worker.ts";
import type { FromWorker, ToWorker } from "../worker.ts";

const worker = self as unknown as {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
};
const query = new URLSearchParams(self.name);
const fault = query.get("fault");
const port = Number(query.get("port") ?? 0);

worker.onmessage = ({ data }) => {
  if (data.type === "stop" && fault !== "deaf") worker.postMessage({ type: "stopped" });
  if (data.type !== "start") return;
  worker.postMessage({ type: "started", threadId: threadId() });
  setInterval(() => worker.postMessage({ type: "beat" }), 20);
  if (fault === "setting") {
    worker.postMessage({ type: "failed", message: "UI_PORT is wrong", isSetting: true });
    return;
  }
  let url: string | undefined;
  if (port) {
    const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
      if (new URL(request.url).pathname === "/hang") hang();
      return new Response("well");
    });
    url = `http://127.0.0.1:${server.addr.port}`;
  }
  worker.postMessage({ type: "ready", url });
  if (fault === "throws") throw new Error("thrown on purpose");
  if (fault === "rejects") void Promise.reject(new Error("rejected on purpose"));
  if (fault === "hangs") hang();
  if (fault === "ends") worker.postMessage({ type: "stopped" });
};

/** Not for ever, since a worker that hangs cannot be ended: for long enough to be noticed on any machine. */
function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}
