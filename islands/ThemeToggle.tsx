import { effect, signal } from "@preact/signals";

type Theme = "dark" | "light";

const KEY = "skysentinel.theme";
const theme = signal<Theme>("dark");

/** Takes up the theme chosen last time, and keeps the page and the browser's memory in step with it. */
export function keepTheme(): void {
  if (localStorage.getItem(KEY) === "light") theme.value = "light";
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    localStorage.setItem(KEY, theme.value);
  });
}

/** Panels for the night, which the globe is made for, or for a bright room. */
export function ThemeToggle() {
  const other: Theme = theme.value === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      class="theme-toggle panel"
      aria-label={`Use ${other} panels`}
      title={`Use ${other} panels`}
      onClick={() => theme.value = other}
    >
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2" />
        <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
      </svg>
    </button>
  );
}
