import { Gauge, type Registry } from "prom-client";
import type { Reader } from "./bus/bus.ts";

/** Whoever asks for metrics has little patience, and a broker that hangs does not say where its log ends. */
const KNOWN_WITHIN_MS = 1000;

/** A gauge of how far behind the readers are, by topic and partition, measured when somebody asks; of what is not known now there is nothing. */
export function lagGauge(name: string, registry: Registry, readers: () => readonly Reader[]): void {
  new Gauge({
    name,
    help: "Messages on the log that have not been taken yet",
    labelNames: ["topic", "partition"],
    registers: [registry],
    async collect() {
      const lags = Promise.all(readers().map((reader) => reader.lag()));
      const late = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => late.resolve(undefined), KNOWN_WITHIN_MS);
      const known = await Promise.race([lags, late.promise]).finally(() => clearTimeout(timer));
      // What was known last is the best there is.
      if (known === undefined) return;
      this.reset();
      for (const { topic, partition, lag, endOffset } of known.flat()) {
        if (endOffset !== undefined) this.set({ topic, partition }, lag);
      }
    },
  });
}
