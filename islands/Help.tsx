import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { helpOpen } from "./shell.ts";

/** Every key and what it does: `keys.ts` listens to them. */
const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["/  Ctrl K", "Search"],
  ["← ↑ → ↓", "Pan the globe"],
  ["Q  E", "Zoom out, zoom in"],
  ["F", "Follow the selected aircraft"],
  ["C", "Cockpit of the selected aircraft"],
  ["T", "Trails: all, selected, none"],
  ["L", "Labels"],
  ["U", "Units: aviation, metric, imperial"],
  ["N", "Day and night"],
  ["Space", "Pause, play"],
  ["[  ]", "Anomaly before, anomaly after"],
  ["?", "This help"],
  ["Esc", "Back"],
];

/** Keys, and what colours and shapes mean. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="help panel"
      aria-labelledby="help-title"
      onClose={() => helpOpen.value = false}
      onClick={(event) => event.target === dialog.current && dialog.current!.close()}
    >
      <header>
        <h2 id="help-title">Help</h2>
        <form method="dialog">
          <button type="submit" class="icon-button" aria-label="Close help">
            <Icon name="close" />
          </button>
        </form>
      </header>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>{keys.split("  ").map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>
        Click an aircraft to select it, double-click to fly there. Colours are altitudes: the legend
        at the bottom has them, and its two handles hold back what is below or above.
      </p>
      <p>
        An aircraft that has not been heard for 60 s fades and moves on by its last course and
        speed; after 120 s it goes. Dashes in a track or a curve are gaps in coverage: what lies
        there is a guess. An anomaly is something odd, worded as possible: its evidence says what
        the rule saw.
      </p>
      <p>
        <a href="/about">Where the data comes from</a>
      </p>
    </dialog>
  );
}
