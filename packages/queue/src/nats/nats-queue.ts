import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { checkMessage } from "../checked-message.ts";
import { routeLimit } from "../checked-options.ts";
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
import { Claimer } from "./claim/claim.ts";
import type { Intake } from "./claim/intake.ts";
import { Orphans } from "./claim/orphans.ts";
import type { SeenMessages } from "./claim/seen-messages.ts";
import { followConnection } from "./connection/reconnection.ts";
import type { ServerClock } from "./connection/server-clock.ts";
import { asked } from "./connection/server-error.ts";
import { Enqueuer } from "./enqueue/enqueue.ts";
import type { Expansion } from "./enqueue/expansion.ts";
import type { ResendDetection } from "./enqueue/resend-detection.ts";
import { inWallTime, readPage } from "./inspect/list.ts";
import { readStats } from "./inspect/stats.ts";
import type { CheckedNatsOptions } from "./options.ts";
import type { PendingWrites } from "./settle/pending-writes.ts";
import type { Settler } from "./settle/settle.ts";
import type { Tombstones } from "./settle/tombstones.ts";
import type { Bodies } from "./storage/bodies.ts";
import type { Layout } from "./storage/layout.ts";
import type { Reserve } from "./storage/reserve.ts";
import { listedFrom, type StoredMessages, type StoredMessage } from "./storage/stored-messages.ts";
import type { UnusedBodies } from "./storage/unused-bodies.ts";

/** The connection, options and parts that `openNatsQueue` passes to the queue. */
export interface NatsQueueParts {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly stored: StoredMessages;
  readonly bodies: Bodies;
  readonly pendingWrites: PendingWrites;
  readonly tombstones: Tombstones;
  readonly settler: Settler;
  readonly expansion: Expansion;
  readonly reserve: Reserve;
  readonly unusedBodies: UnusedBodies;
  readonly intake: Intake;
  readonly serverClock: ServerClock;
  readonly seen: SeenMessages;
  readonly resends: ResendDetection;
}

export class NatsQueue implements Queue {
  readonly #parts: NatsQueueParts;
  readonly #options: CheckedNatsOptions;
  readonly #enqueuer: Enqueuer;
  readonly #claimer: Claimer;
  readonly #orphans: Orphans;
  readonly #timers: readonly NodeJS.Timeout[];
  #maxPayloadBytes = 1024 * 1024;
  #closed: Promise<void> | undefined;

