/** Long, for a machine that has much else to do: it is only waited for when something is broken. */
const PATIENCE_MS = 300_000;

/** What `promise` resolves to, or a failure that says what was waited for in vain. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  ms = PATIENCE_MS,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no ${what} within ${ms} ms`)), ms);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

/** The first answer that is neither undefined nor false; a refused connection is not yet an answer. */
export async function eventually<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  ms = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    let answer: T | undefined | false;
    try {
      answer = await ask();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`no ${what} within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
