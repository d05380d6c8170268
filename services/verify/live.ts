/** A client of the live stream that notes what comes. */
import { WebSocketMessage } from "../../contracts/websocket.ts";

export class LiveListener {
  readonly #socket: WebSocket;
  readonly #heard: WebSocketMessage[] = [];
  #failure: string | undefined;
  #wake = Promise.withResolvers<void>();

  /** Connects to the hub at this address, with a token if it wants one. */
  constructor(hubUrl: string, token: string | undefined) {
    const url = new URL("/ws/flights", hubUrl);
    url.protocol = url.protocol.replace("http", "ws");
    this.#socket = new WebSocket(url, token === undefined ? ["json"] : ["json", `bearer.${token}`]);
    this.#socket.onmessage = ({ data }) => this.#note(data);
    this.#socket.onclose = () => this.#fail(`the hub closed the connection to ${url}`);
    this.#socket.onerror = (event) => {
      event.preventDefault();
      this.#fail(`${url} cannot be connected to`);
    };
  }

  /**
   * What `seen` makes of everything heard so far, as soon as that is not undefined.
   * @throws Error when the connection ends, says what is no message, or nothing is seen in time
   */
  async until<T>(
    seen: (heard: readonly WebSocketMessage[]) => T | undefined,
    what: string,
    withinMs: number,
  ): Promise<T> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, withinMs);
    const deadline = performance.now() + withinMs;
    try {
      for (;;) {
        const answer = seen(this.#heard);
        if (answer !== undefined) return answer;
        if (this.#failure !== undefined) throw new Error(this.#failure);
        if (performance.now() >= deadline) {
          throw new Error(`no ${what} on the socket within ${withinMs / 1000} s`);
        }
        await Promise.race([this.#wake.promise, late.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#socket.onclose = null;
    this.#socket.close();
  }

  #note(data: unknown): void {
    const message = WebSocketMessage.safeParse(JSON.parse(String(data)));
    if (!message.success) return this.#fail(`a message is not valid: ${message.error.message}`);
    this.#heard.push(message.data);
    this.#stir();
  }

  #fail(sentence: string): void {
    this.#failure ??= sentence;
    this.#stir();
  }

  #stir(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
