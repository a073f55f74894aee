import { callback, oneOf, optionsCheck } from "@mailseal/errors";
import { invalidOption } from "./errors.ts";
import type {
  DeliveryEvent,
  KeyLookupEvent,
  MessageEvent,
  SigningEvent,
  VerificationEvent,
} from "./events.ts";
import type { QueueReading, Snapshot } from "./snapshot/snapshot.ts";
import { Tally } from "./snapshot/tally.ts";
import { type LimitOptions, limitRules, toLimits } from "./table/limits.ts";
import { columnsOf, type TableName } from "./table/tables.ts";

/** The options of `createStatistics`. */
export interface StatisticsOptions extends LimitOptions {
  /**
   * Momentum's `signing_stats`: "all" (the default) counts everything, "global" nothing by domain, binding or
   * destination, "off" nothing at all.
   */
  readonly level?: "all" | "global" | "off";
  /** Unix time in milliseconds; by default `Date.now`. */
  readonly now?: () => number;
  /**
   * A monotonic clock in the same unit, which decides which of two queue readings is later. Default: Unix
   * time at the start of the process plus the time since then.
   */
  readonly steadyNow?: () => number;
}

const checkOptions = optionsCheck<StatisticsOptions>(
  "options",
  {
    ...limitRules,
    level: oneOf(["all", "global", "off"]),
    now: callback,
    steadyNow: callback,
  },
  invalidOption,
);

const signing = columnsOf("signing");
const verification = columnsOf("verification");
const delivery = columnsOf("deliveries");

/**
 * The counters of one process. Recording never throws, and allocates nothing for names that have a row.
 *
 * ```ts
 * const statistics = new Statistics({ level: "global" });
 * statistics.recordLogin("accepted");
 * statistics.snapshot();
 * ```
 */
export class Statistics {
  readonly #tally: Tally;
  readonly #counts: boolean;
  readonly #countsScopes: boolean;
  readonly #now: () => number;
  readonly #steadyNow: () => number;
  #sinceMs: number;
  #changed = false;

  /** @throws StatisticsError "invalid-option". */
  constructor(options: StatisticsOptions = {}) {
    checkOptions(options);
    const { level = "all", now = Date.now } = options;
    this.#tally = new Tally(toLimits(options));
    this.#counts = level !== "off";
    this.#countsScopes = level === "all";
    this.#now = now;
    this.#steadyNow = options.steadyNow ?? options.now ?? sinceStart;
    this.#sinceMs = now();
  }

