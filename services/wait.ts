/** Resolves when the signal is aborted, at once if it is already. */
export function untilStopped(stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    stopped.addEventListener("abort", () => resolve(), { once: true })
  );
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
