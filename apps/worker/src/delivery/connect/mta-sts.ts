import type { MailResolver } from "@mailseal/delivery";
import type { Logger } from "@mailseal/service";
import type { MTASTSPolicy } from "mailauth";

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

/** Until DNS is asked again whether a domain has another policy than the one that is known. */
const recheckMs = 300_000;
/** For the HTTPS request; mail waits for it. */
const fetchMs = 10_000;
const maximumKnown = 10_000;

/**
 * What domains enforce by MTA-STS (RFC 8461), by `mailauth`, which follows its rules of finding and keeping a
 * policy. A domain whose policy cannot be had has none, as the RFC says, unless one is known that has not run
 * out. Policies are kept in memory: a process that was just started knows none.
 */
export class MtaSts {
  readonly #options: MtaStsOptions;
  /** In the order in which they were asked for. */
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<MTASTSPolicy | undefined>>();

  constructor(options: MtaStsOptions) {
    this.#options = options;
  }

  /** Which hosts may have mail for a domain; undefined where it enforces nothing. Never rejects. */
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
        this.#options.log.warn({ domain, mode: policy.mode, fault: policy.error }, "MTA-STS");
      }
      this.#remember(domain, policy);
      return policy;
    } catch (error) {
      // Nothing that it documents; mail is not held up by it.
      this.#options.log.error({ domain, fault: error }, "MTA-STS");
      return known;
    }
  }

  #remember(domain: string, policy: MTASTSPolicy): void {
    this.#known.delete(domain);
    this.#known.set(domain, { policy, askedMs: this.#elapsedMs() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > maximumKnown && oldest !== undefined) {
      this.#known.delete(oldest);
    }
  }

  /** As `dns.promises.resolve` answers. */
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

/** Loaded when first needed: a worker that delivers to next hops only has no use for it. */
function library(): Promise<typeof import("mailauth/lib/mta-sts.js")> {
  return import("mailauth/lib/mta-sts.js");
}
