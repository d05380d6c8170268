/**
 * `deno task crash-runs [SEEDS]`: a replay undisturbed, then with roles, broker and database killed at
 * moments that each seed says (20 of them), and whether all came to the same. Prints a table; exits
 * with 1 if one did not.
 */
import { startCluster } from "../tests/cluster.ts";
import { crashRun, type Outcome, seededKills } from "../tests/crash_runs.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const RECORDING = "fixtures/opensky_nyc_sample.jsonl";
const SPEED = 100;

function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

function row(name: string, outcome: Outcome, verdict: string): void {
  const { rows, anomalyCount, tookS } = outcome;
  print(
    `${name.padEnd(12)} ${rows} rows, ${anomalyCount} anomalies, ${tookS.toFixed(0)} s ${verdict}`,
  );
}

const seeds = Number(Deno.args[0] ?? 20);
if (!Number.isInteger(seeds) || seeds < 1) {
  print(`SEEDS is "${Deno.args[0]}", but must be a whole number from 1`);
  Deno.exit(2);
}
const cluster = await startCluster();
let different = 0;
try {
  const run = { cluster, recording: RECORDING, speed: SPEED };
  const undisturbed = await crashRun({ ...run, rows: 0, kills: [] });
  row("undisturbed", undisturbed, "");
  for (let seed = 1; seed <= seeds; seed++) {
    const kills = seededKills(seed);
    const outcome = await crashRun({ ...run, rows: undisturbed.rows, kills });
    const others = (["history", "anomalies", "published"] as const)
      .filter((part) => outcome[part] !== undisturbed[part]);
    if (others.length > 0) different++;
    const killed = kills.map(({ target, atPart }) => `${target} ${Math.round(atPart * 100)} %`);
    row(
      `seed ${seed}`,
      outcome,
      `${others.length > 0 ? `OTHER ${others.join(", ")}` : "the same"} (${killed.join(", ")})`,
    );
  }
} finally {
  await cluster.close();
}
print(`${seeds - different} of ${seeds} came to the same`);
Deno.exit(different === 0 ? 0 : 1);
