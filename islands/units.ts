/** Units are a habit: they are kept between visits. */
import { effect } from "@preact/signals";
import { UNITS, type Units } from "./format.ts";
import { units } from "./state.ts";

const KEY = "skysentinel.units";

/** Takes up the units chosen last time, and keeps the browser's memory in step with them. */
export function keepUnits(): void {
  const kept = localStorage.getItem(KEY) ?? "";
  if (Object.hasOwn(UNITS, kept)) units.value = kept as Units;
  effect(() => localStorage.setItem(KEY, units.value));
}
