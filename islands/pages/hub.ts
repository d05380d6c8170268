/** What the pages beside the globe ask the hub. */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { hubHttpUrl } from "../live/live.ts";
import { askHub } from "../live/token.ts";

/** What came of a question: its answer, or why there is none, in a sentence. */
export type Answer<T> =
  | { readonly ok: true; readonly body: T }
  | { readonly ok: false; readonly why: string; readonly isStarting?: boolean };

/** Asks the hub; what goes wrong is part of the answer. */
export async function ask<T>(path: string): Promise<Answer<T>> {
  try {
    const response = await askHub(`${hubHttpUrl(document.body.dataset, location)}${path}`);
    const body = await response.json();
    // A hub that is not well says so with 503 and the same words as ever.
    if (response.ok || (response.status === 503 && !body.code)) return { ok: true, body };
    if (body.code === "history_off") return { ok: false, why: "No history is kept here." };
    if (response.status === 503) {
      return { ok: false, isStarting: true, why: "History is starting: asked again in a moment." };
    }
    return { ok: false, why: `The hub refused: ${body.message ?? response.status}` };
  } catch {
    return {
      ok: false,
      isStarting: true,
      why: "The hub cannot be reached: asked again in a moment.",
    };
  }
}

/** Whether somebody looks at the page. */
const isSeen = signal(true);

/** Calls now and every `everyMs` while somebody looks, for as long as the component is there. */
export function useEvery(everyMs: number, act: () => void): void {
  useEffect(() => {
    const look = () => isSeen.value = !document.hidden;
    document.addEventListener("visibilitychange", look);
    let timer: ReturnType<typeof setInterval> | undefined;
    const stop = effect(() => {
      clearInterval(timer);
      if (!isSeen.value) return;
      act();
      timer = setInterval(act, everyMs);
    });
    return () => {
      document.removeEventListener("visibilitychange", look);
      clearInterval(timer);
      stop();
    };
  }, []);
}
