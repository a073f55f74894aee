/**
 * Delivers mail by SMTP: to a next hop that is configured, or to the MX hosts of a domain.
 *
 * It keeps no queue, signs nothing, and decides nothing about trying again.
 */
export { DeliveryFault } from "./next-hop/delivery-fault.ts";
export type { MailParameters, RecipientParameters } from "./next-hop/envelope-commands.ts";
export { NextHopPool, type PoolOptions } from "./next-hop/next-hop-pool.ts";
export { type ContentNeeds, NextHopTransaction } from "./next-hop/next-hop-transaction.ts";
export { openSession } from "./next-hop/open-session.ts";
export { ourFault, Routes } from "./next-hop/routes.ts";
export { printable } from "./printable.ts";
export {
  isPositive,
  refusal,
  type Reply,
  ReplyError,
  replyLine,
  replyText,
  toClient,
} from "./reply.ts";
