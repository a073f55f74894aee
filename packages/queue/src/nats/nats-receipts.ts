import { hash, randomUUID } from "node:crypto";
import {
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos, type Subscription } from "@nats-io/transport-node";
import type { Added, NewMessage, Receipt } from "../contract.ts";

/** Longer than any window. */
const keptMs = 7 * 24 * 60 * 60 * 1000;
const aliveMs = 2000;
/** After a failure, which servers that give no memory to streams have each time. */
const restMs = 10_000;
/** Some 20 MB: clients that do nothing but leave without a word must not fill the memory. */
const maxKept = 100_000;

interface Kept {
  readonly id: string;
  /** The process that has the client's connection, or nobody once that has ended. */
  readonly owner: string;
  readonly untilMs: number;
  /** Whether the message was in the queue by then; otherwise adding it under the same id tells. */
  readonly isQueued: boolean;
}

/** What is to be done about a message that is added with a receipt. */
export interface Claim {
  /** It was accepted before, under this id, and the client sends it again. */
  readonly earlier?: { readonly id: string; readonly isQueued: boolean };
  /** To be called when it is in the queue. */
  queued(): Receipt;
}

/**
 * The same as the embedded queue's receipts, in a stream that servers keep in memory: no message waits for a
 * disk because of them, and they survive every process but the servers. Whether the process that has the
 * client's connection lives is asked of itself.
 */
export class NatsReceipts {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #connection: NatsConnection;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #clock: () => number;
  readonly #owner = randomUUID();
  #alive: Subscription | undefined;
  #ready: Promise<void> | undefined;
  #restsUntilMs = -Infinity;

  constructor(
    connection: NatsConnection,
    client: JetStreamClient,
    manager: JetStreamManager,
    settings: { readonly name: string; readonly timeoutMs: number; readonly clock: () => number },
  ) {
    this.#connection = connection;
    this.#client = client;
    this.#manager = manager;
    this.#name = settings.name;
    this.#timeoutMs = settings.timeoutMs;
    this.#clock = settings.clock;
  }

  /** Adds a message with its receipt, if it wants one; one that was accepted before is not added again. */
  async around(message: NewMessage, add: (message: NewMessage) => Promise<Added>): Promise<Added> {
    const { receipt: wanted, dedupId } = message;
    const claim = wanted && dedupId && (await this.claim(wanted, dedupId));
    if (!claim) return add(message);
    const { earlier } = claim;
    if (earlier?.isQueued === true) {
      return { ids: [], duplicate: true, sentAgain: earlier.id, receipt: claim.queued() };
    }
    // Under the earlier id it is added if it was not, and found if it was: its process ended in between.
    const added = await add(earlier === undefined ? message : { ...message, dedupId: earlier.id });
    const receipt = claim.queued();
    return earlier !== undefined && added.duplicate
      ? { ids: [], duplicate: true, sentAgain: earlier.id, receipt }
      : { ...added, receipt };
  }

  /** Undefined where the servers keep none at present: the message is added as it would be without. */
  async claim(asked: NonNullable<NewMessage["receipt"]>, id: string): Promise<Claim | undefined> {
    if (performance.now() < this.#restsUntilMs) return undefined;
    try {
      this.#ready ??= this.#prepare();
      await this.#ready;
      const subject = this.#subject(asked.fingerprint);
      const own: Kept = {
        id,
        owner: this.#owner,
        untilMs: this.#clock() + asked.windowMs,
        isQueued: false,
      };
      // Mostly there is none yet: then it is put in the same round trip.
      if ((await this.#put(subject, own, 0)) !== undefined) return this.#claimOf(subject, own);
      const found = await this.#find(subject);
      if (found !== undefined && (await this.#isSentAgain(found.kept))) {
        const adopted = { ...own, id: found.kept.id, isQueued: found.kept.isQueued };
        // Where another process was faster it has the client, and this is another message.
        if ((await this.#put(subject, adopted, found.seq)) !== undefined) {
          return { ...this.#claimOf(subject, adopted), earlier: found.kept };
        }
      }
      await this.#put(subject, own, undefined);
      return this.#claimOf(subject, own);
    } catch {
      this.#ready = undefined;
      this.#restsUntilMs = performance.now() + restMs;
      return undefined;
    }
  }

  close(): void {
    this.#alive?.unsubscribe();
  }

  #claimOf(subject: string, own: Kept): Claim {
    return {
      queued: () => {
        const kept = { ...own, isQueued: true };
        // Nobody waits for these; what gets lost may be queued twice.
        const marked = this.#put(subject, kept, undefined).catch(() => undefined);
        let isTold = false;
        return {
          heard: () => {
            if (isTold) return;
            isTold = true;
            void marked.then((seq) => this.#remove(seq)).catch(() => undefined);
          },
          unheard: async () => {
            if (isTold) return;
            isTold = true;
            const seq = await marked;
            await this.#put(subject, { ...kept, owner: "" }, seq).catch(() => undefined);
          },
        };
      },
    };
  }

  async #isSentAgain({ owner, untilMs }: Kept): Promise<boolean> {
    if (untilMs <= this.#clock() || owner === this.#owner) return false;
    if (owner === "") return true;
    try {
      await this.#connection.request(this.#aliveSubject(owner), "", { timeout: aliveMs });
      return false;
    } catch (error) {
      // One that does not answer in time may live; where nobody listens it does not.
      return error instanceof Error && /no responders/i.test(`${error.name} ${error.message}`);
    }
  }

  /** Resolves to the number in the stream; undefined where `after` is not the last one of the subject. */
  async #put(subject: string, kept: Kept, after: number | undefined): Promise<number | undefined> {
    try {
      const { seq } = await this.#client.publish(subject, JSON.stringify(kept), {
        timeout: this.#timeoutMs,
        ...(after !== undefined && { expect: { lastSubjectSequence: after } }),
      });
      return seq;
    } catch (error) {
      if (error instanceof Error && /wrong last sequence/i.test(error.message)) return undefined;
      throw error;
    }
  }

  async #find(subject: string): Promise<{ readonly kept: Kept; readonly seq: number } | undefined> {
    const stored = await this.#manager.direct.getMessage(this.#stream, { last_by_subj: subject });
    if (stored === null) return undefined;
    return { kept: JSON.parse(Buffer.from(stored.data).toString()) as Kept, seq: stored.seq };
  }

  async #remove(seq: number | undefined): Promise<void> {
    if (seq !== undefined) await this.#manager.streams.deleteMessage(this.#stream, seq, false);
  }

  async #prepare(): Promise<void> {
    await this.#manager.streams.add({
      name: this.#stream,
      description: "@mailseal/queue receipts",
      subjects: [`${this.#name}.receipt.>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.Memory,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
      max_age: nanos(keptMs),
      max_msgs: maxKept,
      allow_direct: true,
    });
    this.#alive ??= this.#connection.subscribe(this.#aliveSubject(this.#owner), {
      // An error comes without a message: this user may not subscribe here, and others see nobody alive.
      callback: (error, message) => {
        if (error === null) message.respond("");
      },
    });
  }

  get #stream(): string {
    return `${this.#name}-receipts`;
  }

  #subject(fingerprint: string): string {
    return `${this.#name}.receipt.${hash("sha256", fingerprint, "hex").slice(0, 32)}`;
  }

  #aliveSubject(owner: string): string {
    return `${this.#name}.alive.${owner}`;
  }
}
