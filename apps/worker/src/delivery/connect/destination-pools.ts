import { type Config, findBinding, type NextHop } from "@mailseal/config";
import {
  TransientDeliveryError,
  type EnforcedHosts,
  type MailResolver,
  NextHopPool,
  openMailHost,
  openSession,
  type Route,
} from "@mailseal/delivery";

export interface PoolSetup {
  readonly config: Config;
  readonly hostname: string;
  readonly resolver: MailResolver;
  readonly enforcedHosts: EnforcedHosts;
  readonly random: () => number;
}

const idleMs = 15_000;
const messagesPerConnection = 1000;
const stopping = "the worker is stopping";

interface Used {
  readonly pool: NextHopPool;
  users: number;
}

/** The connections to each destination, which are closed after a while without deliveries. */
export class DestinationPools {
  readonly #setup: PoolSetup;
  readonly #pools = new Map<string, Used>();
  readonly #sweeper: NodeJS.Timeout;
  #isAborted = false;

  constructor(setup: PoolSetup) {
    this.#setup = setup;
    this.#sweeper = setInterval(() => this.#sweep(), idleMs);
    this.#sweeper.unref();
  }

  /**
   * Returns the pool for one delivery; call `done` afterwards. Throws a `TransientDeliveryError` if the binding no longer
   * has a next hop, or after `abort`.
   */
  use(name: string, route: Route, connections: number): { pool: NextHopPool; done: () => void } {
    if (this.#isAborted) throw new TransientDeliveryError("4.3.2", stopping);
    const used = this.#pools.get(name) ?? { pool: this.#newPool(route, connections), users: 0 };
    this.#pools.set(name, used);
    used.users++;
    return { pool: used.pool, done: () => void used.users-- };
  }

  /** Call it when no delivery is in progress. */
  close(): void {
    clearInterval(this.#sweeper);
    for (const { pool } of this.#pools.values()) pool.close();
    this.#pools.clear();
  }

  /** Cuts all connections, whatever is in progress on them, and opens no more. */
  abort(): void {
    this.#isAborted = true;
    for (const { pool } of this.#pools.values()) pool.abort(stopping);
    this.close();
  }

  #sweep(): void {
    for (const [name, { pool, users }] of this.#pools) {
      if (users === 0 && pool.connections === 0) {
        pool.close();
        this.#pools.delete(name);
      }
    }
  }

  #newPool(route: Route, connections: number): NextHopPool {
    const { config, hostname, resolver, random, enforcedHosts } = this.#setup;
    const { worker } = config;
    if (route.kind === "next-hop") {
      const nextHop = findBinding(config, route.binding)?.nextHop;
      if (nextHop === undefined) {
        throw new TransientDeliveryError("4.3.5", `binding ${route.binding} has no next hop`);
      }
      return new NextHopPool(() => openSession(nextHop, hostname), {
        connections: nextHop.connections,
        messagesPerConnection: nextHop.messagesPerConnection,
        waitMs: nextHop.connectTimeout,
        idleMs,
      });
    }
    const options = {
      resolver,
      family: worker.addressFamily,
      addressLiterals: worker.addressLiterals,
      hostname,
      random,
      connection: mxConnection(worker, connections),
      enforcedHosts: worker.mtaSts ? enforcedHosts : undefined,
    };
    return new NextHopPool(() => openMailHost(route.domain, options), {
      connections,
      messagesPerConnection,
      waitMs: worker.connectTimeout,
      idleMs,
    });
  }
}

function mxConnection(
  { port, tls, connectTimeout, commandTimeout }: Config["worker"],
  connections: number,
): Omit<NextHop, "host"> {
  return {
    port,
    tls,
    verifyCertificate: false,
    connections,
    messagesPerConnection,
    connectTimeout,
    commandTimeout,
  };
}
