/**
 * Whether a role is well, for containers without a shell: exit code 0 when the address answers with
 * success. `deno run --allow-net=127.0.0.1 services/health_check.ts http://127.0.0.1:8000/health`
 */
const ANSWER_WITHIN_MS = 3000;

if (import.meta.main) {
  const [address = ""] = Deno.args;
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (!response.ok) say(`${address} answered ${response.status}: ${await response.text()}\n`);
    Deno.exit(response.ok ? 0 : 1);
  } catch (error) {
    say(`${address} does not answer: ${error instanceof Error ? error.message : error}\n`);
    Deno.exit(1);
  }
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
