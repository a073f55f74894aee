import type { Command } from "../wire/command.ts";
import type { Step } from "../wire/protocol.ts";
import type { Terms } from "./negotiation.ts";

type MessageStep = Exclude<Step, "connect" | "helo" | "unknown">;

/** The order of steps in a message. An SMTP client whose DATA is refused may continue with RCPT and try again. */
const ranks: Readonly<Record<MessageStep, number>> = {
  mailFrom: 1,
  rcptTo: 2,
  data: 2,
  header: 3,
  endOfHeaders: 4,
  body: 5,
  endOfMessage: 6,
};

const repeatable: ReadonlySet<Step> = new Set(["rcptTo", "data", "header", "body"]);

/** The effect of a command on the order of steps. */
export type Transition =
  | { readonly kind: "in-order"; readonly abortsMessage: boolean }
  | { readonly kind: "out-of-order"; readonly reason: string };

/**
 * The order in which an MTA may send events: connect, then helo, then messages, each step of which may be
 * left out if it does not happen (a message without recipients, without fields, without a body). A new message or
 * helo in the middle of a message aborts that message, as in SMTP.
 */
export class StepOrder {
  readonly #reported: Terms["reported"];
  #connected: boolean;
  /** 0 between messages. */
  #rank = 0;

  constructor({ reported }: Pick<Terms, "reported">) {
    this.#reported = reported;
    this.#connected = !reported.has("connect");
  }

  get inMessage(): boolean {
    return this.#rank > 0;
  }

  /** Advances by a step, and returns whether it is in order. */
  take(step: Extract<Command["kind"], Step>): Transition {
    if (step === "unknown") return inOrder;
    if (step === "connect") {
      if (this.#connected) return outOfOrder("one connect for a connection, got another");
      this.#connected = true;
      return inOrder;
    }
    if (!this.#connected) return outOfOrder(`connect before ${step}`);
    if (step === "helo") return this.endMessage() ? aborting : inOrder;
    return this.#takeMessageStep(step);
  }

  /** Whether there was a message to end. */
  endMessage(): boolean {
    const { inMessage } = this;
    this.#rank = 0;
    return inMessage;
  }

  #takeMessageStep(step: MessageStep): Transition {
    const rank = ranks[step];
    if (step === "mailFrom") {
      const aborts = this.endMessage();
      this.#rank = rank;
      return aborts ? aborting : inOrder;
    }
    if (this.#rank === 0 && this.#reported.has("mailFrom")) {
      return outOfOrder(`mailFrom before ${step}`);
    }
    if (rank < this.#rank || (rank === this.#rank && !repeatable.has(step))) {
      return outOfOrder(`${step} before what came already`);
    }
    this.#rank = rank;
    return inOrder;
  }
}

const inOrder: Transition = { kind: "in-order", abortsMessage: false };
const aborting: Transition = { kind: "in-order", abortsMessage: true };

function outOfOrder(expected: string): Transition {
  return { kind: "out-of-order", reason: `expected ${expected}` };
}
