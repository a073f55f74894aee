import { printableLine } from "@mailseal/syntax";
import type { Clock, Environment } from "./environment.ts";
import { RotationError } from "./errors.ts";
import type { Journal, Lease } from "./journal.ts";
import type { RotationState } from "./rotation-state.ts";
import { isEnd, isTimed } from "./stage.ts";
import type { StepResult } from "./step.ts";
import { steps } from "./steps/step-table.ts";

/** `eager`: what waits for DNS or after a failure is tried now; what passes by time alone is not. */
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

/** Takes step after step until the rotation waits. Each is in the journal before the next is begun. */
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

/** What fails outside is waited for. The journal's own failures are the caller's. */
async function takeStep(
  state: RotationState,
  { environment, clock }: AdvanceTools,
): Promise<StepResult> {
  const step = steps[state.stage];
  if (step === undefined) {
    throw new RotationError("bad-state", `expected a rotation under way, got ${state.stage}`);
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
