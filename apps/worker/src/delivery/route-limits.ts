import type { Route } from "@mailseal/delivery";
import type { Config } from "@mailseal/policy/config";
import { findLimits, type Limits } from "./limits.ts";

/** What is going on at one route, and at one binding. */
interface Gate {
  readonly limits: Limits;
  active: number;
  waiting: number;
  /** When the next delivery may begin, where there is a rate. */
  nextStartMs: number;
}

interface Waiter {
  readonly gates: readonly Gate[];
  readonly enter: () => void;
}

/**
 * Who may begin a delivery: so many at a time to each destination and by each binding, and so many a
 * minute. Who may not waits here, and its route is told to the queue as one not to take from.
 */
export class RouteLimits {
  readonly #config: Config;
  readonly #now: () => number;
  readonly #gates = new Map<string, readonly Gate[]>();
  readonly #bindings = new Map<string, Gate>();
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(config: Config, now: () => number) {
    this.#config = config;
    this.#now = now;
  }

  /** Routes at their limit, by the names that the queue knows. */
  full(): Set<string> {
    const now = this.#now();
    return new Set(
      [...this.#gates].flatMap(([name, gates]) =>
        gates.some((gate) => isFull(gate, now)) ? [name] : [],
      ),
    );
  }

  /** Resolves when it may begin; `leave` must follow. */
  enter(name: string, route: Route): Promise<() => void> {
    const gates = this.#gatesOf(name, route);
    for (const gate of gates) gate.waiting++;
    return new Promise((resolve) => {
      this.#waiters.push({ gates, enter: () => resolve(() => this.#leave(name, gates)) });
      this.#admit();
    });
  }

  #admit(): void {
    const now = this.#now();
    let soonestMs = Infinity;
    this.#waiters = this.#waiters.filter(({ gates, enter }) => {
      const readyMs = Math.max(...gates.map(({ nextStartMs }) => nextStartMs));
      const hasRoom = gates.every(({ active, limits }) => active < limits.concurrency);
      if (!hasRoom || readyMs > now) {
        soonestMs = hasRoom ? Math.min(soonestMs, readyMs) : soonestMs;
        return true;
      }
      for (const gate of gates) {
        gate.waiting--;
        gate.active++;
        gate.nextStartMs = Math.max(gate.nextStartMs, now) + gate.limits.intervalMs;
      }
      enter();
      return false;
    });
    clearTimeout(this.#timer);
    if (soonestMs < Infinity) {
      this.#timer = setTimeout(() => this.#admit(), soonestMs - now);
    }
  }

  #leave(name: string, gates: readonly Gate[]): void {
    for (const gate of gates) gate.active--;
    const now = this.#now();
    if (gates.every((gate) => gate.active + gate.waiting === 0 && gate.nextStartMs <= now)) {
      this.#gates.delete(name);
    }
    this.#admit();
  }

  #gatesOf(name: string, route: Route): readonly Gate[] {
    const known = this.#gates.get(name);
    if (known !== undefined) {
      return known;
    }
    const { destination, binding } = findLimits(this.#config, route);
    const gates = [newGate(destination)];
    if (route.binding !== undefined && binding !== undefined) {
      const gate = this.#bindings.get(route.binding) ?? newGate(binding);
      this.#bindings.set(route.binding, gate);
      gates.push(gate);
    }
    this.#gates.set(name, gates);
    return gates;
  }
}

function newGate(limits: Limits): Gate {
  return { limits, active: 0, waiting: 0, nextStartMs: 0 };
}

function isFull({ active, waiting, limits, nextStartMs }: Gate, now: number): boolean {
  return active + waiting >= limits.concurrency || (limits.intervalMs > 0 && nextStartMs > now);
}
