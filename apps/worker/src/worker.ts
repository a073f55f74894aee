import type { Config } from "@mailseal/config";
import type { MailResolver } from "@mailseal/delivery";
import { isExcluded, type Lease, type Queue } from "@mailseal/queue";
import {
  type Logger,
  type Policy,
  ReferenceCount,
  type Traffic,
  noTraffic,
} from "@mailseal/service";
import { createStatistics, type Statistics } from "@mailseal/stats";
import { MtaSts } from "./delivery/connect/mta-sts.ts";
import { Deliverer } from "./delivery/deliverer.ts";
import { LeaseRenewal } from "./delivery/lease-renewal.ts";
import type { Exclusion } from "./delivery/limits/route-limits.ts";
import { KnownOutcomes } from "./delivery/settle/known-outcomes.ts";
import { pause } from "./pause.ts";

/** The options of a `Worker`. */
export interface WorkerOptions {
  /** The caller closes it after the worker has stopped. */
  readonly queue: Queue;
  readonly resolver: MailResolver;
  readonly log: Logger;
  readonly statistics?: Statistics;
  /** Counts signed messages by the reply of their next hop. */
  readonly traffic?: Pick<Traffic, "settled">;
  /** Unix time in milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
  /** A random number from 0 to 1, which varies the retry times. Default: `Math.random`. */
  readonly random?: () => number;
}

/** A generation of the config: its pipeline, and the deliverer that uses it. */
interface Generation {
  readonly policy: Policy;
  readonly deliverer: Deliverer;
  /** Held by each delivery. */
  readonly references: ReferenceCount;
}

const waitMs = 1000;
const largestBatch = 100;
const leaseMs = 60_000;
const afterFaultMs = 1000;
/** How long a stop waits for the deliveries that it has aborted. */
const abortedMs = 1000;
const never = new AbortController().signal;

/**
 * Claims mail from the queue and delivers it, until it is stopped.
 *
 * ```ts
 * const worker = new Worker(await policyOf(config, () => {}), {
 *   queue,
 *   resolver: nodeMailResolver({ timeoutMs: 5000 }),
 *   log,
 * });
 * await worker.stop(30_000);
 * ```
 */
export class Worker {
  readonly statistics: Statistics;
  readonly #options: WorkerOptions;
  readonly #leases = new LeaseRenewal(leaseMs);
  /** It outlives reloads, so that no policy is fetched again. */
  readonly #mtaSts: MtaSts;
  readonly #stopping = new AbortController();
  readonly #knownOutcomes = new KnownOutcomes();
  /** The current generation, and earlier ones with deliveries in progress. */
  readonly #generations = new Set<Generation>();
  readonly #deliveries = new Set<Promise<void>>();
  #current: Generation;
  #retake = new AbortController();
  #excluded: Exclusion = { excludeRoutes: new Set(), excludeEndings: [] };
  #slotFree: () => void = () => undefined;
  readonly #ended: Promise<void>;

  /** Starts delivering at once. */
  constructor(policy: Policy, options: WorkerOptions) {
    this.#options = options;
    this.#mtaSts = new MtaSts(options);
    const { level, topDomains } = policy.config.statistics;
    this.statistics = options.statistics ?? createStatistics({ level, maxDomains: topDomains });
    this.#current = this.#generation(policy);
    this.#ended = this.#run();
  }

  get config(): Config {
    return this.#current.policy.config;
  }

  /** The number of messages in delivery. */
  get load(): number {
    return this.#deliveries.size;
  }

  /** The ids of up to 20 messages in delivery, for the log. */
  get inDelivery(): readonly string[] {
    return this.#leases.ids(20);
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Applies a new config to messages that are claimed from now on. The queue stays the one that the worker started with. */
  use(policy: Policy): void {
    const previous = this.#current;
    this.#current = this.#generation(policy);
    previous.references.retire();
  }

  /**
   * Claims no more mail, gives deliveries `deadlineMs` to end, then aborts them and releases their messages back to the
   * queue. Another worker may claim a released message at once, so nothing is sent after that.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    this.#retake.abort();
    this.#slotFree();
    for (const { deliverer } of this.#generations) deliverer.stopWaiting();
    await this.#ended;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.#settled(), deadline]);
    clearTimeout(timer);
    for (const { deliverer } of this.#generations) deliverer.abort();
    await Promise.race([this.#settled(), pause(abortedMs, never)]);
    await this.#leases.release();
    for (const { references } of this.#generations) references.close();
  }

  async #settled(): Promise<void> {
    await Promise.allSettled(this.#deliveries);
  }

  async #run(): Promise<void> {
    while (!this.isStopping) {
      const free = this.#free();
      if (free <= 0) {
        await new Promise<void>((resolve) => {
          this.#slotFree = resolve;
        });
        continue;
      }
      try {
        const leases = await this.#take(Math.min(free, largestBatch));
        if (this.isStopping) {
          await Promise.allSettled(leases.map((lease) => lease.release()));
          return;
        }
        for (const lease of leases) this.#begin(lease);
      } catch (error) {
        this.#options.log.error({ fault: error }, "cannot claim mail from the queue, retrying");
        await pause(afterFaultMs, this.#stopping.signal);
      }
    }
  }

  /** Messages that wait for a destination at its limit do not count as active, but their number is limited. */
  #free(): number {
    const { concurrency } = this.config.worker;
    return Math.min(
      concurrency - this.#current.deliverer.active,
      2 * concurrency - this.#deliveries.size,
    );
  }

  async #take(batch: number): Promise<readonly Lease[]> {
    this.#retake = new AbortController();
    this.#excluded = this.#current.deliverer.fullRoutes();
    return this.#options.queue.take(batch, {
      waitMs,
      signal: this.#retake.signal,
      ...this.#excluded,
      maxPerRoute: this.config.worker.destinationConcurrency,
    });
  }

  #begin(lease: Lease): void {
    const { deliverer, references } = this.#current;
    const release = references.hold();
    this.#leases.add(lease);
    const ended = deliverer
      .deliver(lease)
      .catch((error: unknown) => {
        const { id } = lease.message;
        this.#options.log.error(
          { id, fault: error },
          "a delivery could not be settled, the message will be delivered again",
        );
      })
      .finally(() => {
        this.#leases.remove(lease);
        this.#deliveries.delete(ended);
        release();
        this.#slotFree();
        // The claim in progress excludes this route, which has room again.
        const { route } = lease.message;
        if (isExcluded(route, this.#excluded) && !deliverer.isFull(route)) this.#retake.abort();
      });
    this.#deliveries.add(ended);
  }

  #generation(policy: Policy): Generation {
    const { queue, resolver, log, random = Math.random } = this.#options;
    const { now = Date.now, elapsedMs = () => performance.now() } = this.#options;
    const { config, pipeline } = policy;
    const deliverer = new Deliverer({
      config,
      pipeline,
      queue,
      resolver,
      enforcedHosts: (domain) => this.#mtaSts.enforcedHosts(domain),
      statistics: this.statistics,
      traffic: this.#options.traffic ?? noTraffic,
      log,
      now,
      elapsedMs,
      random,
      knownOutcomes: this.#knownOutcomes,
    });
    const references = new ReferenceCount(() => {
      this.#generations.delete(generation);
      deliverer.close();
      policy.close();
    });
    const generation: Generation = { policy, deliverer, references };
    this.#generations.add(generation);
    return generation;
  }
}
