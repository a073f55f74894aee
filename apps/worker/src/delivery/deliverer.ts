import { hostname as systemHostname } from "node:os";
import type { Config } from "@mailseal/config";
import {
  type DecodedMail,
  decodeQueuedMail,
  type EnforcedHosts,
  type MailResolver,
  recipientsByRoute,
  refusal,
  type Route,
  routeOf,
} from "@mailseal/delivery";
import type { Pipeline } from "@mailseal/policy";
import type { Lease, Queue, Recipient } from "@mailseal/queue";
import type { Answered, Logger, Traffic } from "@mailseal/service";
import type { Statistics } from "@mailseal/stats";
import { Gathering } from "../dsn/gathering.ts";
import { isNotice } from "../dsn/notice.ts";
import { Notifier } from "../dsn/notifier.ts";
import { pause } from "../pause.ts";
import { DestinationAttempts } from "./connect/destination-attempts.ts";
import { DestinationPools } from "./connect/destination-pools.ts";
import { logDelivery } from "./delivery-log.ts";
import { findLimits } from "./limits/find-limits.ts";
import { type Exclusion, RouteLimits } from "./limits/route-limits.ts";
import { orDeadLetter, ReadBody } from "./missing-body.ts";
import { earlierOutcome, forAll, type Outcome } from "./outcome.ts";
import { type ProcessedMail, processMail } from "./process-mail.ts";
import type { KnownOutcomes } from "./settle/known-outcomes.ts";
import { waitAfter } from "./settle/retry-schedule.ts";
import { settle, type SettlementSetup, type Settled } from "./settle/settlement.ts";

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
  /** A monotonic clock, in milliseconds, to measure durations. */
  readonly elapsedMs: () => number;
  readonly random: () => number;
  readonly knownOutcomes: KnownOutcomes;
}

/** The outcomes of an attempt, and the binding that made it. */
interface Attempted {
  readonly outcomes: readonly Outcome[];
  readonly binding: string | undefined;
}

const longestUnreachableMs = 60_000;

/** Delivers messages with one generation of the config: signs, connects, sends and settles. */
export class Deliverer {
  readonly #setup: DelivererSetup;
  readonly #limits: RouteLimits;
  readonly #pools: DestinationPools;
  readonly #destinations: DestinationAttempts;
  readonly #settlement: SettlementSetup;
  readonly #gathering: Gathering;
  /** Aborted when nothing may wait for other deliveries any more. */
  readonly #stopping = new AbortController();
  /** Aborted when nothing may be sent any more. */
  readonly #aborted = new AbortController();

