import type { Lease, NewMessage, Queue } from "@mailseal/queue";

/** What happens before a call of the queue or of one of its leases, which may throw in its place. */
export interface Faults {
  readonly add?: (message: NewMessage) => void;
  readonly bytes?: (lease: Lease) => void;
  readonly done?: () => void;
  readonly take?: () => void;
}

/** A queue whose calls run `faults` first. */
export function withFaults(queue: Queue, faults: Faults): Queue {
  const faulty = (lease: Lease): Lease => ({
    message: lease.message,
    expiresAtMs: lease.expiresAtMs,
    body: () => lease.body(),
    bytes: async () => {
      faults.bytes?.(lease);
      return lease.bytes();
    },
    done: async () => {
      faults.done?.();
      await lease.done();
    },
    retry: (retry) => lease.retry(retry),
    dead: (reason, recipients) => lease.dead(reason, recipients),
    extend: (ms) => lease.extend(ms),
    release: () => lease.release(),
  });
  return new Proxy(queue, {
    get: (target, name) => {
      if (name === "add") {
        return async (message: NewMessage, body: Uint8Array) => {
          faults.add?.(message);
          return target.add(message, body);
        };
      }
      if (name === "take") {
        return async (...args: Parameters<Queue["take"]>) => {
          faults.take?.();
          return (await target.take(...args)).map(faulty);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
