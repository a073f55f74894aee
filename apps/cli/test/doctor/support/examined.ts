import type { Check } from "../../../src/doctor/check.ts";
import { NotKnown, type Finding } from "../../../src/doctor/finding.ts";
import type { Installation } from "../../../src/doctor/installation.ts";

export interface Examined {
  readonly findings: readonly Finding[];
  readonly kinds: readonly string[];
  readonly unknown: readonly string[];
  readonly applies: boolean;
}

/** Runs one check by itself, without time limit. */
export async function examined(check: Check, installation: Installation): Promise<Examined> {
  const findings: Finding[] = [];
  const unknown: string[] = [];
  let applies = true;
  try {
    await check.run(installation, {
      found: (finding) => void findings.push(finding),
      unknown: (reason) => void unknown.push(reason),
      doesNotApply: () => {
        applies = false;
      },
    });
  } catch (error) {
    if (!(error instanceof NotKnown)) throw error;
    unknown.push(error.message);
  }
  return { findings, kinds: findings.map(({ kind }) => kind), unknown, applies };
}
