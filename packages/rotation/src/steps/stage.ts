/**
 * The step that a rotation does next, or that it waits in. `retired` and `aborted` are the ends.
 * - `generate`: private keys of the incoming keys are made
 * - `publish`: their records are handed to the publisher
 * - `confirm`: until every resolver shows them
 * - `activate`: DNS is asked once more, then they are what the domain signs with
 * - `overlap`: the outgoing keys stay published for the mail that is still on its way
 * - `revoke`: the outgoing keys get an empty p= (RFC 6376 3.6.1), until every resolver shows it
 * - `revoked`: they stay so for a while
 * - `retire`: their records are removed and their files put away
 */
export type Stage =
  | "generate"
  | "publish"
  | "confirm"
  | "activate"
  | "overlap"
  | "revoke"
  | "revoked"
  | "retire"
  | "retired"
  | "aborted";

/** Nothing is done any more. */
export function isEnd(stage: Stage): boolean {
  return stage === "retired" || stage === "aborted";
}

/** What a domain signs with is still to change: only one rotation of a domain may be here. */
export function isBeforeOverlap(stage: Stage): boolean {
  return stage === "generate" || stage === "publish" || stage === "confirm" || stage === "activate";
}

/** Stages that pass by time alone; nobody can hurry them. */
export function isTimed(stage: Stage): boolean {
  return stage === "overlap" || stage === "revoked";
}
