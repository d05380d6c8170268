/** The number of `--name=NUMBER` on the command line, or `otherwise`. */
export function numberArgument(name: string, otherwise: number): number {
  const given = Deno.args.map((arg) => new RegExp(`^--${name}=(\\d+(\\.\\d+)?)$`).exec(arg)?.[1])
    .find((value) => value !== undefined);
  return given === undefined ? otherwise : Number(given);
}
