import {
  attempt,
  TransientDeliveryError,
  localError,
  type Reply,
  type Route,
  PermanentDeliveryError,
} from "@mailseal/delivery";
import type { Recipient } from "@mailseal/queue";
import { forAll, type Outcome } from "../outcome.ts";
import type { ProcessedMail } from "../process-mail.ts";
import type { DestinationPools } from "./destination-pools.ts";

export interface DestinationAttemptsSetup {
  readonly pools: DestinationPools;
  /** A monotonic clock, in milliseconds. */
  readonly elapsedMs: () => number;
  /** How long to defer mail for a destination without an attempt after it could not be reached. */
  readonly unreachableMs: number;
}

interface Unreachable {
  readonly untilMs: number;
  readonly reply: Reply;
}

/** The maximum number of unreachable destinations to remember. */
const remembered = 10_000;

/**
 * Makes attempts at destinations. If a destination cannot be reached, its other mail is deferred for a while without
 * an attempt, so that it does not wait for the same timeout.
 */
export class DestinationAttempts {
  readonly #setup: DestinationAttemptsSetup;
  readonly #unreachable = new Map<string, Unreachable>();

  constructor(setup: DestinationAttemptsSetup) {
    this.#setup = setup;
  }

  async deliver(
    name: string,
    route: Route,
    connections: number,
    { message, queued }: ProcessedMail,
    recipients: readonly Recipient[],
  ): Promise<readonly Outcome[]> {
    const down = this.#unreachable.get(name);
    if (down !== undefined && down.untilMs > this.#setup.elapsedMs()) {
      return forAll(recipients, "deferred", down.reply);
    }
    this.#unreachable.delete(name);
    try {
      const { pool, done } = this.#setup.pools.use(name, route, connections);
      try {
        const { outcomes, takesDsn } = await attempt(pool, {
          mail: { ...queued.mail, sizeBytes: message.sizeBytes },
          recipients,
          message,
          needs: queued.needs,
        });
        return outcomes.map(({ outcome, reply }, at) => ({
          recipient: recipients[at] ?? { address: "" },
          outcome,
          reply,
          takesDsn,
        }));
      } finally {
        done();
      }
    } catch (error) {
      return this.#fault(name, recipients, error);
    }
  }

  #fault(name: string, recipients: readonly Recipient[], error: unknown): readonly Outcome[] {
    if (error instanceof PermanentDeliveryError) {
      return forAll(recipients, "failed", error.reply);
    }
    if (!(error instanceof TransientDeliveryError)) {
      return forAll(recipients, "deferred", localError);
    }
    const { reply } = error;
    if (reply.enhancedCode !== allInUse && this.#unreachable.size < remembered) {
      this.#unreachable.set(name, {
        untilMs: this.#setup.elapsedMs() + this.#setup.unreachableMs,
        reply,
      });
    }
    return forAll(recipients, "deferred", reply);
  }
}

/** The code of the pool's own reply if all its connections are in use. */
const allInUse = "4.3.2";
