import { randomUUID } from "node:crypto";
import { quoted } from "@mailseal/errors";
import { toAsciiDomain } from "@mailseal/syntax";
import type { ActiveKey, Clock, Environment } from "./environment.ts";
import { RotationError } from "./errors.ts";
import { type HistoryEntry, type Journal, type Lease, withLease } from "./journal.ts";
import { checkedPlan, defaultSelector, type RotationPlan, selectorName } from "./plan.ts";
import {
  type Advance,
  type AdvanceOptions,
  checkAdvanceOptions,
  checkRotationOptions,
  checkStartOptions,
  type Preview,
  type Rotation,
  type RotationOptions,
  type StartOptions,
} from "./rotation.ts";
import { abortRotation } from "./steps/abort.ts";
import { advanceRotation, describeNext, isDue } from "./steps/advance-rotation.ts";
import type { RotatedKey, RotationState } from "./steps/rotation-state.ts";
import { isEnd } from "./steps/stage.ts";
import { checkOthers, checkTypes } from "./steps/start-checks.ts";

const systemClock: Clock = { nowMs: () => Date.now() };

/**
 * Throws a `RotationError` "bad-option" or "no-resolver".
 *
 * ```ts
 * const rotation = createRotation({
 *   journal: new Journal("/var/lib/mailseal/rotation.db"),
 *   keyFiles: keyDirectory("/etc/mailseal/keys"),
 *   publisher: zonePublisher(),
 *   resolvers: [{ name: "ours", resolver: wireResolver({ servers: ["192.0.2.53"] }) }],
 *   activation: activeFile("/etc/mailseal/keys"),
 * });
 * await rotation.start("example.com");
 * await rotation.advance();
 * ```
 */
export function createRotation(options: RotationOptions): Rotation {
  return new JournaledRotation(options);
}

class JournaledRotation implements Rotation {
  readonly #journal: Journal;
  readonly #environment: Environment;
  readonly #clock: Clock;

  constructor(options: RotationOptions) {
    checkRotationOptions(options);
    if (options.resolvers.length === 0) {
      throw new RotationError(
        "no-resolver",
        "there is no resolver to check the published records; name at least one",
      );
    }
    this.#journal = options.journal;
    this.#environment = options;
    this.#clock = options.clock ?? systemClock;
  }

