import { hash, randomUUID } from "node:crypto";
import {
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos, type Subscription } from "@nats-io/transport-node";
import type { Added, NewMessage, PendingReply } from "../../contract.ts";

/** Longer than any resend window. */
const keptMs = 7 * 24 * 60 * 60 * 1000;
const aliveMs = 2000;
/** How long to do without after a failure: servers that give streams no memory fail each time. */
const restMs = 10_000;
/** Some 20 MB: clients that keep dropping their connection after the message must not fill the memory. */
const maxKept = 100_000;

interface Kept {
  readonly id: string;
  /** The process that holds the client's connection; "" once that has ended. */
  readonly owner: string;
  readonly untilMs: number;
  /** Whether the message was in the queue by then. If not, adding it under the same id finds out. */
  readonly isQueued: boolean;
}

/** A message with `resend`, noted before it is added. */
interface Noted {
  /** The message was accepted before, under this id, and the client sends it again. */
  readonly earlier?: { readonly id: string; readonly isQueued: boolean };
  /** To be called when the message is in the queue. */
  queued(): PendingReply;
}

/**
 * Does for JetStream what `ResendTable` does for the embedded queue, in a stream that the servers keep in memory: no
 * message waits for a disk because of it, and it survives every process but the servers. To find out whether the
 * process that holds a client's connection is alive, it asks that process.
 */
export class ResendDetection {
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

  /** Adds a message with `add`, unless it asks for resend detection and was accepted before. */
  async around(message: NewMessage, add: (message: NewMessage) => Promise<Added>): Promise<Added> {
    const { resend, dedupId } = message;
    const noted = resend && dedupId && (await this.#note(resend, dedupId));
    if (!noted) return add(message);
    const { earlier } = noted;
    if (earlier?.isQueued === true) {
      return { ids: [], duplicate: true, sentAgain: earlier.id, pendingReply: noted.queued() };
    }
    // The earlier process ended in between. Adding under its id finds out whether the message is in the queue.
    const added = await add(earlier === undefined ? message : { ...message, dedupId: earlier.id });
    const pendingReply = noted.queued();
    return earlier !== undefined && added.duplicate
      ? { ids: [], duplicate: true, sentAgain: earlier.id, pendingReply }
      : { ...added, pendingReply };
  }

  /** Undefined if the servers cannot store it at present: the message is added without resend detection. */
  async #note(
    { fingerprint, windowMs }: NonNullable<NewMessage["resend"]>,
    id: string,
  ): Promise<Noted | undefined> {
    if (performance.now() < this.#restsUntilMs) return undefined;
    try {
      this.#ready ??= this.#prepare();
      await this.#ready;
      const subject = this.#subject(fingerprint);
      const own: Kept = {
        id,
        owner: this.#owner,
        untilMs: this.#clock() + windowMs,
        isQueued: false,
      };
      // Usually the subject is empty, and one round trip is enough.
      if ((await this.#put(subject, own, 0)) !== undefined) return this.#notedAs(subject, own);
      const found = await this.#find(subject);
      if (found !== undefined && (await this.#isSentAgain(found.kept))) {
        const adopted = { ...own, id: found.kept.id, isQueued: found.kept.isQueued };
        // If another process was faster, it has the client's connection, and this is a new message.
        if ((await this.#put(subject, adopted, found.seq)) !== undefined) {
          return { ...this.#notedAs(subject, adopted), earlier: found.kept };
        }
      }
      await this.#put(subject, own, undefined);
      return this.#notedAs(subject, own);
    } catch {
      this.#ready = undefined;
      this.#restsUntilMs = performance.now() + restMs;
      return undefined;
    }
  }

  close(): void {
    this.#alive?.unsubscribe();
  }

  #notedAs(subject: string, own: Kept): Noted {
    return {
      queued: () => {
        const kept = { ...own, isQueued: true };
        // Nobody waits for these writes. If one is lost, the message may be queued twice.
        const marked = this.#put(subject, kept, undefined).catch(() => undefined);
        let isReported = false;
        return {
          received: () => {
            if (isReported) return;
            isReported = true;
            void marked.then((seq) => this.#remove(seq)).catch(() => undefined);
          },
          lost: async () => {
            if (isReported) return;
            isReported = true;
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
      // A process that does not answer in time may be alive; if nobody listens, it is not.
      return error instanceof Error && /no responders/i.test(`${error.name} ${error.message}`);
    }
  }

  /** Resolves to the sequence number in the stream; undefined if `after` is not the last one of the subject. */
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
      // An error comes without a message: this user may not subscribe here, and counts as not alive.
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
