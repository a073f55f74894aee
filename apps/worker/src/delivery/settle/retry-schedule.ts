import type { Config } from "@mailseal/config";

type Schedule = Pick<Config["worker"], "retry" | "jitter" | "expiry">;

/** How long to wait after the nth attempt, from 1; `random` from 0 to 1 spreads what came together. */
export function waitAfter(
  { retry, jitter }: Schedule,
  attempt: number,
  random: () => number,
): number {
  const base = retry[Math.min(attempt, retry.length) - 1] ?? retry.at(-1) ?? 0;
  return Math.round(base * (1 - jitter + 2 * jitter * random()));
}

/** Whether there is no time left to try again. */
export function isExpired({ expiry }: Schedule, firstSeenMs: number, nowMs: number): boolean {
  return nowMs - firstSeenMs >= expiry;
}
