import type { KeyType } from "@mailseal/crypto";
import type { RotationPlan } from "../plan.ts";
import type { RotationSetup } from "../setup.ts";
import { isEnd, type Stage } from "./stage.ts";

/** A key of a rotation. It contains no secret. */
export interface RotatedKey {
  readonly selector: string;
  readonly keyFile: string;
  /** Set if the rotation generates the key. */
  readonly type?: KeyType;
  readonly bits?: number;
  /** Known once the key is generated: the record that DNS must return, and the SHA-256 of the public key. */
  readonly record?: string;
  readonly fingerprint?: string;
}

/** The state of a rotation. The journal keeps it, and each step computes the next one from it. */
export interface RotationState {
  readonly id: number;
  readonly domain: string;
  readonly stage: Stage;
  /** `back`: the rotation was aborted and returns to the earlier keys. */
  readonly direction: "forward" | "back";
  /** The keys that the domain signs with from `overlap` on. */
  readonly incoming: readonly RotatedKey[];
  /** The keys that it signed with before. */
  readonly outgoing: readonly RotatedKey[];
  /** Whether the publisher has received the change of this stage. */
  readonly handedOver: boolean;
  readonly sinceMs: number;
  /** The time of the next check. */
  readonly dueMs: number;
  /** The number of failed attempts in this stage. */
  readonly attempts: number;
  /** The reason for waiting, or the failure, in one line. */
  readonly problem?: string;
  /** The kind of `problem`. "not-yet": DNS or a person has not finished; "failed": an error. */
  readonly cause?: "not-yet" | "failed";
  /** Instructions for a person, in several lines of ASCII. */
  readonly advice?: string;
  readonly plan: RotationPlan;
  /** The access to disk and DNS, for a program that has only the journal. */
  readonly setup?: RotationSetup;
}

/** Moves to the start of another stage. */
export function enter(
  state: RotationState,
  stage: Stage,
  nowMs: number,
  delayMs = 0,
): RotationState {
  const { problem: _, cause: __, advice: ___, ...rest } = state;
  const dueMs = isEnd(stage) ? Number.MAX_SAFE_INTEGER : nowMs + delayMs;
  return { ...rest, stage, handedOver: false, sinceMs: nowMs, dueMs, attempts: 0 };
}

/** The final stage: `aborted` for a rotation that returned to the earlier keys. */
export function endOf({ direction }: RotationState): Stage {
  return direction === "back" ? "aborted" : "retired";
}
