import type { Bus, BusRecord } from "../bus/bus.ts";

/** Every record that is on a topic now. */
export async function readToEnd(
  bus: Bus,
  topic: string,
  see: (record: BusRecord) => void,
): Promise<void> {
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  while ((await reader.lag()).some(({ lag }) => lag > 0)) {
    for (const record of (await reader.next())?.records ?? []) see(record);
  }
  await reader.close();
}
