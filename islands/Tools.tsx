import { nextUnits, UNITS } from "./format.ts";
import { Icon, type IconName } from "./icons.tsx";
import { helpOpen, menuOpen } from "./shell.ts";
import { units } from "./state.ts";
import { nextTheme, type Theme, theme } from "./theme.ts";

const THEME_ICONS: Readonly<Record<Theme, IconName>> = {
  dark: "night",
  light: "day",
  system: "system",
};

/** The other pages, units, theme and help; behind a button where the screen is narrow. */
export function Tools() {
  return (
    <div class="tools">
      <button
        type="button"
        class="round panel menu-button"
        aria-label="Menu"
        aria-expanded={menuOpen.value}
        aria-controls="menu"
        onClick={() => menuOpen.value = !menuOpen.value}
      >
        <Icon name={menuOpen.value ? "close" : "menu"} />
      </button>
      <div id="menu" class="menu" data-open={menuOpen.value}>
        <nav class="pages" aria-label="Pages">
          <a href="/anomalies">Anomalies</a>
          <a href="/status">Status</a>
          <a href="/about">About</a>
        </nav>
        <UnitsButton />
        <ThemeButton />
        <button
          type="button"
          class="tool round panel"
          aria-label="Help"
          aria-keyshortcuts="?"
          title="Help (?)"
          onClick={() => helpOpen.value = true}
        >
          <span class="menu-text">Help</span>
          <Icon name="help" />
        </button>
      </div>
    </div>
  );
}

export function UnitsButton() {
  const { altitude, speed } = UNITS[units.value];
  const next = nextUnits(units.value);
  return (
    <button
      type="button"
      class="tool panel"
      aria-keyshortcuts="U"
      title={`Units: ${units.value} (U)`}
      onClick={() => units.value = next}
    >
      <span class="menu-text">Units</span>
      <span class="hidden-text">Units: {units.value},</span>
      <span>
        {altitude.name} · {speed.name}
      </span>
      <span class="hidden-text">. Use {next} units</span>
    </button>
  );
}

export function ThemeButton() {
  return (
    <button
      type="button"
      class="tool round panel"
      aria-label={`Theme: ${theme.value}. Use ${nextTheme()}`}
      title={`Theme: ${theme.value}`}
      onClick={() => theme.value = nextTheme()}
    >
      <span class="menu-text">Theme</span>
      <Icon name={THEME_ICONS[theme.value]} />
    </button>
  );
}
