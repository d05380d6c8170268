/**
 * What is left of a worker that hangs. `Worker.terminate()` does not interrupt running JavaScript
 * (denoland/deno#35657, seen in 2.9.6): the thread goes on with its loop and keeps its sockets. So its
 * listening socket is shut, which frees the port for its successor, and its thread goes to the back of
 * the scheduler's queue. Both take the C library, by FFI, and Linux's /proc.
 */

const LISTEN_STATE = "0A";
const SHUT_RDWR = 2;
const PRIO_PROCESS = 0;
const LOWEST_PRIORITY = 19;

/** The operating system's number of this thread; undefined where /proc does not tell. */
export function threadId(): number | undefined {
  try {
    return Number(Deno.readLinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return undefined;
  }
}

/**
 * Frees the port that a hung worker of this process listens on, and slows its thread.
 * @throws where that cannot be done: another system than Linux, or no permission for FFI
 */
export function disarm({ port, threadId }: { port?: number; threadId?: number }): void {
  const libc = Deno.dlopen("libc.so.6", {
    shutdown: { parameters: ["i32", "i32"], result: "i32" },
    setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
  });
  try {
    for (const fd of port ? listeningOn(port) : []) libc.symbols.shutdown(fd, SHUT_RDWR);
    if (threadId) libc.symbols.setpriority(PRIO_PROCESS, threadId, LOWEST_PRIORITY);
  } finally {
    libc.close();
  }
}

/** This process's file descriptors that are sockets listening on the port. */
function listeningOn(port: number): number[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = ["tcp", "tcp6"].flatMap((family) => {
    const rows = Deno.readTextFileSync(`/proc/self/net/${family}`).trim().split("\n").slice(1);
    return rows.map((row) => row.trim().split(/\s+/))
      .filter(([, local, , state]) => local!.endsWith(ending) && state === LISTEN_STATE)
      .map((fields) => `socket:[${fields[9]}]`);
  });
  const fds: number[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (sockets.includes(Deno.readLinkSync(`/proc/self/fd/${name}`))) fds.push(Number(name));
    } catch (error) {
      // The descriptor that reads the folder is gone by now.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return fds;
}
