import { Resolver } from "node:dns/promises";
import { listOf, optionsCheck, required, text, wholeNumber } from "@mailseal/errors";
import { badOption } from "../errors.ts";

/** An MX record (RFC 5321 5.1). */
export interface MxRecord {
  readonly preference: number;
  /** "" is the root: the null MX of RFC 7505. */
  readonly host: string;
}

/** The addresses to connect to. "any": both, IPv6 first. */
export type AddressFamily = "any" | "ipv4" | "ipv6";

/**
 * The DNS lookups of delivery. "absent" is certain: the name does not exist, has no such record, or is not a valid
 * domain name. Rejects if DNS fails.
 */
export interface MailResolver {
  /** The MX records of a domain, in any order. */
  mx(domain: string): Promise<readonly MxRecord[] | "absent">;
  /** The addresses of a host. */
  addresses(host: string, family: AddressFamily): Promise<readonly string[] | "absent">;
  /** Each TXT record, with its strings joined. */
  text(name: string): Promise<readonly string[] | "absent">;
}

/** The options of `nodeMailResolver`. */
export interface NodeMailResolverOptions {
  /** The addresses of the DNS servers. Default: the system's. */
  readonly servers?: readonly string[] | undefined;
  readonly timeoutMs: number;
}

const checkOptions = optionsCheck<NodeMailResolverOptions>(
  "options",
  {
    servers: listOf("addresses of DNS servers", text),
    timeoutMs: required(wholeNumber(1, 2 ** 31 - 1, "milliseconds")),
  },
  badOption,
);

/**
 * Uses the resolvers of the system, or those in `servers`. Throws a `DeliveryOptionError` "bad-option".
 *
 * ```ts
 * const resolver = nodeMailResolver({ servers: ["192.0.2.53"], timeoutMs: 5000 });
 * await resolver.mx("example.net"); // [{ preference: 10, host: "mx.example.net" }], or "absent"
 * ```
 */
export function nodeMailResolver(options: NodeMailResolverOptions): MailResolver {
  checkOptions(options);
  const { servers, timeoutMs } = options;
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers !== undefined) {
    resolver.setServers([...servers]);
  }
  return {
    mx: async (domain) => {
      const records = await orAbsent(resolver.resolveMx(domain));
      return records === "absent"
        ? records
        : records.map(({ priority, exchange }) => ({ preference: priority, host: exchange }));
    },
    addresses: async (host, family) => {
      const [v6, v4] = await Promise.all([
        family === "ipv4" ? "absent" : orAbsent(resolver.resolve6(host)),
        family === "ipv6" ? "absent" : orAbsent(resolver.resolve4(host)),
      ]);
      const found = [...(v6 === "absent" ? [] : v6), ...(v4 === "absent" ? [] : v4)];
      return found.length === 0 ? "absent" : found;
    },
    text: async (name) => {
      const records = await orAbsent(resolver.resolveTxt(name));
      return records === "absent" ? records : records.map((strings) => strings.join(""));
    },
  };
}

async function orAbsent<Answer>(lookup: Promise<Answer>): Promise<Answer | "absent"> {
  try {
    return await lookup;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOTFOUND" || code === "ENODATA" || code === "EBADNAME") {
      return "absent";
    }
    throw error;
  }
}
