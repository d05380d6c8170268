/** Log lines on stderr: stdout is for results. */

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly role: string;
  readonly level: LogLevel;
  readonly format: "text" | "json";
}

const encoder = new TextEncoder();

/** A log whose every line names the role, and the ids that matter as `key=value`. */
export function createLog(
  { role, level, format }: LogOptions,
  write: (line: string) => void = (line) => void Deno.stderr.writeSync(encoder.encode(line)),
): Log {
  const least = LOG_LEVELS.indexOf(level);
  const line = format === "json" ? jsonLine : textLine;
  const at = (index: number) => (message: string, fields: LogFields = {}) => {
    if (index >= least) write(line(new Date(), LOG_LEVELS[index]!, role, message, fields));
  };
  return { debug: at(0), info: at(1), warn: at(2), error: at(3) };
}

function jsonLine(at: Date, level: LogLevel, role: string, message: string, fields: LogFields) {
  return JSON.stringify({ time: at.toISOString(), level, role, message, ...fields }) + "\n";
}

function textLine(at: Date, level: LogLevel, role: string, message: string, fields: LogFields) {
  const ids = Object.entries(fields).filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${value}`).join("");
  const time = at.toISOString().slice(11, 23);
  return `${time} ${level.toUpperCase().padEnd(5)} ${role.padEnd(10)} ${message}${ids}\n`;
}
