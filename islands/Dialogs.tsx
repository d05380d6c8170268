import { lazy } from "./island.tsx";
import { helpOpen } from "./shell.ts";

const Help = lazy(async () => (await import("./Help.tsx")).Help);

/** What opens over the page, when it is asked for. */
export function Dialogs() {
  return helpOpen.value ? <Help /> : null;
}