  constructor(parts: NatsQueueParts, options: CheckedNatsOptions) {
    this.#parts = parts;
    this.#options = options;
    const {
      stored,
      bodies,
      settler,
      pendingWrites,
      expansion,
      reserve,
      unusedBodies,
      connection,
      intake,
    } = parts;
    const ahead = (): number => parts.serverClock.ahead();
    const { leaseMs, clock, checkMs, collectMs, excludedMs } = options;
    const flush = (): Promise<void> => connection.flush();
    const lender = { stored, bodies, settler, pendingWrites, leaseMs, clock, ahead, flush };
    this.#claimer = new Claimer(intake, lender, parts.tombstones, excludedMs);
    this.#enqueuer = new Enqueuer({
      stored,
      bodies,
      expansion,
      reserve,
      clock,
      ahead,
      maxPayload: () => this.#maxPayload(),
      checkRoom: () => this.#checkRoom(),
      // Well before `UnusedBodies` would remove the body.
      commitMs: collectMs / 2,
    });
    this.#orphans = new Orphans(parts, options);
    this.#timers = [
      every(
        checkMs,
        () => this.#orphans.look(),
        () => expansion.look(),
        () => settler.tidy(),
        () => parts.serverClock.follow(),
        () => reserve.look(),
        () => this.#claimer.tidy(),
      ),
      every(collectMs, () => unusedBodies.look()),
    ];
  }

  /** Reads the state of the servers, and follows the connection from now on. If it rejects, the queue is closed. */
  async begin(): Promise<void> {
    const { connection, intake, pendingWrites, reserve, seen, tombstones } = this.#parts;
    try {
      seen.begin((seq) => this.#claimer.holds(seq));
      await this.#suspectAll();
    } catch (error) {
      await this.close();
      throw error;
    }
    void reserve.look().catch(() => undefined);
    void followConnection(connection, {
      lost: () => intake.pause(),
      regained: async () => {
        await pendingWrites.attempt();
        await this.#suspectAll();
        const recalled = await tombstones.recall();
        void this.#orphans.sweep(recalled).catch(() => undefined);
      },
      settled: () => intake.resume(),
    });
  }

  add(message: NewMessage, body: MessageBody): Promise<Added> {
    return this.#open(() => {
      checkMessage(message);
      return this.#parts.resends.around(message, (it) => this.#enqueuer.add(it, body));
    });
  }

  take(batch: number, options: TakeOptions = {}): Promise<readonly Lease[]> {
    return this.#open(() => this.#claimer.take(batch, options));
  }

  stats(options: StatsOptions = {}): Promise<QueueStats> {
    const { manager, layout, stored } = this.#parts;
    const { shards, clock } = this.#options;
    return this.#open(async () => {
      const maxRoutes = routeLimit(options);
      return readStats(manager, layout, stored, { maxRoutes, shards, nowMs: clock() });
    });
  }

  list(options: ListOptions = {}): Promise<ListPage> {
    const { stored, expansion, serverClock } = this.#parts;
    return this.#open(async () => {
      if (options.after === undefined) await expansion.finish();
      return readPage(stored, options, serverClock);
    });
  }

  async show(id: string): Promise<ListedMessage | undefined> {
    const found = await this.#find(id);
    const { serverClock } = this.#parts;
    return found && inWallTime(listedFrom(found, serverClock.now()), serverClock.ahead());
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
    await this.#parts.stored.move(found, "live", label);
    return true;
  }

  async drop(id: string): Promise<boolean> {
    const found = await this.#find(id);
    return found !== undefined && this.#parts.settler.drop(found);
  }

  async hold(id: string): Promise<boolean> {
    const found = await this.#find(id);
    if (found?.place !== "live") return false;
    await this.#parts.stored.move(found, "held", found.label);
    return true;
  }

  async release(id: string): Promise<boolean> {
    const found = await this.#find(id);
    if (found?.place !== "held") return false;
    const { notBeforeMs: _, ...label } = found.label;
    await this.#parts.stored.move(found, "live", label);
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
    const { intake, pendingWrites, resends, seen, connection } = this.#parts;
    for (const timer of this.#timers) clearInterval(timer);
    this.#claimer.close();
    await intake.close();
    await pendingWrites.close();
    resends.close();
    seen.close();
    if (!connection.isClosed()) await this.#disconnect();
  }

  /** Sends pending data. Without a connection, draining would never end. */
  async #disconnect(): Promise<void> {
    const { connection } = this.#parts;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.timeoutMs);
    });
    await Promise.race([connection.drain().catch(() => undefined), late]);
    clearTimeout(timer);
    if (!connection.isClosed()) await connection.close();
  }

  /** Treats every message now in the stream as suspect: a server may have lost its removal. */
  async #suspectAll(): Promise<void> {
    const { manager, layout } = this.#parts;
    const { state } = await asked(manager.streams.info(layout.stream("live")));
    this.#claimer.suspectUpTo(state.last_seq);
  }

  async #checkRoom(): Promise<void> {
    const { maxBytes } = this.#options;
    if (maxBytes === undefined) return;
    const { manager, layout } = this.#parts;
    const { state } = await asked(manager.streams.info(layout.shared));
    if (state.bytes >= maxBytes) {
      throw new QueueError(
        "queue-full",
        `shared bodies take ${state.bytes} bytes, and maxBytes is ${maxBytes}. Try again later, or raise maxBytes`,
      );
    }
  }

  /** Reported by the last server connected: there may be no connection at present. */
  #maxPayload(): number {
    this.#maxPayloadBytes = this.#parts.connection.info?.max_payload ?? this.#maxPayloadBytes;
    return this.#maxPayloadBytes;
  }

  #find(id: string): Promise<StoredMessage | undefined> {
    const { stored, expansion } = this.#parts;
    return this.#open(async () => {
      const found = await stored.find(id);
      if (found !== undefined) return found;
      await expansion.finish();
      return stored.find(id);
    });
  }

  async #open<Value>(use: () => Promise<Value>): Promise<Value> {
    if (this.#closed !== undefined) {
      throw new QueueError("queue-closed", "the queue is closed");
    }
    return use();
  }
}

/** Ignores a failure, because nobody waits for this: the next operation reports a failure that persists. */
function every(ms: number, ...looks: readonly (() => Promise<void> | void)[]): NodeJS.Timeout {
  return setInterval(() => {
    for (const look of looks) void Promise.resolve(look()).catch(() => undefined);
  }, ms).unref();
}
