import type { Lease, ListedMessage, Queue } from "@mailseal/queue";
import type { Logger } from "@mailseal/service";
import { merged, noticeOf } from "./notice.ts";
import type { Notifier } from "./notifier.ts";

export interface GatheringSetup {
  readonly queue: Queue;
  readonly notifier: Notifier;
  readonly log: Logger;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Whether no notification may be sent any more. */
  readonly isStopping: () => boolean;
  /** How long to wait after a failure. */
  readonly retryMs: (attempt: number) => number;
  /** The age at which a notice that cannot be sent becomes a dead letter. */
  readonly expiryMs: number;
}

const leaderPollMs = 2000;
const pageSize = 1000;

/**
 * Sends the notices about one message as one notification. Any worker may claim a notice that is due: the oldest one is
 * sent with all others, which are removed, while deliveries of the others wait for that. If the worker is killed in
 * between, the remaining notices are sent once more.
 */
export class Gathering {
  readonly #setup: GatheringSetup;
  /** The last turn of each route. Within a process, the notices of a route take turns. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(setup: GatheringSetup) {
    this.#setup = setup;
  }

  /** Ends the lease of a notice: sends it, or waits until another notice was sent with it. Rejects if the queue fails. */
  async handle(lease: Lease): Promise<void> {
    const { wait, isStopping } = this.#setup;
    const { route } = lease.message;
    while (!(await this.#inTurn(route, () => this.#isEnded(lease)))) {
      if (isStopping()) {
        await lease.release();
        return;
      }
      await wait(leaderPollMs);
    }
  }

  async #inTurn<Value>(route: string, act: () => Promise<Value>): Promise<Value> {
    const before = this.#turns.get(route) ?? Promise.resolve();
    const mine = before.then(act);
    const settled = mine.catch(() => undefined);
    this.#turns.set(route, settled);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(route) === settled) this.#turns.delete(route);
    }
  }

  async #isEnded(lease: Lease): Promise<boolean> {
    const { queue } = this.#setup;
    const { route, id } = lease.message;
    const all = await this.#listed(route);
    if (!all.has(id)) {
      // It was sent with another notice, which removed it.
      await lease.done().catch(() => undefined);
      return true;
    }
    const due = [...all.values()].filter((it) => it.id === id || this.#isDue(it));
    const [leader] = due.toSorted(byAge);
    if (leader?.id !== id) {
      return false;
    }
    const others = [...all.values()].filter((it) => it.id !== id);
    if (await this.#isSent(lease, others)) {
      for (const other of others) await queue.drop(other.id);
      await lease.done();
    }
    return true;
  }

  async #listed(route: string): Promise<ReadonlyMap<string, ListedMessage>> {
    const found = new Map<string, ListedMessage>();
    let after: string | undefined;
    do {
      const page = await this.#setup.queue.list({
        route,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      });
      for (const message of page.messages) {
        if (message.state !== "held") found.set(message.id, message);
      }
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  #isDue({ state, dueMs = 0 }: ListedMessage): boolean {
    return state !== "delayed" || dueMs <= this.#setup.now();
  }

  /** Resolves to false if the notification could not be queued: the notice is deferred then, or a dead letter. */
  async #isSent(lease: Lease, others: readonly ListedMessage[]): Promise<boolean> {
    const { notifier, log, now, retryMs, expiryMs } = this.#setup;
    const { id, context, attempt, firstSeenMs, envelope } = lease.message;
    const notice = noticeOf(context);
    const notices = others.map((it) => noticeOf(it.context)).filter((it) => it !== undefined);
    const parts = [id, ...others.map((it) => it.id)];
    // A body that is missing makes a dead letter of the notice, which is the caller's task.
    const returned = await lease.bytes();
    try {
      if (notice !== undefined) await notifier.send(merged(notice, notices), returned, parts);
      return true;
    } catch (fault) {
      const reason = `the notification could not be queued: ${textOf(fault)}`;
      const to = envelope.recipients.map(({ address }) => address);
      if (now() - firstSeenMs < expiryMs) {
        log.error({ id, to, fault }, "a notification could not be queued, retrying");
        await lease.retry({ afterMs: retryMs(attempt), reason });
      } else {
        log.error(
          { id, to, reason },
          "a notification could not be queued in time, its notice is a dead letter",
        );
        await lease.dead(reason);
      }
      return false;
    }
  }
}

function byAge(one: ListedMessage, other: ListedMessage): number {
  return one.firstSeenMs - other.firstSeenMs || (one.id < other.id ? -1 : 1);
}

function textOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
