import { hostname as systemHostname } from "node:os";
import type { MemoryUse } from "./admin/status.ts";
import { Routes } from "./delivery/routes.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { Logger } from "./log.ts";
import { queueIds } from "./message/queue-id.ts";
import { Spool } from "./message/spool.ts";
import { Reflector } from "./reflector/reflector.ts";
import { SenderRate } from "./reflector/sender-rate.ts";
import type { Policy, Service } from "./service.ts";
import { ConnectionCounts } from "./smtp/connection-counts.ts";
import type { SmtpListener } from "./smtp/listener-config.ts";
import { RunningSmtpListener } from "./smtp/smtp-listener.ts";

export interface RelayOptions {
  readonly log: Logger;
  /** The clock, milliseconds. Default: the system's. */
  readonly now?: () => number;
}

/** How long transactions in flight have at a stop, unless said otherwise. */
const defaultStopMs = 30_000;

/** All listeners of one process, and what they share. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #counts = new ConnectionCounts();
  readonly #nextQueueId: () => string;
  readonly #now: () => number;
  #listeners: RunningSmtpListener[] = [];
  #policy: Policy;
  #service: Service;

  private constructor(policy: Policy, options: RelayOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#nextQueueId = queueIds(this.#now);
    this.#policy = policy;
    this.#service = this.#serviceOf(policy);
  }

  /** Listens as the config says. Throws a `MailsealError` where it cannot; nothing listens then. */
  static async start(policy: Policy, options: RelayOptions): Promise<Relay> {
    const relay = new Relay(policy, options);
    try {
      await relay.#startListeners(policy.config.listeners.map(asSmtp));
    } catch (error) {
      await relay.stop(0);
      throw error;
    }
    return relay;
  }

  /** In the order of the config. */
  get addresses(): readonly ListenAddress[] {
    return this.#listeners.map(({ address }) => address);
  }

  get memory(): MemoryUse {
    return {
      connections: this.#counts.total,
      spoolBytes: this.#service.spool.memoryUsedBytes,
    };
  }

  /**
   * Takes a new config for all transactions that begin from now on; those under way end with the old
   * one. Where a new listener cannot start, everything stays as it was, and it throws.
   */
  async reload(policy: Policy): Promise<void> {
    const wanted = policy.config.listeners.map(asSmtp);
    const isSame = (one: SmtpListener, other: SmtpListener): boolean =>
      JSON.stringify(one) === JSON.stringify(other) && one.tls === undefined;
    const kept = this.#listeners.filter(({ config }) => wanted.some((it) => isSame(it, config)));
    const gone = this.#listeners.filter((listener) => !kept.includes(listener));
    const fresh = wanted.filter((it) => !kept.some(({ config }) => isSame(it, config)));

    const previous = { service: this.#service, policy: this.#policy };
    const service = this.#serviceOf(policy, this.#service.routes);
    // An address can be taken over only when its old listener has let go of it.
    const moved = gone.filter(({ config }) => fresh.some(({ listen }) => listen === config.listen));
    await Promise.all(moved.map((listener) => listener.release()));
    this.#service = service;
    this.#listeners = kept;
    try {
      await this.#startListeners(fresh);
    } catch (error) {
      await Promise.all(
        this.#listeners.filter((it) => !kept.includes(it)).map((it) => it.stop(0)),
      );
      this.#service = previous.service;
      this.#listeners = [...kept, ...gone.filter((it) => !moved.includes(it))];
      await this.#startListeners(moved.map(({ config }) => config));
      throw error;
    }
    this.#policy = policy;
    for (const listener of kept) {
      listener.use(service);
    }
    previous.service.routes.close(service.routes);
    void this.#retire(gone, previous.policy);
  }

  /** Ends gracefully: no new connections, messages in flight to their end, at most `deadlineMs`. */
  async stop(deadlineMs: number = defaultStopMs): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop(deadlineMs)));
    this.#service.routes.close();
    await this.#policy.close?.();
  }

  async #retire(listeners: readonly RunningSmtpListener[], policy: Policy): Promise<void> {
    await Promise.all(listeners.map((listener) => listener.stop(defaultStopMs)));
    await policy.close?.();
  }

  async #startListeners(listeners: readonly SmtpListener[]): Promise<void> {
    for (const listener of listeners) {
      const running = await RunningSmtpListener.start(this.#service, listener, this.#counts);
      this.#listeners.push(running);
    }
  }

  #serviceOf(policy: Policy, previous?: Routes): Service {
    const { config, pipeline } = policy;
    const hostname = config.hostname ?? systemHostname();
    const routes = new Routes(config, hostname, previous);
    const { spillSize, memory } = config.limits;
    return {
      config,
      pipeline,
      hostname,
      routes,
      spool: new Spool({ spillSize, memory, directory: config.spoolDirectory }),
      reflector:
        config.reflector === undefined
          ? undefined
          : new Reflector({
              options: config.reflector,
              defaultBinding: config.defaultBinding,
              hostname,
              pipeline,
              routes,
              rate: new SenderRate(config.reflector.perSenderPerHour, this.#now),
              now: this.#now,
            }),
      log: this.#options.log,
      nextQueueId: this.#nextQueueId,
      now: this.#now,
    };
  }
}
