import { Gauge, type Registry } from "prom-client";
import type { Reader } from "./bus/bus.ts";

/** A gauge of how far behind the readers are, by topic and partition, measured when somebody asks. */
export function lagGauge(name: string, registry: Registry, readers: () => readonly Reader[]): void {
  new Gauge({
    name,
    help: "Messages on the log that have not been taken yet",
    labelNames: ["topic", "partition"],
    registers: [registry],
    async collect() {
      this.reset();
      for (const reader of readers()) {
        for (const { topic, partition, lag } of await reader.lag()) {
          this.set({ topic, partition }, lag);
        }
      }
    },
  });
}
