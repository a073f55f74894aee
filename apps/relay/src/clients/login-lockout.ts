import { clientNetwork } from "./networks.ts";

/** A listener's `auth.lockout`. */
export interface LockoutSettings {
  readonly failuresPerClient: number;
  readonly failuresPerLogin: number;
  readonly period: number;
  readonly failureDelay: number;
}

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

const mostKept = 50_000;
const longestKey = 256;
/** The delay grows with each failure, up to this multiple of the first delay. */
const mostDelays = 10;
const knownForMs = 24 * 3_600_000;

/**
 * Counts failed logins by client and by login, for all listeners of a process. Neither table grows beyond its
 * bound: the oldest failures are forgotten.
 */
export class LoginLockout {
  readonly #elapsedMs: () => number;
  readonly #failures = new Map<string, Failures>();
  /** Times of successful logins by client and login. Failures of others do not lock these out. */
  readonly #known = new Map<string, number>();

  /** `elapsedMs` is a monotonic clock. */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  get size(): number {
    return this.#failures.size + this.#known.size;
  }

  isLockedOut(client: string, login: string, settings: LockoutSettings): boolean {
    const { failuresPerClient, failuresPerLogin, period } = settings;
    const has = (key: string, most: number): boolean =>
      most > 0 && this.#countOf(key, period) >= most;
    return this.#isKnown(client, login)
      ? has(pairName(client, login), failuresPerClient)
      : has(clientName(client), failuresPerClient) || has(loginName(login), failuresPerLogin);
  }

  /** The rank of a login in `PasswordChecks`: clients that have logged in before come first, guesses come last. */
  rank(client: string, login: string, { period }: LockoutSettings): number {
    return this.#isKnown(client, login)
      ? this.#countOf(pairName(client, login), period) - 1
      : Math.max(
          this.#countOf(clientName(client), period),
          this.#countOf(loginName(login), period),
        );
  }

  /** Counts a failure. Returns the delay of the reply, in milliseconds. */
  failed(client: string, login: string, { period, failureDelay }: LockoutSettings): number {
    const ofClient = this.#add(clientName(client), period);
    const ofLogin = this.#add(loginName(login), period);
    if (this.#isKnown(client, login)) this.#add(pairName(client, login), period);
    return failureDelay * Math.min(mostDelays, Math.max(ofClient, ofLogin));
  }

  succeeded(client: string, login: string): void {
    this.#failures.delete(pairName(client, login));
    put(this.#known, pairName(client, login), this.#elapsedMs());
  }

  #isKnown(client: string, login: string): boolean {
    const atMs = this.#known.get(pairName(client, login));
    return atMs !== undefined && this.#elapsedMs() - atMs < knownForMs;
  }

  #countOf(key: string, periodMs: number): number {
    const found = this.#failures.get(key);
    return found === undefined || this.#elapsedMs() - found.lastMs >= periodMs ? 0 : found.count;
  }

  #add(key: string, periodMs: number): number {
    const count = this.#countOf(key, periodMs) + 1;
    put(this.#failures, key, { count, lastMs: this.#elapsedMs() });
    return count;
  }
}

function put<Value>(table: Map<string, Value>, key: string, value: Value): void {
  table.delete(key);
  table.set(key, value);
  for (const oldest of table.keys()) {
    if (table.size <= mostKept) return;
    table.delete(oldest);
  }
}

function clientName(client: string): string {
  return `client ${clientNetwork(client)}`;
}

function loginName(login: string): string {
  return `login ${login.slice(0, longestKey)}`;
}

function pairName(client: string, login: string): string {
  return `pair ${clientNetwork(client)} ${login.slice(0, longestKey)}`;
}
