/**
 * A WebSocket client by hand (RFC 6455), for what a well-behaved one never does: it reads from its
 * socket only when told to, and shows the answer to its handshake as it came.
 */
import { within } from "../services/testing/deadline.ts";

const TEXT = 1;
const CLOSE = 8;

export class RawClient {
  /** Status line and headers of the answer, in lower case. */
  readonly answer: string;
  readonly #connection: Deno.TcpConn;
  #unread: Uint8Array;

  static async connect(hubUrl: string, headers: Record<string, string> = {}): Promise<RawClient> {
    const { hostname, port, host } = new URL(hubUrl);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const request = {
      host,
      upgrade: "websocket",
      connection: "Upgrade",
      // The example of RFC 6455, 1.3.
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
      ...headers,
    };
    const lines = Object.entries(request).map(([name, value]) => `${name}: ${value}\r\n`);
    const text = `GET /ws/flights HTTP/1.1\r\n${lines.join("")}\r\n`;
    await connection.write(new TextEncoder().encode(text));
    let received = new Uint8Array();
    for (;;) {
      received = joined(received, await readSome(connection));
      const end = new TextDecoder().decode(received).indexOf("\r\n\r\n");
      if (end < 0) continue;
      const answer = new TextDecoder().decode(received.subarray(0, end)).toLowerCase();
      return new RawClient(connection, answer, received.subarray(end + 4));
    }
  }

  private constructor(connection: Deno.TcpConn, answer: string, unread: Uint8Array) {
    this.#connection = connection;
    this.answer = answer;
    this.#unread = unread;
  }

  /** The next text message; undefined once the hub closes. */
  async next(): Promise<string | undefined> {
    let text = new Uint8Array();
    for (;;) {
      const { isLast, opcode, payload } = await this.#frame();
      if (opcode === CLOSE) return undefined;
      if (opcode > TEXT) continue;
      text = joined(text, payload);
      if (isLast) return new TextDecoder().decode(text);
    }
  }

  /** Bytes as they are: a frame, or what is none. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  close(): void {
    this.#connection.close();
  }

  /** One frame (RFC 6455, 5.2); a server's are not masked. */
  async #frame() {
    const [first, second] = await this.#take(2) as unknown as [number, number];
    let length = second & 0x7f;
    if (length === 126) length = new DataView((await this.#take(2)).buffer).getUint16(0);
    else if (length === 127) {
      length = Number(new DataView((await this.#take(8)).buffer).getBigUint64(0));
    }
    return {
      isLast: (first & 0x80) !== 0,
      opcode: first & 0x0f,
      payload: await this.#take(length),
    };
  }

  async #take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts = [this.#unread];
    for (let have = this.#unread.length; have < count;) {
      const some = await readSome(this.#connection);
      parts.push(some);
      have += some.length;
    }
    const all = joined(...parts);
    this.#unread = all.subarray(count);
    return all.slice(0, count);
  }
}

async function readSome(connection: Deno.TcpConn): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(64 * 1024);
  const count = await within(connection.read(buffer), "bytes from the hub");
  if (count === null) throw new Error("the hub hung up");
  return buffer.subarray(0, count);
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
