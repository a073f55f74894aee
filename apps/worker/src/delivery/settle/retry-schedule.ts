import type { Config } from "@mailseal/config";

type Schedule = Pick<Config["worker"], "retry" | "jitter" | "expiry">;

/** How long to wait after attempt number `attempt`, from 1. `random`, from 0 to 1, spreads messages that failed together. */
export function waitAfter(
  { retry, jitter }: Schedule,
  attempt: number,
  random: () => number,
): number {
  const base = retry[Math.min(attempt, retry.length) - 1] ?? retry.at(-1) ?? 0;
  return Math.round(base * (1 - jitter + 2 * jitter * random()));
}

/** Whether the message is too old for another attempt. */
export function isExpired({ expiry }: Schedule, firstSeenMs: number, nowMs: number): boolean {
  return nowMs - firstSeenMs >= expiry;
}
