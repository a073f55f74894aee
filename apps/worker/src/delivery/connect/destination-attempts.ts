import {
  attempt,
  TransientDeliveryError,
  localError,
  type Reply,
  type Route,
  PermanentDeliveryError,
} from "@mailseal/delivery";
import type { Recipient } from "@mailseal/queue";
import { NewestEntries } from "../../newest-entries.ts";
import { forAll, type Outcome } from "../outcome.ts";
import type { ProcessedMail } from "../process-mail.ts";
import type { DestinationPools } from "./destination-pools.ts";

export interface DestinationAttemptsSetup {
  readonly pools: DestinationPools;
  /** A monotonic clock, in milliseconds. */
  readonly elapsedMs: () => number;
  /** How long to defer the mail for a destination without an attempt after it could not be reached. */
  readonly unreachableMs: number;
}

interface Unreachable {
  readonly untilMs: number;
  readonly reply: Reply;
}

/** The maximum number of unreachable destinations to remember. */
const maximumUnreachable = 10_000;

/**
 * Attempts deliveries to destinations. If a destination cannot be reached, its other mail is deferred for a while
 * without an attempt, because it would wait for the same timeout.
 */
export class DestinationAttempts {
  readonly #setup: DestinationAttemptsSetup;
  readonly #unreachable = new NewestEntries<Unreachable>(maximumUnreachable);

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
    const known = this.#unreachable.get(name);
    if (known !== undefined && known.untilMs > this.#setup.elapsedMs()) {
      return forAll(recipients, "deferred", known.reply);
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
      return this.#outcomesOf(error, name, recipients);
    }
  }

  #outcomesOf(error: unknown, name: string, recipients: readonly Recipient[]): readonly Outcome[] {
    if (error instanceof PermanentDeliveryError) {
      return forAll(recipients, "failed", error.reply);
    }
    if (!(error instanceof TransientDeliveryError)) {
      return forAll(recipients, "deferred", localError);
    }
    const { reply } = error;
    if (reply.enhancedCode !== poolBusy) {
      this.#unreachable.set(name, {
        untilMs: this.#setup.elapsedMs() + this.#setup.unreachableMs,
        reply,
      });
    }
    return forAll(recipients, "deferred", reply);
  }
}

/** The code of the pool's own reply if all its connections are in use, or it was aborted. */
const poolBusy = "4.3.2";
