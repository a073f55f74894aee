import type { Examination } from "./examine.ts";
import { kindOf } from "./finding-kinds.ts";

/** The same for programs: every finding, and the state of every check that applies. */
export function reportJson({ findings, unknown, well }: Examination, exit: number): unknown {
  return {
    ok: exit === 0,
    findings: findings.map(({ kind, check, what, command, advice }) => ({
      kind,
      level: kindOf(kind).level,
      check,
      what,
      why: kindOf(kind).why,
      command: command ?? null,
      advice: advice ?? null,
    })),
    unknown: unknown.map(({ id, reason, cause }) => ({ check: id, reason, cause })),
    well: well.map(({ id }) => id),
  };
}
