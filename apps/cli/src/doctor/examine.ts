import { MailsealError } from "@mailseal/errors";
import { type ExitCode, exitCode } from "../exit-code.ts";
import type { Check } from "./check.ts";
import { findingKinds, kindOf } from "./finding-kinds.ts";
import { type Finding, NotKnown, type Unknown } from "./finding.ts";
import type { Installation } from "./installation.ts";

/** The result of all checks. */
export interface Examination {
  /** The most important first, without those that are consequences of others. */
  readonly findings: readonly (Finding & { readonly check: string })[];
  /** Checks that could not be made, unless a finding is the reason. */
  readonly unknown: readonly (Unknown & Pick<Check, "id" | "claim">)[];
  /** Checks that found nothing. */
  readonly well: readonly Pick<Check, "id" | "claim">[];
  /** A check has reached its limit, and may still wait for something. */
  readonly hasTimedOut: boolean;
}

interface Outcome {
  readonly check: Check;
  readonly findings: readonly Finding[];
  readonly unknown: readonly Unknown[];
  readonly applies: boolean;
  readonly hasTimedOut: boolean;
}

/** Makes all checks side by side. A check that cannot be made, or takes too long, is unknown. Rejects only for a defect. */
export async function examine(
  installation: Installation,
  checks: readonly Check[],
): Promise<Examination> {
  const outcomes = await Promise.all(checks.map((check) => outcomeOf(check, installation)));
  const all = outcomes.flatMap(({ check, findings }) =>
    findings.map((found) => ({ ...found, check: check.id })),
  );
  const present = new Set(all.map(({ kind }) => kind));
  const namedBy = (part: "explains" | "prevents"): ReadonlySet<string> =>
    new Set([...present].flatMap((kind) => kindOf(kind)[part] ?? []));
  const [explained, prevented] = [namedBy("explains"), namedBy("prevents")];
  const order = [...findingKinds.keys()];
  return {
    findings: all
      .filter(({ kind }) => !explained.has(kind))
      .toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind)),
    unknown: outcomes
      .filter(({ check }) => !prevented.has(check.id))
      .flatMap(({ check: { id, claim }, unknown }) =>
        unknown.map((each) => ({ id, claim, ...each })),
      ),
    well: outcomes
      .filter(
        ({ findings, unknown, applies }) =>
          applies && findings.length === 0 && unknown.length === 0,
      )
      .map(({ check: { id, claim } }) => ({ id, claim })),
    hasTimedOut: outcomes.some(({ hasTimedOut }) => hasTimedOut),
  };
}

/** 0: all is well; 1: something is wrong; 3 or 75: nothing wrong was found, but a check could not be made. */
export function exitCodeOf({ findings, unknown }: Examination): ExitCode {
  if (findings.some(({ kind }) => kindOf(kind).level !== "note")) return exitCode.no;
  if (unknown.length === 0) return exitCode.ok;
  return unknown.every(({ cause }) => cause === "later") ? exitCode.temporary : exitCode.unreadable;
}

async function outcomeOf(check: Check, installation: Installation): Promise<Outcome> {
  const { limitMs } = check;
  const findings: Finding[] = [];
  const unknown: Unknown[] = [];
  let applies = true;
  let hasTimedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      hasTimedOut = true;
      reject(new NotKnown(`there was no answer within ${limitMs / 1000} s`, "later"));
    }, limitMs);
  });
  try {
    const run = check.run(installation, {
      found: (finding) => void findings.push(finding),
      unknown: (reason, cause) => void unknown.push({ reason, cause }),
      doesNotApply: () => {
        applies = false;
      },
    });
    await Promise.race([run, limit]);
  } catch (error) {
    unknown.push(unknownOf(error));
  } finally {
    clearTimeout(timer);
  }
  // Copies, because a check may go on after its limit.
  return { check, findings: [...findings], unknown: [...unknown], applies, hasTimedOut };
}

function unknownOf(error: unknown): Unknown {
  if (error instanceof NotKnown) return error.unknown;
  // Such as a file that cannot be read. Anything else is a defect.
  const isExpected = error instanceof MailsealError || (error instanceof Error && "code" in error);
  if (isExpected) return { reason: error.message, cause: "access" };
  throw error;
}
