import { hostname as systemHostname } from "node:os";
import {
  type EnforcedHosts,
  type MailResolver,
  refusal,
  replyLine,
  type Route,
  routeName,
  routeOf,
} from "@mailseal/delivery";
import type { Answered, Traffic } from "@mailseal/observation";
import type { Pipeline } from "@mailseal/policy";
import type { Config } from "@mailseal/policy/config";
import type { Logger } from "@mailseal/program";
import type { Lease, Queue, Recipient } from "@mailseal/queue";
import type { Statistics } from "@mailseal/stats";
import { Notifier } from "../dsn/notifier.ts";
import { Destinations } from "./destination.ts";
import { findLimits } from "./limits.ts";
import { forAll, type Outcome } from "./outcome.ts";
import { type Outgoing, outgoing } from "./outgoing.ts";
import { Pools } from "./pools.ts";
import { type Exclusion, RouteLimits } from "./route-limits.ts";
import { settle, type SettlementSetup } from "./settlement.ts";

export interface DelivererSetup {
  readonly config: Config;
  readonly pipeline: Pipeline;
  readonly queue: Queue;
  readonly resolver: MailResolver;
  readonly enforcedHosts: EnforcedHosts;
  readonly statistics: Statistics;
  readonly traffic: Pick<Traffic, "settled">;
  readonly log: Logger;
  /** Unix time in milliseconds, to compare with what is stored. */
  readonly now: () => number;
  /** A monotonic clock, in milliseconds: of no meaning but in differences. */
  readonly elapsedMs: () => number;
  readonly random: () => number;
}

const longestUnreachableMs = 60_000;

/** Delivers messages by one config: signs, connects, sends, and settles. */
export class Deliverer {
  readonly #setup: DelivererSetup;
  readonly #limits: RouteLimits;
  readonly #pools: Pools;
  readonly #destinations: Destinations;
  readonly #settlement: SettlementSetup;

