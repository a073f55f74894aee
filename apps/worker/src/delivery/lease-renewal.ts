import { type Lease, QueueError } from "@mailseal/queue";

/** Keeps what is being delivered from being taken by others, and knows all of it for the end. */
export class LeaseRenewal {
  readonly #leases = new Set<Lease>();
  readonly #extensionMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(extensionMs: number) {
    this.#extensionMs = extensionMs;
    this.#timer = setInterval(() => this.#extendAll(), extensionMs / 3);
    this.#timer.unref();
  }

  get size(): number {
    return this.#leases.size;
  }

  /** The ids of some, for the log. */
  ids(count: number): readonly string[] {
    return Array.from(this.#leases, ({ message }) => message.id).slice(0, count);
  }

  add(lease: Lease): void {
    this.#leases.add(lease);
  }

  remove(lease: Lease): void {
    this.#leases.delete(lease);
  }

  /** Hands back everything. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled([...this.#leases].map((lease) => lease.release()));
    this.#leases.clear();
  }

  #extendAll(): void {
    for (const lease of this.#leases) {
      lease.extend(this.#extensionMs).catch((error: unknown) => {
        // Held or dropped by an operator, or expired while the machine slept: what is sent is sent.
        if (error instanceof QueueError && error.code === "lease-lost") this.#leases.delete(lease);
      });
    }
  }
}
