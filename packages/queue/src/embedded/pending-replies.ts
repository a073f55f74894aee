import type { PendingReply } from "../contract.ts";
import type { ReplyKey } from "./store/resend-table.ts";
import type { Run } from "./thread/protocol.ts";

/**
 * Received replies are written for many messages at a time, because they only matter if the process is killed. Replies
 * that were not written by then are lost: an equal message counts as sent again.
 */
const flushMs = 100;

/** Records in the queue file which replies clients have received, and which were lost. */
export class PendingReplies {
  readonly #run: Run;
  #received: ReplyKey[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

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
        this.#keep([reply]);
      },
      lost: async () => {
        if (isReported) return;
        isReported = true;
        await this.#run({ kind: "reply-lost", reply });
      },
    };
  }

  /** Records the replies that are still to be recorded. If that fails, they count as lost. */
  close(): void {
    this.#isClosed = true;
    this.#flush();
  }

  #keep(replies: readonly ReplyKey[]): void {
    if (this.#isClosed) return;
    this.#received.push(...replies);
    this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const replies = this.#received;
    this.#received = [];
    if (replies.length === 0) return;
    // Otherwise an equal message could count as sent again, although the client has its reply.
    this.#run({ kind: "replies-received", replies }).catch(() => this.#keep(replies));
  }
}
