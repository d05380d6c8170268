/** Resolves when the signal is aborted, at once if it is already. */
export function untilStopped(stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    stopped.addEventListener("abort", () => resolve(), { once: true })
  );
}

/**
 * Resolves or rejects with the first of these, or resolves when stopped. On the signal, which lasts, it
 * leaves nothing behind: a race with one promise that never comes would grow by every call.
 */
export async function orStopped(stopped: AbortSignal, ...work: Promise<unknown>[]): Promise<void> {
  if (stopped.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  stopped.addEventListener("abort", end);
  try {
    await Promise.race([...work, promise]);
  } finally {
    stopped.removeEventListener("abort", end);
  }
}

/** Resolves after `ms`, or when stopped. */
export function sleep(ms: number, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopped.addEventListener("abort", end);
  });
}
