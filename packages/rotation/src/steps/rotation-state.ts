import type { KeyType } from "@mailseal/crypto";
import type { RotationPlan } from "../plan.ts";
import type { RotationSetup } from "../setup.ts";
import { isEnd, type Stage } from "./stage.ts";

/** A key of a rotation. Nothing in it is secret. */
export interface RotatedKey {
  readonly selector: string;
  readonly keyFile: string;
  /** Of a key that the rotation makes. */
  readonly type?: KeyType;
  readonly bits?: number;
  /** Known once the key is made: what DNS must show, and the SHA-256 that tells the public key. */
  readonly record?: string;
  readonly fingerprint?: string;
}

/** All that is known of a rotation: what the journal keeps, and what a step makes the next one of. */
export interface RotationState {
  readonly id: number;
  readonly domain: string;
  readonly stage: Stage;
  /** `back`: it was aborted, and goes back to the keys before it. */
  readonly direction: "forward" | "back";
  /** What the domain will sign with, and has from `overlap` on. */
  readonly incoming: readonly RotatedKey[];
  /** What it signed with until then. */
  readonly outgoing: readonly RotatedKey[];
  /** The publisher has been told of the change of this stage. */
  readonly handedOver: boolean;
  readonly sinceMs: number;
  /** When to look at it again. */
  readonly dueMs: number;
  /** How often this stage has been tried in vain. */
  readonly attempts: number;
  /** Why it waits, or what has failed. One line. */
  readonly problem?: string;
  /** Of `problem`: DNS or a person is not so far yet; or something did not work. */
  readonly cause?: "not-yet" | "failed";
  /** What a person has to do. Several lines, in ASCII. */
  readonly advice?: string;
  readonly plan: RotationPlan;
  /** How to reach disk and DNS, for who has nothing but the journal. */
  readonly setup?: RotationSetup;
}

/** Into another stage, where nothing has been done yet. */
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

/** What the end is called: who went back ends aborted. */
export function endOf({ direction }: RotationState): Stage {
  return direction === "back" ? "aborted" : "retired";
}
