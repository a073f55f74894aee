import type { Environment } from "../environment.ts";
import { RotationError } from "../errors.ts";
import type { RotatedKey, RotationState } from "./rotation-state.ts";

export interface Moved {
  readonly kind: "moved";
  readonly state: RotationState;
  /** What was done, for the history. One line. */
  readonly event: string;
}

/** What a step has done, or waits for. */
export type StepResult =
  | Moved
  | {
      readonly kind: "waiting";
      /** DNS or a person is not so far yet; or something did not work. Both are tried again. */
      readonly cause: "not-yet" | "failed";
      readonly reason: string;
      readonly retryAfterMs: number;
    };

/**
 * Does at most one kind of thing outside, and says what has become of the rotation. It may be cut off
 * anywhere and be done again from the same state: whatever it does outside changes nothing the second time.
 * Where it rejects, it is tried again later.
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

/** For people: the selectors, or "nothing". */
export function namesOf(keys: readonly Pick<RotatedKey, "selector">[]): string {
  return keys.length === 0 ? "nothing" : keys.map(({ selector }) => selector).join(", ");
}

export function recordOf(key: RotatedKey): string {
  if (key.record !== undefined) return key.record;
  throw new RotationError("bad-state", `expected ${key.selector} to have a record, got none`);
}
