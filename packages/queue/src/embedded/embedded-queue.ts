import { checkSqlite } from "@mailseal/sqlite";
import { bodyPieces } from "../body-pieces.ts";
import { checkMessage, writeMetadata, writeRecipients } from "../checked-message.ts";
import { badPosition, checkTake, pageLimit, routeLimit } from "../checked-options.ts";
import type {
  Added,
  Lease,
  ListedMessage,
  ListOptions,
  ListPage,
  MessageBody,
  NewMessage,
  Queue,
  QueueStats,
  StatsOptions,
  TakeOptions,
} from "../contract.ts";
import { QueueError } from "../errors.ts";
import { WakeUp } from "../wake-up.ts";
import { readBody } from "./body-reader.ts";
import { EmbeddedLease } from "./embedded-lease.ts";
import { queueError } from "./file/sqlite-code.ts";
import { type CheckedOptions, checkOptions, type EmbeddedQueueOptions } from "./options.ts";
import { PendingReplies } from "./pending-replies.ts";
import { listed } from "./queued-message.ts";
import {
  type AddOperation,
  type MessageRow,
  type Operation,
  pieceBytes,
  type ResultOf,
} from "./thread/protocol.ts";
import { WriterThread } from "./thread/writer-thread.ts";

/**
 * Opens a queue in one SQLite file, and creates the file if it does not exist. Several processes may have it open.
 * Rejects with "queue-corrupt", "queue-unavailable" or "bad-option".
 *
 * ```ts
 * await using queue = await openQueue({ file: "/var/lib/mailseal/queue.db" });
 * await queue.add(
 *   { envelope, destinations: [{ route: "example.net", recipients: [{ address: "bob@example.net" }] }] },
 *   message,
 * );
 * ```
 */
export async function openQueue(options: EmbeddedQueueOptions): Promise<Queue> {
  const checked = checkOptions(options);
  try {
    checkSqlite("the queue");
  } catch (error) {
    throw queueError(error, options.file);
  }
  const thread = new WriterThread(checked.store, checked.thread);
  await thread.open();
  for (const problem of thread.problems) options.onProblem?.(problem);
  return new EmbeddedQueue(thread, checked);
}

const defaultMaxBytes = 16 * 1024 * 1024;

class EmbeddedQueue implements Queue {
  readonly #thread: WriterThread;
  readonly #options: CheckedOptions;
  readonly #wakeUp = new WakeUp();
  readonly #maintenance: NodeJS.Timeout;
  readonly #pendingReplies = new PendingReplies((operation) => this.#run(operation));
  #closed: Promise<void> | undefined;

  constructor(thread: WriterThread, options: CheckedOptions) {
    this.#thread = thread;
    this.#options = options;
    // Nobody waits for maintenance: the next operation reports a failure that persists.
    const { clock } = options.thread;
    const maintain = (): void =>
      void this.#run({ kind: "maintain", aheadMs: clock.ahead() }).catch(() => undefined);
    this.#maintenance = setInterval(maintain, options.maintenanceMs).unref();
  }