  constructor(setup: DelivererSetup) {
    const { config, queue, now, elapsedMs, random, resolver, enforcedHosts } = setup;
    const hostname = config.hostname ?? systemHostname();
    this.#setup = setup;
    this.#limits = new RouteLimits(config, elapsedMs);
    this.#pools = new DestinationPools({ config, hostname, resolver, random, enforcedHosts });
    this.#destinations = new DestinationAttempts({
      pools: this.#pools,
      elapsedMs,
      unreachableMs: Math.min(config.worker.retry[0] ?? 0, longestUnreachableMs),
    });
    const notifier = new Notifier({ queue, config, hostname, now });
    const { worker } = config;
    this.#settlement = {
      worker,
      maxHookFailures: config.hooks?.maxFailures ?? 0,
      notifier,
      now,
      random,
      wait: (ms) => pause(ms, this.#aborted.signal),
      isStopping: () => this.#aborted.signal.aborted,
    };
    this.#gathering = new Gathering({
      queue,
      notifier,
      log: setup.log,
      now,
      wait: (ms) => pause(ms, this.#stopping.signal),
      isStopping: () => this.#stopping.signal.aborted,
      retryMs: (attempt) => waitAfter(worker, attempt, random),
      expiryMs: worker.expiry,
    });
  }

  /** Routes that are at their limit. */
  fullRoutes(): Exclusion {
    return this.#limits.full();
  }

  isFull(route: string): boolean {
    return this.#limits.isFull(route);
  }

  /** The number of deliveries that have started, without those that wait for their turn. */
  get active(): number {
    return this.#limits.active;
  }

  /** Makes one attempt. Resolves when it is settled. Rejects if the queue fails: the lease expires then. */
  async deliver(lease: Lease): Promise<void> {
    if (isNotice(lease.message.context)) {
      await orDeadLetter(this.#gathering.handle(lease), lease, this.#setup.log);
      return;
    }
    const { config, knownOutcomes } = this.#setup;
    const { id } = lease.message;
    const queued = decodeQueuedMail(lease.message);
    const { binding } = queued.context;
    const queuedRoute = routeOf(config, binding, queued.recipients[0]?.address ?? "");
    const now = this.#steadyNow();
    const leave = await this.#limits.enter(lease.message.route, queuedRoute);
    const startMs = this.#setup.elapsedMs();
    try {
      if (this.#aborted.signal.aborted) {
        await handBack(lease);
        return;
      }
      const { earlier, open } = this.#divided(lease);
      const body = new ReadBody(lease);
      const attempting = this.#attempted(lease, queued, body, open).finally(() => body.check());
      const attempted = await orDeadLetter(attempting, lease, this.#setup.log, open);
      if (attempted === undefined) return;
      const outcomes = [...earlier, ...attempted.outcomes];
      // The attempt was cut off, so the message need not wait for its next retry.
      if (this.#aborted.signal.aborted && outcomes.every(({ outcome }) => outcome === "deferred")) {
        await handBack(lease);
        return;
      }
      const durationMs = Math.round(this.#setup.elapsedMs() - startMs);
      knownOutcomes.remember(id, outcomes);
      const setup = { ...this.#settlement, now };
      const settled = await settle(setup, lease, outcomes, attempted.binding);
      if (settled.how !== "lease-lost") {
        knownOutcomes.forget(id);
      }
      this.#record(lease, queued, queuedRoute, { outcomes, attempted, durationMs, settled });
    } finally {
      leave();
    }
  }

  /** A clock that starts at the current time and ignores clock steps, so that none makes a leased message expire. */
  #steadyNow(): () => number {
    const { now, elapsedMs } = this.#setup;
    const startMs = now() - elapsedMs();
    return () => Math.round(startMs + elapsedMs());
  }

  /** Call it when no delivery is in progress. */
  close(): void {
    this.#pools.close();
  }

  /** Hands back notices that wait for another delivery. */
  stopWaiting(): void {
    this.#stopping.abort();
  }

  /** Cuts all deliveries in progress, and starts no more: their messages are handed back to the queue. */
  abort(): void {
    this.stopWaiting();
    this.#aborted.abort();
    this.#pools.abort();
  }

  /** Separates the recipients that need an attempt from the outcomes of the others. */
  #divided({ message }: Lease): {
    readonly earlier: readonly Outcome[];
    readonly open: readonly Recipient[];
  } {
    const known = this.#setup.knownOutcomes.of(message.id);
    const earlier: Outcome[] = [];
    const open: Recipient[] = [];
    for (const recipient of message.envelope.recipients) {
      const outcome = earlierOutcome(recipient) ?? known.get(recipient.address);
      if (outcome === undefined) open.push(recipient);
      else earlier.push(outcome);
    }
    return { earlier, open };
  }

  async #attempted(
    lease: Lease,
    queued: DecodedMail,
    body: ReadBody,
    recipients: readonly Recipient[],
  ): Promise<Attempted> {
    const { config, pipeline } = this.#setup;
    const binding = queued.context.binding ?? config.defaultBinding;
    if (recipients.length === 0) {
      return { outcomes: [], binding };
    }
    const done = await processMail(lease, queued, body, recipients, pipeline);
    const outcomes = await this.#outcomes(recipients, done);
    return { outcomes, binding: done.processed.binding ?? binding };
  }

  async #outcomes(
    recipients: readonly Recipient[],
    done: ProcessedMail,
  ): Promise<readonly Outcome[]> {
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
        const outcomes = await this.#sent(recipients, done);
        this.#setup.traffic.settled(done.processed, answeredBy(outcomes));
        return outcomes;
      }
    }
  }

  /** The recipients of a message share one route, unless the config has changed since it was queued. */
  async #sent(all: readonly Recipient[], done: ProcessedMail): Promise<readonly Outcome[]> {
    const { config } = this.#setup;
    const binding = done.processed.binding ?? done.queued.context.binding;
    const outcomes: Outcome[] = [];
    for (const [name, group] of recipientsByRoute(config, binding, all)) {
      const { route, recipients } = group;
      const { concurrency } = findLimits(config, route).destination;
      outcomes.push(
        ...(await this.#destinations.deliver(name, route, concurrency, done, recipients)),
      );
    }
    return outcomes;
  }

  #record(
    { message }: Lease,
    queued: DecodedMail,
    route: Route,
    {
      outcomes,
      attempted,
      durationMs,
      settled,
    }: {
      readonly outcomes: readonly Outcome[];
      readonly attempted: Attempted;
      readonly durationMs: number;
      readonly settled: Settled;
    },
  ): void {
    const { statistics, log } = this.#setup;
    const destination = route.kind === "mx" ? route.domain : route.binding;
    for (const { outcome } of attempted.outcomes) {
      const durationNs = durationMs * 1e6;
      statistics.recordDelivery({ destination, outcome, attempts: message.attempt, durationNs });
    }
    logDelivery(log, message, queued, outcomes, durationMs, settled);
  }
}

/** Releases the message, so that another worker can claim it at once. If the queue fails, the lease expires instead. */
async function handBack(lease: Lease): Promise<void> {
  await lease.release().catch(() => undefined);
}

/** The answer for the whole message: accepted for a recipient, deferred, or rejected for all. */
function answeredBy(outcomes: readonly Outcome[]): Answered {
  const has = (wanted: Outcome["outcome"]): boolean =>
    outcomes.some(({ outcome }) => outcome === wanted);
  if (has("delivered")) return "accepted";
  return has("deferred") ? "deferred" : "rejected";
}
