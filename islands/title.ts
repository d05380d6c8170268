import { effect } from "@preact/signals";
import { grave } from "./anomalies.ts";
import { callsignOf, nameOf } from "./anomaly_words.ts";

/** Has the tab's title say what grave is going on, the newest of it: the page may be behind others. */
export function keepTitle(): void {
  const own = document.title;
  effect(() => {
    const [newest, ...others] = grave.value;
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    const title = newest ? `⚠ ${nameOf(newest)}, ${callsignOf(newest)}${more} · ${own}` : own;
    if (document.title !== title) document.title = title;
  });
}
