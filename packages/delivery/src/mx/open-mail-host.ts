import type { NextHop } from "@mailseal/config";
import { callback, optionsCheck, required } from "@mailseal/errors";
import { badOption, TransientDeliveryError } from "../errors.ts";
import { connectionRule } from "../next-hop/next-hop-rules.ts";
import type { NextHopSession } from "../next-hop/next-hop-session.ts";
import { openSession } from "../next-hop/open-session.ts";
import {
  findMailHosts,
  type MailHost,
  type MailHostsOptions,
  mailHostsRules,
} from "./mail-hosts.ts";

/**
 * Resolves to a test for the hosts that the MTA-STS policy of a domain allows (RFC 8461): its mail goes only to hosts
 * that pass it, over TLS with a valid certificate. Undefined if the domain enforces no policy. Must not reject.
 */
export type EnforcedHosts = (domain: string) => Promise<((host: string) => boolean) | undefined>;

/** The options of `openMailHost`. */
export interface MxOptions extends MailHostsOptions {
  /** How to connect to each MX host: a next hop without its host. */
  readonly connection: Omit<NextHop, "host">;
  /** Default: no domain enforces a policy. */
  readonly enforcedHosts?: EnforcedHosts | undefined;
}

const checkOptions = optionsCheck<MxOptions>(
  "options",
  {
    ...mailHostsRules,
    connection: required(connectionRule),
    enforcedHosts: callback,
  },
  badOption,
);

/** The maximum number of addresses in one attempt: each may take its whole connect timeout. */
const maximumTried = 5;

/**
 * Opens a session with the best host of a domain that can be reached. Throws what `mailHosts` throws, or the
 * `TransientDeliveryError` of the last host that was tried, and a `DeliveryOptionError` "bad-option".
 *
 * ```ts
 * const pool = new NextHopPool(() => openMailHost("example.net", options), poolOptions);
 * ```
 */
export async function openMailHost(domain: string, options: MxOptions): Promise<NextHopSession> {
  checkOptions(options);
  const [all, isAllowed] = await Promise.all([
    findMailHosts(domain, options),
    domain.startsWith("[") ? undefined : options.enforcedHosts?.(domain),
  ]);
  const hosts = isAllowed === undefined ? all : all.filter(({ name }) => isAllowed(name));
  if (isAllowed !== undefined && hosts.length === 0) {
    throw new TransientDeliveryError(
      "4.7.5",
      `the MTA-STS policy of ${domain} names none of its MX hosts`,
    );
  }
  const connection =
    isAllowed === undefined ? options.connection : { ...options.connection, ...verified };
  let lastError: TransientDeliveryError | undefined;
  for (const host of hosts.slice(0, maximumTried)) {
    try {
      return await open(host, { ...options, connection });
    } catch (error) {
      if (!(error instanceof TransientDeliveryError)) {
        throw error;
      }
      lastError = error;
    }
  }
  throw lastError ?? new TransientDeliveryError("4.4.4", `${domain} has no host to deliver to`);
}

/** RFC 8461 4: a host without TLS, or without a valid certificate, must not get the mail. */
const verified = { tls: "required", verifyCertificate: true } as const;

async function open(
  { name, address }: MailHost,
  { connection, hostname }: MxOptions,
): Promise<NextHopSession> {
  const nextHop: NextHop = { ...connection, host: address };
  try {
    return await openSession(nextHop, hostname, name);
  } catch (error) {
    // RFC 7435: if TLS is optional and fails, delivery without it is better than none.
    if (
      connection.tls === "opportunistic" &&
      error instanceof TransientDeliveryError &&
      error.reply.enhancedCode === "4.7.5"
    ) {
      return openSession({ ...nextHop, tls: "never" }, hostname, name);
    }
    throw error;
  }
}