  async add(message: NewMessage, body: MessageBody): Promise<Added> {
    checkMessage(message);
    const { dedupId, resend, delayMs = 0, settles = false } = message;
    const firstSeenMs =
      message.firstSeenMs && message.firstSeenMs - this.#options.thread.clock.ahead();
    const isShared = message.destinations.length > 1;
    const destinations = message.destinations.map(({ route, recipients }) => ({
      route,
      recipients: isShared ? writeRecipients(recipients) : null,
    }));
    const metadata = writeMetadata(message);
    const described = { destinations, metadata, dedupId, resend, firstSeenMs, delayMs, settles };
    const { firstSeq, count, duplicate, sentAgain } =
      body instanceof Uint8Array && body.length <= pieceBytes
        ? await this.#addWhole(described, body)
        : await this.#addInPieces(described, body);
    if (!duplicate) this.#wakeUp.ring();
    const ids = Array.from({ length: count }, (_, index) => this.#idOf(firstSeq + index));
    const id = sentAgain ?? dedupId;
    return {
      ids,
      duplicate,
      ...(sentAgain !== undefined && { sentAgain }),
      ...(resend !== undefined &&
        id !== undefined && { pendingReply: this.#pendingReplies.of(resend.fingerprint, id) }),
    };
  }

  async take(batch: number, options: TakeOptions = {}): Promise<readonly Lease[]> {
    checkTake(batch, options);
    const { excludeRoutes = new Set(), excludeEndings = [], signal, waitMs = 0 } = options;
    const { maxBytes = defaultMaxBytes, maxPerRoute = batch } = options;
    const { leaseMs, pollMs, thread } = this.#options;
    const deadline = performance.now() + waitMs;
    for (;;) {
      const { count } = this.#wakeUp;
      const taken = await this.#run({
        kind: "take",
        batch,
        excludeRoutes,
        excludeEndings,
        maxPerRoute,
        maxBytes,
        leaseMs,
      });
      if (taken.rows.length > 0) {
        return taken.rows.map(
          (row) => new EmbeddedLease(this.#lender, this.#inWallTime(row), taken.lease),
        );
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || signal?.aborted === true || this.#closed !== undefined) return [];
      const dueMs = Math.max(1, (taken.nextMs ?? Infinity) - thread.clock.now());
      await this.#wakeUp.wait(count, Math.min(leftMs, pollMs, dueMs), signal);
      if (this.#closed !== undefined) return [];
    }
  }

  async stats(options: StatsOptions = {}): Promise<QueueStats> {
    return this.#run({ kind: "stats", maxRoutes: routeLimit(options) });
  }

  async list(options: ListOptions = {}): Promise<ListPage> {
    const limit = pageLimit(options);
    const { state, route, after = "0" } = options;
    if (!/^\d{1,15}$/.test(after)) throw badPosition(after);
    const { rows, next } = await this.#run({
      kind: "list",
      state,
      route,
      limit,
      after: Number(after),
    });
    const messages = rows.map((row) => listed(this.#inWallTime(row), this.#idOf(row.seq)));
    return next === undefined ? { messages } : { messages, next: String(next) };
  }

  async show(id: string): Promise<ListedMessage | undefined> {
    const row = await this.#ifOurs(id, undefined, (seq) => this.#run({ kind: "show", seq }));
    return row && listed(this.#inWallTime(row), id);
  }

  async *content(id: string): AsyncGenerator<Uint8Array, void, void> {
    const seq = this.#seqOf(id);
    if (seq !== undefined) yield* readBody((index) => this.#run({ kind: "read", seq, index }));
  }

  retryNow(id: string): Promise<boolean> {
    return this.#change(id, "retry-now");
  }

  drop(id: string): Promise<boolean> {
    return this.#change(id, "drop");
  }

  hold(id: string): Promise<boolean> {
    return this.#change(id, "hold");
  }

  release(id: string): Promise<boolean> {
    return this.#change(id, "release");
  }

  close(): Promise<void> {
    if (this.#closed === undefined) {
      clearInterval(this.#maintenance);
      this.#pendingReplies.close();
      this.#closed = this.#thread.close();
      this.#wakeUp.ring();
    }
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #lender = {
    run: <Asked extends Operation>(operation: Asked): Promise<ResultOf<Asked>> =>
      this.#run(operation),
    idOf: (seq: number): string => this.#idOf(seq),
    wallMs: (): number => {
      const { clock } = this.#options.thread;
      return clock.now() + clock.ahead();
    },
    onReady: (): void => this.#wakeUp.ring(),
  };

  #addWhole(
    described: Omit<AddOperation, "kind" | "sizeBytes" | "bytes" | "upload">,
    bytes: Uint8Array,
  ): Promise<ResultOf<AddOperation>> {
    const sizeBytes = bytes.length;
    return this.#run({ kind: "add", ...described, sizeBytes, bytes, upload: undefined });
  }

  async #addInPieces(
    described: Omit<AddOperation, "kind" | "sizeBytes" | "bytes" | "upload">,
    body: MessageBody,
  ): Promise<ResultOf<AddOperation>> {
    const pieces = bodyPieces(body, pieceBytes);
    try {
      const first = (await nextPiece(pieces)) ?? new Uint8Array();
      const second = await nextPiece(pieces);
      if (second === undefined) return await this.#addWhole(described, first);
      return await this.#upload(described, first, second, pieces);
    } finally {
      // Closes a body that was not read to its end.
      await pieces.return();
    }
  }

  async #upload(
    described: Omit<AddOperation, "kind" | "sizeBytes" | "bytes" | "upload">,
    first: Uint8Array,
    second: Uint8Array,
    others: AsyncGenerator<Uint8Array>,
  ): Promise<ResultOf<AddOperation>> {
    const { settles = false } = described;
    const upload = await this.#run({ kind: "begin-upload", settles });
    try {
      await this.#run({ kind: "piece", upload, index: 0, bytes: first, settles });
      let sizeBytes = first.length;
      let piece: Uint8Array | undefined = second;
      for (let index = 1; piece !== undefined; index += 1) {
        // One piece at a time keeps memory flat.
        await this.#run({ kind: "piece", upload, index, bytes: piece, settles });
        sizeBytes += piece.length;
        piece = await nextPiece(others);
      }
      return await this.#run({ kind: "add", ...described, sizeBytes, bytes: undefined, upload });
    } catch (error) {
      await this.#run({ kind: "abandon-upload", upload }).catch(() => undefined);
      throw error;
    }
  }

  #change(id: string, kind: "retry-now" | "drop" | "hold" | "release"): Promise<boolean> {
    return this.#ifOurs(id, false, async (seq) => {
      const changed = await this.#run({ kind, seq });
      if (changed) this.#wakeUp.ring();
      return changed;
    });
  }

  #ifOurs<Value>(
    id: string,
    otherwise: Value,
    use: (seq: number) => Promise<Value>,
  ): Promise<Value> {
    const seq = this.#seqOf(id);
    return seq === undefined ? Promise.resolve(otherwise) : use(seq);
  }

  /** Converts the times of a row from the file's clock to the wall clock. */
  #inWallTime<Row extends MessageRow>(row: Row): Row {
    const aheadMs = this.#options.thread.clock.ahead();
    return { ...row, dueMs: row.dueMs + aheadMs, firstSeenMs: row.firstSeenMs + aheadMs };
  }

  #idOf(seq: number): string {
    return `${this.#thread.tag}-${seq.toString(36)}`;
  }

  #seqOf(id: string): number | undefined {
    const seq = Number.parseInt(id.slice(this.#thread.tag.length + 1), 36);
    return Number.isSafeInteger(seq) && this.#idOf(seq) === id ? seq : undefined;
  }

  #run<Asked extends Operation>(operation: Asked): Promise<ResultOf<Asked>> {
    if (this.#closed !== undefined) {
      return Promise.reject(new QueueError("queue-closed", "the queue is closed"));
    }
    return this.#thread.run(operation);
  }
}

async function nextPiece(pieces: AsyncGenerator<Uint8Array>): Promise<Uint8Array | undefined> {
  const { value, done } = await pieces.next();
  return done === true ? undefined : value;
}