  constructor(setup: DelivererSetup) {
    const { config, queue, now, elapsedMs, random, resolver, enforcedHosts } = setup;
    const hostname = config.hostname ?? systemHostname();
    this.#setup = setup;
    this.#limits = new RouteLimits(config, elapsedMs);
    this.#pools = new Pools({ config, hostname, resolver, random, enforcedHosts });
    this.#destinations = new Destinations({
      pools: this.#pools,
      elapsedMs,
      unreachableMs: Math.min(config.worker.retry[0] ?? 0, longestUnreachableMs),
    });
    const notifier = new Notifier({ queue, config, hostname, now });
    const maxHookFailures = config.hooks?.maxFailures ?? 0;
    this.#settlement = { worker: config.worker, maxHookFailures, notifier, now, random };
  }

  /** Routes that are at their limit. */
  fullRoutes(): Exclusion {
    return this.#limits.full();
  }

  isFull(route: string): boolean {
    return this.#limits.isFull(route);
  }

  /** Deliveries that have begun: what waits for its turn is not among them. */
  get active(): number {
    return this.#limits.active;
  }

  /** One attempt. Resolves when it is settled; rejects where the queue fails, and the lease runs out then. */
  async deliver(lease: Lease): Promise<void> {
    const { config } = this.#setup;
    const [first] = lease.message.envelope.recipients;
    const binding = lease.message.context.get("binding");
    const queuedRoute = routeOf(config, binding, first?.address ?? "");
    const now = this.#steadyNow();
    const leave = await this.#limits.enter(lease.message.route, queuedRoute);
    const startMs = this.#setup.elapsedMs();
    try {
      const outcomes = await this.#outcomes(lease);
      const settled = await settle({ ...this.#settlement, now }, lease, outcomes);
      this.#record(
        lease,
        queuedRoute,
        outcomes,
        Math.round(this.#setup.elapsedMs() - startMs),
        settled,
      );
    } finally {
      leave();
    }
  }

  /** The time as of now goes on, whatever becomes of the clock: it must not make a message in hand expire. */
  #steadyNow(): () => number {
    const { now, elapsedMs } = this.#setup;
    const startMs = now() - elapsedMs();
    return () => Math.round(startMs + elapsedMs());
  }

  /** When nothing is under way. */
  close(): void {
    this.#pools.close();
  }

  /** Cuts what is under way. */
  abort(): void {
    this.#pools.abort();
  }

  async #outcomes(lease: Lease): Promise<readonly Outcome[]> {
    const { recipients } = lease.message.envelope;
    const done = await outgoing(lease, this.#setup.pipeline);
    const { disposition, skipped, cause = "" } = done.processed;
    switch (disposition.action) {
      case "reject":
      case "defer": {
        const { code, enhancedCode, text, action } = disposition;
        const outcome = action === "reject" ? "failed" : "deferred";
        const reply = refusal(code, enhancedCode, text);
        const of = skipped === "hook" ? "hook" : "other";
        return action === "defer" && done.queued.todo === "pipeline"
          ? forAll(recipients, outcome, reply, { of, cause })
          : forAll(recipients, outcome, reply);
      }
      case "discard":
        return forAll(
          recipients.map(({ address }) => ({ address, dsn: { notify: ["never"] } })),
          "delivered",
          refusal(250, "2.0.0", `discarded: ${disposition.reason}`),
        );
      default: {
        const outcomes = await this.#sent(lease, done);
        this.#setup.traffic.settled(done.processed, answeredBy(outcomes));
        return outcomes;
      }
    }
  }

  /** The recipients of a message have one route, unless the config was changed since it was queued. */
  async #sent(lease: Lease, done: Outgoing): Promise<readonly Outcome[]> {
    const { config } = this.#setup;
    const binding = done.processed.binding ?? done.queued.context.binding;
    const groups = new Map<string, { readonly route: Route; readonly recipients: Recipient[] }>();
    for (const recipient of lease.message.envelope.recipients) {
      const route = routeOf(config, binding, recipient.address);
      const name = routeName(route);
      const group = groups.get(name) ?? { route, recipients: [] };
      group.recipients.push(recipient);
      groups.set(name, group);
    }
    const outcomes: Outcome[] = [];
    for (const [name, { route, recipients }] of groups) {
      const { concurrency } = findLimits(config, route).destination;
      outcomes.push(
        ...(await this.#destinations.deliver(name, route, concurrency, lease, done, recipients)),
      );
    }
    return outcomes;
  }

  #record(
    { message }: Lease,
    route: Route,
    outcomes: readonly Outcome[],
    durationMs: number,
    settled: string,
  ): void {
    const { statistics, log } = this.#setup;
    const destination = route.kind === "mx" ? route.domain : route.binding;
    for (const { outcome } of outcomes) {
      const durationNs = durationMs * 1e6;
      statistics.recordDelivery({ destination, outcome, attempts: message.attempt, durationNs });
    }
    const [first] = outcomes;
    log.info(
      {
        id: message.id,
        queueId: message.context.get("queueId"),
        from: message.envelope.from,
        recipients: outcomes.length,
        to: outcomes.slice(0, 10).map(({ recipient }) => recipient.address),
        route: message.route,
        attempt: message.attempt,
        outcomes: [...new Set(outcomes.map(({ outcome }) => outcome))],
        reply: first === undefined ? undefined : replyLine(first.reply),
        cause: first?.ownFault?.cause,
        durationMs,
        settled,
      },
      "delivery",
    );
  }
}

/** The message as a whole: somebody has it, or it comes again, or nobody wants it. */
function answeredBy(outcomes: readonly Outcome[]): Answered {
  const has = (wanted: Outcome["outcome"]): boolean =>
    outcomes.some(({ outcome }) => outcome === wanted);
  if (has("delivered")) return "accepted";
  return has("deferred") ? "deferred" : "rejected";
}
