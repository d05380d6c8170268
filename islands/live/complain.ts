const said = new Set<string>();

/** Says in the console what was dropped, once for each kind of thing. */
export function complain(kind: string, ...words: unknown[]): void {
  if (said.has(kind)) return;
  said.add(kind);
  // deno-lint-ignore no-console -- whoever looks for the reason looks there
  console.warn(...words);
}
