import { explain, type Cause } from "@mailseal/verifier/explain";
import type { Alteration } from "./alteration.ts";
import type { Trial } from "./trials.ts";

/**
 * The outcome of a trial. `untouched`: every signature still passes, for two alterations after one of them. `wrong`: a
 * reported cause is not true. `explained`: the true cause comes first for each broken signature, and both causes are
 * reported for two alterations.
 */
export interface Judgement {
  readonly outcome: "untouched" | "explained" | "missed" | "wrong";
  /** The explanation, for people. */
  readonly reported: readonly string[];
}

export async function judge({ alterations, message, options, parts }: Trial): Promise<Judgement> {
  for (const part of parts) {
    const { outcome } = await judge(part);
    if (outcome === "untouched") {
      return { outcome, reported: [] };
    }
  }
  const { signatures } = await explain(message, options);
  const broken = signatures.filter(({ result }) => result !== "pass");
  const reported = broken.map(({ causes }) => causes.map(named).join(", "));
  if (broken.length === 0) {
    return { outcome: "untouched", reported };
  }
  const isWrong = broken.some(({ causes }) =>
    causes.some((cause) => !alterations.some((one) => isTrue(one, cause))),
  );
  const isExplained = broken.every(({ causes }) => explains(alterations, causes));
  return { outcome: isWrong ? "wrong" : isExplained ? "explained" : "missed", reported };
}

function named({ code, field }: Cause): string {
  return field === undefined ? code : `${code} ${field}`;
}

/** Saying that nothing could be proven is no falsehood. */
function isTrue({ causes, alsoTrue = [] }: Alteration, cause: Cause): boolean {
  return cause.code === "not-determined" || isNamedIn([...causes, ...alsoTrue], cause);
}

/** Causes in the DKIM-Signature field itself have only a code. */
function isNamedIn(names: readonly string[], cause: Cause): boolean {
  return names.includes(cause.code) || names.includes(named(cause));
}

function explains(alterations: readonly Alteration[], causes: readonly Cause[]): boolean {
  const [only, ...more] = alterations;
  if (only !== undefined && more.length === 0) {
    const [first] = causes;
    return first !== undefined && isNamedIn(only.causes, first);
  }
  return alterations.every(({ causes: names }) => causes.some((cause) => isNamedIn(names, cause)));
}
