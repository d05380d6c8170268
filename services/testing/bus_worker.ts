/** The far end of the bus benchmark: reads everything from a topic and says what it took. */
import { EmbeddedBus } from "../bus/memory.ts";
import { connectBroker } from "../bus/port.ts";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { parseMessage } from "../../contracts/parse.ts";

export interface ReadOrder {
  readonly port: MessagePort;
  readonly topic: string;
  readonly count: number;
  /** Decode and validate every record, as the roles do. */
  readonly validate: boolean;
}

const worker = self as unknown as {
  onmessage: ((event: MessageEvent<ReadOrder>) => void) | null;
  postMessage(message: string): void;
};

worker.onmessage = async ({ data: { port, topic, count, validate } }) => {
  const bus = new EmbeddedBus(connectBroker(port));
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  worker.postMessage("reading");
  for (let got = 0; got < count;) {
    const batch = await reader.next();
    if (!batch) return;
    got += batch.records.length + batch.missed;
    if (!validate) continue;
    for (const { value } of batch.records) {
      const parsed = parseMessage(FlightEnvelope, value!);
      if (!parsed.ok) throw new Error(parsed.reason);
    }
  }
  await bus.close();
  port.close();
  worker.postMessage("done");
};
