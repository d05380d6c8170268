import { notice } from "./shell.ts";

/** What a key or a button just did, for a few seconds. */
export function Notice() {
  return (
    <p class="notice" role="status">
      {notice.value && <span class="panel">{notice.value}</span>}
    </p>
  );
}
