import { isIP } from "node:net";
import {
  callback,
  objectWith,
  oneOf,
  type OptionRules,
  optionsCheck,
  required,
  text,
  trueOrFalse,
} from "@mailseal/errors";
import { badOption, PermanentDeliveryError, TransientDeliveryError } from "../errors.ts";
import type { AddressFamily, MailResolver, MxRecord } from "./mail-resolver.ts";

/** One address of a host that accepts mail for a domain. */
export interface MailHost {
  readonly name: string;
  readonly address: string;
}

/** The options of `mailHosts`. */
export interface MailHostsOptions {
  readonly resolver: MailResolver;
  readonly family: AddressFamily;
  /** Whether to deliver to address literals such as `[192.0.2.1]`. */
  readonly addressLiterals: boolean;
  /** Our own name: a host with it, and all hosts of lower priority, would be a loop (RFC 5321 5.1). */
  readonly hostname: string;
  /** A random number from 0 to 1, for the order among hosts of equal preference. */
  readonly random: () => number;
}

export const mailHostsRules: OptionRules<MailHostsOptions> = {
  resolver: required(objectWith("a MailResolver, such as nodeMailResolver()", "mx")),
  family: required(oneOf(["any", "ipv4", "ipv6"])),
  addressLiterals: required(trueOrFalse),
  hostname: required(text),
  random: required(callback),
};

const checkOptions = optionsCheck<MailHostsOptions>("options", mailHostsRules, badOption);

/** The maximum number of hosts to look up: a domain may name hundreds. */
const maximumHosts = 20;

/**
 * Finds the hosts that accept mail for a domain, the best first (RFC 5321 5.1): its MX hosts by preference, in random
 * order among equals; without MX records, the domain itself.
 *
 * Throws a `PermanentDeliveryError` if there is no such host or the domain accepts no mail (RFC 7505), and a
 * `TransientDeliveryError` if DNS fails, and a `DeliveryOptionError` for an option that is unknown, wrong or missing.
 *
 * ```ts
 * const hosts = await mailHosts("example.net", {
 *   resolver: nodeMailResolver({ timeoutMs: 5000 }),
 *   family: "any",
 *   addressLiterals: false,
 *   hostname: "us.example.com",
 *   random: Math.random,
 * });
 * ```
 */
export async function mailHosts(
  domain: string,
  options: MailHostsOptions,
): Promise<readonly MailHost[]> {
  checkOptions(options);
  return findMailHosts(domain, options);
}

/** Does the same with options that have been checked. */
export async function findMailHosts(
  domain: string,
  options: MailHostsOptions,
): Promise<readonly MailHost[]> {
  if (domain.startsWith("[")) {
    return literalHost(domain, options);
  }
  const records = await orDeferred(domain, options.resolver.mx(domain));
  if (records === "absent" || records.length === 0) {
    return implicitHost(domain, options);
  }
  if (records.every(({ host }) => host === "" || host === ".")) {
    throw new PermanentDeliveryError("5.1.10", `the domain ${domain} accepts no mail (null MX)`);
  }
  const found: MailHost[] = [];
  for (const { host } of withoutLoop(
    domain,
    byPreference(records, options.random),
    options.hostname,
  )) {
    const addresses = await options.resolver
      .addresses(host, options.family)
      .catch((): "absent" => "absent");
    found.push(...hostsOf(host, addresses));
  }
  if (found.length === 0) {
    throw new TransientDeliveryError(
      "4.4.4",
      `no MX host of ${domain} has an address at the moment`,
    );
  }
  return found;
}

async function implicitHost(
  domain: string,
  { resolver, family }: MailHostsOptions,
): Promise<readonly MailHost[]> {
  const addresses = await orDeferred(domain, resolver.addresses(domain, family));
  if (addresses === "absent") {
    throw new PermanentDeliveryError(
      "5.1.2",
      `the domain ${domain} has neither an MX record nor an address`,
    );
  }
  return hostsOf(domain, addresses);
}

function literalHost(domain: string, { addressLiterals }: MailHostsOptions): readonly MailHost[] {
  const address = domain.slice(1, -1).replace(/^ipv6:/i, "");
  if (!addressLiterals || !domain.endsWith("]") || isIP(address) === 0) {
    throw new PermanentDeliveryError("5.1.2", "mail to address literals is not delivered");
  }
  return [{ name: address, address }];
}

function byPreference(records: readonly MxRecord[], random: () => number): readonly MxRecord[] {
  return records
    .filter(({ host }) => host !== "" && host !== ".")
    .map((record) => ({ record, order: random() }))
    .toSorted(
      (one, other) => one.record.preference - other.record.preference || one.order - other.order,
    )
    .slice(0, maximumHosts)
    .map(({ record }) => record);
}

function withoutLoop(
  domain: string,
  records: readonly MxRecord[],
  hostname: string,
): readonly MxRecord[] {
  const own = records.find(({ host }) => sameName(host, hostname));
  const closer =
    own === undefined ? records : records.filter(({ preference }) => preference < own.preference);
  if (closer.length === 0) {
    throw new PermanentDeliveryError("5.4.6", `mail for ${domain} loops back to ${hostname}`);
  }
  return closer;
}

function sameName(one: string, other: string): boolean {
  return one.replace(/\.$/, "").toLowerCase() === other.toLowerCase();
}

function hostsOf(name: string, addresses: readonly string[] | "absent"): MailHost[] {
  return addresses === "absent" ? [] : addresses.map((address) => ({ name, address }));
}

async function orDeferred<Answer>(domain: string, lookup: Promise<Answer>): Promise<Answer> {
  try {
    return await lookup;
  } catch (error) {
    throw new TransientDeliveryError("4.4.3", `the DNS lookup for ${domain} failed`, {
      cause: error,
    });
  }
}
