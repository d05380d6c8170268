/**
 * A process with an embedded database that writes batches of 500 rows until it is killed, and says
 * how many are written after each: `deno run -A embedded_writer.ts DATA_DIR`. Without a lock it says
 * why and ends.
 */
import { startEmbedded } from "../../db/embedded.ts";
import { openSql } from "../../db/database.ts";
import { flightRow } from "../../db/testing.ts";
import { createLog } from "../../services/log.ts";
import { writeHistory } from "../../db/writes.ts";

const PER_BATCH = 500;
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

const embedded = startEmbedded({
  dataDir: Deno.args[0]!,
  log: createLog({ role: "test", level: "error", format: "text" }),
});
const { status, detail } = embedded.state();
if (status === "down") {
  say(detail ?? status);
  Deno.exit(1);
}
await embedded.ready;
const sql = openSql(embedded.url);
for (let batch = 0;; batch++) {
  const rows = Array.from(
    { length: PER_BATCH },
    (_, i) => flightRow(i.toString(16).padStart(6, "0"), batch),
  );
  await writeHistory(sql, rows);
  say(String((batch + 1) * PER_BATCH));
}
