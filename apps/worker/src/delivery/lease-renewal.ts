import { type Lease, QueueError } from "@mailseal/queue";

/** Extends the leases of all messages in delivery, so that no other worker claims them. */
export class LeaseRenewal {
  readonly #leases = new Set<Lease>();
  readonly #extensionMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(extensionMs: number) {
    this.#extensionMs = extensionMs;
    this.#timer = setInterval(() => this.#extendAll(), extensionMs / 3);
    this.#timer.unref();
  }

  /** The ids of up to `count` messages, for the log. */
  ids(count: number): readonly string[] {
    return Array.from(this.#leases, ({ message }) => message.id).slice(0, count);
  }

  add(lease: Lease): void {
    this.#leases.add(lease);
  }

  remove(lease: Lease): void {
    this.#leases.delete(lease);
  }

  /** Releases all messages back to the queue, and ends the renewal. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled([...this.#leases].map((lease) => lease.release()));
    this.#leases.clear();
  }

  #extendAll(): void {
    for (const lease of this.#leases) {
      lease.extend(this.#extensionMs).catch((error: unknown) => {
        // An operator held or dropped the message, or its lease expired while the machine slept. The attempt goes on.
        if (error instanceof QueueError && error.code === "lease-lost") this.#leases.delete(lease);
      });
    }
  }
}
