import { jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { Objm, StorageType } from "@nats-io/obj";
import { connect, type NatsConnection, nanos } from "@nats-io/transport-node";
import { bodyPieces, joinPieces } from "../body-pieces.ts";
import { checkMessage, maxMetadataBytes } from "../checked-message.ts";
import type {
  Added,
  Destination,
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
import { QueueError } from "../queue-error.ts";
import { Bodies } from "./bodies.ts";
import { checkDurability } from "./durability.ts";
import type { Label } from "./framing.ts";
import { Intake } from "./intake.ts";
import { Layout, type Place } from "./layout.ts";
import { NatsLease, type NatsLender } from "./nats-lease.ts";
import { NatsReceipts } from "./nats-receipts.ts";
import { type CheckedNatsOptions, checkNatsOptions, type NatsQueueOptions } from "./options.ts";
import { Selection } from "./selection.ts";
import { ServerClock } from "./server-clock.ts";
import { asked, serverError } from "./server-error.ts";
import { listedFrom, type Put, Shelf, type Shelved } from "./shelf.ts";
import { readStats } from "./statistics.ts";
import { Stranded } from "./stranded.ts";
import { ensureConsumers, ensureStreams } from "./streams.ts";

/** What a label and the framing may take of a payload that has its body inline. */
const labelBytes = 64 * 1024;
/** Pieces that the object store is given. */
const storePieceBytes = 128 * 1024;
/** A take waits so long for the servers, even where the caller does not wait. */
const leastWaitMs = 150;
/** Messages of one pull arrive together: after so long without one there are no more at present. */
const quietMs = 3;

/**
 * Opens a queue in NATS JetStream, and creates its streams where they are not there. Rejects with
 * "queue-unavailable", "bad-option", or "not-durable" where acknowledged messages could be lost.
 */
export async function openNatsQueue(options: NatsQueueOptions): Promise<Queue> {
  const checked = checkNatsOptions(options);
  const layout = new Layout(checked.name, checked.shards);
  // A queue outlives its servers: it is connected again for as long as it is open.
  const connection = await asked(
    connect({
      reconnectTimeWait: 250,
      ...checked.connection,
      maxReconnectAttempts: -1,
    }),
  );
  try {
    const settings = { timeout: checked.timeoutMs };
    const manager = await jetstreamManager(connection, settings);
    const client = jetstream(connection, settings);
    await ensureStreams(manager, layout, checked);
    const consumers = await ensureConsumers(manager, client, layout, checked);
    const store = await new Objm(client).create(layout.bucket, {
      replicas: checked.replicas,
      storage: StorageType.File,
      ttl: nanos(checked.bodyLifeMs),
      max_bytes: -1,
    });
    const names = [...layout.streams(), `OBJ_${layout.bucket}`];
    await checkDurability(connection, manager, names, checked);
    const shelf = new Shelf(client, manager, layout, checked.timeoutMs);
    const bodies = new Bodies(store, checked.timeoutMs);
    const serverClock = await ServerClock.start(manager, layout.stream("dead"), checked);
    const clock = (): number => serverClock.now();
    const intake = new Intake(consumers, clock);
    const receiptSettings = { name: checked.name, timeoutMs: checked.timeoutMs, clock };
    const receipts = new NatsReceipts(connection, client, manager, receiptSettings);
    const parts = { connection, manager, layout, shelf, bodies, intake, serverClock, receipts };
    return new NatsQueue(parts, { ...checked, clock });
  } catch (error) {
    await connection.close();
    throw serverError(error);
  }
}

interface Parts {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly shelf: Shelf;
  readonly bodies: Bodies;
  readonly intake: Intake;
  readonly serverClock: ServerClock;
  readonly receipts: NatsReceipts;
}

class NatsQueue implements Queue {
  readonly #parts: Parts;
  readonly #options: CheckedNatsOptions;
  readonly #lender: NatsLender;
  readonly #check: NodeJS.Timeout;
  #maxPayloadBytes = 1024 * 1024;
  #closed: Promise<void> | undefined;

  constructor(parts: Parts, options: CheckedNatsOptions) {
    this.#parts = parts;
    this.#options = options;
    const { shelf, bodies, connection } = parts;
    const { leaseMs, timeoutMs, clock } = options;
    const flush = (): Promise<void> => connection.flush();
    const ahead = (): number => parts.serverClock.ahead();
    this.#lender = { shelf, bodies, leaseMs, timeoutMs, clock, ahead, flush };
    const stranded = new Stranded(parts.manager, parts.layout, shelf, options);
    // A failure shows with the next operation that somebody waits for.
    const look = (): void => {
      stranded.look().catch(() => undefined);
      parts.serverClock.follow().catch(() => undefined);
    };
    this.#check = setInterval(look, options.checkMs).unref();
  }

  async add(message: NewMessage, body: MessageBody): Promise<Added> {
    this.#checkOpen();
    checkMessage(message);
    const { receipt: wanted, dedupId } = message;
    const claim = wanted && dedupId && (await this.#parts.receipts.claim(wanted, dedupId));
    if (!claim) return this.#add(message, body);
    const { earlier } = claim;
    if (earlier?.isQueued === true) {
      return { ids: [], duplicate: true, sentAgain: earlier.id, receipt: claim.queued() };
    }
    // Under the earlier id it is added if it was not, and found if it was: its process ended in between.
    const added = await this.#add(
      earlier === undefined ? message : { ...message, dedupId: earlier.id },
      body,
    );
    const receipt = claim.queued();
    return earlier !== undefined && added.duplicate
      ? { ids: [], duplicate: true, sentAgain: earlier.id, receipt }
      : { ...added, receipt };
  }

  async #add(message: NewMessage, body: MessageBody): Promise<Added> {
    const { destinations } = message;
    const [only] = destinations;
    if (only !== undefined && destinations.length === 1) {
      const { id, duplicate } = await this.#addOne(message, only, message.dedupId, body);
      return { ids: [id], duplicate };
    }
    return this.#addEach(message, await wholeBody(body));
  }

  /** Each destination has a copy of the body; if one is refused, those before it are taken back. */
  async #addEach(message: NewMessage, body: Uint8Array): Promise<Added> {
    const added: Put[] = [];
    try {
      for (const [index, destination] of message.destinations.entries()) {
        const { dedupId } = message;
        const own = dedupId === undefined ? undefined : `${dedupId} ${index}`;
        // oxlint-disable-next-line no-await-in-loop -- the first that is refused ends it
        added.push(await this.#addOne(message, destination, own, body));
      }
    } catch (error) {
      await Promise.allSettled(added.map(({ id, duplicate }) => !duplicate && this.drop(id)));
      throw error;
    }
    return {
      ids: added.map(({ id }) => id),
      duplicate: added.every(({ duplicate }) => duplicate),
    };
  }

  async #addOne(
    message: NewMessage,
    { route, recipients }: Destination,
    unique: string | undefined,
    body: MessageBody,
  ): Promise<Put> {
    const { envelope, context = new Map<string, string>(), dedupId, delayMs = 0 } = message;
    const nowMs = this.#options.clock();
    const label: Omit<Label, "sizeBytes"> = {
      envelope: { ...envelope, recipients },
      context: [...context],
      route,
      firstSeenMs:
        message.firstSeenMs === undefined
          ? nowMs
          : message.firstSeenMs - this.#parts.serverClock.ahead(),
      retries: 0,
      ...(dedupId !== undefined && { dedupId }),
      ...(delayMs > 0 && { notBeforeMs: nowMs + delayMs }),
    };
    const size = JSON.stringify(label).length;
    const maxPayload = this.#maxPayload();
    if (size > Math.min(maxMetadataBytes, maxPayload / 2)) {
      throw new QueueError(
        "bad-message",
        `expected an envelope and context of at most ${maxPayload / 2} characters, got ${size}; add the recipients in parts, or raise the servers' max_payload`,
      );
    }
    return this.#put(label, unique, body, maxPayload - Math.max(labelBytes, 2 * size));
  }

  async take(batch: number, options: TakeOptions = {}): Promise<readonly Lease[]> {
    this.#checkOpen();
    const { intake } = this.#parts;
    const { signal, waitMs = 0 } = options;
    if (!(Number.isSafeInteger(batch) && batch > 0)) {
      throw new QueueError(
        "bad-option",
        `expected batch to be a whole number from 1, got ${batch}`,
      );
    }
    const selection = new Selection(batch, options, this.#options.excludedMs);
    const deadline = performance.now() + Math.max(leastWaitMs, waitMs);
    for (;;) {
      const { count } = intake.wakeUp;
      intake.keep(selection.add(intake.collect(), this.#options.clock()));
      const leftMs = deadline - performance.now();
      const waited = leftMs <= 0 || signal?.aborted === true || this.#closed !== undefined;
      if (selection.full || waited) break;
      intake.pull(batch);
      const some = selection.selected.length > 0;
      // oxlint-disable-next-line no-await-in-loop -- looks again only after it has waited
      await intake.wakeUp.wait(count, some ? Math.min(quietMs, leftMs) : leftMs, signal);
      if (some && intake.wakeUp.count === count) break;
    }
    return selection.selected.map(
      ({ arrival, framed }) => new NatsLease(this.#lender, arrival, framed),
    );
  }

  stats({ maxRoutes = 100 }: StatsOptions = {}): Promise<QueueStats> {
    this.#checkOpen();
    const { manager, layout, shelf } = this.#parts;
    const { shards, clock } = this.#options;
    return readStats(manager, layout, shelf, { maxRoutes, shards, nowMs: clock() });
  }

  async list(options: ListOptions = {}): Promise<ListPage> {
    this.#checkOpen();
    const limit = Math.min(1000, Math.max(1, options.limit ?? 100));
    let position = startOf(options);
    const messages: ListedMessage[] = [];
    const nowMs = this.#options.clock();
    for (let looked = 0; position !== undefined && looked < 2 * limit; looked += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each tells where the next one is
      const found = await this.#parts.shelf.next(position.place, position.seq, options.route);
      if (found === undefined) {
        position = placeAfter(position.place, options);
        continue;
      }
      position = { place: found.place, seq: found.seq + 1 };
      const entry = this.#told(listedFrom(found, nowMs));
      if (matches(entry, options)) messages.push(entry);
      if (messages.length >= limit) break;
    }
    return position === undefined
      ? { messages }
      : { messages, next: `${position.place}:${position.seq}` };
  }

  async show(id: string): Promise<ListedMessage | undefined> {
    const found = await this.#find(id);
    return found && this.#told(listedFrom(found, this.#options.clock()));
  }

  async *content(id: string): AsyncGenerator<Uint8Array, void, void> {
    const found = await this.#find(id);
    if (found !== undefined) yield* this.#parts.bodies.read(found);
  }

  async retryNow(id: string): Promise<boolean> {
    const found = await this.#find(id);
    if (found === undefined || found.place === "held") return false;
    const { notBeforeMs, diedMs: _, ...label } = found.label;
    if (found.place === "live" && (notBeforeMs ?? 0) <= this.#options.clock()) return false;
    await this.#parts.shelf.move(found, "live", label);
    return true;
  }

  async drop(id: string): Promise<boolean> {
    const found = await this.#find(id);
    if (found === undefined || !(await this.#parts.shelf.remove(found))) return false;
    await this.#parts.bodies.remove(found);
    return true;
  }

  async hold(id: string): Promise<boolean> {
    const found = await this.#find(id);
    if (found?.place !== "live") return false;
    await this.#parts.shelf.move(found, "held", found.label);
    return true;
  }

  async release(id: string): Promise<boolean> {
    const found = await this.#find(id);
    if (found?.place !== "held") return false;
    const { notBeforeMs: _, ...label } = found.label;
    await this.#parts.shelf.move(found, "live", label);
    return true;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { intake, connection } = this.#parts;
    clearInterval(this.#check);
    await intake.close();
    this.#parts.receipts.close();
    // Sends what is still to be sent; a server that is gone is not waited for.
    if (!connection.isClosed()) await connection.drain().catch(() => connection.close());
  }

  async #put(
    label: Omit<Label, "sizeBytes">,
    unique: string | undefined,
    body: MessageBody,
    maxInlineBytes: number,
  ): Promise<Put> {
    const { shelf, bodies } = this.#parts;
    if (body instanceof Uint8Array && body.length <= maxInlineBytes) {
      return shelf.put({ label: { ...label, sizeBytes: body.length }, body }, unique);
    }
    const pieces = bodyPieces(body, storePieceBytes);
    const start = await startOfBody(pieces, maxInlineBytes);
    if (start.whole) {
      const whole = start.bytes;
      return shelf.put({ label: { ...label, sizeBytes: whole.length }, body: whole }, unique);
    }
    const { name: object, sizeBytes } = await bodies.put(continued(start.bytes, pieces));
    const framed = { label: { ...label, sizeBytes, object }, body: new Uint8Array() };
    try {
      const added = await shelf.put(framed, unique);
      if (added.duplicate) await bodies.remove(framed);
      return added;
    } catch (error) {
      // The answer may be lost, and the message there: its body stays, until it is too old.
      if (error instanceof QueueError && error.code === "queue-full") await bodies.remove(framed);
      throw error;
    }
  }

  /** With its times as the wall clock of this machine has them now. */
  #told(message: ListedMessage): ListedMessage {
    const aheadMs = this.#parts.serverClock.ahead();
    const { firstSeenMs, dueMs } = message;
    return {
      ...message,
      firstSeenMs: firstSeenMs + aheadMs,
      ...(dueMs !== undefined && { dueMs: dueMs + aheadMs }),
    };
  }

  /** As the server said that was connected last: there may be none at present. */
  #maxPayload(): number {
    this.#maxPayloadBytes = this.#parts.connection.info?.max_payload ?? this.#maxPayloadBytes;
    return this.#maxPayloadBytes;
  }

  #find(id: string): Promise<Shelved | undefined> {
    this.#checkOpen();
    return this.#parts.shelf.find(id);
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) {
      throw new QueueError("queue-closed", "expected an open queue, got one that was closed");
    }
  }
}

interface Position {
  readonly place: Place;
  readonly seq: number;
}

function startOf({ after, state }: ListOptions): Position | undefined {
  if (after === undefined) {
    return { place: state === "dead" || state === "held" ? state : "live", seq: 1 };
  }
  const [, place, seq] = /^(live|held|dead):(\d+)$/.exec(after) ?? [];
  if (place === undefined) {
    throw new QueueError("bad-option", `expected after to be a page's next, got ${after}`);
  }
  return { place: place as Place, seq: Number(seq) };
}

function placeAfter(place: Place, { state }: ListOptions): Position | undefined {
  return place === "live" && state === undefined ? { place: "held", seq: 1 } : undefined;
}

function matches(message: ListedMessage, { state, route }: ListOptions): boolean {
  return (
    (state === undefined || message.state === state) &&
    (route === undefined || message.route === route)
  );
}

function wholeBody(body: MessageBody): Uint8Array | Promise<Uint8Array> {
  return body instanceof Uint8Array ? body : joinPieces(body).catch(bodyFailed);
}

/** As much of a body as could go into a message. */
async function startOfBody(
  pieces: AsyncGenerator<Uint8Array>,
  maxInlineBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly whole: boolean }> {
  const start: Uint8Array[] = [];
  let size = 0;
  while (size <= maxInlineBytes) {
    // oxlint-disable-next-line no-await-in-loop -- one piece at a time
    const { value, done } = await nextPiece(pieces);
    if (done) return { bytes: Buffer.concat(start), whole: true };
    start.push(value);
    size += value.length;
  }
  return { bytes: Buffer.concat(start), whole: false };
}

async function nextPiece(
  pieces: AsyncGenerator<Uint8Array>,
): Promise<{ value: Uint8Array; done: false } | { value?: undefined; done: true }> {
  try {
    const { value, done } = await pieces.next();
    return done === true ? { done } : { value, done: false };
  } catch (cause) {
    return bodyFailed(cause);
  }
}

function bodyFailed(cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new QueueError("body-failed", `expected the body's bytes, got: ${reason}`, { cause });
}

async function* continued(
  start: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield start;
  yield* rest;
}
