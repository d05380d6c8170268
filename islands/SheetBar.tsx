import { effect } from "@preact/signals";
import { anomalies, phaseNow } from "./anomalies.ts";
import { Icon } from "./icons.tsx";
import { type SheetPart, sheetPart, sheetSize } from "./shell.ts";
import { cockpit, selectedId } from "./state.ts";

const SIZES = ["low", "half", "full"] as const;
const NEXT_WORDS = {
  low: "Draw the sheet up",
  half: "Draw the sheet up fully",
  full: "Put the sheet down",
};

/** Keeps the page's style in step with the sheet, and shows the details of what is selected. */
export function keepSheet(): void {
  effect(() => {
    document.body.dataset.sheet = sheetPart.value;
    document.body.dataset.sheetSize = sheetSize.value;
  });
  effect(() => {
    document.body.dataset.cockpit = String(cockpit.value);
    // The view is what one sits in the cockpit for.
    if (cockpit.value) sheetSize.value = "low";
  });
  effect(() => {
    if (selectedId.value === undefined) return;
    sheetPart.value = "details";
    if (sheetSize.peek() === "low") sheetSize.value = "half";
  });
}

/** On a phone: what the sheet carries, and how far it is drawn up. */
export function SheetBar() {
  const open = anomalies.value.filter((one) => phaseNow(one) === "open").length;
  const size = sheetSize.value;
  const resize = () => sheetSize.value = SIZES[(SIZES.indexOf(size) + 1) % SIZES.length]!;
  return (
    <div class="sheet-bar">
      <div class="segments" role="group" aria-label="Sheet">
        <Part part="aircraft">Aircraft</Part>
        <Part part="details">
          {selectedId.value !== undefined
            ? "Details"
            : open > 0
            ? `Anomalies, ${open}`
            : "Anomalies"}
        </Part>
      </div>
      <button type="button" class="icon-button" aria-label={NEXT_WORDS[size]} onClick={resize}>
        <Icon name={size === "full" ? "down" : "up"} />
      </button>
    </div>
  );
}

function Part({ part, children }: { part: SheetPart; children: string }) {
  const show = () => {
    sheetPart.value = part;
    if (sheetSize.value === "low") sheetSize.value = "half";
  };
  return (
    <button type="button" aria-pressed={sheetPart.value === part} onClick={show}>{children}</button>
  );
}
