import { hash } from "node:crypto";
import type { Config } from "@mailseal/config";
import type { NewMessage, QueuedMessage, Recipient } from "@mailseal/queue";
import {
  type MailParameters,
  type RecipientParameters,
  retKeywords,
} from "../next-hop/envelope-commands.ts";
import { decodeContext, encodeContext, type QueuedContext } from "./context.ts";
import { recipientsByRoute } from "./route.ts";

/** Mail as a relay puts it into the queue and a worker takes it out, without its bytes. */
export interface QueuedMail extends Omit<QueuedContext, "destinations"> {
  readonly mail: MailParameters;
  readonly recipients: readonly RecipientParameters[];
}

/** What a queued message says: the mail with the recipients that are left on its route. */
export interface DecodedMail extends QueuedContext {
  /** Without `sizeBytes`: signing may change the size that the client declared. */
  readonly mail: MailParameters;
  readonly recipients: readonly Recipient[];
}

/**
 * The parts of a new queued message that describe the mail: one destination for each route.
 *
 * ```ts
 * await queue.add(encodeQueuedMail({ mail, recipients, context, needs, todo: "pipeline" }, config), message);
 * ```
 */
export function encodeQueuedMail(
  { mail, recipients, ...rest }: QueuedMail,
  config: Config,
): Required<Pick<NewMessage, "envelope" | "destinations" | "context">> {
  const groups = recipientsByRoute(config, rest.context.binding, recipients);
  const destinations = Array.from(groups, ([route, group]) => ({
    route,
    recipients: group.recipients,
  }));
  return {
    envelope: {
      from: mail.from,
      ...(mail.ret === undefined ? {} : { ret: mail.ret }),
      ...(mail.envid === undefined ? {} : { envid: mail.envid }),
      smtputf8: mail.smtpUtf8,
      body8bit: mail.eightBit,
    },
    destinations,
    context: encodeContext({ ...rest, destinations: destinations.length }),
  };
}

/**
 * Reads what `encodeQueuedMail` wrote, also an earlier version of it.
 *
 * ```ts
 * for (const lease of await queue.take(10)) {
 *   const { mail, recipients, todo } = decodeQueuedMail(lease.message);
 * }
 * ```
 */
export function decodeQueuedMail({
  id,
  envelope,
  context,
}: Pick<QueuedMessage, "id" | "envelope" | "context">): DecodedMail {
  const { from, recipients, ret, envid, smtputf8, body8bit } = envelope;
  return {
    ...decodeContext(context, id),
    mail: {
      from,
      eightBit: body8bit === true,
      smtpUtf8: smtputf8 === true,
      ...(ret === undefined ? {} : { ret }),
      ...(envid === undefined ? {} : { envid }),
    },
    recipients,
  };
}

/**
 * The same text for a message that a client sends again: it covers the client, the whole envelope, and `digest`,
 * a hash of the bytes as they were received. Queues store it, so what is hashed must not change its form.
 *
 * ```ts
 * const digest = createHash("sha256").update(message).digest("base64url");
 * const id = mailFingerprint({ mail, recipients, context }, digest);
 * ```
 */
export function mailFingerprint(
  { mail, recipients, context }: Pick<QueuedMail, "mail" | "recipients" | "context">,
  digest: string,
): string {
  const { from, eightBit, smtpUtf8, sizeBytes, ret, envid } = mail;
  const parts = [
    context.remoteAddress ?? "",
    context.authUser ?? "",
    { from, eightBit, smtpUtf8, sizeBytes, ret: ret && retKeywords[ret], envid },
    recipients.map(({ address, dsn }) => ({
      address,
      notify: dsn?.notify?.join(",").toUpperCase(),
      orcpt: dsn?.orcpt,
    })),
    digest,
  ];
  return hash("sha256", JSON.stringify(parts), "base64url");
}
