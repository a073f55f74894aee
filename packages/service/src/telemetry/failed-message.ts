import type { MailContext, Processed, StoredMessage } from "@mailseal/policy";
import { printable } from "@mailseal/syntax";
import type { Verdict } from "@mailseal/verifier";

/** A message with a signature that does not pass, as the page shows it. */
export interface FailedMessage {
  readonly atMs: number;
  readonly queueId: string;
  /** First From domain. */
  readonly fromDomain: string;
  readonly sizeBytes: number;
  readonly verdicts: readonly FailedVerdict[];
  /** The whole message in latin1, one character an octet, which JSON carries between processes. */
  readonly message: string;
}

type FailedVerdict = Pick<Verdict, "result" | "code" | "reason"> & {
  readonly domain: string;
};

const maxMessageBytes = 64 * 1024;
const maxVerdicts = 8;
const maxTextLength = 300;
const leastPauseMs = 1000;

/** Limits the copies of failed messages, so that a flood of failures costs at most one copy a second. */
export class FailureSampling {
  readonly #now: () => number;
  readonly #elapsedMs: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** `now` is Unix time, `elapsedMs` a monotonic clock; both in milliseconds. */
  constructor(now: () => number = Date.now, elapsedMs: () => number = () => performance.now()) {
    this.#now = now;
    this.#elapsedMs = elapsedMs;
  }

  /** The time if another message may be kept, which counts as kept then; otherwise undefined. */
  next(): number | undefined {
    const elapsedMs = this.#elapsedMs();
    if (elapsedMs - this.#lastMs < leastPauseMs) return undefined;
    this.#lastMs = elapsedMs;
    return this.#now();
  }
}

/** Undefined if every signature passes, the message is large, or another one was kept just now. */
export async function failureOf(
  stored: StoredMessage,
  { queueId }: MailContext,
  { report, fromDomain }: Processed,
  kept: FailureSampling,
): Promise<FailedMessage | undefined> {
  const failed = (report?.signatures ?? []).filter(({ result }) => result !== "pass");
  if (failed.length === 0 || stored.sizeBytes > maxMessageBytes) return undefined;
  const atMs = kept.next();
  if (atMs === undefined) return undefined;
  const message = await wholeText(stored);
  if (message === undefined) return undefined;
  return {
    atMs,
    queueId,
    fromDomain: shortened(fromDomain ?? ""),
    sizeBytes: stored.sizeBytes,
    message,
    verdicts: failed.slice(0, maxVerdicts).map(({ result, code, reason, domain }) => ({
      result,
      code,
      reason: shortened(reason),
      domain: shortened(domain ?? ""),
    })),
  };
}

async function wholeText(stored: StoredMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of stored.chunks()) chunks.push(chunk);
  } catch {
    // Counting must not fail a message.
    return undefined;
  }
  return Buffer.concat(chunks).toString("latin1");
}

function shortened(text: string): string {
  return printable(text.slice(0, maxTextLength));
}

const usualLimit = 20;

/** The last failed messages, the latest first. Their number and the size of each are limited. */
export class RecentFailures {
  readonly #limit: number;
  #kept: readonly (FailedMessage & { readonly id: number })[] = [];
  #nextId = 1;

  constructor(limit: number = usualLimit) {
    this.#limit = limit;
  }

  add(failure: FailedMessage): void {
    this.#kept = [{ ...failure, id: this.#nextId++ }, ...this.#kept].slice(0, this.#limit);
  }

  get all(): readonly (FailedMessage & { readonly id: number })[] {
    return this.#kept;
  }

  find(id: number): FailedMessage | undefined {
    return this.#kept.find((it) => it.id === id);
  }

  clear(): void {
    this.#kept = [];
  }
}
