import type { Role, RunRole } from "./role.ts";

/** The code of a role, which is loaded only where it runs. */
export async function loadRole(role: Role): Promise<RunRole> {
  switch (role) {
    case "ingest":
      return (await import("./ingest/ingest.ts")).runIngest;
    case "process":
      return (await import("./process/process.ts")).runProcess;
    case "hub":
      return (await import("./hub/hub.ts")).runHub;
    case "ui":
      return (await import("./ui/ui.ts")).runUi;
  }
}
