/** What the page shows beside the sky: what is open, and what was just said. */
import { signal } from "@preact/signals";

/** The dialog with the keys and what the colours mean. */
export const helpOpen = signal(false);
/** On a narrow screen: pages, units and theme. */
export const menuOpen = signal(false);
/** The anomaly whose evidence is shown, by its id. */
export const openAnomalyId = signal<string | undefined>(undefined);

/** What a phone's sheet carries, and how far it is drawn up. */
export type SheetPart = "aircraft" | "details";
export const sheetPart = signal<SheetPart>("aircraft");
export const sheetSize = signal<"low" | "half" | "full">("half");

/** A short sentence about what a key or a button just did. */
export const notice = signal("");
const NOTICE_MS = 3500;
let noticeTimer: ReturnType<typeof setTimeout> | undefined;

/** Says it for a few seconds, on the screen and to a screen reader. */
export function say(text: string): void {
  clearTimeout(noticeTimer);
  notice.value = text;
  noticeTimer = setTimeout(() => notice.value = "", NOTICE_MS);
}
