/** The page's address and what the page shows, kept in step. */
import { batch, effect } from "@preact/signals";
import { say } from "./shell.ts";
import {
  clock,
  cockpit,
  filter,
  inViewOnly,
  playback,
  selectedId,
  units,
  view,
  viewRequest,
} from "./state.ts";
import { travelTo } from "./time.ts";
import { type LinkState, readLink, writeLink } from "./url_state.ts";

/** Addresses are written at most this often: browsers refuse more. */
const WRITE_MS = 400;

/** Shows what the address says, and from then on has the address say what is shown. */
export function keepLink(): void {
  take(readLink(location.search));
  addEventListener("popstate", () => take(readLink(location.search)));
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const link = writeLink(shown(), location.search);
    clearTimeout(timer);
    timer = setTimeout(
      () => history.replaceState(null, "", `${location.pathname}${link}`),
      WRITE_MS,
    );
  });
}

/** Gives the address of what is shown now to whoever wants it, or puts it on the clipboard. */
export async function shareLink(): Promise<void> {
  const atMs = playback.peek() && clock.at(performance.now());
  const url = `${location.origin}${location.pathname}${
    writeLink({ ...shown(), atMs }, location.search)
  }`;
  try {
    if (navigator.share && matchMedia("(pointer: coarse)").matches) {
      await navigator.share({ title: document.title, url });
    } else {
      await navigator.clipboard.writeText(url);
      say("Link copied");
    }
  } catch (error) {
    if ((error as Error).name === "AbortError") return;
    history.replaceState(null, "", url);
    say("The link is in the address bar");
  }
}

function shown(): LinkState {
  return {
    view: view.value,
    selectedId: selectedId.value,
    filter: filter.value,
    inViewOnly: inViewOnly.value,
    atMs: playback.value?.atMs,
    cockpit: cockpit.value,
    units: units.value,
  };
}

function take(link: LinkState) {
  batch(() => {
    filter.value = link.filter;
    inViewOnly.value = link.inViewOnly;
    selectedId.value = link.selectedId;
    cockpit.value = link.cockpit && link.selectedId !== undefined;
    if (new URLSearchParams(location.search).has("units")) units.value = link.units;
    if (link.view) viewRequest.value = link.view;
  });
  if (link.atMs !== undefined) travelTo(link.atMs);
}
