import { explain, type Cause } from "@mailseal/verifier/explain";
import type { Alteration } from "./alteration.ts";
import type { Trial } from "./trials.ts";

/**
 * What became of a trial: `untouched` where every signature still passes (of two alterations: after one of
 * them), `wrong` where a cause is given
 * that is not true, `explained` where each signature that broke has the true cause first, of two
 * alterations both.
 */
export interface Judgement {
  readonly outcome: "untouched" | "explained" | "missed" | "wrong";
  /** What was said, for a person who looks for the reason. */
  readonly said: readonly string[];
}

export async function judge({ alterations, message, options, parts }: Trial): Promise<Judgement> {
  for (const part of parts) {
    const { outcome } = await judge(part);
    if (outcome === "untouched") {
      return { outcome, said: [] };
    }
  }
  const { signatures } = await explain(message, options);
  const broken = signatures.filter(({ result }) => result !== "pass");
  const said = broken.map(({ causes }) => causes.map(named).join(", "));
  if (broken.length === 0) {
    return { outcome: "untouched", said };
  }
  const isWrong = broken.some(({ causes }) =>
    causes.some((cause) => !alterations.some((one) => isTrue(one, cause))),
  );
  const isExplained = broken.every(({ causes }) => explains(alterations, causes));
  return { outcome: isWrong ? "wrong" : isExplained ? "explained" : "missed", said };
}

function named({ code, field }: Cause): string {
  return field === undefined ? code : `${code} ${field}`;
}

/** Saying that nothing could be proven is no falsehood. */
function isTrue({ causes, alsoTrue = [] }: Alteration, cause: Cause): boolean {
  return cause.code === "not-determined" || isNamedIn([...causes, ...alsoTrue], cause);
}

/** Causes of the DKIM-Signature field itself are named by their code alone. */
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
