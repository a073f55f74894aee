import type { Config } from "@mailseal/config";
import { mxRouteEnding, type Route } from "@mailseal/delivery";
import type { TakeOptions } from "@mailseal/queue";
import { findLimits, type Limits } from "./find-limits.ts";

/** The deliveries of one route, or of one binding. */
interface Gate {
  readonly limits: Limits;
  active: number;
  waiting: number;
  /** When the next delivery may start, by the monotonic clock. Without a rate limit: at any time. */
  nextStartMs: number;
  /**
   * It has as much mail as it may hold. No more is claimed until half of that is done, so that each claim, which writes to
   * the queue, fetches several messages.
   */
  isFull: boolean;
}

/** The routes to claim no mail from, as options of `Queue.take`. */
export type Exclusion = Required<Pick<TakeOptions, "excludeRoutes" | "excludeEndings">>;

interface KnownRoute {
  readonly kind: Route["kind"];
  /** That of its destination, and that of its binding if the config limits the binding. */
  readonly gates: readonly [destination: Gate, ...binding: Gate[]];
}

interface Waiter {
  readonly gates: readonly Gate[];
  readonly enter: () => void;
}

/**
 * Limits the deliveries at a time, and per minute, to each destination and by each binding. A delivery that exceeds a
 * limit waits here, and no more mail is claimed from its route.
 */
export class RouteLimits {
  readonly #config: Config;
  readonly #elapsedMs: () => number;
  readonly #routes = new Map<string, KnownRoute>();
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

  /** The number of routes that are remembered. */
  get routes(): number {
    return this.#routes.size;
  }

  isFull(name: string): boolean {
    const now = this.#elapsedMs();
    return this.#routes.get(name)?.gates.some((gate) => isFull(gate, now)) === true;
  }

  /** The routes at their limit. A binding at its limit excludes all its routes, including those not seen yet. */
  full(): Exclusion {
    const now = this.#elapsedMs();
    this.#forgetIdle(now);
    const fullOf = (gate: Gate): boolean => isFull(gate, now);
    return {
      excludeRoutes: new Set(namesOf(this.#routes, ({ gates }) => gates.some(fullOf))),
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
      // It keeps no process alive: a worker that stops releases the messages that wait.
      this.#timer.unref();
    }
  }

  #leave(name: string, gates: readonly Gate[]): void {
    for (const gate of gates) gate.active--;
    this.#active--;
    const now = this.#elapsedMs();
    if (gates.every((gate) => isIdle(gate, now))) this.#routes.delete(name);
    this.#admit();
  }

  /**
   * Forgets routes that had a rate limit to keep, or a binding that was in use, when their last delivery ended. A next hop
   * is kept, since only its own gates exclude it; there are no more of them than bindings.
   */
  #forgetIdle(now: number): void {
    for (const [name, { kind, gates }] of this.#routes) {
      if (kind === "mx" && isIdle(gates[0], now)) this.#routes.delete(name);
    }
  }

  #gatesOf(name: string, route: Route): readonly Gate[] {
    const known = this.#routes.get(name);
    if (known !== undefined) {
      return known.gates;
    }
    const { destination, binding } = findLimits(this.#config, route);
    const gates: [Gate, ...Gate[]] = [newGate(destination)];
    if (route.binding !== undefined && binding !== undefined) {
      const gate = this.#bindings.get(route.binding) ?? newGate(binding);
      this.#bindings.set(route.binding, gate);
      gates.push(gate);
    }
    this.#routes.set(name, { kind: route.kind, gates });
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

function isIdle({ active, waiting, nextStartMs }: Gate, now: number): boolean {
  return active + waiting === 0 && nextStartMs <= now;
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
