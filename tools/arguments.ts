/** What the tools are called with. */

/** Where `--help` is asked, prints what the head of the tool's file says of it, and ends. */
export function answerHelp(): void {
  if (!Deno.args.includes("--help") && !Deno.args.includes("-h")) return;
  const [, head] = /\/\*\*\n?(.*?)\*\//s.exec(Deno.readTextFileSync(new URL(Deno.mainModule)))!;
  const text = head!.split("\n").map((line) => line.replace(/^ ?\*? /, "")).join("\n").trim();
  // deno-lint-ignore no-console -- it is what was asked for
  console.log(text);
  Deno.exit(0);
}

/** The number of `--name=NUMBER` on the command line, or `otherwise`. */
export function numberArgument(name: string, otherwise: number): number {
  const given = Deno.args.map((arg) => new RegExp(`^--${name}=(\\d+(\\.\\d+)?)$`).exec(arg)?.[1])
    .find((value) => value !== undefined);
  return given === undefined ? otherwise : Number(given);
}
