import type { TakeOptions } from "../../contract.ts";
import { isExcluded } from "../../excluded-routes.ts";
import { type Framed, unframe } from "../storage/framing.ts";
import type { Arrival } from "./intake.ts";

export interface Selected {
  readonly arrival: Arrival;
  readonly framed: Framed;
}

/** The messages that a take has selected so far from those that have arrived. */
export class Selection {
  readonly selected: Selected[] = [];
  readonly #batch: number;
  readonly #options: TakeOptions;
  readonly #excludedMs: number;
  readonly #perRoute = new Map<string, number>();
  #room: number;

  constructor(batch: number, options: TakeOptions, excludedMs: number) {
    this.#batch = batch;
    this.#options = options;
    this.#excludedMs = excludedMs;
    this.#room = options.maxBytes ?? 16 * 1024 * 1024;
  }

  get full(): boolean {
    return this.selected.length >= this.#batch || this.#room <= 0;
  }

  /** Returns the messages that are left for a later take. */
  add(arrivals: readonly Arrival[], nowMs: number): readonly Arrival[] {
    return arrivals.filter((arrival) => !this.#decide(arrival, nowMs));
  }

  /** Whether this process is done with the message: it is selected, or returned to the server. */
  #decide(arrival: Arrival, nowMs: number): boolean {
    const { message } = arrival;
    const framed = unframe(message.data);
    if (framed === undefined) {
      message.term("not a message of @mailseal/queue");
      return true;
    }
    const { route, sizeBytes, notBeforeMs = 0 } = framed.label;
    if (notBeforeMs > nowMs) {
      message.nak(notBeforeMs - nowMs);
      return true;
    }
    if (isExcluded(route, this.#options)) {
      message.nak(this.#excludedMs);
      return true;
    }
    const taken = this.#perRoute.get(route) ?? 0;
    if (this.full || taken >= (this.#options.maxPerRoute ?? this.#batch)) return false;
    this.#perRoute.set(route, taken + 1);
    this.#room -= sizeBytes;
    this.selected.push({ arrival, framed });
    return true;
  }
}
