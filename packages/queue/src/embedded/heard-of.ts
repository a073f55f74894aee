import type { Receipt } from "../contract.ts";
import type { Run } from "./protocol.ts";
import type { AskedReceipt } from "./receipts.ts";

/**
 * Until a process is killed nobody asks what its clients have heard: it is written for many at a time. As much
 * as this may be forgotten then, and taken for sent again if a client sends the same once more.
 */
const flushMs = 100;

/** Tells the file what clients have heard of. */
export class HeardOf {
  readonly #run: Run;
  #heard: AskedReceipt[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  receipt(fingerprint: string, id: string): Receipt {
    const asked = { fingerprint, id };
    let isTold = false;
    return {
      heard: () => {
        if (isTold) return;
        isTold = true;
        this.#heard.push(asked);
        this.#timer ??= setTimeout(() => this.flush(), flushMs).unref();
      },
      unheard: async () => {
        if (isTold) return;
        isTold = true;
        await this.#run({ kind: "unheard", receipt: asked });
      },
    };
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const receipts = this.#heard;
    this.#heard = [];
    // What is not told counts as not heard of when the process has ended; nobody waits for it.
    if (receipts.length > 0) this.#run({ kind: "heard", receipts }).catch(() => undefined);
  }
}
