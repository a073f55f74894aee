import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { checkMessage } from "../checked-message.ts";
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
import { QueueError } from "../queue-error.ts";
import { Adding } from "./adding.ts";
import type { Bodies } from "./bodies.ts";
import type { Collection } from "./collection.ts";
import type { Ender } from "./ender.ts";
import type { Endings } from "./endings.ts";
import type { Expansion } from "./expansion.ts";
import type { Intake } from "./intake.ts";
import type { Layout } from "./layout.ts";
import { readPage, told } from "./listing.ts";
import type { NatsReceipts } from "./nats-receipts.ts";
import type { CheckedNatsOptions } from "./options.ts";
import { followConnection } from "./reconnection.ts";
import type { Reserve } from "./reserve.ts";
import type { ServerClock } from "./server-clock.ts";
import { asked } from "./server-error.ts";
import { listedFrom, type Shelf, type Shelved } from "./shelf.ts";
import type { Sightings } from "./sightings.ts";
import { readStats } from "./statistics.ts";
import { Stranded } from "./stranded.ts";
import { Taking } from "./taking.ts";
import type { Unfinished } from "./unfinished.ts";

/** What a queue works with, from `openNatsQueue`. */
export interface NatsQueueParts {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly shelf: Shelf;
  readonly bodies: Bodies;
  readonly unfinished: Unfinished;
  readonly endings: Endings;
  readonly ender: Ender;
  readonly expansion: Expansion;
  readonly reserve: Reserve;
  readonly collection: Collection;
  readonly intake: Intake;
  readonly serverClock: ServerClock;
  readonly sightings: Sightings;
  readonly receipts: NatsReceipts;
}

export class NatsQueue implements Queue {
  readonly #parts: NatsQueueParts;
  readonly #options: CheckedNatsOptions;
  readonly #adding: Adding;
  readonly #taking: Taking;
  readonly #stranded: Stranded;
  readonly #timers: readonly NodeJS.Timeout[];
  #maxPayloadBytes = 1024 * 1024;
  #closed: Promise<void> | undefined;

  constructor(parts: NatsQueueParts, options: CheckedNatsOptions) {
    this.#parts = parts;
    this.#options = options;
    const { shelf, bodies, ender, unfinished, expansion, reserve, collection, connection, intake } =
      parts;
    const ahead = (): number => parts.serverClock.ahead();
    const { leaseMs, clock, checkMs, collectMs, excludedMs } = options;
    const flush = (): Promise<void> => connection.flush();
    const lender = { shelf, bodies, ender, unfinished, leaseMs, clock, ahead, flush };
    this.#taking = new Taking(intake, lender, parts.endings, excludedMs);
    this.#adding = new Adding({
      shelf,
      bodies,
      expansion,
      reserve,
      clock,
      ahead,
      maxPayload: () => this.#maxPayload(),
      checkRoom: () => this.#checkRoom(),
      commitMs: collectMs / 2,
    });
    this.#stranded = new Stranded(parts, options);
    this.#timers = [
      every(
        checkMs,
        () => this.#stranded.look(),
        () => expansion.look(),
        () => ender.tidy(),
        () => parts.serverClock.follow(),
        () => reserve.look(),
        () => this.#taking.tidy(),
      ),
      every(collectMs, () => collection.look()),
    ];
  }

  /** Asks the servers what they have; follows them from now on. */
  async begin(): Promise<void> {
    const { connection, intake, unfinished, reserve, sightings, endings } = this.#parts;
    sightings.begin((seq) => this.#taking.holds(seq));
    await this.#suspectAll();
    void reserve.look().catch(() => undefined);
    void followConnection(connection, {
      lost: () => intake.pause(),
      regained: async () => {
        await unfinished.attempt();
        await this.#suspectAll();
        const recalled = await endings.recall();
        void this.#stranded.sweep(recalled).catch(() => undefined);
      },
      settled: () => intake.resume(),
    });
  }

  add(message: NewMessage, body: MessageBody): Promise<Added> {
    return this.#open(() => {
      checkMessage(message);
      return this.#parts.receipts.around(message, (it) => this.#adding.add(it, body));
    });
  }

  take(batch: number, options: TakeOptions = {}): Promise<readonly Lease[]> {
    return this.#open(() => this.#taking.take(batch, options));
  }

  stats({ maxRoutes = 100 }: StatsOptions = {}): Promise<QueueStats> {
    const { manager, layout, shelf } = this.#parts;
    const { shards, clock } = this.#options;
    return this.#open(() =>
      readStats(manager, layout, shelf, { maxRoutes, shards, nowMs: clock() }),
    );
  }

  list(options: ListOptions = {}): Promise<ListPage> {
    const { shelf, expansion, serverClock } = this.#parts;
    return this.#open(async () => {
      if (options.after === undefined) await expansion.finish();
      return readPage(shelf, options, serverClock);
    });
  }

  async show(id: string): Promise<ListedMessage | undefined> {
    const found = await this.#find(id);
    const { serverClock } = this.#parts;
    return found && told(listedFrom(found, serverClock.now()), serverClock.ahead());
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
    return found !== undefined && this.#parts.ender.drop(found);
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
    const { intake, unfinished, receipts, sightings, connection } = this.#parts;
    for (const timer of this.#timers) clearInterval(timer);
    this.#taking.close();
    await intake.close();
    await unfinished.close();
    receipts.close();
    sightings.close();
    if (!connection.isClosed()) await this.#disconnect();
  }

  /** Sends what is still to be sent. Draining never ends if it begins while there is no connection. */
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

  /** Whatever is in the stream now may be there because a server forgot that it was removed. */
  async #suspectAll(): Promise<void> {
    const { manager, layout } = this.#parts;
    const { state } = await asked(manager.streams.info(layout.stream("live")));
    this.#taking.suspectUpTo(state.last_seq);
  }

  async #checkRoom(): Promise<void> {
    const { maxBytes } = this.#options;
    if (maxBytes === undefined) return;
    const { manager, layout } = this.#parts;
    const { state } = await asked(manager.streams.info(layout.shared));
    if (state.bytes >= maxBytes) {
      throw new QueueError(
        "queue-full",
        `expected fewer than ${maxBytes} bytes of shared bodies, got ${state.bytes}; raise maxBytes`,
      );
    }
  }

  /** As the server said that was connected last: there may be none at present. */
  #maxPayload(): number {
    this.#maxPayloadBytes = this.#parts.connection.info?.max_payload ?? this.#maxPayloadBytes;
    return this.#maxPayloadBytes;
  }

  #find(id: string): Promise<Shelved | undefined> {
    const { shelf, expansion } = this.#parts;
    return this.#open(async () => {
      const found = await shelf.find(id);
      if (found !== undefined) return found;
      await expansion.finish();
      return shelf.find(id);
    });
  }

  async #open<Value>(use: () => Promise<Value>): Promise<Value> {
    if (this.#closed !== undefined) {
      throw new QueueError("queue-closed", "expected an open queue, got one that was closed");
    }
    return use();
  }
}

/** A failure shows with the next operation that somebody waits for. */
function every(ms: number, ...looks: readonly (() => Promise<void> | void)[]): NodeJS.Timeout {
  return setInterval(() => {
    for (const look of looks) void Promise.resolve(look()).catch(() => undefined);
  }, ms).unref();
}
