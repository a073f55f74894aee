import { bindingNames, type Config, findBinding, type NextHop } from "@mailseal/config";
import { TransientDeliveryError } from "../errors.ts";
import { NextHopPool } from "./next-hop-pool.ts";
import { openSession } from "./open-session.ts";

const idleMs = 60_000;
const longestWaitMs = 30_000;

/** The connection pools of all next hops in the config. Bindings with the same next hop share a pool. */
export class NextHopPools {
  readonly #config: Config;
  readonly #heloName: string;
  /** The keys are next hops as JSON. */
  readonly #pools: Map<string, NextHopPool>;
  readonly #byBinding = new Map<string, NextHopPool>();

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

  /** Closes the pools that `next` does not use, each when its last transaction ends. */
  close(next?: NextHopPools): void {
    const kept = next === undefined ? new Set<string>() : new Set(next.#pools.keys());
    for (const [key, pool] of this.#pools) {
      if (!kept.has(key)) {
        pool.close();
      }
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
    const pool = this.#pools.get(key) ?? this.#newPool(nextHop);
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
