/** Panels for the night, for a bright room, or as the system has it. */
import { effect, signal } from "@preact/signals";

export const THEMES = ["dark", "light", "system"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "skysentinel.theme";
export const theme = signal<Theme>("dark");

/** Takes up the theme chosen last time, and keeps the page and the browser's memory in step with it. */
export function keepTheme(): void {
  const kept = THEMES.find((name) => name === localStorage.getItem(KEY));
  if (kept) theme.value = kept;
  const bright = matchMedia("(prefers-color-scheme: light)");
  const apply = () => {
    const isLight = theme.value === "light" || (theme.value === "system" && bright.matches);
    document.documentElement.dataset.theme = isLight ? "light" : "dark";
  };
  bright.addEventListener("change", apply);
  effect(() => {
    apply();
    localStorage.setItem(KEY, theme.value);
  });
}

/** The one after the one that is on. */
export function nextTheme(): Theme {
  return THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
}
