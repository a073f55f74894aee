import type { Config } from "@mailseal/config";
import { mxRouteEnding, type Route } from "@mailseal/delivery";
import type { TakeOptions } from "@mailseal/queue";
import { findLimits, type Limits } from "./find-limits.ts";

/** The deliveries of one route, or of one binding. */
interface Gate {
  readonly limits: Limits;
  active: number;
  waiting: number;
  /** When the next delivery may start, by the monotonic clock; without a rate limit, at any time. */
  nextStartMs: number;
  /** Enough of its mail is here. No more is taken until half of that is done, so that each take is worth its write. */
  isFull: boolean;
}

/** The routes to exclude, as options of a take. */
export type Exclusion = Required<Pick<TakeOptions, "excludeRoutes" | "excludeEndings">>;

interface Waiter {
  readonly gates: readonly Gate[];
  readonly enter: () => void;
}

/**
 * Limits the deliveries at a time, and per minute, to each destination and by each binding. A delivery that must wait
 * waits here, and its route is excluded from the next takes.
 */
export class RouteLimits {
  readonly #config: Config;
  readonly #elapsedMs: () => number;
  readonly #gates = new Map<string, readonly Gate[]>();
  readonly #bindings = new Map<string, Gate>();
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #active = 0;

  /** `elapsedMs` is a monotonic clock, so that setting the wall clock back delays nothing. */
  constructor(config: Config, elapsedMs: () => number) {
    this.#config = config;
    this.#elapsedMs = elapsedMs;
  }

  /** The number of deliveries that have started and not ended. */
  get active(): number {
    return this.#active;
  }

  isFull(name: string): boolean {
    const now = this.#elapsedMs();
    return this.#gates.get(name)?.some((gate) => isFull(gate, now)) === true;
  }

  /** The routes at their limit. A binding at its limit excludes all its routes, including those not seen yet. */
  full(): Exclusion {
    const now = this.#elapsedMs();
    const fullOf = (gate: Gate): boolean => isFull(gate, now);
    return {
      excludeRoutes: new Set(namesOf(this.#gates, (gates) => gates.some(fullOf))),
      excludeEndings: namesOf(this.#bindings, fullOf).map(mxRouteEnding),
    };
  }

  /** Resolves when the delivery may start; call the result when it has ended. */
  enter(name: string, route: Route): Promise<() => void> {
    const gates = this.#gatesOf(name, route);
    for (const gate of gates) gate.waiting++;
    return new Promise((resolve) => {
      this.#waiters.push({ gates, enter: () => resolve(() => this.#leave(name, gates)) });
      this.#admit();
    });
  }

  #admit(): void {
    const now = this.#elapsedMs();
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
        const { intervalMs } = gate.limits;
        if (intervalMs > 0) gate.nextStartMs = Math.max(gate.nextStartMs, now) + intervalMs;
      }
      this.#active++;
      enter();
      return false;
    });
    clearTimeout(this.#timer);
    if (soonestMs < Infinity) {
      this.#timer = setTimeout(() => this.#admit(), soonestMs - now);
      // Messages that wait are handed back when the worker stops.
      this.#timer.unref();
    }
  }

  #leave(name: string, gates: readonly Gate[]): void {
    for (const gate of gates) gate.active--;
    this.#active--;
    const now = this.#elapsedMs();
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

function namesOf<Value>(
  named: ReadonlyMap<string, Value>,
  isWanted: (value: Value) => boolean,
): string[] {
  return [...named].flatMap(([name, value]) => (isWanted(value) ? [name] : []));
}

function newGate(limits: Limits): Gate {
  return { limits, active: 0, waiting: 0, nextStartMs: -Infinity, isFull: false };
}

function isFull(gate: Gate, now: number): boolean {
  const { active, waiting, limits, nextStartMs } = gate;
  if (limits.intervalMs > 0) {
    return waiting > 0 || active >= limits.concurrency || nextStartMs > now;
  }
  const here = active + waiting;
  gate.isFull = here >= 2 * limits.concurrency || (gate.isFull && here > limits.concurrency);
  return gate.isFull;
}
