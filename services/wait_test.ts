import assert from "node:assert/strict";
import { orStopped } from "./wait.ts";

/** Runs `work` with a signal, and says how many listen to it then. */
async function listenersAfter(work: (stopped: AbortSignal) => Promise<void>): Promise<number> {
  const { signal } = new AbortController();
  const listening = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener(type: "abort", listener: () => void) {
      listening.add(listener);
      add(type, listener);
    },
    removeEventListener(type: "abort", listener: () => void) {
      listening.delete(listener);
      remove(type, listener);
    },
  });
  await work(signal);
  return listening.size;
}

Deno.test("what is waited for again and again leaves nothing behind on the signal", async () => {
  const left = await listenersAfter(async (stopped) => {
    for (let i = 0; i < 100; i++) await orStopped(stopped, Promise.resolve());
    await assert.rejects(orStopped(stopped, Promise.reject(new Error("no"))), /no/);
  });
  assert.equal(left, 0);
});

Deno.test("a stop ends the waiting, also one from before", async () => {
  const stop = new AbortController();
  const never = new Promise<void>(() => {});
  const waiting = orStopped(stop.signal, never);
  stop.abort();
  await waiting;
  await orStopped(stop.signal, never);
});
