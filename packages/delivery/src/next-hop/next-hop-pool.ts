import { optionsCheck, required, wholeNumber } from "@mailseal/errors";
import { badOption, TransientDeliveryError } from "../errors.ts";
import type { NextHopSession } from "./next-hop-session.ts";

/** The limits of a `NextHopPool`. */
export interface PoolOptions {
  readonly connections: number;
  readonly messagesPerConnection: number;
  /** How long to wait for a connection if all are in use. */
  readonly waitMs: number;
  /** How long to keep an unused connection. */
  readonly idleMs: number;
}

// A longer timer would fire at once.
const milliseconds = wholeNumber(0, 2 ** 31 - 1, "milliseconds");

const checkOptions = optionsCheck<PoolOptions>(
  "options",
  {
    connections: required(wholeNumber(1)),
    messagesPerConnection: required(wholeNumber(1)),
    waitMs: required(milliseconds),
    idleMs: required(milliseconds),
  },
  badOption,
);

interface Waiter {
  readonly resolve: (session: NextHopSession | undefined) => void;
  readonly reject: (error: TransientDeliveryError) => void;
  readonly timer: NodeJS.Timeout;
}

/** The maximum number of waiting transactions, for each connection. */
const waitersPerConnection = 50;

/**
 * The open sessions with one next hop, each lent to one transaction at a time. A transaction whose client is still
 * sending may `park` its session: if no other connection is free, the pool revokes it and lends it to another
 * transaction, so that slow clients cannot block the next hop for all others.
 *
 * ```ts
 * const pool = new NextHopPool(() => openSession(nextHop, "us.example.com"), {
 *   connections: 10,
 *   messagesPerConnection: 100,
 *   waitMs: 30_000,
 *   idleMs: 60_000,
 * });
 * const { outcomes } = await attempt(pool, delivery);
 * pool.close();
 * ```
 */
export class NextHopPool {
  readonly #open: () => Promise<NextHopSession>;
  readonly #options: PoolOptions;
  readonly #idle: NextHopSession[] = [];
  readonly #parked = new Map<NextHopSession, () => void>();
  readonly #sessions = new Set<NextHopSession>();
  readonly #sweeper: NodeJS.Timeout;
  #opening = 0;
  #waiters: Waiter[] = [];
  #closed = false;
  #aborted: string | undefined;

  /** Throws a `DeliveryOptionError` "bad-option". */
  constructor(open: () => Promise<NextHopSession>, options: PoolOptions) {
    checkOptions(options);
    this.#open = open;
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), options.idleMs / 2);
    this.#sweeper.unref();
  }

  /** The number of connections that are open or being opened. */
  get connections(): number {
    return this.#sessions.size + this.#opening;
  }

  /** Lends a session that has no open transaction. Throws a `TransientDeliveryError`, also after `abort`. */
  async acquire(): Promise<NextHopSession> {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.isAlive) {
        return session;
      }
    }
    if (this.connections < this.#options.connections) {
      return this.#connect();
    }
    const [parked] = this.#parked.keys();
    if (parked !== undefined) {
      this.#revoke(parked);
    }
    const session = await this.#wait();
    return session ?? this.acquire();
  }

  /** Lends a new session, which cannot be stale. */
  async acquireFresh(): Promise<NextHopSession> {
    if (this.connections >= this.#options.connections) {
      this.#idle.pop()?.quit();
    }
    return this.connections < this.#options.connections ? this.#connect() : this.acquire();
  }

  /** Takes a session back. `clean`: it has no open transaction; otherwise it is reset first. */
  release(session: NextHopSession, state: "clean" | "transaction-open"): void {
    this.#parked.delete(session);
    if (!session.isAlive) {
      return;
    }
    if (this.#closed || session.transactions >= this.#options.messagesPerConnection) {
      session.quit();
    } else if (state === "clean") {
      this.#lend(session);
    } else {
      void this.#reset(session);
    }
  }

  /** Allows the pool, until `unpark`, to revoke the session; it calls `onRevoked` then. */
  park(session: NextHopSession, onRevoked: () => void): void {
    if (!session.isAlive) {
      return;
    }
    this.#parked.set(session, onRevoked);
    if (this.#waiters.length > 0) {
      this.#revoke(session);
    }
  }

  /** Ends `park`: the session is in use again. */
  unpark(session: NextHopSession): void {
    this.#parked.delete(session);
  }

  /** Ends idle sessions now, and the others when they are released. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const session of this.#idle.splice(0)) {
      session.quit();
    }
  }

  /** Cuts all sessions, whatever is in progress on them, and opens no more. */
  abort(reason: string): void {
    this.close();
    this.#aborted = reason;
    for (const { resolve, timer } of this.#waiters.splice(0)) {
      clearTimeout(timer);
      resolve(undefined);
    }
    for (const session of this.#sessions) {
      session.destroy(reason);
    }
  }

  async #connect(): Promise<NextHopSession> {
    if (this.#aborted !== undefined) throw new TransientDeliveryError("4.3.2", this.#aborted);
    this.#opening++;
    try {
      const session = await this.#open();
      this.#sessions.add(session);
      session.onLost(() => this.#lost(session));
      if (this.#aborted !== undefined) {
        session.destroy(this.#aborted);
      }
      return session;
    } catch (error) {
      this.#roomForNext();
      throw error;
    } finally {
      this.#opening--;
    }
  }

  #wait(): Promise<NextHopSession | undefined> {
    if (this.#waiters.length >= this.#options.connections * waitersPerConnection) {
      return Promise.reject(busy());
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((waiter) => waiter.timer !== timer);
        reject(busy());
      }, this.#options.waitMs);
      this.#waiters.push({ resolve, reject, timer });
    });
  }

  #lend(session: NextHopSession): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      session.idleSinceMs = performance.now();
      this.#idle.push(session);
      return;
    }
    clearTimeout(waiter.timer);
    waiter.resolve(session);
  }

  async #reset(session: NextHopSession): Promise<void> {
    const [reply] = await session.exchange(["RSET"]).catch(() => []);
    if (reply?.code === 250 && !this.#closed) {
      this.#lend(session);
    } else {
      session.quit();
    }
  }

  #revoke(session: NextHopSession): void {
    const onRevoked = this.#parked.get(session);
    this.#parked.delete(session);
    onRevoked?.();
    this.release(session, "transaction-open");
  }

  #lost(session: NextHopSession): void {
    this.#sessions.delete(session);
    const onRevoked = this.#parked.get(session);
    this.#parked.delete(session);
    onRevoked?.();
    const at = this.#idle.indexOf(session);
    if (at >= 0) {
      this.#idle.splice(at, 1);
    }
    this.#roomForNext();
  }

  /** Lets the transaction that has waited longest open a connection, so that it gets the error if that fails. */
  #roomForNext(): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      clearTimeout(waiter.timer);
      waiter.resolve(undefined);
    }
  }

  #sweep(): void {
    const oldest = performance.now() - this.#options.idleMs;
    for (const session of this.#idle.filter(({ idleSinceMs }) => idleSinceMs < oldest)) {
      session.quit();
    }
  }
}

function busy(): TransientDeliveryError {
  return new TransientDeliveryError(
    "4.3.2",
    "all connections to the next hop are in use, try again",
  );
}
