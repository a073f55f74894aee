import type { Outcome } from "./outcome.ts";

/** What is wrong here may be put right at any time: such mail is not left alone for hours. */
const longestWaitMs = 15 * 60_000;

/** Stands in the reason of a message whose hook failed: it travels in the queue. */
const mark = /\(hook failures in a row: (\d{1,9})\)$/;

/** How often its hook has failed in a row, this attempt included. 0: not in this attempt. */
export function hookFailures(
  [first]: readonly Outcome[],
  reasonBefore: string | undefined,
): number {
  const before = Number(mark.exec(reasonBefore ?? "")?.[1] ?? 0);
  return first?.ownFault?.of === "hook" ? before + 1 : 0;
}

/** The reason with the count, or without anything that would be taken for one. */
export function withHookFailures(reason: string, count: number): string {
  return count > 0
    ? `${reason} (hook failures in a row: ${count})`
    : reason.replace(mark, "(hook failures)");
}

/** A hook that fails has the schedule to itself: after so many times the message is a dead letter. */
export function ownFaultWaitMs([first]: readonly Outcome[], scheduledMs: number): number {
  return first?.ownFault?.of === "other" ? Math.min(scheduledMs, longestWaitMs) : scheduledMs;
}
