import type { MailResolver } from "@mailseal/delivery";
import type { Logger } from "@mailseal/service";
import type { MTASTSPolicy } from "mailauth";
import { NewestEntries } from "../../newest-entries.ts";

export interface MtaStsOptions {
  readonly resolver: MailResolver;
  readonly log: Logger;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

interface Known {
  readonly policy: MTASTSPolicy | undefined;
  readonly askedMs: number;
}

/** How long a policy is used before DNS is asked whether the domain has a new one. */
const recheckMs = 300_000;
/** The time limit of the HTTPS request. Mail for the domain waits for it. */
const fetchMs = 10_000;
/** The maximum number of domains to remember. */
const maximumKnown = 10_000;

/**
 * Looks up the MTA-STS policies of domains (RFC 8461) with `mailauth`, which follows the RFC in fetching and caching
 * them. A domain whose policy cannot be fetched counts as a domain without one, as the RFC requires, unless an
 * earlier policy has not expired yet. Policies are kept in memory, so a process that has just started has none.
 */
export class MtaSts {
  readonly #options: MtaStsOptions;
  readonly #known = new NewestEntries<Known>(maximumKnown);
  readonly #asking = new Map<string, Promise<MTASTSPolicy | undefined>>();

  constructor(options: MtaStsOptions) {
    this.#options = options;
  }

  /** Resolves to a test for the hosts that may receive mail for a domain; undefined if it enforces no policy. Never rejects. */
  async enforcedHosts(domain: string): Promise<((host: string) => boolean) | undefined> {
    const policy = await this.#policyOf(domain);
    if (policy?.mode !== "enforce") {
      return undefined;
    }
    const { validateMx } = await library();
    return (host) => validateMx(host, policy).valid;
  }

  #policyOf(domain: string): Promise<MTASTSPolicy | undefined> {
    const known = this.#known.get(domain);
    if (known !== undefined && known.askedMs + recheckMs > this.#elapsedMs()) {
      return Promise.resolve(known.policy);
    }
    let asked = this.#asking.get(domain);
    if (asked === undefined) {
      asked = this.#ask(domain, known?.policy).finally(() => this.#asking.delete(domain));
      this.#asking.set(domain, asked);
    }
    return asked;
  }

  async #ask(domain: string, known: MTASTSPolicy | undefined): Promise<MTASTSPolicy | undefined> {
    try {
      const { getPolicy } = await library();
      const { policy } = await getPolicy(domain, known, {
        resolver: (name, type) => this.#resolve(name, type),
        strict: true,
        timeout: fetchMs,
      });
      if (policy.error !== undefined) {
        this.#options.log.warn(
          { domain, mode: policy.mode, fault: policy.error },
          "MTA-STS policy lookup failed",
        );
      }
      this.#known.set(domain, { policy, askedMs: this.#elapsedMs() });
      return policy;
    } catch (error) {
      // mailauth documents no exceptions here. Whatever it throws must not delay mail.
      this.#options.log.error({ domain, fault: error }, "MTA-STS policy lookup failed");
      return known;
    }
  }

  /** Answers in the form of `dns.promises.resolve`, which mailauth expects. */
  async #resolve(name: string, type: string): Promise<string[] | string[][]> {
    const { resolver } = this.#options;
    const answer =
      type === "TXT"
        ? await resolver.text(name)
        : await resolver.addresses(name, type === "AAAA" ? "ipv6" : "ipv4");
    if (answer === "absent") {
      throw Object.assign(new Error(`${name} has no ${type}`), { code: "ENODATA" });
    }
    return type === "TXT" ? answer.map((text) => [text]) : [...answer];
  }

  #elapsedMs(): number {
    return this.#options.elapsedMs?.() ?? performance.now();
  }
}

/** Loads mailauth when it is first needed: a worker that delivers only to next hops never needs it. */
function library(): Promise<typeof import("mailauth/lib/mta-sts.js")> {
  return import("mailauth/lib/mta-sts.js");
}
