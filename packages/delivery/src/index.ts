/**
 * Delivers mail by SMTP, to a configured next hop or to the MX hosts of a domain, and translates mail to and from
 * queue messages.
 *
 * ```ts
 * const pool = new NextHopPool(() => openMailHost("example.net", options), poolOptions);
 * const { outcomes } = await attempt(pool, { mail, recipients, message, needs });
 * ```
 *
 * It keeps no queue, signs nothing, and decides no retries.
 */
export { domainOf, withAsciiDomain } from "./address.ts";
export { type Attempt, attempt, type Delivery, type RecipientOutcome } from "./attempt.ts";
export { type MailHost, mailHosts, type MailHostsOptions } from "./mx/mail-hosts.ts";
export {
  type AddressFamily,
  type MailResolver,
  type MxRecord,
  nodeMailResolver,
  type NodeMailResolverOptions,
} from "./mx/mail-resolver.ts";
export { type EnforcedHosts, type MxOptions, openMailHost } from "./mx/open-mail-host.ts";
export {
  type DeliveryErrorCode,
  DeliveryOptionError,
  type DeliveryOptionErrorCode,
  /** @deprecated Use `TransientDeliveryError`. */
  TransientDeliveryError as DeliveryFault,
  PermanentDeliveryError,
  TransientDeliveryError,
  /** @deprecated Use `PermanentDeliveryError`. */
  PermanentDeliveryError as UndeliverableFault,
} from "./errors.ts";
export {
  type ContentNeeds,
  type MailParameters,
  needsSmtpUtf8,
  type RecipientParameters,
} from "./next-hop/envelope-commands.ts";
export { NextHopPool, type PoolOptions } from "./next-hop/next-hop-pool.ts";
export type { Extensions, NextHopSession } from "./next-hop/next-hop-session.ts";
export { NextHopTransaction } from "./next-hop/next-hop-transaction.ts";
export { openSession } from "./next-hop/open-session.ts";
export {
  NextHopPools,
  /** @deprecated Use `NextHopPools`. */
  NextHopPools as Routes,
} from "./next-hop/next-hop-pools.ts";
/** @deprecated Import it from `@mailseal/syntax`: this re-export goes with the next release. */
export { printable } from "@mailseal/syntax";
export type { NoBounceReason } from "./queued-mail/context.ts";
export {
  type DecodedMail,
  decodeQueuedMail,
  encodeQueuedMail,
  mailFingerprint,
  type QueuedMail,
} from "./queued-mail/queued-mail.ts";
export {
  mxRouteEnding,
  recipientsByRoute,
  type Route,
  routeName,
  routeOf,
  type RouteRecipients,
} from "./queued-mail/route.ts";
export {
  isPositive,
  localError,
  /** @deprecated Use `localError`. */
  localError as ourFault,
  refusal,
  type Reply,
  ReplyError,
  replyLine,
  replyText,
  toClient,
} from "./reply.ts";
