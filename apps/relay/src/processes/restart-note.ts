import type { Config } from "@mailseal/config";

/** Read once, when the program starts. */
const readAtStart = ["processes", "admin", "log", "statistics"] as const;

/** One line for the operator where `wanted` asks for what the running program does not take from a reload. */
export function restartNote(atStart: Config, wanted: Config): string | undefined {
  const changed = readAtStart.filter(
    (name) => JSON.stringify(atStart[name]) !== JSON.stringify(wanted[name]),
  );
  return changed.length === 0
    ? undefined
    : `${changed.join(", ")}: changed, and in force only after a restart of mailseal-relay`;
}
