/**
 * The next step of a rotation, or the step in which it waits. `retired` and `aborted` are the ends.
 * - `generate`: makes the private keys of the incoming keys
 * - `publish`: hands their records to the publisher
 * - `confirm`: waits until every resolver returns them
 * - `activate`: checks DNS once more, then makes the domain sign with them
 * - `overlap`: keeps the outgoing keys published for mail in transit
 * - `revoke`: publishes the outgoing keys with an empty p= (RFC 6376 3.6.1), and waits until every resolver returns it
 * - `revoked`: keeps them published as revoked for some time
 * - `retire`: removes their records, and archives or deletes their files
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

/**
 * Whether the rotation has ended.
 *
 * ```ts
 * const open = journal.rotations().filter(({ stage }) => !isEnd(stage));
 * ```
 */
export function isEnd(stage: Stage): boolean {
  return stage === "retired" || stage === "aborted";
}

/** Whether the signing keys have not changed yet. Only one rotation of a domain may be in such a stage. */
export function isBeforeOverlap(stage: Stage): boolean {
  return stage === "generate" || stage === "publish" || stage === "confirm" || stage === "activate";
}

/** Whether the stage ends by time alone and cannot be shortened. */
export function isTimed(stage: Stage): boolean {
  return stage === "overlap" || stage === "revoked";
}
