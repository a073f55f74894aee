import { bindingNames, type Config, findBinding, type NextHop } from "@mailseal/config";
import { TransientDeliveryError } from "../errors.ts";
import { NextHopPool } from "./next-hop-pool.ts";
import { openSession } from "./open-session.ts";

const idleMs = 60_000;
const longestWaitMs = 30_000;

/**
 * The connection pools of all next hops in the config. Bindings with the same next hop share a pool.
 *
 * ```ts
 * const pools = new NextHopPools(config, "us.example.com");
 * const { outcomes } = await attempt(pools.poolFor("out"), delivery);
 * const next = new NextHopPools(newConfig, "us.example.com", pools); // on a reload
 * pools.close(next);
 * ```
 */
export class NextHopPools {
  readonly #config: Config;
  readonly #heloName: string;
  /** The keys are next hops as JSON. */
  readonly #pools: Map<string, NextHopPool>;
  readonly #byBinding = new Map<string, NextHopPool>();
  #isClosed = false;

  /** `previous`: the pools of the config before a reload. Next hops that have not changed keep their connections. */
  constructor(config: Config, heloName: string, previous?: NextHopPools) {
    this.#config = config;
    this.#heloName = heloName;
    const inUse = this.#keysInUse();
    this.#pools = new Map(
      previous === undefined ? [] : [...previous.#pools].filter(([key]) => inUse.has(key)),
    );
  }

  /** Throws a `TransientDeliveryError` if the config has no next hop for the binding. */
  poolFor(binding: string | undefined): NextHopPool {
    const name = binding ?? this.#config.defaultBinding;
    if (name === undefined) {
      throw new TransientDeliveryError("4.3.5", "no binding for this message");
    }
    let pool = this.#byBinding.get(name);
    if (pool === undefined) {
      pool = this.#sharedPool(name);
      this.#byBinding.set(name, pool);
    }
    return pool;
  }

  /**
   * Closes the pools that `next` does not use, each when its last transaction ends. Transactions that began before may
   * still open connections, each for itself.
   */
  close(next?: NextHopPools): void {
    this.#isClosed = true;
    for (const [key, pool] of this.#pools) {
      // Both may have opened a pool of their own for one next hop, during the reload.
      if (next === undefined || next.#pools.get(key) !== pool) pool.close();
    }
  }

  #keysInUse(): Set<string> {
    const nextHops = Array.from(
      bindingNames(this.#config),
      (name) => findBinding(this.#config, name)?.nextHop,
    );
    return new Set(nextHops.map((nextHop) => JSON.stringify(nextHop)));
  }

  #sharedPool(binding: string): NextHopPool {
    const nextHop = findBinding(this.#config, binding)?.nextHop;
    if (nextHop === undefined) {
      throw new TransientDeliveryError("4.3.5", `binding ${binding} has no next hop`);
    }
    const key = JSON.stringify(nextHop);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = this.#newPool(nextHop);
    // Nothing else would close its connections: this config is no longer in force.
    if (this.#isClosed) pool.close();
    this.#pools.set(key, pool);
    return pool;
  }

  #newPool(nextHop: NextHop): NextHopPool {
    return new NextHopPool(() => openSession(nextHop, this.#heloName), {
      connections: nextHop.connections,
      messagesPerConnection: nextHop.messagesPerConnection,
      waitMs: Math.min(nextHop.connectTimeout, longestWaitMs),
      idleMs,
    });
  }
}