  async start(domain: string, options: StartOptions = {}): Promise<RotationState> {
    checkStartOptions(options);
    const name = asciiDomain(domain);
    return this.#alone(name, async (lease) => {
      const proposed = await this.propose(name, options);
      const selectors = proposed.incoming.map(({ selector }) => selector).join(", ");
      return this.#journal.insert(lease, proposed, `started: ${selectors}`);
    });
  }

  async propose(domain: string, options: StartOptions = {}): Promise<Omit<RotationState, "id">> {
    checkStartOptions(options);
    const { plan: planOptions, setup, ...choices } = options;
    const plan = checkedPlan(planOptions);
    const name = asciiDomain(domain);
    checkOthers(this.#journal.rotations(name), name, setup, choices);
    const { activation, keyFiles } = this.#environment;
    const active = await activation.active(name);
    const nowMs = this.#clock.nowMs();
    const incoming = await this.#incomingKeys(name, plan, active, nowMs);
    await checkTypes(active, plan, keyFiles, name, choices);
    return {
      domain: name,
      stage: "generate",
      direction: "forward",
      incoming,
      outgoing: [],
      handedOver: false,
      sinceMs: nowMs,
      dueMs: nowMs,
      attempts: 0,
      plan,
      ...(setup === undefined ? {} : { setup }),
    };
  }

  async advance(options: AdvanceOptions = {}): Promise<readonly Advance[]> {
    checkAdvanceOptions(options);
    const domains = new Set(this.#due(options).map(({ domain }) => domain));
    const advances: Advance[] = [];
    for (const domain of domains) {
      const lease = newLease(domain);
      // One after the other: the journal has one writer.
      const leased = await withLease(this.#journal, lease, this.#clock, () =>
        this.#advanceDomain(lease, { ...options, domain }),
      );
      advances.push(
        ...(leased.taken === "yes" ? leased.value : [{ kind: "busy" as const, domain }]),
      );
    }
    return advances;
  }

  preview(options: AdvanceOptions = {}): readonly Preview[] {
    checkAdvanceOptions(options);
    const { domain, rotation } = options;
    const chosen = this.#journal.rotations(asciiOrAll(domain)).filter(isChosen(rotation));
    return chosen.flatMap((state) => {
      const next = describeNext(state);
      return next === undefined ? [] : [{ state, next }];
    });
  }

  async abort(domain: string): Promise<RotationState> {
    const name = asciiDomain(domain);
    return this.#alone(name, async (lease) => {
      const state = this.#journal.rotations(name).findLast(({ stage }) => !isEnd(stage));
      if (state === undefined) {
        throw new RotationError("no-rotation", `${name} has no rotation in progress`);
      }
      const atMs = this.#clock.nowMs();
      const aborted = await abortRotation(state, this.#environment, atMs);
      const { event } = aborted;
      this.#journal.commit(lease, aborted.state, { stage: state.stage, atMs, event });
      return aborted.state;
    });
  }

  status(domain?: string): readonly RotationState[] {
    return this.#journal.rotations(asciiOrAll(domain));
  }

  history(domain?: string): readonly HistoryEntry[] {
    return this.#journal.history(asciiOrAll(domain));
  }

  #due({ domain, rotation, patience = "scheduled" }: AdvanceOptions): readonly RotationState[] {
    const nowMs = this.#clock.nowMs();
    return this.#journal
      .rotations(asciiOrAll(domain))
      .filter(isChosen(rotation))
      .filter((state) => isDue(state, nowMs, patience));
  }

  async #advanceDomain(lease: Lease, options: AdvanceOptions): Promise<readonly Advance[]> {
    const tools = {
      journal: this.#journal,
      environment: this.#environment,
      clock: this.#clock,
      lease,
    };
    const advances: Advance[] = [];
    // Read again, because another process may have taken steps before we had the lease.
    for (const state of this.#due(options)) {
      // One after the other: rotations of one domain share its keys.
      const advanced = await advanceRotation(state, tools, options.patience ?? "scheduled");
      advances.push({ kind: "advanced", ...advanced });
    }
    return advances;
  }

  async #alone<Value>(domain: string, action: (lease: Lease) => Promise<Value>): Promise<Value> {
    const lease = newLease(domain);
    const leased = await withLease(this.#journal, lease, this.#clock, () => action(lease));
    if (leased.taken === "yes") return leased.value;
    throw new RotationError(
      "busy",
      `another process is working on ${domain}; try again in a minute`,
    );
  }

  /** A selector is never used twice, because verifiers may remember its earlier key. */
  async #incomingKeys(
    domain: string,
    plan: RotationPlan,
    active: readonly ActiveKey[],
    nowMs: number,
  ): Promise<readonly RotatedKey[]> {
    const { keyFiles } = this.#environment;
    const taken = new Set(active.map(({ selector }) => selector));
    for (const { incoming, outgoing } of this.#journal.rotations(domain)) {
      for (const { selector } of [...incoming, ...outgoing]) taken.add(selector);
    }
    const keys: RotatedKey[] = [];
    for (const { type, bits, selector: template = defaultSelector } of plan.keys) {
      let selector = selectorName(template, type, nowMs, (name) => taken.has(name));
      while (await keyFiles.isTaken(domain, selector)) {
        taken.add(selector);
        selector = selectorName(template, type, nowMs, (name) => taken.has(name));
      }
      taken.add(selector);
      const keyFile = keyFiles.pathOf(domain, selector);
      keys.push({ selector, keyFile, type, ...(bits === undefined ? {} : { bits }) });
    }
    return keys;
  }
}

function isChosen(rotation: number | undefined): (state: RotationState) => boolean {
  return ({ id }) => rotation === undefined || id === rotation;
}

/** The holder of a lease is one call: two calls of one program exclude each other as two programs do. */
function newLease(domain: string): Lease {
  return { domain, holder: randomUUID() };
}

function asciiDomain(domain: string): string {
  const ascii = toAsciiDomain(domain);
  if (ascii !== undefined) return ascii;
  throw new RotationError(
    "bad-domain",
    `expected a domain name such as example.com, got ${quoted(domain)}`,
  );
}

function asciiOrAll(domain: string | undefined): string | undefined {
  return domain === undefined ? undefined : asciiDomain(domain);
}
