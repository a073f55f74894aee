import type { Clock } from "./environment.ts";
import type { Journal, Lease } from "./journal.ts";

/** How long after a crash nobody else may take over. It is renewed thrice in that time. */
export const leaseMs = 60_000;

export type Leased<Value> =
  | { readonly taken: "yes"; readonly value: Value }
  | { readonly taken: "no" };

/** Runs `action` while nobody else works on the domain; not at all where somebody does. */
export async function withLease<Value>(
  journal: Journal,
  lease: Lease,
  clock: Clock,
  action: () => Promise<Value>,
): Promise<Leased<Value>> {
  const take = (): boolean => {
    const nowMs = clock.nowMs();
    return journal.acquire(lease, nowMs, nowMs + leaseMs);
  };
  if (!take()) return { taken: "no" };
  const renewal = setInterval(() => {
    try {
      take();
    } catch {
      // The next commit meets the same fault, and says it.
    }
  }, leaseMs / 3);
  renewal.unref();
  try {
    return { taken: "yes", value: await action() };
  } finally {
    clearInterval(renewal);
    journal.release(lease);
  }
}
