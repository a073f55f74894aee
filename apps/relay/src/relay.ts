import { randomInt } from "node:crypto";
import { hostname as systemHostname } from "node:os";
import type { Listener, ListenTarget } from "@mailseal/config";
import { NextHopPools } from "@mailseal/delivery";
import {
  type Logger,
  MemoryBudget,
  noTraffic,
  type Policy,
  ReferenceCount,
  type Traffic,
} from "@mailseal/service";
import { ClientLimits } from "./clients/client-limits.ts";
import type { Generation } from "./generation.ts";
import { Spool } from "./message/spool.ts";
import { RunningMilterListener } from "./milter/milter-listener.ts";
import { MailQueue, usesQueue } from "./queue/mail-queue.ts";
import { Reflector } from "./reflector/reflector.ts";
import type { RunningListener } from "./running-listener.ts";
import { RunningSmtpListener } from "./smtp/smtp-listener.ts";

/** The options of `Relay.start`. */
export interface RelayOptions {
  readonly log: Logger;
  /** Counts the messages that go through. */
  readonly traffic?: Traffic;
  /** Unix time in milliseconds. Default: the system's. */
  readonly now?: () => number;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

/** The load of a relay at this moment. */
export interface RelayLoad {
  readonly connections: number;
  /** Octets of messages in memory. */
  readonly spoolBytes: number;
}

/** The time that messages in flight have to end at a stop, by default. */
const defaultStopMs = 30_000;

/**
 * All listeners of one process, and everything that they share.
 *
 * ```ts
 * const relay = await Relay.start(await policyOf(config, () => {}), { log });
 * console.log(relay.addresses);
 * await relay.stop();
 * ```
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #now: () => number;
  readonly #elapsedMs: () => number;
  readonly #limits: ClientLimits;
  readonly #memory: MemoryBudget;
  readonly #nextQueueId: () => string;
  readonly #retiring = new Set<Promise<void>>();
  #listeners: readonly RunningListener[] = [];
  #generation: Generation;
  #queue: MailQueue | undefined;

  private constructor(policy: Policy, options: RelayOptions, queue: MailQueue | undefined) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#elapsedMs = options.elapsedMs ?? (() => performance.now());
    this.#limits = new ClientLimits(this.#elapsedMs);
    this.#nextQueueId = queueIds(this.#now);
    this.#queue = queue;
    this.#memory = new MemoryBudget(policy.config.limits.memory);
    this.#generation = this.#generationOf(policy);
  }

  /** Listens on every listener of the config. If one of them cannot, nothing listens, and it rejects with a `RelayError`. */
  static async start(policy: Policy, options: RelayOptions): Promise<Relay> {
    const listeners = policy.config.listeners;
    const queue = usesQueue(policy.config)
      ? await MailQueue.open(policy.config, options.log, options.traffic)
      : undefined;
    const relay = new Relay(policy, options, queue);
    try {
      relay.#listeners = await relay.#started(listeners, relay.#generation);
    } catch (error) {
      await queue?.close();
      throw error;
    }
    return relay;
  }

  /** In the order of the config; in place of port 0 the port that the system chose. */
  get addresses(): readonly ListenTarget[] {
    return this.#listeners.map(({ address }) => address);
  }

  get load(): RelayLoad {
    return {
      connections: this.#limits.connections.open,
      spoolBytes: this.#generation.spool.memoryUsedBytes,
    };
  }

