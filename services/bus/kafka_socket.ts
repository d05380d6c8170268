/** The sockets that kafkajs talks through. */
import net from "node:net";
import tls from "node:tls";

const KEEP_ALIVE_MS = 60_000;

interface SocketOptions {
  readonly host: string;
  readonly port: number;
  /** Undefined for a connection that is not encrypted. */
  readonly ssl?: tls.ConnectionOptions;
  readonly onConnect: () => void;
}

/** A socket that sends at once, and is let go of only once. */
export function createSocket({ host, port, ssl, onConnect }: SocketOptions): net.Socket {
  const servername = net.isIP(host) ? undefined : host;
  const socket = ssl
    ? tls.connect({ host, port, servername, ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  // Requests are small and whole: waiting to fill a packet only makes them late.
  socket.setNoDelay(true);
  // kafkajs unrefs a socket that failed at each attempt to come; on one that never connected each
  // would be noted for when it does, without end.
  const unref = socket.unref.bind(socket);
  socket.unref = () => socket.destroyed ? socket : unref();
  return socket;
}
