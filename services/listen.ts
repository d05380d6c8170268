import { SettingError, type SettingName } from "./config.ts";

const HIGHEST_PORT = 65_535;
/** Far enough from the port in use not to be another of ours. */
const ANOTHER = 10;

/** Deno's server ends where the system gives it no more files, of which each connection is one. */
const TOO_MANY =
  "there are more connections than this process may have files open: let it have more " +
  "(ulimit -n, LimitNOFILE= of systemd), and put a proxy in front that ends those who ask nothing";

export interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  /** The setting that gave the port, for whoever has to choose another. */
  readonly setting: SettingName;
  readonly stopped: AbortSignal;
}

export interface Listening {
  readonly url: string;
  /** Resolves when the server has ended. */
  readonly finished: Promise<void>;
}

/**
 * An HTTP server that ends with `stopped`.
 * @throws SettingError when the port is taken or the address is not one of this machine's
 */
export function listen(
  { hostname, port, setting, stopped }: ListenOptions,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Listening {
  try {
    const server = Deno.serve({ hostname, port, signal: stopped, onListen: () => {} }, handler);
    // A signal from before it listened would never reach it.
    if (stopped.aborted) void server.shutdown();
    // A page on the wildcard address is opened on this machine's own.
    const host = hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname;
    const shown = host.includes(":") ? `[${host}]` : host;
    const finished = server.finished.catch((error) => {
      throw isOutOfFiles(error) ? new Error(TOO_MANY, { cause: error }) : error;
    });
    return { url: `http://${shown}:${server.addr.port}`, finished };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new SettingError(
        setting,
        String(port),
        `but that port is in use: stop what listens there or choose another, such as ${setting}=${
          port < HIGHEST_PORT - ANOTHER ? port + ANOTHER : port - ANOTHER
        }`,
      );
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      const remedy = "but this user may not listen there: choose one from 1024 on";
      throw new SettingError(setting, String(port), remedy);
    }
    // What is left is the address: not this machine's, or a name that nobody knows.
    throw new SettingError("BACKEND_HOST", hostname, "but must be an address of this machine");
  }
}

function isOutOfFiles(error: unknown): boolean {
  return error instanceof Error && /\(os error 2[34]\)/.test(error.message);
}
