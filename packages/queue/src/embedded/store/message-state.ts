import type { MessageState } from "../../contract.ts";

/** The numbers in `schedule.state`. Dead letters have a table of their own. */
export const State: Readonly<Record<Exclude<MessageState, "dead">, StoredState>> = {
  ready: 0,
  leased: 1,
  delayed: 2,
  held: 3,
};
export type StoredState = 0 | 1 | 2 | 3;

const names = ["ready", "leased", "delayed", "held"] as const;

export function stateName(state: StoredState): Exclude<MessageState, "dead"> {
  return names[state];
}
