/** The broker of another worker: calls go over a message port, packed records are transferred. */
import type { BrokerLink } from "./broker.ts";

interface Call {
  readonly id: number;
  readonly method: keyof BrokerLink;
  readonly args: unknown[];
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Answers the calls of one worker until told to stop, which also closes what that worker had open. */
export function serveBroker(port: MessagePort, broker: BrokerLink): () => void {
  const opened = new Set<number>();
  port.onmessage = async ({ data }: MessageEvent<Call>) => {
    const { id, method, args } = data;
    try {
      const call = broker[method] as (...args: unknown[]) => Promise<unknown>;
      const result = await call.apply(broker, args);
      if (method === "openReader") opened.add(result as number);
      port.postMessage({ id, result } satisfies Answer, buffersOf(result));
    } catch (error) {
      port.postMessage({ id, error: String(error) } satisfies Answer);
    }
  };
  return () => {
    port.close();
    for (const reader of opened) void broker.closeReader(reader);
  };
}

/** The broker at the other end of `port`. */
export function connectBroker(port: MessagePort): BrokerLink {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  port.onmessage = ({ data }: MessageEvent<Answer>) => {
    const answered = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error === undefined) answered?.resolve(data.result);
    else answered?.reject(new Error(data.error));
  };
  const call = <T>(method: keyof BrokerLink, args: unknown[]): Promise<T> => {
    const answer = Promise.withResolvers<unknown>();
    const id = ++lastId;
    waiting.set(id, answer);
    port.postMessage({ id, method, args } satisfies Call, args.flatMap(buffersOf));
    return answer.promise as Promise<T>;
  };
  return {
    append: (...args) => call("append", args),
    openReader: (...args) => call("openReader", args),
    poll: (...args) => call("poll", args),
    commit: (...args) => call("commit", args),
    rewind: (...args) => call("rewind", args),
    lag: (...args) => call("lag", args),
    closeReader: (...args) => call("closeReader", args),
  };
}

/** The buffers of packed records in a batch or a list of parts, to be handed over rather than copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const parts: { packed?: Uint8Array<ArrayBuffer> }[] = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => part?.packed ? [part.packed.buffer] : []);
}
