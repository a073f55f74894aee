import { createLog, type Logger } from "@mailseal/service";

export type LogLine = Record<string, unknown>;

/** A log whose lines a test can read and wait for. */
export interface CollectedLog {
  readonly log: Logger;
  readonly lines: readonly LogLine[];
  /** Resolves when a line matches. */
  readonly logged: (matches: (line: LogLine) => boolean) => Promise<void>;
}

export function collectedLog(): CollectedLog {
  const lines: LogLine[] = [];
  let wake: () => void = () => undefined;
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as LogLine);
    wake();
  };
  return {
    log: createLog({ level: "debug", format: "json" }, { write }),
    lines,
    logged: async (matches) => {
      while (!lines.some(matches)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Matches the log line of a delivery that ended in this way. */
export const settled =
  (how: string) =>
  (line: LogLine): boolean =>
    line["msg"] === "delivery" && line["settled"] === how;
