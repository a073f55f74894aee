import type { PendingReply } from "../contract.ts";
import type { ReplyKey } from "./store/resend-table.ts";
import type { Run } from "./thread/protocol.ts";

/**
 * Replies that clients received are written for many messages at a time, because only a killed process makes them
 * matter. What was not written yet is lost with it: an equal message then counts as sent again.
 */
const flushMs = 100;

/** Records in the queue file which replies clients have received, and which were lost. */
export class PendingReplies {
  readonly #run: Run;
  #received: ReplyKey[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  of(fingerprint: string, id: string): PendingReply {
    const reply = { fingerprint, id };
    let isReported = false;
    return {
      received: () => {
        if (isReported) return;
        isReported = true;
        this.#received.push(reply);
        this.#timer ??= setTimeout(() => this.flush(), flushMs).unref();
      },
      lost: async () => {
        if (isReported) return;
        isReported = true;
        await this.#run({ kind: "reply-lost", reply });
      },
    };
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const replies = this.#received;
    this.#received = [];
    // If this fails, the replies count as lost once the process has ended; nobody waits for it.
    if (replies.length > 0) this.#run({ kind: "replies-received", replies }).catch(() => undefined);
  }
}
