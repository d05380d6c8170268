/**
 * Many WebSocket clients in one process, by hand and cheap: frames are followed and counted, and only
 * their first bytes are read, or the crowd would need more of the machine than the hub it measures.
 * `deno run -A tools/crowd.ts HUB_URL CLIENTS SECONDS [IDLE]`: of the clients, IDLE never read. Prints
 * a line of JSON (`CrowdReport`) when the time is over, which begins once all are connected.
 */

export interface CrowdReport {
  readonly clients: number;
  readonly deltas: number;
  /** Deltas about more than one tick: their clients had fallen behind. */
  readonly behind: number;
  /** Clients that lost their connection. */
  readonly lost: number;
  readonly bytes: number;
  /** From when the hub wrote a delta until its last byte was here, in milliseconds. */
  readonly latencyMs: { readonly median: number; readonly p95: number; readonly most: number };
}

const CLOSE = 8;
const PING = 9;
/** An answer to a ping without content, as the hub's are; masked with zeros (RFC 6455, 5.5.3). */
const PONG = Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0);
/** How much of a frame's content is read: sequence numbers and the time are at its beginning. */
const HEAD_BYTES = 256;
const READ_BYTES = 256 * 1024;

/** Every client reads into it: what is in it is dealt with before the next read. */
const decoder = new TextDecoder();
const counted = { deltas: 0, behind: 0, lost: 0, bytes: 0 };
let latenciesMs: number[] = [];
let isOver = false;

async function connect(hub: URL): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: hub.hostname, port: Number(hub.port) });
  await connection.write(
    new TextEncoder().encode(
      `GET /ws/flights HTTP/1.1\r\nhost: ${hub.host}\r\nupgrade: websocket\r\n` +
        "connection: Upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        "sec-websocket-version: 13\r\nsec-websocket-protocol: json\r\n\r\n",
    ),
  );
  return connection;
}

/** Reads one client's frames until the crowd's time is over. */
async function follow(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  const head = new Uint8Array(HEAD_BYTES);
  let [kept, left] = [0, 0];
  /** The answer to the handshake, then a frame's own head, whose bytes come in any pieces. */
  let pending = new Uint8Array();
  let isHandshake = true;
  while (!isOver) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) {
      if (!isOver) counted.lost++;
      return;
    }
    counted.bytes += count;
    let at = 0;
    while (at < count) {
      if (left > 0) {
        const some = Math.min(left, count - at);
        const copied = Math.min(some, HEAD_BYTES - kept);
        head.set(buffer.subarray(at, at + copied), kept);
        kept += copied;
        left -= some;
        at += some;
        if (left === 0) heard(head.subarray(0, kept));
        continue;
      }
      pending = Uint8Array.of(...pending, buffer[at++]!);
      if (isHandshake) {
        if (pending.length < 4 || decoder.decode(pending.subarray(-4)) !== "\r\n\r\n") continue;
        isHandshake = false;
      } else {
        const length = payloadLength(pending);
        if (length === undefined) continue;
        const opcode = pending[0]! & 0x0f;
        if (opcode === CLOSE) counted.lost++;
        if (opcode === PING) await connection.write(PONG);
        [kept, left] = [0, length];
      }
      pending = new Uint8Array();
    }
  }
}

/** Of a frame's own head (RFC 6455, 5.2; a server's are not masked); undefined while it is not whole. */
function payloadLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const longer = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + longer) return undefined;
  return longer === 0 ? short : bytes.subarray(2).reduce((sum, byte) => sum * 256 + byte, 0);
}

function heard(head: Uint8Array): void {
  const text = decoder.decode(head);
  if (!text.startsWith('{"type":"delta"')) return;
  counted.deltas++;
  if (text.includes('"from_sequence"')) counted.behind++;
  const sentAt = /"timestamp":"([^"]+)"/.exec(text)?.[1];
  latenciesMs.push(Date.now() - Date.parse(sentAt ?? ""));
}

if (import.meta.main) {
  const [url, clients = "1000", seconds = "20", idle = "0"] = Deno.args;
  const hub = new URL(url ?? "http://127.0.0.1:8000");
  const connections: Deno.TcpConn[] = [];
  const following: Promise<void>[] = [];
  for (let i = 0; i < Number(clients); i++) {
    const connection = await connect(hub);
    connections.push(connection);
    if (i >= Number(idle)) following.push(follow(connection));
  }
  // Snapshots are over, and code is warm.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  Object.assign(counted, { deltas: 0, behind: 0, bytes: 0 });
  latenciesMs = [];
  await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  isOver = true;
  latenciesMs.sort((a, b) => a - b);
  const at = (part: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * part)] ?? NaN;
  const report: CrowdReport = {
    clients: Number(clients),
    ...counted,
    latencyMs: { median: at(0.5), p95: at(0.95), most: at(1) },
  };
  // deno-lint-ignore no-console -- the report is the result
  console.log(JSON.stringify(report));
  Deno.exit();
}
