import { QueueError } from "./queue-error.ts";

export function leaseLost(id: string): QueueError {
  return new QueueError(
    "lease-lost",
    `expected ${id} to be held still, got a lease that had ended: it expired, was settled, or the message was dropped or held; extend leases in time`,
  );
}