  /**
   * Puts a new config in force for all transactions that begin from now on; those under way end with the previous
   * one. Listeners that changed are replaced. If one of them cannot start, everything stays as it is, and it rejects.
   */
  async reload(policy: Policy): Promise<void> {
    const previous = this.#generation;
    await this.#reopenQueue(policy).catch((error: unknown) => {
      policy.close();
      throw error;
    });
    const generation = this.#generationOf(policy, previous.nextHops);
    const wanted = policy.config.listeners;
    const kept = this.#listeners.filter((running) =>
      wanted.some((it) => running.canServe(it, generation)),
    );
    const gone = this.#listeners.filter((running) => !kept.includes(running));
    const fresh = wanted.filter((it) => !kept.some((running) => running.canServe(it, generation)));
    // An address can be taken over only when its old listener has let go of it.
    const moved = gone.filter(({ config }) => fresh.some(({ listen }) => listen === config.listen));
    for (const running of moved) {
      running.stopListening();
    }
    try {
      this.#listeners = [...kept, ...(await this.#started(fresh, generation))];
    } catch (error) {
      const again = await this.#started(
        moved.map(({ config }) => config),
        previous,
      );
      this.#listeners = [...this.#listeners.filter((it) => !moved.includes(it)), ...again];
      this.#retire(moved);
      generation.references.retire();
      throw error;
    }
    this.#generation = generation;
    this.#memory.resize(policy.config.limits.memory);
    for (const running of kept) {
      running.use(generation);
    }
    previous.nextHops.close(generation.nextHops);
    previous.references.retire();
    this.#retire(gone);
  }

  /** Stops gracefully: accepts no new connections, and gives messages in flight `deadlineMs` to end. */
  async stop(deadlineMs: number = defaultStopMs): Promise<void> {
    await Promise.all([
      ...this.#listeners.map((running) => running.stop(deadlineMs)),
      ...this.#retiring,
    ]);
    this.#generation.nextHops.close();
    this.#generation.references.retire();
    await this.#queue?.close();
  }

  /** An open queue stays until the relay stops, because messages in flight hold it: another one needs a restart. */
  async #reopenQueue({ config }: Policy): Promise<void> {
    if (usesQueue(config) && this.#queue === undefined) {
      this.#queue = await MailQueue.open(config, this.#options.log, this.#options.traffic);
    } else if (usesQueue(config)) {
      this.#queue?.use(config);
    }
  }

  #retire(listeners: readonly RunningListener[]): void {
    for (const running of listeners) {
      const stopped = running.stop(defaultStopMs).finally(() => this.#retiring.delete(stopped));
      this.#retiring.add(stopped);
    }
  }

  /** All of them or none. */
  async #started(
    listeners: readonly Listener[],
    generation: Generation,
  ): Promise<readonly RunningListener[]> {
    const running: RunningListener[] = [];
    try {
      for (const listener of listeners) {
        running.push(await startListener(generation, listener, this.#limits));
      }
      return running;
    } catch (error) {
      await Promise.all(running.map((it) => it.stop(0)));
      throw error;
    }
  }

  #generationOf(policy: Policy, previous?: NextHopPools): Generation {
    const { config, pipeline, sendersOf } = policy;
    const { limits, reflector, defaultBinding } = config;
    const hostname = config.hostname ?? systemHostname();
    const nextHops = new NextHopPools(config, hostname, previous);
    const now = this.#now;
    const elapsedMs = this.#elapsedMs;
    return {
      config,
      pipeline,
      sendersOf,
      references: new ReferenceCount(() => policy.close()),
      hostname,
      nextHops,
      spool: new Spool({ ...limits, memory: this.#memory, directory: config.spoolDirectory }),
      memory: this.#memory,
      reflector:
        reflector === undefined
          ? undefined
          : new Reflector({
              options: reflector,
              defaultBinding,
              hostname,
              pipeline,
              nextHops,
              now,
              elapsedMs,
            }),
      queue: this.#queue,
      log: this.#options.log,
      traffic: this.#options.traffic ?? noTraffic,
      nextQueueId: this.#nextQueueId,
      now,
      elapsedMs,
    };
  }
}

/** Throws a `RelayError` if the listener cannot listen, or cannot use one of its files. */
function startListener(
  generation: Generation,
  listener: Listener,
  limits: ClientLimits,
): Promise<RunningListener> {
  return listener.protocol === "smtp"
    ? RunningSmtpListener.start(generation, listener, limits)
    : RunningMilterListener.start(generation, listener, limits);
}

/** Makes queue ids that are unique on this host, even over restarts: the time, a counter, and a random mark of the process. */
function queueIds(now: () => number): () => string {
  const mark = randomInt(36 ** 3)
    .toString(36)
    .padStart(3, "0");
  let counter = 0;
  return () => {
    counter = (counter + 1) % 36 ** 3;
    return `${now().toString(36)}${counter.toString(36).padStart(3, "0")}${mark}`.toUpperCase();
  };
}
