import type { Environment } from "../environment.ts";
import { RotationError } from "../errors.ts";
import type { RotatedKey, RotationState } from "./rotation-state.ts";

export interface Moved {
  readonly kind: "moved";
  readonly state: RotationState;
  /** The history entry of the step, in one line. */
  readonly event: string;
}

/** The result of a step: a move to another state, or a wait. */
export type StepResult =
  | Moved
  | {
      readonly kind: "waiting";
      /** "not-yet": DNS or a person has not finished; "failed": an error. Both are retried. */
      readonly cause: "not-yet" | "failed";
      readonly reason: string;
      readonly retryAfterMs: number;
    };

/**
 * Has at most one kind of external effect, and returns the new state of the rotation. It may be interrupted anywhere and
 * repeated from the same state: its external effects change nothing the second time. If it rejects, it is retried later.
 */
export type Step = (
  state: RotationState,
  environment: Environment,
  nowMs: number,
) => Promise<StepResult>;

export function moved(state: RotationState, event: string): Moved {
  return { kind: "moved", state, event };
}

export function waiting(reason: string, retryAfterMs = 0): StepResult {
  return { kind: "waiting", cause: "not-yet", reason, retryAfterMs };
}

/** The selectors, for people, or "nothing". */
export function namesOf(keys: readonly Pick<RotatedKey, "selector">[]): string {
  return keys.length === 0 ? "nothing" : keys.map(({ selector }) => selector).join(", ");
}

export function recordOf(key: RotatedKey): string {
  if (key.record !== undefined) return key.record;
  throw new RotationError(
    "bad-state",
    `the key ${key.selector} has no record in the journal; abort the rotation`,
  );
}
