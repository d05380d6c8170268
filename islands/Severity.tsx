import type { Severity as Name } from "../contracts/constants.ts";
import { Icon, type IconName } from "./icons.tsx";

const ICONS: Readonly<Record<Name, IconName>> = { HIGH: "high", MEDIUM: "medium", LOW: "low" };

/** How grave it is: a shape and a word as well as a colour. */
export function Severity({ severity }: { severity: Name }) {
  return (
    <span class="severity" data-severity={severity}>
      <Icon name={ICONS[severity] ?? "low"} />
      {severity}
    </span>
  );
}
