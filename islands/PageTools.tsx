import { ThemeButton, UnitsButton } from "./Tools.tsx";

/** Units and theme, on the pages beside the globe. */
export function PageTools() {
  return (
    <div class="tools">
      <UnitsButton />
      <ThemeButton />
    </div>
  );
}
