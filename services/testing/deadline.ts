/** Long, for a machine that has much else to do: it is only waited for when something is broken. */
const PATIENCE_MS = 30_000;

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