  /** Counts a message that was signed, failed or skipped. */
  recordSigning(event: SigningEvent): void {
    if (!this.#counts) return;
    this.#changed = true;
    const timeNs = whole(event.durationNs);
    this.#tally.histograms.signing.record(timeNs);
    this.#countSigning("signing", event, timeNs, "", "");
    if (event.outcome === "signed") {
      for (const { algorithm, keyBits } of event.signatures) {
        this.#count("signaturesByKey", algorithm, String(keyBits));
      }
    } else {
      this.#count("unsigned", event.outcome, event.reason);
    }
    if (this.#countsScopes) this.#countSigningScopes(event, timeNs);
  }

  /** Counts a verdict. */
  recordVerification(event: VerificationEvent): void {
    if (!this.#counts) return;
    this.#changed = true;
    const { result, code, algorithm, keyBits, alignment, signingDomain, durationNs } = event;
    if (durationNs !== undefined) {
      this.#tally.histograms.verification.record(whole(durationNs));
    }
    const column = verification[result];
    this.#countVerification("verification", "", column);
    this.#countVerification("verificationByCode", code, column);
    this.#countVerification("verificationByTesting", event.testing ? "yes" : "no", column);
    if (algorithm !== undefined) {
      this.#countVerification("verificationByAlgorithm", algorithm, column);
    }
    if (keyBits !== undefined) {
      this.#countVerification("verificationByKeyBits", String(keyBits), column);
    }
    if (alignment !== undefined) {
      this.#countVerification("verificationByAlignment", alignment, column);
    }
    if (signingDomain === undefined || !this.#countsScopes) return;
    this.#countVerification("verificationByDomain", signingDomain, column);
    if (result !== "pass") this.#count("unverifiedByDomain", signingDomain, result, code);
  }

  /** Counts the lookup of a public key. */
  recordKeyLookup(event: KeyLookupEvent): void {
    if (!this.#counts) return;
    this.#changed = true;
    if (event.source !== "cache") {
      this.#tally.histograms.keyLookup.record(whole(event.durationNs));
    }
    this.#count("keyLookups", event.source, event.outcome);
    if (event.outcome === "failed") this.#count("dnsFailures", event.failure);
  }

  /** Counts a message by its front end and disposition. */
  recordMessage({ frontEnd, disposition, durationNs }: MessageEvent): void {
    if (!this.#counts) return;
    this.#changed = true;
    this.#tally.histograms.message.record(whole(durationNs));
    this.#count("messages", frontEnd, disposition);
  }

  /** Counts a login attempt by its outcome, such as "accepted" or "failed". */
  recordLogin(outcome: string): void {
    if (!this.#counts) return;
    this.#changed = true;
    this.#count("logins", outcome);
  }

  /** Counts a delivery attempt. */
  recordDelivery(event: DeliveryEvent): void {
    if (!this.#counts) return;
    this.#changed = true;
    this.#tally.histograms.delivery.record(whole(event.durationNs));
    this.#countDelivery("deliveries", event);
    if (this.#countsScopes) this.#countDelivery("deliveriesByDestination", event);
  }

  /** Records the current state of a queue. Only the latest reading of each queue is kept. */
  recordQueue({ queue, depth, oldestAgeMs, dead, missing }: Omit<QueueReading, "atMs">): void {
    if (!this.#counts) return;
    this.#changed = true;
    this.#tally.putQueue({
      queue,
      depth: whole(depth),
      oldestAgeMs: whole(oldestAgeMs),
      ...(dead === undefined ? {} : { dead: whole(dead) }),
      ...(missing === undefined ? {} : { missing: whole(missing) }),
      atMs: this.#steadyNow(),
    });
  }

  /**
   * Everything since the start, the last `reset` or the last `takeDelta`. With `top`, each table has only the
   * rows with the most events and the rest is in "other", which is faster.
   */
  snapshot(top: number = Infinity): Snapshot {
    return this.#tally.snapshot(this.#sinceMs, this.#now(), top);
  }

  /** Starts again from zero. */
  reset(): void {
    this.#tally.clear();
    this.#sinceMs = this.#now();
    this.#changed = false;
  }

  /**
   * Takes a snapshot and resets in one step, so that each event is in exactly one delta. Undefined if nothing
   * happened.
   */
  takeDelta(): Snapshot | undefined {
    if (!this.#changed) return undefined;
    const delta = this.snapshot();
    this.reset();
    return delta;
  }

  #countSigningScopes(event: SigningEvent, timeNs: number): void {
    const { domain, binding } = event.scope;
    const reason = event.outcome === "signed" ? undefined : event.reason;
    if (domain !== undefined) {
      this.#countSigning("signingByDomain", event, timeNs, domain, "");
      if (reason !== undefined) this.#count("unsignedByDomain", domain, event.outcome, reason);
    }
    if (binding !== undefined) {
      this.#countSigning("signingByBinding", event, timeNs, binding, "");
      if (reason !== undefined) this.#count("unsignedByBinding", binding, event.outcome, reason);
    }
    if (domain !== undefined && binding !== undefined) {
      this.#countSigning("signingByBindingDomain", event, timeNs, binding, domain);
      if (reason !== undefined) {
        this.#count("unsignedByBindingDomain", binding, domain, event.outcome, reason);
      }
    }
  }

  #countSigning(name: TableName, event: SigningEvent, timeNs: number, a: string, b: string): void {
    const table = this.#tally.tables[name];
    const row = table.row(a, b);
    table.add(row, signing.processed, 1);
    if (event.outcome !== "refused") table.add(row, signing[event.outcome], 1);
    const inFailed = event.outcome === "failed" ? 1 : 0;
    const beside = whole(event.failedSignatures ?? 0) - inFailed;
    if (beside > 0) table.add(row, signing.failedBeside, beside);
    table.add(row, signing.signingTimeNs, timeNs);
    if (event.outcome === "signed") table.add(row, signing.signatures, event.signatures.length);
  }

  #countVerification(name: TableName, label: string, column: number): void {
    const table = this.#tally.tables[name];
    const row = table.row(label);
    table.add(row, verification.verified, 1);
    table.add(row, column, 1);
  }

  #countDelivery(name: TableName, event: DeliveryEvent): void {
    const table = this.#tally.tables[name];
    const row = table.row(event.destination);
    table.add(row, delivery.attempts, 1);
    table.add(row, delivery[event.outcome], 1);
    if (event.outcome !== "deferred")
      table.add(row, delivery.attemptsOfEnded, whole(event.attempts));
  }

  #count(name: TableName, a: string, b?: string, c?: string, d?: string): void {
    const table = this.#tally.tables[name];
    table.add(table.row(a, b, c, d), 0, 1);
  }
}

function sinceStart(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

/**
 * Makes the counters of one process.
 *
 * ```ts
 * const statistics = createStatistics();
 * statistics.recordSigning({
 *   scope: { domain: "example.com", binding: "out" },
 *   outcome: "signed",
 *   durationNs: 120_000,
 *   signatures: [{ algorithm: "rsa-sha256", keyBits: 2048 }],
 * });
 * ```
 *
 * @throws StatisticsError "invalid-option".
 */
export function createStatistics(options?: StatisticsOptions): Statistics {
  return new Statistics(options);
}

/**
 * Rounds an amount to a whole number, so that sums are exact and JSON can hold them; 0 for anything that is
 * not a positive number.
 */
function whole(amount: number): number {
  return amount > 0 && amount < Infinity ? Math.round(amount) : 0;
}
