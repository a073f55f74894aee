import { type Policy, RetiredMemory } from "@mailseal/service";
import type { OpenPolicy } from "../generation.ts";
import type { Relay } from "../relay.ts";
import type { Reloadable } from "./logged-control.ts";

/** Reload and health of a relay that runs in this process. Reloads come one after the other. */
export class RelayControl implements Reloadable {
  readonly #relay: Relay;
  readonly #open: OpenPolicy;
  #config: Policy["config"];
  readonly #retired = new RetiredMemory();
  #isStopping = false;
  #last: Promise<void> = Promise.resolve();

  constructor(relay: Relay, config: Policy["config"], open: OpenPolicy) {
    this.#relay = relay;
    this.#config = config;
    this.#open = open;
  }

  get config(): Policy["config"] {
    return this.#config;
  }

  get isReady(): boolean {
    return !this.#isStopping;
  }

  reload(): Promise<void> {
    const reloaded = this.#last.then(() => this.#reload());
    this.#last = reloaded.catch(() => undefined);
    return reloaded;
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#last;
    await this.#relay.stop(deadlineMs);
  }

  async #reload(): Promise<void> {
    const policy = await this.#open();
    await this.#relay.reload(policy);
    this.#config = policy.config;
    this.#retired.reloaded();
  }
}
