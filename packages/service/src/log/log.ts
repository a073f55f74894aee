import { maskedText } from "@mailseal/config";
import { printable } from "@mailseal/syntax";
import { pino, type DestinationStream, type Logger } from "pino";

export type { Logger } from "pino";

/** The level and the form of a log. */
export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  readonly format: "json" | "text";
}

/**
 * A log of one line for each event. Control characters are escaped, whatever a message holds, and passwords in the URLs
 * of servers are masked.
 *
 * ```ts
 * const log = createLog({ level: "info", format: "json" }, process.stdout);
 * log.info({ queueId: "1" }, "message");
 * ```
 */
export function createLog(options: LogOptions, destination: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (level) => ({ level }),
        log: (entry) => printableEntry(entry),
      },
    },
    options.format === "json"
      ? destination
      : { write: (line: string) => destination.write(textLine(line)) },
  );
}

function printableEntry(entry: Record<string, unknown>): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entry)) {
    safe[name] = printableValue(value);
  }
  return safe;
}

function printableValue(value: unknown): unknown {
  if (typeof value === "string") {
    return printable(maskedText(value));
  }
  if (value instanceof Error) {
    return printable(maskedText(`${value.name}: ${value.message}`));
  }
  return Array.isArray(value) ? value.map(printableValue) : value;
}

/** Turns a JSON line into `time level message name=value ...`. */
function textLine(line: string): string {
  const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}=${textValue(value)}`);
  return `${[time, level, msg, ...pairs].join(" ")}\n`;
}

function textValue(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
