import { printableLine } from "@mailseal/syntax";
import type { Clock, Environment } from "../environment.ts";
import { RotationError } from "../errors.ts";
import type { Journal, Lease } from "../journal.ts";
import { activate } from "./activate.ts";
import { generate } from "./generate.ts";
import { confirm, publish } from "./publish.ts";
import type { RotationState } from "./rotation-state.ts";
import { isEnd, isTimed, type Stage } from "./stage.ts";
import { namesOf, type Step, type StepResult } from "./step.ts";
import { overlap, retire, revoke, revoked } from "./withdraw.ts";

/** The step of each stage; the ends have none. */
const steps: Readonly<Record<Stage, Step | undefined>> = {
  generate,
  publish,
  confirm,
  activate,
  overlap,
  revoke,
  revoked,
  retire,
  retired: undefined,
  aborted: undefined,
};

/** `eager`: steps that wait for DNS or after a failure are tried now; stages that end by time alone still wait. */
export type Patience = "scheduled" | "eager";

export function isDue(state: RotationState, nowMs: number, patience: Patience): boolean {
  if (isEnd(state.stage)) return false;
  return state.dueMs <= nowMs || (patience === "eager" && !isTimed(state.stage));
}

export interface AdvanceTools {
  readonly journal: Journal;
  readonly lease: Lease;
  readonly environment: Environment;
  readonly clock: Clock;
}

/** Takes steps until the rotation has to wait. The journal records each step before the next one starts. */
export async function advanceRotation(
  start: RotationState,
  tools: AdvanceTools,
  patience: Patience,
): Promise<{ readonly state: RotationState; readonly did: readonly string[] }> {
  const { journal, lease, clock } = tools;
  const did: string[] = [];
  let state = start;
  while (isDue(state, clock.nowMs(), patience)) {
    const result = await takeStep(state, tools);
    const atMs = clock.nowMs();
    const { stage } = state;
    if (result.kind === "waiting") {
      const next = postponed(state, result, atMs);
      const isNews = next.problem !== state.problem;
      journal.commit(lease, next, { stage, atMs, ...(isNews ? { event: result.reason } : {}) });
      return { state: next, did };
    }
    journal.commit(lease, result.state, { stage, atMs, event: result.event });
    did.push(result.event);
    ({ state } = result);
  }
  return { state, did };
}

/** Turns an external failure into a wait. Failures of the journal are thrown. */
async function takeStep(
  state: RotationState,
  { environment, clock }: AdvanceTools,
): Promise<StepResult> {
  const step = steps[state.stage];
  if (step === undefined) {
    throw new RotationError("bad-state", `a rotation in the stage ${state.stage} has no next step`);
  }
  try {
    return await step(state, environment, clock.nowMs());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "waiting", cause: "failed", reason: printableLine(reason), retryAfterMs: 0 };
  }
}

function postponed(
  state: RotationState,
  { cause, reason, retryAfterMs }: Extract<StepResult, { readonly kind: "waiting" }>,
  nowMs: number,
): RotationState {
  const { retryMs, maxRetryMs } = state.plan;
  // The exponent is bounded: it would be infinite after a thousand attempts.
  const backOffMs = retryMs * 2 ** Math.min(state.attempts, 30);
  return {
    ...state,
    attempts: state.attempts + 1,
    problem: reason,
    cause,
    dueMs: nowMs + Math.min(Math.max(backOffMs, retryAfterMs), maxRetryMs),
  };
}

/** Describes the next step of a rotation for a person; undefined if there is none. */
export function describeNext(state: RotationState): string | undefined {
  const { stage, handedOver, plan } = state;
  const incoming = namesOf(state.incoming);
  const outgoing = namesOf(state.outgoing);
  if (isEnd(stage)) return undefined;
  switch (stage) {
    case "generate":
      return `make the private keys of ${incoming}`;
    case "publish":
      return `publish ${incoming} in DNS`;
    case "confirm":
      return `ask every resolver for ${incoming}; when all return it, sign with it`;
    case "activate":
      return `ask every resolver for ${incoming} once more, then sign with it`;
    case "overlap":
    case "revoke":
      return handedOver
        ? `ask every resolver whether ${outgoing} is revoked`
        : `publish ${outgoing} as revoked (p= empty)`;
    default:
      return handedOver
        ? `ask every resolver whether ${outgoing} is gone, then ${plan.retiredKeys} its private key`
        : `remove ${outgoing} from DNS`;
  }
}
