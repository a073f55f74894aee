import type { ListedMessage, Queue } from "@mailseal/queue";
import type { Logger } from "@mailseal/service";

export interface DeadLetterOptions {
  readonly queue: Pick<Queue, "list" | "drop">;
  readonly log: Logger;
  /** How long to keep a message after it became a dead letter; 0: forever. Read at each check. */
  readonly keepMs: () => number;
  /** Unix time in milliseconds. Default: the system's. */
  readonly now?: () => number;
}

const checkMs = 60 * 60_000;
const pageSize = 500;

/**
 * Removes dead letters that are too old, because they use disk space that new mail needs, and logs each. It checks when
 * it starts and every hour. Several processes may do so at the same time.
 */
export class DeadLetters {
  readonly #options: DeadLetterOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  #checking: Promise<void>;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
    this.#checking = this.#tryToCheck();
    this.#timer = setInterval(() => {
      this.#checking = this.#checking.then(() => this.#tryToCheck());
    }, checkMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#checking;
  }

  async #tryToCheck(): Promise<void> {
    try {
      await this.#check();
    } catch (error) {
      this.#options.log.warn(
        { fault: error },
        "old dead letters could not be removed, retrying in an hour",
      );
    }
  }

  async #check(): Promise<void> {
    const { queue, keepMs, now = Date.now } = this.#options;
    if (keepMs() <= 0) return;
    const before = now() - keepMs();
    let after: string | undefined;
    do {
      const options = { state: "dead", limit: pageSize } as const;
      const page = await queue.list(after === undefined ? options : { ...options, after });
      for (const message of page.messages) {
        if (this.#stopping.signal.aborted) return;
        // One at a time, because nothing waits for this and a burst of requests would slow deliveries.
        if ((message.dueMs ?? message.firstSeenMs) < before) await this.#remove(message);
      }
      after = page.next;
    } while (after !== undefined && !this.#stopping.signal.aborted);
  }

  async #remove({ id, envelope, reason, firstSeenMs }: ListedMessage): Promise<void> {
    const { queue, log } = this.#options;
    if (!(await queue.drop(id))) return;
    const to = envelope.recipients.slice(0, 10).map(({ address }) => address);
    const recipients = envelope.recipients.length;
    const since = new Date(firstSeenMs).toISOString();
    log.warn({ id, from: envelope.from, to, recipients, since, reason }, "old dead letter removed");
  }
}
