import type { Signal } from "@preact/signals";
import { Icon, type IconName } from "./icons.tsx";
import { keyToGlobe } from "./keys.ts";
import { nextTrails, scene, showLabels, showNight, trailsOf } from "./state.ts";
import { say } from "./shell.ts";

/** The globe's own buttons: nearer, farther, and what is drawn beside aircraft. */
export function ViewTools() {
  if (scene.value !== "ready") return null;
  return (
    <div class="view-tools panel" role="group" aria-label="Globe">
      <Press class="zoom" icon="plus" name="Zoom in" shortcut="E" onClick={() => keyToGlobe("+")} />
      <Press
        class="zoom"
        icon="minus"
        name="Zoom out"
        shortcut="Q"
        onClick={() => keyToGlobe("-")}
      />
      <Press
        icon="trails"
        name={`Trails: ${trailsOf.value}`}
        shortcut="T"
        pressed={trailsOf.value === "none" ? false : trailsOf.value === "all" ? true : "mixed"}
        onClick={() => say(nextTrails())}
      />
      <Switch icon="labels" name="Labels" shortcut="L" value={showLabels} />
      <Switch icon="night" name="Day and night" shortcut="N" value={showNight} />
    </div>
  );
}

interface PressProps {
  readonly class?: string;
  readonly icon: IconName;
  readonly name: string;
  readonly shortcut: string;
  readonly pressed?: boolean | "mixed";
  readonly onClick: () => void;
}

function Press({ class: kind, icon, name, shortcut, pressed, onClick }: PressProps) {
  return (
    <button
      type="button"
      class={kind}
      aria-label={name}
      aria-keyshortcuts={shortcut}
      aria-pressed={pressed}
      title={`${name} (${shortcut})`}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

type SwitchProps = Omit<PressProps, "pressed" | "onClick"> & { readonly value: Signal<boolean> };

function Switch({ value, ...rest }: SwitchProps) {
  return <Press {...rest} pressed={value.value} onClick={() => value.value = !value.value} />;
}
