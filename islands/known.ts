/** Whether somebody sent it: on the wire what is unknown is null or missing. */
export function known<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
