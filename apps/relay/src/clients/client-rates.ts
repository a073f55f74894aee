import { clientNetwork } from "./networks.ts";

export type RatedEvent = "connections" | "messages" | "recipients" | "logins";

interface Minute {
  readonly startMs: number;
  readonly counts: Record<RatedEvent, number>;
}

const minuteMs = 60_000;
/** About 20 MB. Beyond that, the client whose minute began first is forgotten. */
const mostClients = 100_000;

/**
 * Counts the events of each client per minute, like Postfix's anvil: a client's minute begins with its first
 * event, and its count starts again when the minute is over.
 */
export class ClientRates {
  readonly #elapsedMs: () => number;
  readonly #mostClients: number;
  /** By client, in the order in which their minutes began. */
  readonly #minutes = new Map<string, Minute>();

  /** `elapsedMs` is a monotonic clock. */
  constructor(elapsedMs: () => number, mostClients_: number = mostClients) {
    this.#elapsedMs = elapsedMs;
    this.#mostClients = mostClients_;
  }

  get size(): number {
    return this.#minutes.size;
  }

  /** Counts one more event of a client at a listener. Returns false if that exceeds `perMinute`; 0 is no limit. */
  allows(listener: string, address: string, event: RatedEvent, perMinute: number): boolean {
    if (perMinute === 0) return true;
    const { counts } = this.#minuteOf(`${listener} ${clientNetwork(address)}`);
    counts[event]++;
    return counts[event] <= perMinute;
  }

  #minuteOf(key: string): Minute {
    const now = this.#elapsedMs();
    const known = this.#minutes.get(key);
    if (known !== undefined && now - known.startMs < minuteMs) return known;
    this.#minutes.delete(key);
    this.#dropOld(now);
    const minute = {
      startMs: now,
      counts: { connections: 0, messages: 0, recipients: 0, logins: 0 },
    };
    this.#minutes.set(key, minute);
    return minute;
  }

  #dropOld(now: number): void {
    for (const [key, { startMs }] of this.#minutes) {
      if (now - startMs < minuteMs && this.#minutes.size < this.#mostClients) return;
      this.#minutes.delete(key);
    }
  }
}
